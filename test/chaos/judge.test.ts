/** The judge of the chaos suite is judged: each kind of fault, made on purpose, breaks its own bar and no other. */
import { describe, expect, test } from "@jest/globals";
import { encodeCursor } from "../../src/store/cursor.ts";
import type { Figure } from "./judge/figure.ts";
import { report } from "./judge/figure.ts";
import type { LoggedChange } from "./judge/log.ts";
import { judgeProviders, type Presence } from "./judge/providers.ts";
import { judgeSubscribers } from "./judge/subscribers.ts";
import { makers, planFaults } from "./plan.ts";
import { type Facts, faults, upstreams } from "./provider/fault.ts";
import { workOf } from "./provider/front.ts";
import { createRandom } from "./random.ts";
import type { Interest, Message, Session } from "./subscriber.ts";

const broken = (figures: readonly Figure[]) => figures.filter((figure) => figure.broken).map(({ what }) => what);
const epoch = "0123456789abcdef0123456789abcdef";
const cursor = (place: number) => encodeCursor({ epoch, place });

/** Two operations, in turns, three revisions each: places 10, 20 … 60. */
const log: readonly LoggedChange[] = [1, 2, 3].flatMap((revision) =>
  ["a", "b"].map((operation, index) => ({
    place: ((revision - 1) * 2 + index + 1) * 10,
    operation,
    revision,
    kind: operation === "a" ? "BULK_CALL" : "PURCHASE_SYNC",
    provider: operation === "a" ? "FLOLIVE" : "CLEENG",
    state: revision === 3 ? "SETTLED" : "RUNNING",
    outcome: revision === 3 ? "SUCCEEDED" : null,
    followed: revision < 3,
    tags: [],
    told: `${operation} at ${revision}`,
    word: null,
    at: 0,
    committedAt: 0,
  })),
);
const lots: Interest = { type: "ids", ids: ["a", "b"] };
const everything: Interest = { type: "all", filter: {} };

const sent = (place: number, kind: Message["kind"] = "CHANGED"): Message => {
  const change = log.find((one) => one.place === place);
  if (!change) throw new Error(`No change has the place ${place}.`);
  const { operation, revision, told } = change;
  return { kind, operation, revision, cursor: cursor(place), change: told, shown: told, at: 0, node: 0 };
};
const session = (interest: Interest, messages: readonly Message[], more: Partial<Session> = {}): Session => ({
  interest,
  messages,
  after: interest.type === "all" ? cursor(10) : null,
  completed: interest.type === "ids",
  attempts: 1,
  strange: [],
  ...more,
});
const whole = [sent(20), sent(30), sent(40), sent(50), sent(60)];
/** Snapshots of both at their first revision, the last one with the end of the log, then each change. */
const snapshots = [sent(10, "SNAPSHOT"), sent(20, "SNAPSHOT")];
const watched = [...snapshots, sent(30), sent(40), sent(50), sent(60)];

const lost = "changes lost to a subscriber";
const twice = "changes sent twice";
const disordered = "changes out of order";
const wrong = "messages that don't show the operation at that revision";
const strange = "messages and ends of streams that no fault explains";

describe("what subscribers were sent", () => {
  const judge = (one: Session, end = 60) => broken(judgeSubscribers([one], log, end));

  test("the whole log, and all of each operation, break nothing", () => {
    expect(judge(session(everything, whole))).toEqual([]);
    expect(judge(session(lots, watched))).toEqual([]);
  });

  test("a stream that was cut among its snapshots is sent the rest as changes", () => {
    expect(judge(session(lots, [sent(10, "SNAPSHOT"), sent(20), sent(30), sent(40), sent(50), sent(60)]))).toEqual([]);
    expect(judge(session(lots, [sent(10, "SNAPSHOT"), sent(30), sent(40), sent(50), sent(60)]))).toEqual([lost]);
  });

  test("a filter is held to what it lets through, and to nothing else", () => {
    const settled: Interest = { type: "all", filter: { states: ["SETTLED"], kinds: ["BULK_CALL"] } };
    expect(judge(session(settled, [sent(50)]))).toEqual([]);
    expect(judge(session(settled, []))).toEqual([lost]);
    expect(judge(session(settled, [sent(50), sent(60)]))).toEqual([wrong]);
  });

  test("a change that did not come is lost: in the middle, at the end, after a stream that ended too early", () => {
    expect(judge(session(everything, whole.toSpliced(2, 1)))).toEqual([lost]);
    expect(judge(session(everything, whole.slice(0, 4)))).toEqual([lost]);
    expect(judge(session(everything, whole.slice(0, 4)), 50)).toEqual([]);
    expect(judge(session(lots, watched.slice(0, 4)))).toEqual([lost]);
    expect(judge(session(lots, []))).toEqual([lost]);
  });

  test("one that came again, too early, or is not what the log says", () => {
    expect(judge(session(everything, [...whole, sent(60)]))).toEqual([twice, disordered]);
    expect(judge(session(everything, [sent(20), sent(40), sent(30), sent(50), sent(60)]))).toEqual([disordered]);
    expect(judge(session(everything, whole.with(1, { ...sent(30), shown: "a at 3" })))).toEqual([wrong]);
    expect(judge(session(everything, whole.with(1, { ...sent(30), cursor: cursor(31) })))).toEqual([lost, wrong]);
  });

  test("a reset, a snapshot among changes, an error that nothing explains", () => {
    expect(judge(session(everything, whole.with(0, sent(20, "RESET"))))).toEqual([strange]);
    expect(judge(session(lots, [sent(10, "SNAPSHOT"), sent(20), sent(30, "SNAPSHOT"), ...watched.slice(3)]))).toEqual([
      strange,
    ]);
    expect(judge(session(everything, whole, { strange: ["an error"] }))).toEqual([strange]);
    expect(judge(session(everything, whole, { completed: true }))).toEqual([strange]);
  });
});

describe("what the providers were asked", () => {
  const facts = (times: readonly number[], held: readonly number[] = []): Facts => {
    const each = <T>(value: readonly T[]) =>
      Object.fromEntries(upstreams.map((id) => [id, id === "liberis" ? value : []])) as never;
    return {
      requests: each(times.map((at) => ({ at, what: "GET /", node: 1 }))),
      holds: each(held.map((from) => ({ node: 0, from, until: from + 1000, status: 429 }))),
      writes: [],
      faults: Object.fromEntries(Object.keys(faults).map((fault) => [fault, 1])),
      lagMs: 0,
    };
  };
  const present: Presence = { exits: [], freezes: [] };
  const judge = (times: readonly number[], held: readonly number[] = [], nodes = [present, present]) =>
    broken(judgeProviders(facts(times, held), { ratePerSecond: 1, graceMs: 250 }, nodes));
  const every = (ms: number, count: number) => Array.from({ length: count }, (_, index) => 5_000 + index * ms);

  test("eleven in any ten seconds are within one a second, twelve are not", () => {
    expect(judge(every(900, 11))).toEqual([]);
    expect(judge(every(900, 12))).toEqual(["providers asked above their budget"]);
    expect(judge(every(1_000, 60))).toEqual([]);
  });

  test("a request while a Retry-After holds is one too early, unless it was under way", () => {
    expect(judge([100, 200, 1_001], [0])).toEqual([]);
    expect(judge([500], [0])).toEqual([expect.stringContaining("before a Retry-After")]);
  });

  test("what a gateway could not tell, or could not hold back, is not held against the others", () => {
    const early = [expect.stringContaining("before a Retry-After")];
    expect(judge([500], [0], [{ exits: [{ at: 100 }], freezes: [] }, present])).toEqual([]);
    expect(judge([500], [0], [{ exits: [{ at: 300 }], freezes: [] }, present])).toEqual(early);
    expect(judge([500], [0], [{ exits: [], freezes: [[100, 900]] }, present])).toEqual([]);
    expect(judge([500], [0], [present, { exits: [], freezes: [[-900, 450]] }])).toEqual([]);
    expect(judge([800], [0], [present, { exits: [], freezes: [[-900, 450]] }])).toEqual(early);
  });
});

test("a plan is the same for the same seed, has every kind, and calms down before its end", () => {
  const plan = planFaults(7, 30, 6_000);
  expect(planFaults(7, 30, 6_000)).toEqual(plan);
  expect(planFaults(8, 30, 6_000)).not.toEqual(plan);
  const kinds = new Set(makers(createRandom(1), 6_000).map((make) => make().type));
  expect(new Set(plan.map(({ act }) => act.type))).toEqual(new Set([...kinds, "provider fails"]));
  expect(plan.every(({ atMs }) => atMs >= 0 && atMs < 30_000)).toBe(true);
});

test("a request is known by the work that it is for, and by nothing else", () => {
  expect(workOf('{"transactionId":"GPA.w000042-straight"}')).toBe("w000042");
  expect(workOf('{"value":"001000004230001"}')).toBe("w000042");
  expect(workOf("/oauth/token grant_type=client_credentials")).toBeNull();
});

test("the table shows what broke, and what broke it", () => {
  const text = report("chaos", judgeSubscribers([session(everything, whole.slice(0, 4))], log, 60));
  expect(text).toMatch(/changes lost to a subscriber +\| +1 +\| +0 +\| BROKEN/);
  expect(text).toContain("b revision 3 at place 60");
});
