/** How operations stood at some end of the log, and its changes, page by page: exactly what a look at all would say. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { sql } from "kysely";
import { type Interest, replayPage, type StandingChange, standingPage } from "../../src/store/replay.ts";
import { engines, openTestStore, type TestStore } from "../support/store.ts";
import { read, snapshot } from "./learning.ts";

const operations = 40;
const changes = 2_300;

describe.each(engines)("$name", (engine) => {
  let store: TestStore;
  let log: Array<{ readonly place: number; readonly operationId: string; readonly owner: string }>;
  beforeAll(async () => {
    store = await openTestStore(engine);
    for (let one = 0; one < operations; one += 1) {
      await read(store, `work-${one}`, snapshot("RUNNING"), { owner: one % 2 === 0 ? "olga" : "otto" });
    }
    // Some operations change all the time, some now and then, and the last thousand changes are of very few.
    await sql`
      insert into changes (place, operation_id, tenant, owner, provider, account, kind, natural_id, revision, at,
        previous_state, state, operation)
      select nextval('change_place'), operation_id, tenant, owner, provider, account, kind, natural_id, step + 1, at,
        state, state, operation
      from generate_series(1, ${changes}::int) step
      join changes on changes.place = 1 + (step::bigint * step * 7919 / 13) % (case when step > 1300 then 3 else ${operations}::int end)
      order by step`.execute(store.db);
    log = await store.db.selectFrom("changes").select(["place", "operationId", "owner"]).orderBy("place").execute();
  });
  afterAll(() => store.dispose());

  const walk = async (interest: Interest, after: number, end: number, limit: number) => {
    const pages: (readonly StandingChange[])[] = [];
    for (let next: number | null = after; next !== null; ) {
      const page = await standingPage(store, interest, { after: next, end, limit });
      expect(page.changes.length).toBeLessThanOrEqual(limit);
      // It gets on with each page, also where that holds nothing.
      if (page.next !== null) expect(page.next).toBeGreaterThan(next);
      pages.push(page.changes);
      next = page.next;
    }
    return pages;
  };
  const expected = (owner: string | null, ids: readonly string[] | null, after: number, end: number) => {
    const latest = new Map(log.filter(({ place }) => place <= end).map((change) => [change.operationId, change]));
    return [...latest.values()]
      .filter((change) => change.place > after && (owner === null || change.owner === owner))
      .filter(({ operationId }) => ids === null || ids.includes(operationId))
      .map(({ place }) => place)
      .toSorted((a, b) => a - b);
  };

  test("and all changes, from any place, in pages of any size", async () => {
    const all = [...new Set(log.map(({ operationId }) => operationId))];
    const last = log.at(-1)?.place ?? 0;
    for (const ids of [null, all, all.slice(0, 3), all.slice(20), [randomUUID()]]) {
      for (const owner of [null, "olga"]) {
        for (const [after, limit] of [
          [0, 100],
          [700, 7],
          [1_200, 39],
          [last - 30, 1],
          [last - 5, 50],
        ] as const) {
          const places: number[] = [];
          for (let next = after; ; ) {
            const { changes: page } = await replayPage(
              store,
              { tenant: "default", owner, operationIds: ids },
              next,
              limit,
            );
            places.push(...page.map(({ place }) => place));
            // Fewer than it may hold: there are no more.
            if (page.length < limit || places.length > 40 * limit) break;
            next = page.at(-1)?.place ?? last;
          }
          const wanted = log
            .filter((change) => change.place > after && (owner === null || change.owner === owner))
            .filter(({ operationId }) => ids === null || ids.includes(operationId))
            .map(({ place }) => place);
          expect(places).toEqual(places.length > 40 * limit ? wanted.slice(0, places.length) : wanted);
        }
      }
    }
  }, 120_000);

  test("from any place to any end, in pages of any size, of a tenant, an owner and some operations", async () => {
    expect(log).toHaveLength(operations + changes);
    const last = log.at(-1)?.place ?? 0;
    const some = [...new Set(log.map(({ operationId }) => operationId))].slice(0, 7);
    let empty = 0;
    for (const [after, end] of [
      [0, last],
      [0, 1_200],
      [600, 1_500],
      [1_700, last],
      [last, last],
    ] as const) {
      for (const limit of [1, 7, 50]) {
        for (const [owner, ids] of [
          [null, null],
          ["otto", null],
          [null, some],
        ] as const) {
          const pages = await walk({ tenant: "default", owner, operationIds: ids }, after, end, limit);
          expect(pages.flat().map(({ place }) => place)).toEqual(expected(owner, ids, after, end));
          empty += pages.slice(0, -1).filter((page) => page.length === 0).length;
        }
      }
    }
    // Else no page was bounded by what it read.
    expect(empty).toBeGreaterThan(0);
  });
});
