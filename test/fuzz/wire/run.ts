/** One provider's wire: its client, asked over the one transport, is answered by a server that keeps to nothing. */
import fc from "fast-check";
import { pino } from "pino";
import { createUpstream, type ManagedUpstream } from "../../../src/datasources/http.ts";
import { type RunOptions, runBatches, type Thrown } from "../batches.ts";
import { bytesOf } from "../body/body.ts";
import { choose } from "../body/edits.ts";
import { treeOf } from "../body/tree.ts";
import { skippingClock } from "../clock.ts";
import { count, type Figures, shortened } from "../figures.ts";
import { type Answer, answer, kindsOfAnswer, type Reply, type Written, write } from "./answer.ts";
import { broken } from "./judge.ts";
import { type Asked, json, startByteServer } from "./server.ts";
import type { Ask, Called, Document, WireSubject } from "./subject.ts";

interface Case {
  readonly ask: number;
  readonly answer: Answer;
}

/** Reads are what settles, so most of what is thrown answers the first kind of call. */
const thrown = fc.record({
  ask: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(3) }),
  answer,
});

/** Answers beyond are not read: some million small members fit in. */
const caps = { maxAnswerBytes: 1024 * 1024, maxBatchStatusBytes: 4 * 1024 * 1024 };
/** The longest Retry-After that is heeded, and the longest pause of a circuit, are over by then. */
const dayMs = 86_400_000;

export async function fuzzWire(subject: WireSubject, options: RunOptions): Promise<Figures> {
  const server = await startByteServer();
  const clock = skippingClock();
  const bugs: string[] = [];
  const upstream = createUpstream({
    id: subject.id,
    provider: "FUZZ",
    title: "The provider",
    ratePerSecond: 100,
    concurrency: 8,
    timeoutMs: 20_000,
    ...caps,
    clock,
    random: () => 0,
    log: pino({ level: "error" }, { write: (line: string) => void bugs.push(line) }),
  });
  const asks = subject.connect(server.origin, upstream);
  const trees = asks.map(({ documents }) => documents.map(({ body }) => treeOf(body)));

  const written = (one: Case): Written => {
    const n = one.ask % asks.length;
    const documents = trees[n] ?? [];
    const bytes = bytesOf(one.answer.body, documents, subject.vocabulary);
    return write(one.answer, bytes, choose(choose(asks, n).documents, one.answer.body.seed), subject.foreign);
  };

  async function call(ask: Ask, reply: Reply): Promise<{ called: Called; asked: Asked[]; ms: number }> {
    const asked: Asked[] = [];
    server.answerBy((request) => {
      asked.push(request);
      return ask.aims(request) ? reply : subject.good(request);
    });
    const began = performance.now();
    const called = await ask.call().catch((error: unknown) => broken(`threw ${String(error)}`));
    const ms = performance.now() - began;
    // Holds and pauses are over for the next.
    clock.skip(dayMs + 1);
    return { called, asked, ms };
  }

  async function throwOne(one: Case, figures: Figures): Promise<Thrown> {
    await recover(upstream, asks[0], subject, call);
    const ask = choose(asks, one.ask);
    const reply = written(one);
    const { called, asked, ms } = await call(ask, reply);
    figures.thrown += 1;
    count(figures.kinds, ...kindsOfAnswer(one.answer));
    count(figures.results, `${ask.name}: ${called.label}`);
    const bug = bugs.splice(0)[0];
    const complaint = bug === undefined ? called.judge(reply.told, asked) : `a reader threw: ${shortened(bug, 300)}`;
    return { complaint: complaint === null ? null : `${ask.name}: ${complaint}`, ms };
  }

  /** Every documented answer, unchanged, means what it always meant: the client works as before, and the judge sees ends. */
  async function afterBatch(): Promise<string | null> {
    for (const ask of asks) {
      for (const document of ask.documents) {
        await recover(upstream, asks[0], subject, call);
        const { called, asked } = await call(ask, intact(document));
        const told = { status: document.status, text: JSON.stringify(document.body), headers: document.headers };
        const wrong = called.judge(told, asked);
        if (wrong !== null) return `${ask.name}, a documented answer: ${wrong}`;
        if (called.label !== document.means) {
          return `${ask.name}: a documented answer that means ${document.means} became ${called.label}`;
        }
      }
    }
    return null;
  }

  try {
    const show = (one: Case) =>
      `${choose(asks, one.ask).name} ${JSON.stringify(one.answer)} ${JSON.stringify(shortened(written(one).bytes.toString("latin1")))}`;
    return await runBatches({ part: `wire ${subject.id}`, arbitrary: thrown, throwOne, show, afterBatch }, options);
  } finally {
    await upstream.dispose();
    await server.dispose();
  }
}

function intact({ body, status, headers }: Document): Reply {
  return json(body, status, headers);
}

/** After some failures the circuit lets one call through, and a good answer closes it. */
async function recover(
  upstream: ManagedUpstream,
  ask: Ask,
  { good }: WireSubject,
  call: (ask: Ask, reply: Reply) => Promise<unknown>,
): Promise<void> {
  if (upstream.health().circuit === "CLOSED") return;
  await call(ask, good({ method: "GET", url: "/", body: "" }));
  const { circuit } = upstream.health();
  if (circuit !== "CLOSED") throw new Error(`Expected a good answer to close the circuit; it is ${circuit}.`);
}
