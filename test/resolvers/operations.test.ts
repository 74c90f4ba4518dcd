/** Finding and steering operations: node, nodes, filters, pages that stand still, tags, timeline, unfollow and recheck. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type CleengSimulator, expired, granted, processing, retrying, startCleeng } from "../simulators/cleeng.ts";
import { type FloliveSimulator, startFlolive } from "../simulators/flolive.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets } from "../support/sockets.ts";
import { type Engine, engines } from "../support/store.ts";

describe.each(engines)("on $name", (engine: Engine) => {
  let gateway: TestGateway;
  let cleeng: CleengSimulator;
  let flolive: FloliveSimulator;

  // Real time: nothing is polled within a test but where it waits for it.
  beforeAll(async () => {
    [cleeng, flolive] = await Promise.all([startCleeng(), startFlolive()]);
    gateway = await startTestGateway({
      engine,
      env: { ...cleeng.env, ...flolive.env, CLEENG_RATE_PER_SECOND: "1000" },
    });
  });
  afterAll(async () => {
    await gateway.dispose();
    await Promise.all([cleeng.dispose(), flolive.dispose()]);
  });

  const data = async (query: string, variables: Record<string, unknown> = {}) => {
    const answer = await gateway.request(query, variables);
    expect(answer.errors).toBeUndefined();
    return answer.data;
  };
  /** A look-up: known from then on, and not followed. */
  const seen = async (id: string, ...steps: Parameters<CleengSimulator["statuses"]["set"]>[1]): Promise<string> => {
    cleeng.statuses.set(id, steps);
    return (await data(`{ purchaseSync(synchronizationId: "${id}") { ... on PurchaseSync { id } } }`)).purchaseSync.id;
  };
  const list = async (filter: string, more = "") =>
    (await data(`{ operations(filter: { ${filter} } ${more}) { nodes { id } } }`)).operations.nodes.map(
      ({ id }: { id: string }) => id,
    );

  test("an id in other letters is the same id; none, a foreign one or nonsense is null", async () => {
    const id = await seen("known", processing);
    const ids = [id.toUpperCase(), "nonsense", id, "018f0000-0000-7000-8000-000000000000", "", id];
    expect((await data("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids })).nodes).toEqual([
      { id },
      null,
      { id },
      null,
      null,
      { id },
    ]);
    expect((await data(`{ node(id: "\\u0000") { id } }`)).node).toBeNull();
  });

  test("filters combine by and, their values by or", async () => {
    const won = await seen("won", granted);
    const lost = await seen("lost", expired);
    const open = await seen("open", processing);
    const { submitBulkCall: bulk } = await data(
      `mutation { submitBulkCall(input: { action: RESET_ACTIVATION_TIME, correlationId: "label", tags: ["x", "y"],
         nodes: [{ identifierType: IMSI, identifier: "1" }] }) { ... on BulkCall { id } } }`,
    );
    const ids = `ids: ["${won}", "${lost}", "${open}", "${bulk.id}"]`;
    expect(await list(ids)).toEqual([bulk.id, open, lost, won]);
    expect(await list(`${ids}, states: [SETTLED]`)).toEqual([lost, won]);
    expect(await list(`${ids}, states: [SETTLED, RUNNING]`)).toEqual([open, lost, won]);
    expect(await list(`${ids}, outcomes: [SUCCEEDED]`)).toEqual([won]);
    expect(await list(`${ids}, outcomes: [SUCCEEDED], states: [RUNNING]`)).toEqual([]);
    expect(await list(`${ids}, kinds: [BULK_CALL]`)).toEqual([bulk.id]);
    expect(await list(`${ids}, providers: [CLEENG], states: [RUNNING, PENDING]`)).toEqual([open]);
    expect(await list(`correlationId: "label"`)).toEqual([bulk.id]);
    expect(await list(`tags: ["x"]`)).toEqual([bulk.id]);
    expect(await list(`tags: ["y", "x"]`)).toEqual([bulk.id]);
    expect(await list(`tags: ["x", "z"]`)).toEqual([]);
    expect(await list("ids: []")).toEqual([]);
    expect(await list(`ids: null, tags: ["x"]`)).toEqual([bulk.id]);
  });

  test("pages stand still under inserts: each operation once, none left out", async () => {
    const before: string[] = [];
    for (let n = 0; n < 7; n += 1) before.unshift(await seen(`page-${n}`, processing));
    const newest = before[0] ?? "";
    const collected: string[] = [];
    let after: string | null = null;
    let pages = 0;
    do {
      const { operations } = await data(
        `query ($after: String) { operations(first: 3, after: $after) {
           edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
        { after },
      );
      const { edges, nodes, pageInfo } = operations;
      expect(nodes).toEqual(edges.map(({ node }: { node: object }) => node));
      expect(pageInfo.hasPreviousPage).toBe(pages > 0);
      expect(pageInfo.startCursor).toBe(edges.at(0)?.cursor);
      expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor);
      collected.push(...nodes.map(({ id }: { id: string }) => id));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      pages += 1;
      await seen(`intruder-${pages}`, processing);
    } while (after !== null);
    expect(collected.indexOf(newest)).toBe(0);
    expect(collected.slice(0, 7)).toEqual(before);
    expect(new Set(collected).size).toBe(collected.length);
    const { operations } = await data("{ operations(first: 500) { totalCount nodes { id } } }");
    expect(operations.totalCount).toBe(collected.length + pages);
  });

  test("following adds tags, and following twice is the same as once", async () => {
    const id = await seen("tagged", processing);
    const follow = (tags: string) =>
      data(`mutation { followPurchaseSync(synchronizationId: "tagged", tags: ${tags}) {
        ... on PurchaseSync { id tags followed deadlineAt revision } } }`);
    const first = (await follow(`["a"]`)).followPurchaseSync;
    expect(first).toMatchObject({ id, tags: ["a"], followed: true, revision: 2 });
    const second = (await follow(`["b", "a"]`)).followPurchaseSync;
    expect(second).toMatchObject({ id, tags: ["a", "b"], followed: true, deadlineAt: first.deadlineAt });
    expect(await list(`tags: ["a", "b"]`)).toEqual([id]);
  });

  test("unfollow is told to streams and ends them; recheck asks at once and follows nothing", async () => {
    cleeng.statuses.set("steered", [processing, processing, retrying, granted]);
    const { followPurchaseSync: followed } = await data(
      `mutation { followPurchaseSync(synchronizationId: "steered") { ... on PurchaseSync { id } } }`,
    );
    const sockets = openSockets(gateway);
    const query = `subscription ($id: ID!) { operationChanged(ids: [$id]) {
      kind state operation { followed nextCheckAt deadlineAt } } }`;
    const watch = sockets.watch(query, { id: followed.id });
    expect((await watch.next()).operationChanged).toMatchObject({ kind: "SNAPSHOT", operation: { followed: true } });
    const steer = async (mutation: string) =>
      (
        await data(
          `mutation ($id: ID!) { ${mutation}(id: $id) { __typename ... on Operation { state followed nextCheckAt revision } } }`,
          {
            id: followed.id,
          },
        )
      )[mutation];
    const left = await steer("unfollow");
    expect(left).toMatchObject({ followed: false, nextCheckAt: null });
    expect((await watch.rest()).at(-1)).toMatchObject({
      operationChanged: { kind: "CHANGED", operation: { followed: false } },
    });
    // Twice is once.
    expect(await steer("unfollow")).toEqual(left);
    const reads = cleeng.statuses.reads("steered");
    let last = left;
    while (last.state !== "SETTLED") {
      last = await steer("recheck");
      expect(last).toMatchObject({ followed: false, nextCheckAt: null });
    }
    expect(cleeng.statuses.reads("steered")).toBeGreaterThan(reads);
    expect((await steer("unfollow")).revision).toBe(last.revision);
    await sockets.dispose();
  });

  test("recheck and unfollow of an id that nobody has", async () => {
    const unknown = { __typename: "NotFound", code: "NOT_FOUND" };
    for (const id of ["018f0000-0000-7000-8000-000000000000", "nonsense", "\u0000"]) {
      const { recheck, unfollow } = await data(
        `mutation ($id: ID!) { recheck(id: $id) { __typename ... on Problem { code } }
           unfollow(id: $id) { __typename ... on Problem { code } } }`,
        { id },
      );
      expect([recheck, unfollow]).toEqual([unknown, unknown]);
    }
  });

  test("a timeline has every change, oldest first, and goes on from any cursor of it", async () => {
    const id = await seen("lived", processing, retrying, granted);
    for (let n = 0; n < 3; n += 1) await data("mutation ($id: ID!) { recheck(id: $id) { __typename } }", { id });
    const timeline = async (given: string, variables = {}) =>
      (
        await data(
          `query ($id: ID!, $after: Cursor) { node(id: $id) { ... on Operation { timeline${given} {
             edges { cursor node { cursor kind revision previousState state operation { id state } } }
             nodes { revision } pageInfo { hasNextPage hasPreviousPage endCursor } } } } }`,
          { id, ...variables },
        )
      ).node.timeline;
    const whole = await timeline("(after: $after)");
    expect(whole.edges.map(({ node }: { node: object }) => node)).toMatchObject([
      { kind: "CHANGED", revision: 1, previousState: null, state: "RUNNING", operation: { id, state: "RUNNING" } },
      {
        kind: "CHANGED",
        revision: 2,
        previousState: "RUNNING",
        state: "RETRYING",
        operation: { id, state: "RETRYING" },
      },
      {
        kind: "CHANGED",
        revision: 3,
        previousState: "RETRYING",
        state: "SETTLED",
        operation: { id, state: "SETTLED" },
      },
    ]);
    const first = await timeline("(first: 2, after: $after)");
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const rest = await timeline("(first: 2, after: $after)", { after: first.pageInfo.endCursor });
    expect(rest.nodes).toEqual([{ revision: 3 }]);
    expect(rest.pageInfo.hasNextPage).toBe(false);
    const answer = await gateway.request(
      `query ($id: ID!) { node(id: $id) { ... on Operation { timeline(after: "x") { nodes { revision } } } } }`,
      { id },
    );
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: "INVALID_CURSOR" });
  });
});
