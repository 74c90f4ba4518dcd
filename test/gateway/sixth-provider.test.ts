/**
 * A sixth provider, with its own definition, class, resolver and sandbox, passes through configuration, gateway, poller,
 * store, stream and server without a change in src. In a file of its own, for type-graphql's metadata are global.
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { providers } from "../../src/datasources/index.ts";
import { resolvers } from "../../src/resolvers/index.ts";
import { fastClock } from "../support/fast-clock.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets, type Sockets } from "../support/sockets.ts";
import { courier } from "./sixth/courier.ts";
import { ParcelResolver } from "./sixth/resolver.ts";

let gateway: TestGateway;
let sockets: Sockets;
beforeAll(async () => {
  gateway = await startTestGateway({
    providers: [...providers, courier],
    resolvers: [...resolvers, ParcelResolver],
    clock: fastClock(),
    // 3 to 20 s by that clock: some polls a parcel.
    env: { SANDBOX_SPEED: "2", LEASE_SECONDS: "600", COURIER_RATE_PER_SECOND: "50" },
  });
  sockets = openSockets(gateway);
});
afterAll(async () => {
  await sockets.dispose();
  await gateway.dispose();
});

const parcel = `__typename ... on Parcel { id kind provider trackingId destination state outcome followed providerStatus
  progress { done total } problem { code message } } ... on Problem { code message }`;
const send = async (destination: string, more = "") => {
  const { data, errors } = await gateway.request(
    `mutation ($to: String!) { sendParcel(input: { destination: $to ${more} }) {
       ${parcel} ... on InvalidInput { fields { path } } } }`,
    { to: destination },
  );
  expect(errors).toBeUndefined();
  return data.sendParcel;
};
const lived = async (id: string) => {
  const watch = sockets.watch(
    `subscription ($id: ID!) { operationChanged(ids: [$id]) { revision state outcome operation {
       id ... on Parcel { destination problem { code } } } } }`,
    { id },
  );
  return (await watch.rest()).map(({ operationChanged }) => operationChanged);
};

test("its work is sent, polled, kept and streamed to the end", async () => {
  const sent = await send("Ghent", `, tags: ["gift"], correlationId: "mine", idempotencyKey: "once"`);
  expect(sent).toMatchObject({
    __typename: "Parcel",
    kind: "PARCEL",
    provider: "COURIER",
    destination: "Ghent",
    state: "PENDING",
    followed: true,
  });
  const events = await lived(sent.id);
  expect(events.at(-1)).toMatchObject({ state: "SETTLED", outcome: "SUCCEEDED", operation: { destination: "Ghent" } });
  const { data } = await gateway.request(
    `query ($id: ID!, $t: ID!) { node(id: $id) { ${parcel.split("... on Problem")[0]} ... on Operation { tags timeline { nodes { state } } } }
       parcel(trackingId: $t) { ${parcel} }
       operations(filter: { kinds: [PARCEL], providers: [COURIER], tags: ["gift"], correlationId: "mine" }) { nodes { id } } }`,
    { id: sent.id, t: sent.trackingId },
  );
  expect(data.node).toMatchObject({ state: "SETTLED", tags: ["gift"], progress: { done: 1, total: 1 } });
  const states = data.node.timeline.nodes.map(({ state }: { state: string }) => state);
  expect([states.at(0), states.at(-1)]).toEqual(["PENDING", "SETTLED"]);
  expect(["PENDING", "RUNNING", "SETTLED"]).toEqual(expect.arrayContaining(states));
  expect(data.parcel).toMatchObject({ id: sent.id, state: "SETTLED", providerStatus: "delivered" });
  expect(data.operations.nodes).toEqual([{ id: sent.id }]);
  // The same key is the same parcel, and the sandbox's journal knows of one.
  expect((await send("Ghent", `, tags: ["gift"], correlationId: "mine", idempotencyKey: "once"`)).id).toBe(sent.id);
  const journal = gateway.sandboxes.find(({ id }) => id === "courier")?.journal;
  expect(journal?.requests().filter(({ method }) => method === "POST")).toHaveLength(1);
  expect(journal?.changes({ entity: sent.trackingId }).map(({ value }) => value)).toEqual([
    "packed",
    "travelling",
    "delivered",
  ]);
});

test("its failure is a problem, its bad input has a path, its unknown id is NotFound", async () => {
  const { id } = await send("atlantis");
  expect((await lived(id)).at(-1)).toMatchObject({ outcome: "FAILED", operation: { problem: { code: "LOST" } } });
  expect(await send("")).toMatchObject({ __typename: "InvalidInput", fields: [{ path: "destination" }] });
  const { data } = await gateway.request(`mutation { followParcel(trackingId: "nobody") { ${parcel} } }`);
  expect(data.followParcel).toMatchObject({ __typename: "NotFound" });
});

test("what steers operations steers its own, in the unions that it joined", async () => {
  const { id } = await send("Riga");
  const { data } = await gateway.request(
    `mutation ($id: ID!) { recheck(id: $id) { ... on Parcel { destination } } unfollow(id: $id) { ${parcel} } }`,
    { id },
  );
  expect(data).toMatchObject({ recheck: { destination: "Riga" }, unfollow: { id } });
  const { data: depot } = await gateway.request("{ depot { parcels { id destination followed } } }");
  expect(depot.depot.parcels.map((one: { id: string }) => one.id)).toEqual(
    data.unfollow.state === "SETTLED" ? [] : [id],
  );
});

test("it has health, metrics, a circuit and a budget of its own, beside the others", async () => {
  await send("Oslo");
  const { data } = await gateway.request("{ providers { provider sandbox configured circuit requestsLastMinute } }");
  expect(data.providers.map(({ provider }: { provider: string }) => provider)).toEqual([
    "CLEENG",
    "FLOLIVE",
    "LIBERIS",
    "PURESPECTRUM",
    "COURIER",
  ]);
  expect(data.providers.at(-1)).toMatchObject({ sandbox: true, configured: true, circuit: "CLOSED" });
  expect(data.providers.at(-1).requestsLastMinute).toBeGreaterThan(0);
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(metrics).toContain('upstream="courier"');
});

test("it is configured by its variable, and where it is not there it says so", async () => {
  const absent = await startTestGateway({
    providers: [...providers, courier],
    resolvers: [...resolvers, ParcelResolver],
    env: { SANDBOX: "off" },
  });
  try {
    const { data } = await absent.request(`{ parcel(trackingId: "x") { ${parcel} } }`);
    expect(data.parcel).toMatchObject({
      __typename: "ProviderNotConfigured",
      message: expect.stringContaining("COURIER_URL"),
    });
  } finally {
    await absent.dispose();
  }
  await expect(
    startTestGateway({ providers: [...providers, courier], env: { COURIER_RATE_PER_SECOND: "none" } }),
  ).rejects.toThrow(/COURIER_RATE_PER_SECOND/);
});
