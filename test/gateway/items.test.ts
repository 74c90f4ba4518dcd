/** Items: a single node knows its subscriber, pages show what changed, and ten thousand of them weigh on nobody who did not ask. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { done, type FloliveSimulator, startFlolive } from "../simulators/flolive.ts";
import { batch, completedBatch, type LiberisSimulator, pendingBatch, startLiberis } from "../simulators/liberis.ts";
import { fastClock } from "../support/fast-clock.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets, type Sockets } from "../support/sockets.ts";

let gateway: TestGateway;
let sockets: Sockets;
let flolive: FloliveSimulator;
let liberis: LiberisSimulator;

beforeAll(async () => {
  [flolive, liberis] = await Promise.all([startFlolive(), startLiberis()]);
  gateway = await startTestGateway({
    env: { ...flolive.env, ...liberis.env, LEASE_SECONDS: "3600" },
    clock: fastClock(),
  });
  sockets = openSockets(gateway);
});
afterAll(async () => {
  await sockets.dispose();
  await gateway.dispose();
  await Promise.all([flolive.dispose(), liberis.dispose()]);
});

const submit = async (count: number): Promise<{ id: string; requestId: string }> => {
  const nodes = Array.from({ length: count }, (_, place) => ({
    identifierType: "ICCID",
    identifier: `sim-${place}`,
    status: "ACTIVE",
  }));
  const { data } = await gateway.request(
    `mutation ($nodes: [BulkNodeInput!]!) { submitBulkCall(input: { action: SUBSCRIBER_STATUS, nodes: $nodes }) {
       ... on BulkCall { id requestId } } }`,
    { nodes },
  );
  return data.submitBulkCall;
};
const changes = "subscription ($id: ID!) { operationChanged(ids: [$id]) { kind revision operation { ITEMS } } }";

test("a single node that is looked up by its own id knows its subscriber from the bulk that sent it", async () => {
  flolive.hold();
  const { id, requestId } = await submit(3);
  flolive.release();
  await sockets.watch(changes.replace("ITEMS", "id"), { id }).rest();
  const { data } = await gateway.request(
    `query ($whole: ID!) { node(id: $whole) { ... on BulkCall { calls { nodes { requestId identifier } } } }
       single: bulkCall(requestId: "${requestId}-node-1") { ... on BulkCall { id requestId action
         calls { nodes { position requestId identifierType identifier status } totalCount } } }
       stranger: bulkCall(requestId: "elsewhere-node-0") { ... on BulkCall { calls { nodes { requestId identifier } } } } }`,
    { whole: id },
  );
  expect(data.node.calls.nodes).toEqual(
    [0, 1, 2].map((place) => ({ requestId: `${requestId}-node-${place}`, identifier: `sim-${place}` })),
  );
  expect(data.single).toMatchObject({
    requestId: `${requestId}-node-1`,
    action: null,
    calls: {
      totalCount: 1,
      nodes: [{ position: 0, requestId: `${requestId}-node-1`, identifierType: "ICCID", identifier: "sim-1" }],
    },
  });
  expect(data.single.id).not.toBe(id);
  expect(data.stranger.calls.nodes).toEqual([{ requestId: "elsewhere-node-0", identifier: null }]);
});

test("changedOnly shows what changed with the revision that it was reached through, or since", async () => {
  flolive.hold();
  const { id, requestId } = await submit(10);
  flolive.statuses.set(requestId, [done(0), done(3), done(4), done(10)]);
  const items = `... on BulkCall { counts { success }
    changed: calls(changedOnly: true, first: 500) { totalCount nodes { position revision } } whole: calls { totalCount } }`;
  const watch = sockets.watch(changes.replace("ITEMS", items), { id });
  await watch.next();
  flolive.release();
  const events = (await watch.rest()).map(({ operationChanged }) => operationChanged);
  expect(events.map(({ operation }) => operation.counts.success)).toEqual([0, 3, 4, 10]);
  const before = [0, 0, 3, 4];
  for (const [n, { revision, operation }] of events.entries()) {
    expect(operation.whole.totalCount).toBe(10);
    const positions = operation.changed.nodes.map(({ position }: { position: number }) => position);
    // What this change brought is there; a page is read now, so later changes may be there as well.
    const brought = Array.from(
      { length: operation.counts.success - (before[n] ?? 0) },
      (_, place) => place + (before[n] ?? 0),
    );
    expect(positions).toEqual(expect.arrayContaining(brought));
    for (const item of operation.changed.nodes) expect(item.revision).toBeGreaterThanOrEqual(revision);
  }
  const last = events.at(-1).operation.changed;
  expect(last.nodes.map(({ position }: { position: number }) => position)).toEqual([4, 5, 6, 7, 8, 9]);
});

test("pages of items: each item once, in order, whatever the page size and filter", async () => {
  flolive.hold();
  const { id, requestId } = await submit(7);
  flolive.statuses.set(requestId, [done(5)]);
  flolive.release();
  await gateway.request("mutation ($id: ID!) { recheck(id: $id) { __typename } }", { id });
  const walk = async (given: string) => {
    const positions: number[] = [];
    let after: string | null = null;
    do {
      const { data } = await gateway.request(
        `query ($id: ID!, $after: String) { node(id: $id) { ... on BulkCall { calls(first: 2, after: $after ${given}) {
           nodes { position } totalCount pageInfo { hasNextPage endCursor } } } } }`,
        { id, after },
      );
      const { nodes, pageInfo } = data.node.calls;
      positions.push(...nodes.map(({ position }: { position: number }) => position));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    return positions;
  };
  expect(await walk("")).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(await walk(", status: [SUCCESS]")).toEqual([0, 1, 2, 3, 4]);
  expect(await walk(", status: [OPEN, UNKNOWN]")).toEqual([5, 6]);
  expect(await walk(", status: []")).toEqual([]);
});

test("a change of 10,000 items carries none of them unless asked", async () => {
  liberis.hold();
  const clients = Array.from({ length: 10_000 }, (_, n) => ({
    partnerClientId: `client-${n}`,
    entityType: "SoleTrader",
  }));
  const { data } = await gateway.request(
    `mutation ($clients: [PartnerClientInput!]!) { createPartnerClients(input: { clients: $clients }) {
       ... on PartnerBatch { id statusCheckId } } }`,
    { clients },
  );
  const { id, statusCheckId } = data.createPartnerClients;
  const half = batch("Pending", (place) => (place < 5000 ? "Completed" : "Pending"));
  liberis.statuses.set(statusCheckId, [pendingBatch, half, completedBatch]);
  const lean = sockets.watch(changes.replace("ITEMS", "revision progress { done total }"), { id });
  await lean.next();
  liberis.release();
  const events = (await lean.rest()).map(({ operationChanged }) => operationChanged);
  expect(events.map(({ operation }) => operation.progress.done)).toEqual([0, 5000, 10_000]);
  expect(JSON.stringify(events).length).toBeLessThan(1000);
  const { data: asked } = await gateway.request(
    `query ($id: ID!) { node(id: $id) { ... on PartnerBatch { counts { completed total }
       items(first: 500) { nodes { position } totalCount } timeline { nodes { operation { ... on PartnerBatch { counts { pending } } } } } } } }`,
    { id },
  );
  expect(asked.node.counts).toEqual({ completed: 10_000, total: 10_000 });
  expect(asked.node.items).toMatchObject({ totalCount: 10_000 });
  expect(asked.node.items.nodes).toHaveLength(500);
  const pending = asked.node.timeline.nodes.map(({ operation }: { operation: { counts: object } }) => operation.counts);
  expect(pending).toEqual([{ pending: 10_000 }, { pending: 10_000 }, { pending: 5000 }, { pending: 0 }]);
}, 120_000);
