import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Item, Known, Snapshot, Standing } from "../../../src/datasources/contract.ts";
import type { BulkCallInput } from "../../../src/datasources/flolive/input.ts";
import { accepted, pending, readingOf, refusalOf } from "../../../src/datasources/flolive/status.ts";
import { type StatusRow, statusWords } from "../../../src/datasources/flolive/wire.ts";

const nothing: Known = { snapshot: null, elsewhere: new Map() };
const row = (requestId: string | null, word: string | null): StatusRow => ({ requestId, isAnonymous: false, word });
/** Its requestId can't be read. */
const anonymous = (word: string | null): StatusRow => ({ requestId: null, isAnonymous: true, word });
const running: Standing = { state: "RUNNING" };
const settled = (outcome: "SUCCEEDED" | "PARTIAL") => ({ state: "SETTLED", outcome, problem: null });
const failed = (code: string) => ({
  state: "SETTLED",
  outcome: "FAILED",
  problem: expect.objectContaining({ type: "ProviderRejected", code, provider: "FLOLIVE", fields: [] }),
});

/** A call that was sent through this gateway, its nodes named by these ids. */
function sent(...ids: (string | null)[]): Known {
  const input: BulkCallInput = {
    action: "RESET_ACTIVATION_TIME",
    nodes: ids.map((_, n) => ({ identifierType: "IMSI", identifier: `sim-${n}` })),
  };
  return { snapshot: accepted(pending(input), "call", ids), elsewhere: new Map() };
}

function read(rows: readonly StatusRow[], known: Known = nothing): Snapshot {
  return readingOf("call", rows).compose(known);
}

/** The known nodes' part of items that a test is about. */
function shown({ items }: Snapshot) {
  return items.map(({ position, key, status, fields }) => [position, key, status, fields.identifier]);
}

const S = "SUCCESS";

test.each([
  ["no row", [], running, null],
  ["OPEN", ["OPEN"], running, "OPEN"],
  ["SUCCESS", [S], settled("SUCCEEDED"), S],
  ["FAILURE", ["FAILURE"], failed("FAILURE"), "FAILURE"],
  ["INTERNAL_ERROR", ["INTERNAL_ERROR"], failed("INTERNAL_ERROR"), "INTERNAL_ERROR"],
  ["success only", [S, S], settled("SUCCEEDED"), S],
  ["success and failure", ["FAILURE", S], settled("PARTIAL"), "FAILURE, SUCCESS"],
  ["success and internal error", [S, "INTERNAL_ERROR"], settled("PARTIAL"), "INTERNAL_ERROR, SUCCESS"],
  ["both failures", ["INTERNAL_ERROR", "FAILURE"], failed("FAILURE"), "FAILURE, INTERNAL_ERROR"],
  ["one open among ends", [S, "OPEN", "FAILURE"], running, "FAILURE, OPEN, SUCCESS"],
  ["an undocumented word", [S, "ON_HOLD"], running, "ON_HOLD, SUCCESS"],
  ["a documented word in another case", ["success"], running, "success"],
  ["a word of every object", ["constructor"], running, "constructor"],
  ["an unreadable word", [S, null], running, S],
] as const)("%s", (_what, words, standing, providerStatus) => {
  const snapshot = read(words.map((word, n) => row(`r${n}`, word)));
  expect(snapshot.standing).toEqual(standing);
  expect(snapshot.providerStatus).toBe(providerStatus);
});

test("each word has its status and its place in the progress", () => {
  const snapshot = read([...statusWords, "ON_HOLD", null].map((word, n) => row(`r${n}`, word)));
  expect(
    snapshot.items.map(({ status, providerStatus, disposition }) => [status, providerStatus, disposition]),
  ).toEqual([
    ["OPEN", "OPEN", "open"],
    [S, S, "succeeded"],
    ["FAILURE", "FAILURE", "failed"],
    ["INTERNAL_ERROR", "INTERNAL_ERROR", "failed"],
    ["UNKNOWN", "ON_HOLD", "open"],
    ["UNKNOWN", null, "open"],
  ]);
});

test("a call that was not sent through this gateway has its items in the order of the answer", () => {
  const reading = readingOf("call", [row("b", S), row("a", S)]);
  expect(reading.itemKeys).toEqual(["b", "a"]);
  const snapshot = reading.compose(nothing);
  expect(snapshot.fields).toEqual({ requestId: "call", action: null });
  expect(shown(snapshot)).toEqual([
    [0, "b", S, null],
    [1, "a", S, null],
  ]);
});

test("a node that another call knows shows the subscriber of that call", () => {
  const [node] = sent("n").snapshot?.items ?? [];
  const elsewhere = new Map<string, Item>(node ? [["n", node]] : []);
  const first = readingOf("n", [row("n", "OPEN")]).compose({ snapshot: null, elsewhere });
  expect(first.fields).toEqual({ requestId: "n", action: null });
  expect(first.items).toEqual([
    expect.objectContaining({ key: "n", fields: { identifierType: "IMSI", identifier: "sim-0" } }),
  ]);

  // Learned later, where the bulk call was not known yet when the node was first read.
  const before = readingOf("n", [row("n", "OPEN")]).compose(nothing);
  const later = readingOf("n", [row("n", S)]).compose({ snapshot: before, elsewhere });
  expect(shown(later)).toEqual([[0, "n", S, "sim-0"]]);
});

test("nodes that were sent keep their places and subscribers, in whatever order the rows come", () => {
  const snapshot = read([row("c", "FAILURE"), row("a", S), row("b", "INTERNAL_ERROR")], sent("a", "b", "c"));
  expect(snapshot.fields).toEqual({ requestId: "call", action: "RESET_ACTIVATION_TIME" });
  expect(shown(snapshot)).toEqual([
    [0, "a", S, "sim-0"],
    [1, "b", "INTERNAL_ERROR", "sim-1"],
    [2, "c", "FAILURE", "sim-2"],
  ]);
  expect(snapshot.standing).toEqual(settled("PARTIAL"));
});

test("fewer rows than nodes sent settle nothing, and a node without a row keeps its last state", () => {
  const known = sent("a", "b");
  const first = read([row("a", S)], known);
  expect(first.standing).toEqual(running);
  expect(shown(first)).toEqual([
    [0, "a", S, "sim-0"],
    [1, "b", "OPEN", "sim-1"],
  ]);
  const second = read([row("b", S)], { ...known, snapshot: first });
  expect(second.standing).toEqual(running);
  expect(shown(second)).toEqual([
    [0, "a", S, "sim-0"],
    [1, "b", S, "sim-1"],
  ]);
  expect(read([], { ...known, snapshot: second }).standing).toEqual(running);
  expect(read([row("a", S), row("b", S)], { ...known, snapshot: second }).standing).toEqual(settled("SUCCEEDED"));
});

test("a word that can't be read leaves its node as it was, and the call running", () => {
  const known = sent("a", "b");
  const first = read([row("a", S), row("b", "OPEN")], known);
  const second = read([row("a", null), row("b", S)], { ...known, snapshot: first });
  expect(second.standing).toEqual(running);
  expect(shown(second)).toEqual([
    [0, "a", S, "sim-0"],
    [1, "b", S, "sim-1"],
  ]);
});

test("rows that floLIVE adds to a call come after the nodes that were sent", () => {
  const snapshot = read([row("x", S), row("a", S)], sent("a"));
  expect(shown(snapshot)).toEqual([
    [0, "a", S, "sim-0"],
    [1, "x", S, null],
  ]);
  expect(snapshot.standing).toEqual(settled("SUCCEEDED"));
});

test("nodes without an id take the rows left over by place, and their ids, once the counts fit", () => {
  const known = sent(null, "b", null);
  const waiting = read([row("b", S), row("a", "FAILURE")], known);
  expect(waiting.standing).toEqual(running);
  expect(waiting.providerStatus).toBe("FAILURE, SUCCESS");
  expect(shown(waiting)).toEqual([
    [0, null, "OPEN", "sim-0"],
    [1, "b", S, "sim-1"],
    [2, null, "OPEN", "sim-2"],
  ]);
  const joined = read([row("b", S), row("a", "FAILURE"), row("c", S)], { ...known, snapshot: waiting });
  expect(joined.standing).toEqual(settled("PARTIAL"));
  expect(shown(joined)).toEqual([
    [0, "a", "FAILURE", "sim-0"],
    [1, "b", S, "sim-1"],
    [2, "c", S, "sim-2"],
  ]);
});

test("V2 rows, which have no ids, are the nodes in their order, but only when there is one for each", () => {
  const known = sent("a", "b");
  expect(shown(read([row(null, S), row(null, "FAILURE")], known))).toEqual([
    [0, "a", S, "sim-0"],
    [1, "b", "FAILURE", "sim-1"],
  ]);
  for (const rows of [[row(null, S)], [row(null, S), row(null, S), row(null, S)]]) {
    const snapshot = read(rows, known);
    expect(snapshot.standing).toEqual(running);
    expect(shown(snapshot)).toEqual([
      [0, "a", "OPEN", "sim-0"],
      [1, "b", "OPEN", "sim-1"],
    ]);
  }
});

test.each([[["a", "b"]], [["a", null]], [[null, null]]])(
  "a row whose id can't be read is joined with none of the nodes sent, known as %j",
  (ids) => {
    const known = sent(...ids);
    for (const rows of [
      [row("a", S), anonymous("FAILURE")],
      [anonymous("FAILURE"), anonymous(S)],
    ]) {
      const snapshot = read(rows, known);
      expect(snapshot.standing).toEqual(running);
      expect(snapshot.items.map(({ status }) => status)).not.toContain("FAILURE");
      expect(snapshot.items).toHaveLength(2);
    }
  },
);

test("nor with a node of a call from elsewhere that shows a subscriber", () => {
  const [node] = sent("n").snapshot?.items ?? [];
  const elsewhere = new Map<string, Item>(node ? [["n", node]] : []);
  const first = readingOf("n", [row("n", "OPEN")]).compose({ snapshot: null, elsewhere });
  const second = readingOf("n", [anonymous("FAILURE")]).compose({ snapshot: first, elsewhere });
  expect(second.standing).toEqual(running);
  expect(shown(second)[0]).toEqual([0, "n", "OPEN", "sim-0"]);
});

test("a lone V2 row shows the subscriber of the node that was asked for", () => {
  const [node] = sent("n").snapshot?.items ?? [];
  const elsewhere = new Map<string, Item>(node ? [["n", node]] : []);
  const reading = readingOf("n", [row(null, "OPEN")]);
  expect(reading.itemKeys).toEqual(["n"]);
  const first = reading.compose({ snapshot: null, elsewhere });
  expect(shown(first)).toEqual([[0, "n", "OPEN", "sim-0"]]);
  // From now on the node is this operation's own, and nothing is looked for elsewhere.
  const last = readingOf("n", [row(null, S)]).compose({ snapshot: first, elsewhere: new Map() });
  expect(shown(last)).toEqual([[0, "n", S, "sim-0"]]);
  expect(last.standing).toEqual(settled("SUCCEEDED"));
});

test("a lone V2 row of a whole call is not named after the call, and several are no node's", () => {
  const whole = readingOf("call", [row(null, S)]);
  expect(shown(whole.compose(nothing))).toEqual([[0, null, S, null]]);
  expect(shown(whole.compose(sent("a")))).toEqual([[0, "a", S, "sim-0"]]);
  const [node] = sent("n").snapshot?.items ?? [];
  const elsewhere = new Map<string, Item>(node ? [["n", node]] : []);
  const several = readingOf("n", [row(null, S), row(null, S)]);
  expect(several.itemKeys).toEqual([]);
  expect(shown(several.compose({ snapshot: null, elsewhere }))).toEqual([
    [0, null, S, null],
    [1, null, S, null],
  ]);
});

test("V2 rows of a call from elsewhere are its items by place, and more may come", () => {
  const first = read([row(null, "OPEN"), row(null, S)]);
  const second = read([row(null, S), row(null, S), row(null, "FAILURE")], { ...nothing, snapshot: first });
  expect(shown(second)).toEqual([
    [0, null, S, null],
    [1, null, S, null],
    [2, null, "FAILURE", null],
  ]);
  expect(second.standing).toEqual(settled("PARTIAL"));
  expect(read([row(null, S)], { ...nothing, snapshot: second }).standing).toEqual(running);
});

test("a row of which nothing can be read is an item that is not known, until its row can be read", () => {
  const first = read([row("a", S), row(null, null)]);
  expect(first.standing).toEqual(running);
  expect(shown(first)).toEqual([
    [0, "a", S, null],
    [1, null, "UNKNOWN", null],
  ]);
  const second = read([row("a", S), row("b", S)], { ...nothing, snapshot: first });
  expect(shown(second)).toEqual([
    [0, "a", S, null],
    [1, "b", S, null],
  ]);
  expect(second.standing).toEqual(settled("SUCCEEDED"));
});

test("a row of which nothing can be read is no further item of a call that is known, and spoils its own answer alone", () => {
  const first = read([row("a", "OPEN"), row("b", S)]);
  const second = read([row("a", S), row("b", S), row(null, null)], { ...nothing, snapshot: first });
  expect(second.standing).toEqual(running);
  expect(shown(second)).toEqual([
    [0, "a", S, null],
    [1, "b", S, null],
  ]);
  const third = read([row("a", S), row("b", S)], { ...nothing, snapshot: second });
  expect(third.standing).toEqual(settled("SUCCEEDED"));
});

test("what could never be read, and is not there once all can be, keeps nothing from settling", () => {
  const first = read([row("a", "OPEN"), row(null, null), row("b", S)]);
  expect(first.items).toHaveLength(3);
  const second = read([row("a", S), row("b", "FAILURE")], { ...nothing, snapshot: first });
  expect(second.standing).toEqual(settled("PARTIAL"));
  // An item that was read once is not forgotten so.
  const missing = read([row("a", S)], { ...nothing, snapshot: first });
  expect(missing.standing).toEqual(running);
});

test("a row that comes twice counts once, as it came last", () => {
  const reading = readingOf("call", [row("a", "OPEN"), row("b", S), row("a", S)]);
  expect(reading.itemKeys).toEqual(["a", "b"]);
  expect(shown(reading.compose(nothing))).toEqual([
    [0, "a", S, null],
    [1, "b", S, null],
  ]);
});

test("the joined words stay within 256 characters, and no character is cut in half", () => {
  const words = Array.from({ length: 40 }, (_, n) => `${n}${"😀".repeat(20)}`);
  const { providerStatus } = read(words.map((word, n) => row(`r${n}`, word)));
  expect([...(providerStatus ?? "")]).toHaveLength(256);
  expect(providerStatus?.isWellFormed()).toBe(true);
});

test.each([
  [200, "GLOBAL_1001", "ProviderUnavailable", "GLOBAL_1001"],
  [404, "GLOBAL_1001", "ProviderUnavailable", "GLOBAL_1001"],
  [200, "GLOBAL_1003", "NotFound", "GLOBAL_1003"],
  [500, "GLOBAL_1003", "NotFound", "GLOBAL_1003"],
  [401, null, "ProviderUnavailable", "PROVIDER_ERROR"],
  [403, "AUTH_1", "ProviderUnavailable", "AUTH_1"],
  [500, null, "ProviderUnavailable", "PROVIDER_ERROR"],
  [503, "BUSY", "ProviderUnavailable", "BUSY"],
  [404, null, "ProviderRejected", "PROVIDER_ERROR"],
  [200, "GLOBAL_1234", "ProviderRejected", "GLOBAL_1234"],
  [200, "constructor", "ProviderRejected", "constructor"],
])("HTTP %i with the code %s is %s, %s", (status, code, type, expected) => {
  expect(refusalOf(status, code)).toMatchObject({ type, code: expected });
});

// ------------------------------------------------------------------ properties

const ends = new Set(["SUCCESS", "FAILURE", "INTERNAL_ERROR"]);
const anyWord = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...statusWords) },
  { weight: 1, arbitrary: fc.constantFrom(null, "ON_HOLD", "toString") },
);
const anyId = fc.constantFrom("a", "b", "c", "d", "e", "f");
const anyRow = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.option(anyId, { freq: 8 }), anyWord).map(([id, word]) => row(id, word)) },
  { weight: 1, arbitrary: anyWord.map(anonymous) },
);
const anyRows = fc.array(anyRow, { maxLength: 8 });
const anySent = fc.uniqueArray(anyId, { minLength: 1, maxLength: 5 });

test("random rows never settle a call of which something is open, unread or missing", () => {
  let settledRuns = 0;
  fc.assert(
    fc.property(anySent, fc.array(anyRows, { minLength: 1, maxLength: 3 }), (ids, answers) => {
      let known = sent(...ids);
      for (const rows of answers) {
        const snapshot = read(rows, known);
        // Nothing that was known vanishes or moves.
        const before = known.snapshot?.items ?? [];
        expect(snapshot.items.slice(0, before.length).map(({ key, fields }) => [key, fields])).toEqual(
          before.map(({ key, fields }) => [key, fields]),
        );
        expect(snapshot.items.map(({ position }) => position)).toEqual(snapshot.items.map((_, n) => n));
        if (snapshot.standing.state === "SETTLED") {
          settledRuns += 1;
          const last = new Map(rows.map((one, n) => [one.requestId ?? n, one.word]));
          const words = [...last.values()];
          expect(words.every((word) => word !== null && ends.has(word))).toBe(true);
          expect(words.length).toBeGreaterThanOrEqual(snapshot.items.length);
          const good = words.filter((word) => word === "SUCCESS").length;
          const outcome = good === words.length ? "SUCCEEDED" : good === 0 ? "FAILED" : "PARTIAL";
          expect(snapshot.standing.outcome).toBe(outcome);
        }
        known = { ...known, snapshot };
      }
    }),
    { numRuns: 1500 },
  );
  expect(settledRuns).toBeGreaterThan(0);
});

test("the order of the pages makes no difference to a call that was sent", () => {
  const pages = fc.uniqueArray(anyId, { minLength: 1, maxLength: 6 }).chain((ids) =>
    fc.record({
      ids: fc.constant(ids),
      words: fc.array(anyWord, { minLength: ids.length, maxLength: ids.length }),
      missing: fc.integer({ min: 0, max: ids.length }),
      order: fc.shuffledSubarray(ids, { minLength: ids.length }),
    }),
  );
  fc.assert(
    fc.property(pages, ({ ids, words, missing, order }) => {
      const rows = (list: typeof ids) =>
        list.filter((id) => ids.indexOf(id) >= missing).map((id) => row(id, words[ids.indexOf(id)] ?? null));
      expect(read(rows(order), sent(...ids))).toEqual(read(rows(ids), sent(...ids)));
    }),
  );
});
