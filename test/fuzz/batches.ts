/**
 * Throws what fast-check makes, in batches, each of which is looked at when it ends. What breaks a promise is made smaller
 * and becomes a finding; the next batch goes on. Both forms, the long one and the suites, come by here.
 */
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { type Figures, newFigures, noteTime } from "./figures.ts";

export interface RunOptions {
  readonly seed: number;
  readonly runs: number;
  /** An answer may take so long; see `hangs`. */
  readonly limitMs: number;
  /** Forces a collection; null where the process can't. */
  readonly collect: (() => void) | null;
}

export interface Subject<T> {
  readonly part: string;
  readonly arbitrary: fc.Arbitrary<T>;
  /** Throws one, and says what was wrong with what came; null where nothing was. Counts in `figures`. */
  throwOne(one: T, figures: Figures): Promise<Thrown>;
  show(one: T): string;
  /** What is wrong after a batch; null where nothing is. */
  afterBatch(): Promise<string | null>;
}

export interface Thrown {
  readonly complaint: string | null;
  /** From sending until the answer was there. */
  readonly ms: number;
}

const batchSize = 500;
/** Of one part: what finds more than this is broken through and through. */
const mostFindings = 10;
const mostShrinks = 400;
const longestShrinkMs = 30_000;
/** How much more the heap may hold at the end than after a tenth of the runs. */
const growth = { factor: 1.3, bytes: 30 * 1024 * 1024 };

export async function runBatches<T>(subject: Subject<T>, options: RunOptions): Promise<Figures> {
  const { runs, collect } = options;
  const seed = seedOf(subject.part, options.seed);
  const figures = newFigures(subject.part);
  const began = performance.now();
  let early: number | null = null;
  for (let done = 0; done < runs && figures.findings.length < mostFindings; ) {
    const numRuns = Math.min(batchSize, runs - done);
    await runBatch(subject, options, figures, seed + done, numRuns);
    done += numRuns;
    const wrong = pollution() ?? (await subject.afterBatch());
    if (wrong !== null) figures.findings.push({ what: wrong, input: `somewhere in the ${numRuns} before it` });
    if (collect && early === null && done >= runs / 10) early = await heapUsed(collect);
  }
  if (collect && early !== null) {
    const end = await heapUsed(collect);
    figures.heap = { early, end };
    if (end > early * growth.factor + growth.bytes) {
      figures.findings.push({ what: `the heap grew from ${early} to ${end} bytes`, input: "all of it" });
    }
  }
  figures.seconds = (performance.now() - began) / 1000;
  return figures;
}

/** Each part's own, so that no two are thrown the same. */
function seedOf(part: string, seed: number): number {
  return [...part].reduce((mixed, letter) => (Math.imul(mixed, 31) + letter.charCodeAt(0)) | 0, seed);
}

async function runBatch<T>(
  subject: Subject<T>,
  { limitMs }: RunOptions,
  figures: Figures,
  seed: number,
  numRuns: number,
): Promise<void> {
  /** Since the first that failed: fast-check makes it smaller by what it throws then. */
  let shrinking: { left: number; readonly until: number } | null = null;
  const property = fc.asyncProperty(subject.arbitrary, async (one) => {
    if (shrinking !== null && (shrinking.left-- <= 0 || performance.now() > shrinking.until)) return;
    const { complaint, ms } = await subject.throwOne(one, figures);
    noteTime(figures, ms, () => subject.show(one));
    const wrong = complaint ?? (ms > limitMs ? await hangs(subject, one, ms, limitMs) : null);
    if (wrong === null) return;
    shrinking ??= { left: mostShrinks, until: performance.now() + longestShrinkMs };
    throw new Error(wrong);
  });
  const details = await fc.check(property, { seed, numRuns });
  const [smallest] = details.counterexample ?? [];
  if (!details.failed || smallest === undefined) return;
  const why = details.errorInstance instanceof Error ? details.errorInstance.message : String(details.errorInstance);
  figures.findings.push({ what: `${why} (seed ${seed})`, input: subject.show(smallest) });
}

/** A collection or a busy machine makes one answer late; what is late again and again is slow itself. */
async function hangs<T>(subject: Subject<T>, one: T, first: number, limitMs: number): Promise<string | null> {
  let least = first;
  for (let again = 0; again < 3 && least > limitMs; again += 1) {
    least = Math.min(least, (await subject.throwOne(one, newFigures(subject.part))).ms);
  }
  return least > limitMs ? `expected an answer within ${limitMs} ms; it took ${least.toFixed(0)} at the least` : null;
}

const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype] as const;
const clean = prototypes.map((prototype) => Reflect.ownKeys(prototype).length);

/** What was added to what every object has; null where nothing was. */
export function pollution(): string | null {
  const dirty = prototypes.find((prototype, n) => Reflect.ownKeys(prototype).length !== clean[n]);
  return dirty === undefined
    ? null
    : `a prototype was changed: it has ${Reflect.ownKeys(dirty).map(String).join(", ")}`;
}

async function heapUsed(collect: () => void): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    collect();
    await turn();
  }
  return process.memoryUsage().heapUsed;
}
