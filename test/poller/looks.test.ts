import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Outlook } from "../../src/datasources/http.ts";
import { unavailable } from "../../src/datasources/problems.ts";
import { createLooks, type Look, type LooksOptions } from "../../src/poller/looks.ts";
import { ManualClock } from "../support/clock.ts";

const open = (calls: number): (() => Outlook) => {
  return () => ({ type: "open", calls });
};
const names = (count: number) => Array.from({ length: count }, (_, index) => `op-${index}`);

function looksOf(options: Partial<LooksOptions> = {}) {
  const clock = new ManualClock();
  const looks = createLooks({ concurrency: 8, outlook: open(1000), watched: () => [], clock, ...options });
  /** One look, of which `claimed` came; as many as it may claim, unless given. */
  const look = (underWay = 0, claimed?: number): Look => {
    const next = looks.next(underWay);
    looks.took(next, claimed ?? (next.type === "none" ? 0 : next.limit));
    return next;
  };
  return { clock, look };
}

describe("how much is claimed", () => {
  test("is no more than would begin soon, nor than there are places", () => {
    let calls = 3;
    const { look } = looksOf({ outlook: () => ({ type: "open", calls }) });
    expect(look()).toEqual({ type: "any", limit: 3 });
    calls = 20;
    expect(look(3)).toEqual({ type: "any", limit: 5 });
    expect(look(8)).toEqual({ type: "none" });
    calls = 0;
    expect(look()).toEqual({ type: "none" });
  });

  test("is a few each ten seconds while the circuit is open", async () => {
    const { clock, look } = looksOf({
      outlook: () => ({ type: "barred", problem: unavailable("TINY", "CIRCUIT_OPEN", "Left alone.") }),
      watched: () => names(5),
    });
    expect(look(8)).toEqual({ type: "none" });
    expect(look(2)).toEqual({ type: "any", limit: 6 });
    for (let second = 0; second < 10; second += 1) {
      expect(look()).toEqual({ type: "none" });
      await clock.advance(1000);
    }
    expect(look()).toEqual({ type: "any", limit: 8 });
    expect(look()).toEqual({ type: "none" });
  });
});

describe("what is watched", () => {
  test("comes first where more may be due than can be claimed, and the rest follows", () => {
    const { look } = looksOf({ watched: () => names(2) });
    expect(look()).toEqual({ type: "watched", limit: 6, ids: names(2) });
    expect(look(6)).toEqual({ type: "any", limit: 2 });
    expect(look(6, 1)).toMatchObject({ type: "watched" });
    // All that was due was claimed, so what is watched was among it.
    expect(look(7, 0)).toEqual({ type: "any", limit: 1 });
    expect(look(0, 3)).toEqual({ type: "any", limit: 8 });
    // A full house may leave something due.
    expect(look(8)).toEqual({ type: "none" });
    expect(look()).toMatchObject({ type: "watched" });
  });

  test("costs no look where nothing is", () => {
    const { look } = looksOf();
    for (let turn = 0; turn < 5; turn += 1) expect(look()).toEqual({ type: "any", limit: 8 });
  });

  test("leaves each fourth place to the rest, however few are free at a time", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 40, maxLength: 60 }), (rooms) => {
        let calls = 0;
        const { look } = looksOf({
          concurrency: 100,
          watched: () => names(50),
          outlook: () => ({ type: "open", calls }),
        });
        const taken: Look["type"][] = [];
        for (const room of rooms) {
          for (calls = room; calls > 0; ) {
            const next = look();
            if (next.type === "none") break;
            taken.push(...Array.from({ length: next.limit }, () => next.type));
            calls -= next.limit;
          }
          look(100);
        }
        const rest = taken.filter((type) => type === "any").length;
        expect(rest).toBe(Math.floor(taken.length / 4));
      }),
    );
  });

  test("is looked up a part at a time, each part in its turn, with those that came meanwhile", () => {
    const watched = new Map(names(1200).map((name) => [name, true]));
    const { look } = looksOf({ watched: () => watched.keys() });
    const parts: string[][] = [];
    for (let turn = 0; turn < 10; turn += 1) {
      const next = look();
      if (next.type !== "watched") continue;
      parts.push([...next.ids]);
      watched.set("newcomer", true);
    }
    expect(parts.map(({ length }) => length)).toEqual([500, 500, 201, 500, 500]);
    expect(parts.slice(0, 3).flat()).toEqual([...names(1200), "newcomer"]);
    expect(parts[3]).toEqual(names(500));
  });

  test("begins its next round where the last one ended just with a part", () => {
    const { look } = looksOf({ watched: () => names(500) });
    const parts: number[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      const next = look();
      if (next.type === "watched") parts.push(next.ids.length);
    }
    expect(parts).toEqual([500, 500, 500]);
  });
});
