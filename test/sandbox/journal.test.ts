import { describe, expect, test } from "@jest/globals";
import { createJournal, journalLimits, withoutSecrets } from "../../src/sandbox/journal.ts";
import { ManualClock } from "../support/clock.ts";

const start = 1_000_000;

describe("changes", () => {
  test("come true at the time of their step, and not before", async () => {
    const clock = new ManualClock(start);
    const journal = createJournal(clock);
    journal.script("a", [
      [start, "open"],
      [start + 100, "done"],
    ]);
    expect(journal.changes()).toEqual([{ at: start, entity: "a", value: "open" }]);
    await clock.advance(99);
    expect(journal.changes()).toHaveLength(1);
    await clock.advance(1);
    expect(journal.changes()).toEqual([
      { at: start, entity: "a", value: "open" },
      { at: start + 100, entity: "a", value: "done" },
    ]);
  });

  test("a later script replaces only what lies ahead", async () => {
    const clock = new ManualClock(start);
    const journal = createJournal(clock);
    journal.script("a", [
      [start, "open"],
      [start + 10, "retrying"],
      [start + 20, "done"],
    ]);
    await clock.advance(15);
    journal.script("a", [
      [start + 15, "stopped"],
      [start + 30, "gone"],
    ]);
    await clock.advance(100);
    expect(journal.changes().map(({ at, value }) => [at - start, value])).toEqual([
      [0, "open"],
      [10, "retrying"],
      [15, "stopped"],
      [30, "gone"],
    ]);
  });

  test("a later script cannot rewrite the past: what it has in force came true when it was noted", async () => {
    const clock = new ManualClock(start);
    const journal = createJournal(clock);
    journal.script("a", [[start, "open"]]);
    await clock.advance(50);
    journal.script("a", [
      [start + 10, "retrying"],
      [start + 20, "done"],
    ]);
    expect(journal.changes().map(({ at, value }) => [at - start, value])).toEqual([
      [0, "open"],
      [50, "done"],
    ]);
  });

  test("a step to the value in force is no change", async () => {
    const clock = new ManualClock(start);
    const journal = createJournal(clock);
    journal.script("a", [
      [start, "open"],
      [start + 1, "open"],
    ]);
    await clock.advance(5);
    journal.script("a", [[start + 5, "open"]]);
    expect(journal.changes()).toEqual([{ at: start, entity: "a", value: "open" }]);
  });

  test("of several entities come in order of time, or one entity's alone, from a time on", () => {
    const clock = new ManualClock(start);
    const journal = createJournal(clock);
    journal.script("b", [
      [start - 20, "open"],
      [start - 5, "done"],
    ]);
    journal.script("a", [[start - 10, "open"]]);
    expect(journal.changes().map(({ entity }) => entity)).toEqual(["b", "a", "b"]);
    expect(journal.changes({ entity: "a" })).toEqual([{ at: start - 10, entity: "a", value: "open" }]);
    expect(journal.changes({ since: start - 10 }).map(({ at }) => at - start)).toEqual([-10, -5]);
    expect(journal.changes({ entity: "nobody" })).toEqual([]);
  });

  test("a script without a step, or out of order, is refused with a sentence", () => {
    const journal = createJournal(new ManualClock(start));
    expect(() => journal.script("a", [])).toThrow("The script of a needs at least one step; it has none.");
    expect(() =>
      journal.script("a", [
        [2, "x"],
        [1, "y"],
      ]),
    ).toThrow("step 1 lies before the one above it");
    expect(journal.changes()).toEqual([]);
  });
});

describe("memory is bounded", () => {
  test("the latest changes stay", () => {
    const journal = createJournal(new ManualClock(start), { requests: 3, changes: 100 });
    for (let n = 0; n < 1000; n += 1) journal.script(`entity-${n}`, [[n, "open"]]);
    const changes = journal.changes();
    expect(changes).toHaveLength(100);
    expect(changes[0]?.entity).toBe("entity-900");
    expect(changes.at(-1)?.entity).toBe("entity-999");
  });

  test("the latest requests stay, and the end of a forgotten one is of no consequence", () => {
    const journal = createJournal(new ManualClock(start), { requests: 3, changes: 100 });
    const ends = [1, 2, 3, 4, 5].map((n) => journal.begin("GET", `/${n}`));
    for (const end of ends) end("answered", 200);
    expect(journal.requests().map(({ path, end }) => [path, end])).toEqual([
      ["/3", "answered"],
      ["/4", "answered"],
      ["/5", "answered"],
    ]);
  });

  test("the limits are the documented ones", () => {
    expect(journalLimits).toEqual({ requests: 10_000, changes: 100_000 });
  });
});

test.each([
  ["/a/b?st=21&quota_id=1,2", "/a/b?st=21&quota_id=1,2"],
  ["/a?access-token=hush&x=1", "/a?access-token=[redacted]&x=1"],
  ["/a?client_secret=hush", "/a?client_secret=[redacted]"],
  ["/a?x=eyJhbGciOiJub25l.eyJjdXN0b21lciI6MX0.c2ln", "/a?x=[redacted]"],
  ["/a/eyJhbGciOiJub25l.eyJjdXN0b21lciI6MX0.c2ln/b", "/a/[redacted]/b"],
  ["/a", "/a"],
  [`/${"x".repeat(2000)}`, `/${"x".repeat(511)}…`],
])("%# a path is kept without what opens a door", (url, kept) => {
  expect(withoutSecrets(url)).toBe(kept);
});
