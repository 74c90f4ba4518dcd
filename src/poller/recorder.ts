/**
 * Hands answers to the store, many at a time: what came while the last ones were being recorded is recorded together. News
 * goes at once, for somebody waits for it; what was known before may gather for a moment, for nobody does.
 */
import type { Claim } from "../store/claims.ts";
import { type Confirmation, confirmationOf, confirmMany } from "../store/confirm.ts";
import { type Learned, recordMany } from "../store/record.ts";
import type { Store } from "../store/store.ts";

export interface Recorder {
  /** Resolves once it is recorded; rejects where it can't be. `now`: the database's time, about. */
  record(claim: Claim, learned: Learned, now: Date): Promise<void>;
}

/** How long what says nothing new may wait for more of its kind, and how much of it goes at once all the same. */
const gatherMs = 20;
const mostTogether = 100;

interface Answer {
  readonly learned: Learned;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export function createRecorder(store: Store): Recorder {
  const news = createLane<Answer>(0, async (answers) => {
    const settled = await recordMany(
      store,
      answers.map(({ learned }) => learned),
    );
    for (const [index, { resolve, reject }] of answers.entries()) {
      const outcome = settled[index];
      if (outcome?.status === "rejected") reject(outcome.reason);
      else resolve();
    }
  });
  const known = createLane<Answer & { readonly confirmation: Confirmation }>(gatherMs, async (answers) => {
    // Whatever keeps one from being confirmed, recording it decides, or says why not.
    const confirmed = await confirmMany(
      store,
      answers.map(({ confirmation }) => confirmation),
    ).catch(() => new Set<string>());
    for (const answer of answers) {
      if (confirmed.has(answer.confirmation.claim.operation.id)) answer.resolve();
      else news.add(answer);
    }
  });
  return {
    record: (claim, learned, now) =>
      new Promise((resolve, reject) => {
        const confirmation = confirmationOf(claim, learned, now);
        if (confirmation === null) news.add({ learned, resolve, reject });
        else known.add({ learned, confirmation, resolve, reject });
      }),
  };
}

interface Lane<T> {
  add(one: T): void;
}

/** One batch at a time, of what came within `withinMs` or while the one before it was under way. */
function createLane<T extends Pick<Answer, "reject">>(
  withinMs: number,
  work: (batch: readonly T[]) => Promise<void>,
): Lane<T> {
  let waiting: T[] = [];
  let busy = false;
  let timer: NodeJS.Timeout | null = null;
  let next: NodeJS.Immediate | null = null;

  const run = async () => {
    if (timer) clearTimeout(timer);
    timer = null;
    next = null;
    busy = true;
    const batch = waiting.slice(0, mostTogether);
    waiting = waiting.slice(mostTogether);
    try {
      await work(batch);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    busy = false;
    if (waiting.length > 0) arrange();
  };
  const arrange = () => {
    if (busy || next) return;
    // What else came by the same turn of the event loop goes with it.
    if (withinMs === 0 || waiting.length >= mostTogether) next = setImmediate(() => void run());
    else timer ??= setTimeout(() => void run(), withinMs);
  };
  return {
    add(one) {
      waiting.push(one);
      arrange();
    },
  };
}
