/**
 * The whole way: a running gateway follows an operation, and its provider answers each recheck with what it should not. What
 * was settled stays so, revisions come one after the other, and nothing settles without its word.
 */
import fc from "fast-check";
import { type RunOptions, runBatches, type Thrown } from "../batches.ts";
import { bytesOf } from "../body/body.ts";
import { choose } from "../body/edits.ts";
import { treeOf } from "../body/tree.ts";
import { jumpingClock, type SkippingClock } from "../clock.ts";
import { count, type Figures, shortened } from "../figures.ts";
import { type FuzzedGateway, startFuzzedGateway } from "../gateway.ts";
import { resultComplaint } from "../graphql/answer.ts";
import { type Answer, answer, kindsOfAnswer, type Reply, type Told, withoutWish, write } from "./answer.ts";
import * as cleeng from "./cleeng-purchases.ts";
import * as flolive from "./flolive.ts";
import * as liberis from "./liberis.ts";
import * as purespectrum from "./purespectrum.ts";
import { json, startByteServer } from "./server.ts";
import type { Document, Proof, WireSubject } from "./subject.ts";

interface Kind {
  readonly subject: WireSubject;
  readonly documents: readonly Document[];
  readonly proof: Proof;
  /** Follows one that nobody has followed yet. */
  follow(n: number): string;
  /** Whether it may end another way afterwards. */
  readonly mayChange: boolean;
}

const kinds: readonly [Kind, ...Kind[]] = [
  { ...cleeng, follow: (n) => `followPurchaseSync(synchronizationId: "fuzz-${n}")`, mayChange: false },
  { ...flolive, follow: (n) => `followBulkCall(requestId: "fuzz-${n}")`, mayChange: false },
  { ...liberis, follow: (n) => `followPartnerBatch(statusCheckId: "fuzz-${n}")`, mayChange: false },
  {
    ...purespectrum,
    follow: (n) => `followSurveyTransaction(surveyId: "fuzz-${n}", transactionId: "fuzz-transaction")`,
    mayChange: true,
  },
];

interface Life {
  readonly kind: number;
  readonly answers: readonly Answer[];
}

const life: fc.Arbitrary<Life> = fc.record({
  kind: fc.nat(kinds.length - 1),
  answers: fc.array(answer.map(withoutWish), { minLength: 1, maxLength: 8 }),
});

/** The longest pause of a circuit. */
const pauseMs = 61_000;
const shown = "id state outcome revision followed providerStatus";

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly revision: number;
}

export async function fuzzStore(options: RunOptions): Promise<Figures> {
  const server = await startByteServer();
  const clock = jumpingClock();
  const { origin } = server;
  const gateway = await startFuzzedGateway(
    {
      CLEENG_INAPP_URL: `${origin}/storekit2`,
      FLOLIVE_URL: origin,
      LIBERIS_URL: origin,
      PURESPECTRUM_URL: `${origin}/buyers/v2`,
      ...Object.fromEntries(
        ["CLEENG", "FLOLIVE", "LIBERIS", "PURESPECTRUM"].map((name) => [`${name}_RATE_PER_SECOND`, "1000"]),
      ),
    },
    clock,
  );
  let followed = 0;

  async function throwOne({ kind: n, answers }: Life, figures: Figures): Promise<Thrown> {
    const kind = choose(kinds, n);
    const trees = kind.documents.map(({ body }) => treeOf(body));
    const running = kind.documents.find(({ means }) => means === "RUNNING");
    if (!running) throw new Error(`Expected a document of ${kind.subject.id} that means RUNNING; there is none.`);
    let reply: Reply = json(running.body);
    server.answerBy((asked) =>
      kind.subject.id === "flolive" && /page=[3-9]/.test(asked.url) ? kind.subject.good(asked) : reply,
    );
    followed += 1;
    let before = await follow(gateway, clock, kind.follow(followed));
    if (before?.state !== "RUNNING") return { complaint: "expected it to be followed, and running; it is not", ms: 0 };
    let slowest = 0;
    try {
      for (const one of answers) {
        const written = write(
          one,
          bytesOf(one.body, trees, kind.subject.vocabulary),
          choose(kind.documents, one.body.seed),
          kind.subject.foreign,
        );
        reply = written;
        clock.skip(pauseMs);
        const began = performance.now();
        const { after, wrong } = await recheck(gateway, before.id);
        slowest = Math.max(slowest, performance.now() - began);
        figures.thrown += 1;
        count(figures.kinds, ...kindsOfAnswer(one));
        if (wrong !== null || after === null) return { complaint: wrong ?? "the operation is gone", ms: slowest };
        count(figures.results, after.outcome === null ? after.state : `${after.state} ${after.outcome}`);
        const complaint = stepComplaint(kind, before, after, written.told);
        if (complaint !== null) return { complaint: `${kind.subject.id}: ${complaint}`, ms: slowest };
        before = after;
      }
      const [fault] = gateway.faults();
      if (fault !== undefined) return { complaint: `the gateway logged ${shortened(fault, 600)}`, ms: slowest };
      return { complaint: await timelineComplaint(gateway, before), ms: slowest };
    } finally {
      await gateway.request("mutation ($id: ID!) { unfollow(id: $id) { __typename } }", { id: before.id });
    }
  }

  try {
    return await runBatches(
      {
        part: "through the store",
        arbitrary: life,
        throwOne,
        show: ({ kind, answers }) => `${choose(kinds, kind).subject.id} ${JSON.stringify(answers)}`,
        afterBatch: async () => {
          const { data } = await gateway.request("{ operations(first: 1) { nodes { id } } }");
          return data?.operations ? null : "a plain query is not answered any more";
        },
      },
      options,
    );
  } finally {
    await gateway.dispose();
    await server.dispose();
  }
}

/** What was thrown before may have opened the circuit, and the poller may be the one whose probe closes it. */
async function follow(gateway: FuzzedGateway, clock: SkippingClock, mutation: string): Promise<Shown | null> {
  for (let tries = 0; tries < 50; tries += 1) {
    clock.skip(pauseMs);
    const { data } = await gateway.request(`mutation { begun: ${mutation} { ... on Operation { ${shown} } } }`);
    if (data?.begun?.id) return data.begun;
  }
  return null;
}

async function recheck(
  gateway: FuzzedGateway,
  id: string,
): Promise<{ readonly after: Shown | null; readonly wrong: string | null }> {
  const asked = await gateway.request(
    "mutation ($id: ID!) { recheck(id: $id) { __typename ... on Problem { code message } } }",
    { id },
  );
  const wrong = resultComplaint(asked);
  const { data } = await gateway.request(`query ($id: ID!) { node(id: $id) { ... on Operation { ${shown} } } }`, {
    id,
  });
  return { after: data?.node ?? null, wrong };
}

function stepComplaint({ proof, mayChange }: Kind, before: Shown, after: Shown, told: Told): string | null {
  if (after.revision < before.revision) return `its revision went from ${before.revision} to ${after.revision}`;
  const ended = before.outcome !== null && before.outcome !== "ABANDONED";
  const same = before.state === after.state && before.outcome === after.outcome;
  if (ended && same) return null;
  if (ended && !(mayChange && after.state === "SETTLED")) {
    return `it was ${before.outcome}, and became ${after.state} ${String(after.outcome)}`;
  }
  if (after.state !== "SETTLED" || after.outcome === "ABANDONED") return null;
  if (!proof.settled(told))
    return `it settled as ${String(after.outcome)} by an answer without a documented final word`;
  const wrongly = after.outcome === "SUCCEEDED" && !proof.succeeded(told);
  return wrongly ? "it SUCCEEDED by an answer without the documented word for success" : null;
}

async function timelineComplaint(gateway: FuzzedGateway, last: Shown): Promise<string | null> {
  const query =
    "query ($id: ID!) { node(id: $id) { ... on Operation { revision state timeline(first: 500) { nodes { revision state } } } } }";
  const { data } = await gateway.request(query, { id: last.id });
  const changes: ReadonlyArray<{ readonly revision: number; readonly state: string }> =
    data?.node?.timeline.nodes ?? [];
  if (changes.some(({ revision }, n) => revision !== n + 1)) {
    return `expected revisions one after the other; got ${changes.map(({ revision }) => revision).join(", ")}`;
  }
  const latest = changes.at(-1);
  return latest?.revision === data?.node?.revision && latest?.state === data?.node?.state
    ? null
    : `expected the last change to be the operation; got ${JSON.stringify(latest)}`;
}
