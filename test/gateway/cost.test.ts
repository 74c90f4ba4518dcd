/** What is asked of providers: once for many askers, in batches, and not at all where the store knows. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  type AccessSimulator,
  type CleengSimulator,
  granted,
  processing,
  startAccess,
  startCleeng,
} from "../simulators/cleeng.ts";
import { fastClock } from "../support/fast-clock.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets } from "../support/sockets.ts";

let gateway: TestGateway;
let cleeng: CleengSimulator;
let access: AccessSimulator;

beforeAll(async () => {
  [cleeng, access] = await Promise.all([startCleeng(), startAccess()]);
  gateway = await startTestGateway({
    env: { ...cleeng.env, ...access.env, LEASE_SECONDS: "600", CLEENG_RATE_PER_SECOND: "1000" },
    clock: fastClock(),
  });
});
afterAll(async () => {
  await gateway.dispose();
  await Promise.all([cleeng.dispose(), access.dispose()]);
});

const offers = Array.from({ length: 100 }, (_, place) => `S${100_000_000 + place}`);
const token = { "x-cleeng-customer-token": "a-customer" };

/** The calls of the requests that `work` caused. */
async function batchesOf(work: () => Promise<unknown>): Promise<number[]> {
  const before = access.batches().length;
  await work();
  return access.batches().slice(before);
}

test("100 offers by accessMany cost 4 requests of 25", async () => {
  const batches = await batchesOf(async () => {
    const { data } = await gateway.request(
      "query ($offers: [String!]!) { accessMany(offerIds: $offers) { ... on AccessCheck { offerId accessGranted } } }",
      { offers },
      token,
    );
    expect(data.accessMany).toEqual(offers.map((offerId) => ({ offerId, accessGranted: true })));
  });
  expect(batches).toEqual([25, 25, 25, 25]);
});

test("100 offers by aliases cost the same", async () => {
  const batches = await batchesOf(async () => {
    const fields = offers.map((offer, n) => `o${n}: access(offerId: "${offer}") { ... on AccessCheck { offerId } }`);
    const { data } = await gateway.request(`{ ${fields.join(" ")} }`, {}, token);
    expect(Object.values(data)).toEqual(offers.map((offerId) => ({ offerId })));
  });
  expect(batches).toEqual([25, 25, 25, 25]);
});

test("one offer asked for 30 times in one document is checked once", async () => {
  const batches = await batchesOf(async () => {
    const one = `access(offerId: "S580476507") { ... on AccessCheck { accessGranted } }`;
    const fields = Array.from({ length: 30 }, (_, n) => `o${n}: ${one}`);
    await gateway.request(`{ ${fields.join(" ")} accessMany(offerIds: ["S580476507"]) { __typename } }`, {}, token);
  });
  expect(batches).toEqual([1]);
});

test("the same look-up 50 times by aliases costs one request", async () => {
  cleeng.statuses.set("fifty", [processing]);
  const one = `purchaseSync(synchronizationId: "fifty", maxAgeSeconds: 0) { ... on PurchaseSync { id state } }`;
  const fields = Array.from({ length: 50 }, (_, n) => `l${n}: ${one}`);
  const { data } = await gateway.request(`{ ${fields.join(" ")} }`);
  expect(new Set(Object.values(data).map((found) => JSON.stringify(found))).size).toBe(1);
  expect(cleeng.statuses.reads("fifty")).toBe(1);
});

test("maxAgeSeconds decides between the store and the provider, and what is settled is never asked for again", async () => {
  cleeng.statuses.set("aging", [processing, granted]);
  const look = async (maxAgeSeconds: number) => {
    const { data } = await gateway.request(
      `query ($age: Int!) { purchaseSync(synchronizationId: "aging", maxAgeSeconds: $age) {
         ... on PurchaseSync { state revision followed } } }`,
      { age: maxAgeSeconds },
    );
    return data.purchaseSync;
  };
  expect(await look(0)).toEqual({ state: "RUNNING", revision: 1, followed: false });
  expect(await look(3600)).toEqual({ state: "RUNNING", revision: 1, followed: false });
  expect(cleeng.statuses.reads("aging")).toBe(1);
  expect(await look(0)).toEqual({ state: "SETTLED", revision: 2, followed: false });
  expect(await look(0)).toEqual({ state: "SETTLED", revision: 2, followed: false });
  expect(cleeng.statuses.reads("aging")).toBe(2);
});

test("20 subscribers on sockets of their own cost no more polls than one", async () => {
  // Every third poll settles it: whoever asked in between would use the script up too soon.
  cleeng.hold();
  cleeng.statuses.set("popular", [processing, processing, granted]);
  const register = `mutation { registerPurchase(input: { customerId: "123456789", transactionId: "t", ipAddress: "8.8.8.8",
    correlationId: "popular" }) { ... on PurchaseSync { id } } }`;
  const { data } = await gateway.request(register);
  const connections = Array.from({ length: 20 }, () => openSockets(gateway));
  const query = "subscription ($ids: [ID!]!) { operationChanged(ids: $ids) { revision state } }";
  const watches = connections.map((sockets) => sockets.watch(query, { ids: [data.registerPurchase.id] }));
  await Promise.all(watches.map((watch) => watch.next()));
  cleeng.release();
  for (const watch of watches) {
    expect(await watch.rest()).toEqual([
      { operationChanged: { revision: 2, state: "RUNNING" } },
      { operationChanged: { revision: 3, state: "SETTLED" } },
    ]);
  }
  expect(cleeng.statuses.reads("popular")).toBe(3);
  await Promise.all(connections.map((sockets) => sockets.dispose()));
});
