/** What holds of an operation whatever is learned of it, and in whatever order. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Item, Snapshot, Standing } from "../../src/datasources/contract.ts";
import { notFound, type Problem, rateLimited, rejected, unavailable } from "../../src/datasources/problems.ts";
import {
  type Advanced,
  advance,
  type Event,
  goneChecks,
  goneMs,
  type Moving,
  outageGraceMs,
  type Terms,
} from "../../src/operations/advance.ts";
import { item, waitOf } from "../store/learning.ts";

const items: fc.Arbitrary<Item[]> = fc
  .array(fc.record({ status: fc.constantFrom("OPEN", "DONE"), size: fc.nat(1) }), { maxLength: 3 })
  .map((parts) =>
    parts.map(({ status, size }, position) =>
      item(position, { status, disposition: status === "DONE" ? "succeeded" : "open", fields: { size } }),
    ),
  );
const problem: fc.Arbitrary<Problem> = fc.oneof(
  fc.constant(notFound("No such id.")),
  fc.constant(rejected("TINY", "T1", "No.")),
  fc.option(fc.nat(100)).map((seconds) => unavailable("TINY", "TIMEOUT", "No answer.", seconds)),
  fc.nat(7200).map((seconds) => rateLimited("TINY", "THROTTLED", "Later.", seconds)),
);
const unsettled = fc.constantFrom<Standing>({ state: "PENDING" }, { state: "RUNNING" }, { state: "RETRYING" });
const ending = fc.oneof(
  fc.constantFrom<Standing>(
    { state: "SETTLED", outcome: "SUCCEEDED", problem: null },
    { state: "SETTLED", outcome: "PARTIAL", problem: null },
  ),
  problem.map((why): Standing => ({ state: "SETTLED", outcome: "FAILED", problem: why })),
);
const snapshotOf = (standing: fc.Arbitrary<Standing>): fc.Arbitrary<Snapshot> =>
  fc.record({
    standing,
    providerStatus: fc.constantFrom(null, "a", "b"),
    fields: fc.record({ size: fc.nat(1) }),
    items,
  });
const reading = snapshotOf(fc.oneof({ weight: 4, arbitrary: unsettled }, { weight: 1, arbitrary: ending })).map(
  (snapshot): Event => ({ type: "read", snapshot }),
);
const acceptance = fc.record({
  type: fc.constant("begun" as const),
  snapshot: snapshotOf(unsettled),
  unconfirmed: fc.option(problem),
  read: fc.constant(false),
});
const failure = problem.map((why): Event => ({ type: "failed", problem: why }));
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: reading },
  { weight: 4, arbitrary: failure },
  { weight: 1, arbitrary: acceptance },
  fc.constantFrom<Event>({ type: "followed" }, { type: "outdated" }, { type: "unfollowed" }),
);
interface Step {
  readonly event: Event;
  readonly seconds: number;
  readonly random: number;
  readonly follow: boolean;
  readonly settledMayChange: boolean;
}
const step = (of: fc.Arbitrary<Event>): fc.Arbitrary<Step> =>
  fc.record({
    event: of,
    seconds: fc.oneof(fc.nat(120), fc.nat(100_000)),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    follow: fc.boolean(),
    settledMayChange: fc.boolean(),
  });

interface Seen {
  readonly before: Moving | null;
  readonly beforeItems: readonly Item[];
  readonly step: Step;
  readonly terms: Terms;
  readonly advanced: Advanced;
}

/** Every step that was made, in order. */
function walk(steps: readonly Step[]): Seen[] {
  let now = Date.parse("2026-01-01T00:00:00Z");
  let before: Moving | null = null;
  let beforeItems: readonly Item[] = [];
  return steps.map((one) => {
    now += one.seconds * 1000;
    const { random, follow, settledMayChange } = one;
    const terms = { now: new Date(now), wait: waitOf(random), deadlineSeconds: 3600, follow, settledMayChange };
    const advanced = advance(before, beforeItems, one.event, terms);
    const seen = { before, beforeItems, step: one, terms, advanced };
    const changed = new Set(advanced.items.map(({ position }) => position));
    beforeItems = [...beforeItems.filter(({ position }) => !changed.has(position)), ...advanced.items];
    before = advanced.next;
    return seen;
  });
}

const life = fc
  .tuple(step(fc.oneof(reading, acceptance)), fc.array(step(event), { maxLength: 25 }))
  .map(([first, rest]) => walk([first, ...rest]));

const always = (holds: (seen: Seen) => void) =>
  fc.assert(
    fc.property(life, (lived) => lived.forEach(holds)),
    { numRuns: 300 },
  );

test("an outcome is there if and only if it is settled, and a next check if and only if it is followed", () => {
  always(({ advanced: { next } }) => {
    expect(next.outcome !== null).toBe(next.state === "SETTLED");
    expect(next.settledAt !== null).toBe(next.state === "SETTLED");
    expect(next.nextCheckAt !== null).toBe(next.followed);
    expect(next.state === "SETTLED" && next.followed).toBe(false);
    if (next.followed) expect(next.deadlineAt).not.toBeNull();
  });
});

test("an end by the provider's word stands, unless the provider may change its mind", () => {
  always(({ before, terms, advanced: { next, changed } }) => {
    if (before?.state !== "SETTLED" || before.outcome === "ABANDONED") return;
    expect(next.state).toBe("SETTLED");
    if (terms.settledMayChange) return;
    expect(changed).toBe(false);
    expect(next.outcome).toBe(before.outcome);
  });
});

test("a failed check is news only where it gives up", () => {
  always(({ before, step: { event }, advanced: { next, changed } }) => {
    if (event.type !== "failed") return;
    expect(changed).toBe(before?.state !== "SETTLED" && next.outcome === "ABANDONED");
  });
});

test("it gives up only by a deadline that an answered check met, a day's outage past it, or an id gone for a minute", () => {
  always(({ before, step: { event }, terms: { now }, advanced: { next } }) => {
    if (next.outcome !== "ABANDONED" || before?.outcome === "ABANDONED") return;
    expect(before === null || before.followed || event.type === "read").toBe(true);
    const deadline = next.deadlineAt?.getTime() ?? Number.NaN;
    if (next.problem?.code === "GONE_AT_PROVIDER") {
      expect(event).toMatchObject({ type: "failed", problem: { type: "NotFound" } });
      expect((before?.goneCount ?? 0) + 1).toBeGreaterThanOrEqual(goneChecks);
      expect(now.getTime() - (before?.goneSince?.getTime() ?? Number.NaN)).toBeGreaterThanOrEqual(goneMs);
      return;
    }
    expect(next.problem?.code).toBe("DEADLINE_PASSED");
    const answered = event.type === "read" || (event.type === "failed" && !("retryAfterSeconds" in event.problem));
    expect(answered || event.type === "failed").toBe(true);
    expect(now.getTime()).toBeGreaterThanOrEqual(deadline + (answered ? 0 : outageGraceMs));
  });
});

test("a deadline moves only when following begins", () => {
  always(({ before, terms, advanced: { next } }) => {
    if (before === null || (!before.followed && next.followed)) return;
    if (!before.followed && terms.follow && next.state === "SETTLED") return;
    expect(next.deadlineAt).toEqual(before.deadlineAt);
  });
});

test("the next check is when the schedule says, which is told age, silence, deadline and what the provider asked for", () => {
  always(({ step: { event }, terms: { now, wait }, advanced: { next } }) => {
    if (next.nextCheckAt === null) return;
    const asked = event.type === "failed" && "retryAfterSeconds" in event.problem ? event.problem.retryAfterSeconds : 0;
    const told = {
      sinceStart: next.startedAt !== null,
      ageMs: now.getTime() - (next.startedAt ?? next.createdAt).getTime(),
      silentMs: now.getTime() - next.changedAt.getTime(),
      answered: event.type !== "failed",
      retryAfterMs: (asked ?? 0) * 1000,
      leftMs: next.deadlineAt === null ? null : next.deadlineAt.getTime() - now.getTime(),
    };
    expect(next.nextCheckAt.getTime() - now.getTime()).toBe(wait(told));
  });
});

test("what settles is told with two ages between which it did: not younger than when it was last seen open", () => {
  always(({ before, terms: { now }, advanced: { next, settling } }) => {
    const settles = before !== null && before.state !== "SETTLED" && next.state === "SETTLED";
    if (!settles || next.problem?.code === "GONE_AT_PROVIDER") {
      expect(settling).toBeNull();
      return;
    }
    const origin = (next.startedAt ?? next.createdAt).getTime();
    expect(settling?.sinceStart).toBe(next.startedAt !== null);
    if (next.outcome !== "ABANDONED") {
      expect(settling?.withinMs).toBe(now.getTime() - origin);
      expect(settling?.afterMs).toBe((before.checkedAt?.getTime() ?? origin) - origin);
    } else {
      expect(settling?.withinMs).toBeNull();
      expect(settling?.afterMs).toBe((next.checkedAt?.getTime() ?? origin) - origin);
    }
  });
});

test("only what we began has a start, which never moves", () => {
  always(({ before, step: { event }, terms: { now }, advanced: { next } }) => {
    if (before !== null) expect(next.startedAt).toEqual(before.startedAt);
    else if (event.type === "begun" && event.unconfirmed === null) expect(next.startedAt).toEqual(now);
    else expect(next.startedAt).toBeNull();
  });
});

test("changedAt moves with a change and with nothing else, and createdAt never", () => {
  always(({ before, terms: { now }, advanced: { next, changed } }) => {
    expect(next.changedAt).toEqual(changed ? now : before?.changedAt);
    expect(next.createdAt).toEqual(before?.createdAt ?? now);
  });
});

test("a reading that is taken in leaves exactly its items, and says which of them are news", () => {
  always(({ beforeItems, step: { event }, advanced: { next, items: news } }) => {
    if (event.type !== "read" || next.fields !== event.snapshot.fields) return;
    const known = new Map(beforeItems.map((one) => [one.position, one]));
    const expected = event.snapshot.items.filter(
      (one) => JSON.stringify(known.get(one.position)) !== JSON.stringify(one),
    );
    expect(news).toEqual(expected);
    expect(next.progress.done).toBe(next.progress.succeeded + next.progress.failed + otherwiseDone(event.snapshot));
  });
});

/** An operation without items that ended PARTIAL is done, and neither succeeded nor failed. */
function otherwiseDone({ items, standing }: Snapshot): number {
  return items.length === 0 && standing.state === "SETTLED" && standing.outcome === "PARTIAL" ? 1 : 0;
}

test("the same event again is no change, whatever came before it", () => {
  always(({ beforeItems, step: { event }, terms, advanced: { next, items: news } }) => {
    if (next.outcome === "ABANDONED") return;
    const fresh = new Set(news.map(({ position }) => position));
    const items = [...beforeItems.filter(({ position }) => !fresh.has(position)), ...news];
    const gives = event.type === "failed" && event.problem.type === "NotFound";
    if (!gives) expect(advance(next, items, event, terms).changed).toBe(false);
  });
});
