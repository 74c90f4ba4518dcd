/** Answers from memory: what they are made of is what the store has at a moment after the request came, whoever wrote it. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { v7 as uuidv7 } from "uuid";
import { renewEpoch } from "../../../src/store/changes.ts";
import { trimBatch } from "../../../src/store/retention.ts";
import { openStore } from "../../../src/store/store.ts";
import { fulfil, reserve } from "../../../src/store/writes.ts";
import { learned, read, snapshot, succeeded, unfollowed } from "../../store/learning.ts";
import { ManualClock } from "../../support/clock.ts";
import { engines, openTestStore, postgresEngines, type TestStore } from "../../support/store.ts";
import { type Answering, answeringOn, everyone, mayRead } from "./answering.ts";

const bulk = { provider: "FLOLIVE", kind: "BULK_CALL" };
const one = "query One($id: ID!) { node(id: $id) { id ... on Operation { state revision providerStatus } } }";
const page = `query Page($first: Int, $filter: OperationFilter, $after: String) {
  operations(first: $first, filter: $filter, after: $after) {
    nodes { id state revision } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

for (const engine of engines) {
  describe(engine.name, () => {
    const clock = new ManualClock();
    let store: TestStore;
    let answering: Answering;
    beforeEach(async () => {
      store = await openTestStore(engine, { clock: () => clock.now() });
      answering = answeringOn(store);
    });
    afterEach(async () => {
      answering.dispose();
      await store.dispose();
    });
    const begin = async (name: string, owner = "anonymous", status = "one") =>
      (await read(store, name, snapshot("RUNNING", { providerStatus: status }), { ...bulk, owner })).operation.id;
    const change = async (name: string, status: string) => {
      // An answer counts only where it was asked for later than the one before.
      await clock.advance(1);
      return read(store, name, snapshot("RUNNING", { providerStatus: status }), bulk);
    };
    /** Twice over, so that it is kept where it can be. */
    const same = async (query: string, variables: Record<string, unknown> = {}, scope = everyone) => {
      const executed = await answering.execute(query, variables, scope);
      for (let time = 0; time < 3; time += 1) expect(await answering.ask(query, variables, scope)).toBe(executed);
      return executed;
    };

    test("each change is in the next answer, by id and on pages", async () => {
      const id = await begin("a");
      for (const status of ["two", "three", "four"]) {
        await same(one, { id });
        await same(page, { first: 1 });
        await change("a", status);
        expect(await same(one, { id })).toContain(status);
      }
      expect(await same(page, { first: 1 })).toContain('"revision":4');
    });

    test("an operation that comes is on the page, and under its id, which was nobody's", async () => {
      const id = uuidv7();
      expect(await same(one, { id })).toBe('{"data":{"node":null}}\n');
      await same(page);
      const intent = { ...bulk, id, tenant: "default", owner: "anonymous", account: "default", mutation: "m" };
      const write = {
        naturalId: "made",
        reserves: false,
        snapshot: snapshot("PENDING"),
        correlationId: null,
        tags: [],
        node: "n",
      };
      await reserve(store, { ...intent, ...write }, null);
      await fulfil(
        store,
        id,
        null,
        learned("made", { type: "read", snapshot: snapshot("PENDING") }, null, bulk),
        "sender",
      );
      expect(await same(one, { id: id.toUpperCase() })).toContain("PENDING");
      expect(await same(page)).toContain(id);
    });

    test("pages by state lose what leaves the state, and gain what enters it", async () => {
      for (const name of ["a", "b", "c"]) {
        await begin(name);
        await clock.advance(1_000);
      }
      const running = { first: 2, filter: { states: ["RUNNING"] } };
      await same(page, running);
      await read(store, "b", snapshot(succeeded), bulk);
      const after = await same(page, running);
      expect(after.match(/RUNNING/g)).toHaveLength(2);
      expect(await same(page, { filter: { outcomes: ["SUCCEEDED"] } })).toContain("SETTLED");
      const { data } = JSON.parse(await same(page, { first: 1 }));
      await same(page, { first: 1, after: data.operations.pageInfo.endCursor });
      await same(page, { first: 0 });
    });

    test("named by ids: in the listing's order, and as far as the filter lets them through", async () => {
      const ids: string[] = [];
      for (const name of ["a", "b", "c"]) {
        ids.push(await begin(name));
        await clock.advance(1_000);
      }
      await same(page, { filter: { ids: [...ids, "none", uuidv7(), ids[0]], states: ["RUNNING"] }, first: 2 });
      await same("query Some($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }", { ids: [ids[2], "none", ids[0]] });
    });

    test("nobody sees another's, nor from a page that was made for another", async () => {
      const ann = { tenant: "default", owner: "ann" };
      const id = await begin("a", "ann");
      expect(await same(one, { id }, ann)).toContain(id);
      expect(await same(page, {}, ann)).toContain(id);
      for (const scope of [
        { tenant: "default", owner: "bob" },
        { tenant: "other", owner: null },
      ]) {
        expect(await same(one, { id }, scope)).not.toContain(id);
        expect(await same(page, {}, scope)).not.toContain(id);
      }
      expect(await answering.ask(one, { id }, ann, new Set())).toBe(null);
      expect(await answering.ask(one, { id }, ann, new Set(["operations:write", "service"]))).toBe(null);
      expect(await answering.ask(one, { id }, ann, new Set(["admin"]))).toContain(id);
    });

    test("an operation that changes hands is its new owner's, and no more its old one's", async () => {
      const [ann, bob] = [
        { tenant: "default", owner: "ann" },
        { tenant: "default", owner: "bob" },
      ];
      const id = await begin("a", "ann");
      await same(one, { id }, ann);
      await same(page, {}, ann);
      await same(page, {}, bob);
      const intent = { ...bulk, id: uuidv7(), tenant: "default", owner: "bob", account: "default", mutation: "m" };
      const write = {
        naturalId: "a",
        reserves: false,
        snapshot: snapshot("PENDING"),
        correlationId: null,
        tags: [],
        node: "n",
      };
      await reserve(store, { ...intent, ...write }, null);
      const told = learned("a", { type: "read", snapshot: snapshot("RUNNING") }, null, { ...bulk, owner: "bob" });
      await fulfil(store, intent.id, null, told, "sender");
      expect(await same(one, { id }, ann)).toBe('{"data":{"node":null}}\n');
      expect(await same(page, {}, ann)).not.toContain(id);
      expect(await same(one, { id }, bob)).toContain(id);
      expect(await same(page, {}, bob)).toContain(id);
    });

    test("what retention removes is gone, though no change says so", async () => {
      const { operation } = await read(store, "old", snapshot(succeeded), bulk);
      await clock.advance(1_000_001);
      const young = await begin("young");
      expect(await same(one, { id: operation.id })).toContain("SETTLED");
      await same(page);
      expect(await trimBatch(store, { retentionSeconds: 1_000, rows: 500 })).toMatchObject({ operations: 1 });
      expect(await same(one, { id: operation.id })).toBe('{"data":{"node":null}}\n');
      expect(await same(page)).not.toContain(operation.id);
      expect(await same(one, { id: young })).toContain(young);
    });

    test("under another epoch nothing of before is known", async () => {
      const id = await begin("a");
      await same(one, { id });
      // A restored backup: the log ends where it once was, and its next places say other things.
      await store.transaction(async (trx) => {
        await trx.updateTable("operations").set({ providerStatus: "restored" }).execute();
      });
      await renewEpoch(store.db);
      await change("a", "restored");
      expect(await same(one, { id })).toContain("restored");
    });

    test("what changes without a revision is never answered from memory", async () => {
      const id = await begin("a");
      await unfollowed(store, "a", bulk);
      for (const field of ["checkedAt", "nextCheckAt", "deadlineAt", "tags", "correlationId", "problem { message }"]) {
        const query = `query Q($id: ID!) { node(id: $id) { ... on Operation { id ...F } } } fragment F on Operation { ${field} }`;
        expect([field, await answering.ask(query, { id })]).toEqual([field, null]);
      }
      const others = [
        "{ operations { totalCount } }",
        `{ node(id: "${id}") { ... on Operation { timeline { nodes { cursor } } } } }`,
        `{ node(id: "${id}") { ... on BulkCall { calls { totalCount } } } }`,
        '{ operations(filter: { tags: ["x"] }) { nodes { id } } }',
        '{ operations(filter: { correlationId: "x" }) { nodes { id } } }',
        '{ bulkCall(requestId: "x") { __typename } }',
        "{ providers { provider } }",
        "{ __schema { queryType { name } } }",
        `mutation { recheck(id: "${id}") { __typename } }`,
        "{ operations(first: 501) { nodes { id } } }",
        "{ operations(first: -1) { nodes { id } } }",
        '{ operations(after: "x") { nodes { id } } }',
        `{ nodes(ids: [${Array.from({ length: 501 }, () => '"x"').join()}]) { id } }`,
        "{ node { id } }",
        "{ node(id: 1) { nothing } }",
      ];
      for (const query of others) expect([query, await answering.ask(query)]).toEqual([query, null]);
      expect(await answering.ask("{ node(id: 1) { id } }")).toBe('{"data":{"node":null}}\n');
      expect(await answering.ask(one, {})).toBe(null);
      expect(await answering.ask(one, { id: {} })).toBe(null);
    });

    test("a thousand changes between two requests, and requests amid them", async () => {
      const ids = await Promise.all(Array.from({ length: 4 }, (_, n) => begin(`x${n}`)));
      const writing = (async () => {
        for (let n = 0; n < 60; n += 1) await change(`x${n % 4}`, `status ${n}`);
      })();
      let revision = 0;
      for (let n = 0; n < 40; n += 1) {
        const [now] = await store.db
          .selectFrom("operations")
          .select("revision")
          .where("id", "=", ids[0] ?? "")
          .execute();
        const answer = JSON.parse((await answering.ask(one, { id: ids[0] })) ?? "");
        // Never behind what was there before it was asked for, and never backwards.
        expect(answer.data.node.revision).toBeGreaterThanOrEqual(Math.max(revision, now?.revision ?? 0));
        revision = answer.data.node.revision;
      }
      await writing;
      for (const id of ids) await same(one, { id });
    });
  });
}

for (const engine of postgresEngines) {
  test("two gateways without Redis: what one writes is in the other's next answer", async () => {
    const store = await openTestStore(engine);
    const other = await openStore({ database: store.database.config });
    const answering = answeringOn(store);
    const tell = (status: string) => read(other, "a", snapshot("RUNNING", { providerStatus: status }), bulk);
    const { operation } = await tell("zero");
    for (let n = 0; n < 30; n += 1) {
      for (let time = 0; time < 3; time += 1) await answering.ask(one, { id: operation.id });
      await tell(`status ${n}`);
      expect(await answering.ask(one, { id: operation.id })).toContain(`"status ${n}"`);
      expect(await answering.ask(page, {}, everyone, mayRead)).toContain(`"revision":${n + 2}`);
    }
    answering.dispose();
    await other.dispose();
    await store.dispose();
  });
}
