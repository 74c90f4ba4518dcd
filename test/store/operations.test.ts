import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { sql } from "kysely";
import type { StoredOperation } from "../../src/store/database.ts";
import {
  countOpen,
  countOperations,
  type Filter,
  listOperations,
  openOperationWith,
  operationsById,
} from "../../src/store/operations.ts";
import { engines, openTestStore, type TestStore } from "../support/store.ts";
import { read, snapshot, succeeded } from "./learning.ts";

for (const engine of engines) {
  describe(engine.name, () => {
    let store: TestStore;
    let now = Date.parse("2026-01-01T00:00:00Z");
    const made = new Map<string, StoredOperation>();
    beforeAll(async () => {
      store = await openTestStore(engine, { clock: () => now });
      const make = async (id: string, ...rest: [Parameters<typeof read>[2], Parameters<typeof read>[3]?]) => {
        // The two in the middle share their instant: the id decides.
        if (id !== "c") now += 1000;
        made.set(id, (await read(store, id, ...rest)).operation);
      };
      await make("a", snapshot("PENDING", { fields: { transactionId: "t" } }), { owner: "olga", tags: ["x", "y"] });
      await make("b", snapshot("RUNNING"), { owner: "otto", provider: "OTHER", tags: ["x"] });
      await make("c", snapshot(succeeded), { owner: "olga", kind: "OTHER_WORK", correlationId: "cid" });
      await make("d", snapshot("RUNNING", { fields: { transactionId: "t", more: 1 } }), { owner: "olga" });
      await make("foreign", snapshot("RUNNING"), { tenant: "other", correlationId: "cid", tags: ["x"] });
    });
    afterAll(() => store.dispose());

    const tenant = { tenant: "default", owner: null };
    const names = (rows: ReadonlyArray<StoredOperation | null>) => rows.map((row) => row?.naturalId ?? null);
    const id = (name: string) => made.get(name)?.id ?? "missing";
    const list = async (filter: Filter, scope = tenant) =>
      names(await listOperations(store, { scope, filter, limit: 100, after: null }));

    test.each<[string, () => Filter, string[]]>([
      ["nothing", () => ({}), ["d", "c", "b", "a"]],
      ["ids", () => ({ ids: [id("a"), id("d").toUpperCase(), id("foreign"), "no uuid"] }), ["d", "a"]],
      ["no ids at all", () => ({ ids: [] }), []],
      ["kinds", () => ({ kinds: ["OTHER_WORK"] }), ["c"]],
      ["providers", () => ({ providers: ["OTHER", "NONE"] }), ["b"]],
      ["states", () => ({ states: ["PENDING", "SETTLED"] }), ["c", "a"]],
      ["outcomes", () => ({ outcomes: ["SUCCEEDED", "FAILED"] }), ["c"]],
      ["correlationId", () => ({ correlationId: "cid" }), ["c"]],
      ["tags, all of them", () => ({ tags: ["y", "x"] }), ["a"]],
      ["several members, by and", () => ({ tags: ["x"], states: ["RUNNING"] }), ["b"]],
    ])("lists by %s, newest first, of one tenant alone", async (_what, filter, expected) => {
      expect(await list(filter())).toEqual(expected);
      expect(await countOperations(store, tenant, filter(), 100)).toBe(expected.length);
    });

    test("shows an owner nothing but the owner's", async () => {
      const olga = { tenant: "default", owner: "olga" };
      expect(names(await listOperations(store, { scope: olga, filter: {}, limit: 9, after: null }))).toEqual([
        "d",
        "c",
        "a",
      ]);
      expect(names(await operationsById(store, olga, [id("a"), id("b")]))).toEqual(["a", null]);
      expect(await countOperations(store, olga, {}, 100)).toBe(3);
    });

    test("finds operations in the order asked for, whatever the case, and null for what is no id or not there", async () => {
      const ids = [id("b"), "no uuid", id("a").toUpperCase(), id("b"), "018f0000-0000-7000-8000-000000000000"];
      expect(names(await operationsById(store, tenant, [...ids, id("foreign")]))).toEqual([
        "b",
        null,
        "a",
        "b",
        null,
        null,
      ]);
      expect(await operationsById(store, tenant, ["no uuid"])).toEqual([null]);
    });

    test("counts up to a limit, and says null beyond it", async () => {
      expect(await countOperations(store, tenant, {}, 4)).toBe(4);
      expect(await countOperations(store, tenant, {}, 3)).toBeNull();
      expect(await countOpen(store, tenant, "TINY", 100)).toBe(2);
      expect(await countOpen(store, tenant, "TINY", 1)).toBe(1);
    });

    test("finds the newest open operation with given fields", async () => {
      const found = (fields: Record<string, string>) => openOperationWith(store, tenant, "TINY_WORK", fields);
      expect((await found({ transactionId: "t" }))?.naturalId).toBe("d");
      expect(await found({ transactionId: "u" })).toBeNull();
    });

    test("lists an operation as it stands now, and by the labels that it has now", async () => {
      const scope = { tenant: "moving", owner: null };
      const listed = async (filter: Filter) =>
        names(await listOperations(store, { scope, filter, limit: 9, after: null }));
      const tell =
        (...parts: Parameters<typeof snapshot>) =>
        (telling: Parameters<typeof read>[3]) =>
          read(store, "m", snapshot(...parts), { tenant: "moving", ...telling });
      now += 1000;
      await tell("PENDING")({});
      expect(await listed({ states: ["PENDING"] })).toEqual(["m"]);
      now += 1000;
      await tell("RUNNING")({ tags: ["late"], correlationId: "late-id" });
      expect(await listed({ states: ["PENDING"] })).toEqual([]);
      expect(await listed({ states: ["RUNNING"], tags: ["late"] })).toEqual(["m"]);
      expect(await listed({ correlationId: "late-id", tags: ["late"] })).toEqual(["m"]);
      now += 1000;
      await tell(succeeded)({});
      expect(await listed({ states: ["RUNNING"] })).toEqual([]);
      expect(await listed({ states: ["SETTLED"], outcomes: ["SUCCEEDED"], tags: ["late"] })).toEqual(["m"]);
      expect(await listed({ states: ["RUNNING"], outcomes: ["SUCCEEDED"] })).toEqual([]);
    });

    test("a check that finds nothing new writes nothing to the listing; a removed operation leaves it", async () => {
      const versions = async () =>
        (await sql<{ at: string }>`select ctid::text as at from listing where tenant = 'still'`.execute(store.db)).rows;
      const check = () => read(store, "s", snapshot("RUNNING"), { tenant: "still", tags: ["t"] });
      now += 1000;
      const { operation } = await check();
      const before = await versions();
      expect(before).toHaveLength(2);
      now += 1000;
      expect((await check()).changed).toBe(false);
      expect(await versions()).toEqual(before);
      await store.db.deleteFrom("operations").where("id", "=", operation.id).execute();
      expect(await versions()).toEqual([]);
    });

    test.each<[string, Filter]>([
      ["nothing", {}],
      ["states", { states: ["RUNNING", "SETTLED"] }],
      ["tags", { tags: ["odd"] }],
    ])("pages by %s go through all groups in one order", async (_what, filter) => {
      const scope = { tenant: `mixed-${_what}`, owner: null };
      for (let index = 0; index < 12; index += 1) {
        // Each three share their instant.
        if (index % 3 === 0) now += 1000;
        const standing =
          [snapshot("RUNNING"), snapshot("PENDING"), snapshot(succeeded)][index % 4] ?? snapshot("RETRYING");
        const parts = {
          tenant: scope.tenant,
          provider: index % 5 === 0 ? "OTHER" : "TINY",
          tags: index % 2 ? ["odd"] : [],
        };
        await read(store, `${index}`, standing, parts);
      }
      const whole = await listOperations(store, { scope, filter, limit: 100, after: null });
      const order = whole.map(({ createdAt, id }) => `${createdAt.toISOString()} ${id}`);
      expect(order).toEqual([...order].sort().reverse());
      const paged: StoredOperation[] = [];
      for (let page: StoredOperation[] = whole; page.length > 0; paged.push(...page)) {
        page = await listOperations(store, { scope, filter, limit: 2, after: paged.at(-1) ?? null });
      }
      expect(paged).toEqual(whole);
      expect(whole).toHaveLength({ nothing: 12, states: 6, tags: 6 }[_what] ?? 0);
    });

    test("pages one after the other show each operation once, also when new ones come meanwhile", async () => {
      const scope = { tenant: "paging", owner: null };
      const add = (name: string) => read(store, name, snapshot("RUNNING"), { tenant: "paging" });
      // All of one instant: the page ends within it.
      for (const name of ["1", "2", "3", "4", "5"]) await add(name);
      const seen: string[] = [];
      let after: { createdAt: Date; id: string } | null = null;
      for (let page = 0; page < 3; page += 1) {
        const rows: StoredOperation[] = await listOperations(store, { scope, filter: {}, limit: 2, after });
        seen.push(...rows.map(({ naturalId }) => naturalId ?? ""));
        const last = rows.at(-1);
        after = last ? { createdAt: last.createdAt, id: last.id } : after;
        now += 1000;
        await add(`new-${page}`);
      }
      expect(seen).toEqual(["5", "4", "3", "2", "1"]);
    });
  });
}
