import { describe, expect, test } from "@jest/globals";
import type { Item, Snapshot, Standing } from "../../src/datasources/contract.ts";
import { notFound, type Problem, rejected, unavailable, writeUnconfirmed } from "../../src/datasources/problems.ts";
import { type Advanced, advance, type Event, type Moving, type Terms } from "../../src/operations/advance.ts";
import type { Wait } from "../../src/poller/schedule.ts";
import { item, snapshot, succeeded } from "../store/learning.ts";

const start = Date.parse("2026-01-01T00:00:00Z");
const at = (seconds: number) => new Date(start + seconds * 1000);
const hour = 3600;

/** A second, or a fifth of the silence, or what the provider asked for: enough to see what a schedule is told. */
const wait: Wait = ({ silentMs, retryAfterMs }) => Math.max(1000, silentMs / 5, retryAfterMs);

function terms(seconds: number, parts: Partial<Terms> = {}): Terms {
  return {
    now: at(seconds),
    wait,
    deadlineSeconds: hour,
    follow: false,
    settledMayChange: false,
    ...parts,
  };
}
const reading = (answer: Snapshot): Event => ({ type: "read", snapshot: answer });
const failing = (problem: Problem): Event => ({ type: "failed", problem });

/** What is learned of one operation, one thing after the other. */
function begin(first: Event = reading(snapshot("RUNNING")), parts: Partial<Terms> = { follow: true }) {
  let items: readonly Item[] = [];
  let moving: Moving | null = null;
  const learn = (event: Event, seconds: number, more: Partial<Terms> = {}): Advanced => {
    const advanced = advance(moving, items, event, terms(seconds, more));
    const changed = new Map(advanced.items.map((one) => [one.position, one]));
    const kept = items.filter(({ position }) => !changed.has(position));
    items = [...kept, ...advanced.items].sort((a, b) => a.position - b.position);
    moving = advanced.next;
    return advanced;
  };
  return { first: learn(first, 0, parts), learn };
}

const failure: Standing = { state: "SETTLED", outcome: "FAILED", problem: rejected("TINY", "T1", "It was refused.") };
const outage = unavailable("TINY", "TIMEOUT", "No answer.");

describe("a reading", () => {
  test("makes an operation that is followed until a deadline, and asked again a second later", () => {
    const { first } = begin(reading(snapshot("PENDING", { providerStatus: "new", fields: { size: 3 } })));
    expect(first.changed).toBe(true);
    expect(first.next).toMatchObject({ state: "PENDING", outcome: null, providerStatus: "new", fields: { size: 3 } });
    expect(first.next).toMatchObject({ followed: true, createdAt: at(0), checkedAt: at(0), deadlineAt: at(hour) });
    expect(first.next.nextCheckAt).toEqual(at(1));
    expect(first.next.progress).toEqual({ total: 1, done: 0, succeeded: 0, failed: 0 });
  });

  test("makes an operation that nobody asks again, where it is not to be followed", () => {
    const { first } = begin(reading(snapshot("PENDING")), {});
    expect(first.next).toMatchObject({ followed: false, nextCheckAt: null, deadlineAt: null });
  });

  test("with nothing new in it is no change, and is noted as checked", () => {
    const { learn } = begin();
    const { changed, next } = learn(reading(snapshot("RUNNING")), 30);
    expect(changed).toBe(false);
    expect(next).toMatchObject({ checkedAt: at(30), changedAt: at(0), nextCheckAt: at(36) });
  });

  test.each([
    ["the state", snapshot("RETRYING", { providerStatus: "a", fields: { b: [1] } })],
    ["the provider's word", snapshot("RUNNING", { providerStatus: "z", fields: { b: [1] } })],
    ["a field", snapshot("RUNNING", { providerStatus: "a", fields: { b: [2] } })],
    ["an item", snapshot("RUNNING", { providerStatus: "a", fields: { b: [1] }, items: [item(0)] })],
    ["its end", snapshot(succeeded, { providerStatus: "a", fields: { b: [1] } })],
  ])("is a change where %s differs", (_what, answer) => {
    const { learn } = begin(reading(snapshot("RUNNING", { providerStatus: "a", fields: { b: [1] } })));
    const { changed, next } = learn(reading(answer), 10);
    expect(changed).toBe(true);
    expect(next.changedAt).toEqual(at(10));
  });

  test("hands on only the items that changed, and counts all of them", () => {
    const [one, two] = [item(0, { key: "k0" }), item(1)];
    const done = item(1, { status: "DONE", disposition: "succeeded" });
    const { learn } = begin(reading(snapshot("RUNNING", { items: [one, two] })));
    const { items, next } = learn(reading(snapshot("RUNNING", { items: [one, done] })), 5);
    expect(items).toEqual([done]);
    expect(next.progress).toEqual({ total: 2, done: 1, succeeded: 1, failed: 0 });
    expect(next.itemCounts).toEqual({ DONE: 1, OPEN: 1 });
  });

  test("of an end settles it with its reason, and asks no more", () => {
    const { learn } = begin();
    const { next } = learn(reading(snapshot(failure)), 7);
    expect(next).toMatchObject({ state: "SETTLED", outcome: "FAILED", problem: { code: "T1" }, settledAt: at(7) });
    expect(next).toMatchObject({ followed: false, nextCheckAt: null });
    expect(next.progress).toEqual({ total: 1, done: 1, succeeded: 0, failed: 1 });
  });

  test("after the end undoes nothing, unless the provider may change its mind", () => {
    const settled = () => {
      const operation = begin();
      operation.learn(reading(snapshot(succeeded)), 7);
      return operation;
    };
    const late = settled().learn(reading(snapshot(failure)), 9, { follow: true });
    expect(late).toMatchObject({ changed: false, next: { outcome: "SUCCEEDED", checkedAt: at(9), settledAt: at(7) } });
    const revised = settled().learn(reading(snapshot(failure)), 9, { settledMayChange: true });
    expect(revised).toMatchObject({ changed: true, next: { outcome: "FAILED", settledAt: at(9) } });
    const lagging = settled().learn(reading(snapshot("RUNNING")), 9, { settledMayChange: true });
    expect(lagging).toMatchObject({ changed: false, next: { state: "SETTLED", outcome: "SUCCEEDED" } });
  });
});

describe("a check that failed", () => {
  test("says so, moves the next one, and is no change", () => {
    const { learn } = begin();
    const { changed, next } = learn(failing(unavailable("TINY", "THROTTLED", "Later.", 40)), 10);
    expect(changed).toBe(false);
    expect(next).toMatchObject({ state: "RUNNING", checkProblem: { code: "THROTTLED" }, checkedAt: at(0) });
    expect(next.nextCheckAt).toEqual(at(50));
    expect(learn(reading(snapshot("RUNNING")), 51)).toMatchObject({ changed: false, next: { checkProblem: null } });
  });

  test("takes an id for gone after three answers over a minute, and no sooner", () => {
    const gone = failing(notFound("No such id."));
    const states = (...seconds: number[]) => {
      const { learn } = begin();
      return seconds.map((second) => learn(gone, second).next.state);
    };
    expect(states(10, 20, 30, 69, 70)).toEqual(["RUNNING", "RUNNING", "RUNNING", "RUNNING", "SETTLED"]);
    expect(states(10, 200, 201)).toEqual(["RUNNING", "RUNNING", "SETTLED"]);
  });

  test("forgets that an id was not found as soon as it is", () => {
    const { learn } = begin();
    const gone = failing(notFound("No such id."));
    for (const seconds of [10, 40]) learn(gone, seconds);
    learn(reading(snapshot("RUNNING")), 50);
    expect([60, 119].map((seconds) => learn(gone, seconds).next.state)).toEqual(["RUNNING", "RUNNING"]);
    expect(learn(gone, 120).next).toMatchObject({ outcome: "ABANDONED", problem: { code: "GONE_AT_PROVIDER" } });
  });

  test("never gives up what nobody follows", () => {
    const { learn } = begin(reading(snapshot("RUNNING")), {});
    for (const seconds of [100, 200, 300]) learn(failing(notFound("No such id.")), seconds);
    const { changed, next } = learn(failing(notFound("No such id.")), 100 * hour);
    expect(changed).toBe(false);
    expect(next).toMatchObject({ state: "RUNNING", checkProblem: { type: "NotFound" } });
  });
});

describe("a deadline", () => {
  const answers: ReadonlyArray<readonly [string, Event]> = [
    ["still under way", reading(snapshot("RUNNING"))],
    ["a refusal", failing(rejected("TINY", "T2", "Not now."))],
    ["an unknown id", failing(notFound("No such id."))],
  ];
  test.each(answers)("ends the wait with the first answer from then on: %s", (_what, event) => {
    const { learn } = begin();
    expect(learn(event, hour - 1).next).toMatchObject({ state: "RUNNING", followed: true });
    const { changed, next } = learn(event, hour);
    expect(changed).toBe(true);
    expect(next).toMatchObject({ outcome: "ABANDONED", problem: { code: "DEADLINE_PASSED" }, followed: false });
  });

  test("lets an end that comes late be the end", () => {
    const { learn } = begin();
    expect(learn(reading(snapshot(succeeded)), 2 * hour).next).toMatchObject({ outcome: "SUCCEEDED", problem: null });
  });

  test("is held off by an outage, for a day and no more", () => {
    const { learn } = begin();
    expect(learn(failing(outage), hour).next).toMatchObject({ state: "RUNNING", followed: true });
    expect(learn(failing(outage), 25 * hour - 1).next).toMatchObject({ state: "RUNNING", followed: true });
    expect(learn(failing(outage), 25 * hour).next).toMatchObject({ outcome: "ABANDONED", checkProblem: null });
  });
});

describe("what was given up", () => {
  const abandoned = () => {
    const operation = begin();
    operation.learn(reading(snapshot("RUNNING")), hour);
    return operation;
  };

  test("stays so when it is only looked at, and ends as the provider says when it has ended", () => {
    const { learn } = abandoned();
    expect(learn(reading(snapshot("RETRYING")), 2 * hour)).toMatchObject({
      changed: false,
      next: { state: "SETTLED" },
    });
    expect(learn(reading(snapshot(succeeded)), 3 * hour)).toMatchObject({
      changed: true,
      next: { outcome: "SUCCEEDED", settledAt: at(3 * hour), problem: null },
    });
  });

  test("is taken up again, with a new deadline, by following it", () => {
    const { changed, next } = abandoned().learn(reading(snapshot("RETRYING")), 2 * hour, { follow: true });
    expect(changed).toBe(true);
    expect(next).toMatchObject({ state: "RETRYING", outcome: null, problem: null, settledAt: null });
    expect(next).toMatchObject({ followed: true, deadlineAt: at(3 * hour) });
  });
});

describe("following", () => {
  test("can be ended and begun anew: each is a change, and the deadline is the new one's", () => {
    const { learn } = begin();
    const ended = learn({ type: "unfollowed" }, 100);
    expect(ended).toMatchObject({ changed: true, next: { state: "RUNNING", followed: false, nextCheckAt: null } });
    expect(learn({ type: "unfollowed" }, 101).changed).toBe(false);
    const again = learn({ type: "followed" }, 200);
    expect(again).toMatchObject({ changed: true, next: { followed: true, deadlineAt: at(200 + hour) } });
  });

  test("what is followed already changes nothing and keeps its deadline", () => {
    const { learn } = begin();
    for (const event of [reading(snapshot("RUNNING")), { type: "followed" } as const]) {
      expect(learn(event, 100, { follow: true })).toMatchObject({ changed: false, next: { deadlineAt: at(hour) } });
    }
  });

  test("an answer that came too late to count says nothing", () => {
    const { learn } = begin();
    const { changed, next } = learn({ type: "outdated" }, 60);
    expect(changed).toBe(false);
    expect(next).toMatchObject({ checkedAt: at(0), changedAt: at(0), checkProblem: null });
  });
});

describe("a write", () => {
  const accepted = (parts: Partial<Extract<Event, { type: "begun" }>> = {}): Event => ({
    type: "begun",
    snapshot: snapshot("PENDING"),
    unconfirmed: null,
    read: false,
    ...parts,
  });

  test("that was accepted is followed, and not taken for read", () => {
    const { first } = begin(accepted());
    expect(first.next).toMatchObject({ state: "PENDING", followed: true, checkedAt: null, checkProblem: null });
    expect(begin(accepted({ read: true })).first.next.checkedAt).toEqual(at(0));
  });

  test("whose answer was lost says what it ran into, until a reading shows it", () => {
    const { first, learn } = begin(accepted({ unconfirmed: outage }));
    expect(first.next).toMatchObject({ followed: true, checkProblem: { code: "TIMEOUT" } });
    expect(learn(reading(snapshot("PENDING")), 5).next.checkProblem).toBeNull();
  });

  test("whose id was never seen ends at once, for nothing can be asked", () => {
    const problem = writeUnconfirmed("TINY");
    const { first } = begin({ type: "unconfirmed", snapshot: snapshot("PENDING", { items: [item(0)] }), problem });
    expect(first.items).toHaveLength(1);
    expect(first.next).toMatchObject({ state: "SETTLED", outcome: "ABANDONED", problem, followed: false });
  });

  test("does not undo what was read before its answer came: it is followed, and what only we know is added", () => {
    const { learn } = begin(reading(snapshot("RUNNING", { fields: { seen: 1, sent: null } })), {});
    const late = accepted({ snapshot: snapshot("PENDING", { fields: { seen: 2, sent: "x" } }), unconfirmed: outage });
    expect(learn(late, 1, { follow: true }).next).toMatchObject({
      state: "RUNNING",
      fields: { seen: 1, sent: "x" },
      followed: true,
      deadlineAt: at(1 + hour),
      checkProblem: outage,
    });
  });

  test("does not undo an end that was read before its answer came, and may bring another", () => {
    const ended = begin(reading(snapshot(succeeded)));
    expect(ended.learn(accepted(), 1, { follow: true })).toMatchObject({
      changed: false,
      next: { state: "SETTLED", outcome: "SUCCEEDED", followed: false },
    });
    expect(ended.learn(accepted({ snapshot: snapshot(failure) }), 2).next.outcome).toBe("FAILED");
  });
});
