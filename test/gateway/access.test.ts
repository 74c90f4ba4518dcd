/** Watched decisions from end to end: told when they change, asked for when a purchase settles, ended by a refused token. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type AccessSimulator, type CleengSimulator, granted, startAccess, startCleeng } from "../simulators/cleeng.ts";
import { fastClock } from "../support/fast-clock.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets, type Sockets } from "../support/sockets.ts";

let gateway: TestGateway;
let sockets: Sockets;
let access: AccessSimulator;
let cleeng: CleengSimulator;

beforeAll(async () => {
  [access, cleeng] = await Promise.all([startAccess(), startCleeng()]);
  gateway = await startTestGateway({
    // So seldom that nothing but a purchase asks within a test.
    env: { ...access.env, ...cleeng.env, ACCESS_WATCH_SECONDS: "86400", LEASE_SECONDS: "600" },
    clock: fastClock(),
  });
  sockets = openSockets(gateway, { connectionParams: { "x-cleeng-customer-token": "a-customer" } });
});
afterAll(async () => {
  await sockets.dispose();
  await gateway.dispose();
  await Promise.all([access.dispose(), cleeng.dispose()]);
});

const row = (body: object) => ({ body: [{ id: "1", ...body }] });
const watch = () =>
  sockets.watch(`subscription { accessChanged(offerIds: ["S580476507"]) {
    kind offerId result { __typename ... on AccessCheck { accessGranted } ... on Problem { code } } } }`);

test("a purchase that settles asks at once, and the change is told", async () => {
  const denied = row({ result: { accessGranted: false }, error: null });
  access.fates.push(denied, denied);
  const stream = watch();
  expect((await stream.next()).accessChanged).toMatchObject({ kind: "SNAPSHOT", result: { accessGranted: false } });
  const purchase = async (id: string) => {
    const before = access.received.length;
    cleeng.statuses.set(id, [granted]);
    await gateway.request(`mutation { followPurchaseSync(synchronizationId: "${id}") { __typename } }`);
    await access.heard(() => true, before + 1);
  };
  // The first changes nothing, so nothing is told; the second does.
  await purchase("settles-1");
  await purchase("settles-2");
  expect((await stream.next()).accessChanged).toEqual({
    kind: "CHANGED",
    offerId: "S580476507",
    result: { __typename: "AccessCheck", accessGranted: true },
  });
  // Whoever watches in the background uses up no place of the customer's.
  expect(access.received.map(({ body }) => JSON.parse(body)[0].params)).toEqual(
    Array(access.received.length).fill({ customerToken: "a-customer", offerId: "S580476507" }),
  );
  await stream.leave();
});

test("a refused token is told once, and the stream is over", async () => {
  access.fates.push(row({ result: null, error: { code: 1, message: "Invalid customer token" } }));
  expect((await watch().rest()).map(({ accessChanged }) => accessChanged)).toEqual([
    { kind: "SNAPSHOT", offerId: "S580476507", result: { __typename: "ProviderRejected", code: "1" } },
  ]);
});

test("nobody is asked for those who left", async () => {
  const stream = watch();
  await stream.next();
  await stream.leave();
  // A query on the socket is answered after the stream was left.
  await sockets.watch("{ __typename }").rest();
  const before = access.received.length;
  cleeng.statuses.set("settles-3", [granted]);
  await gateway.request(`mutation { followPurchaseSync(synchronizationId: "settles-3") { __typename } }`);
  const check = await gateway.request(`{ access(offerId: "S100000001", customerToken: "another") { __typename } }`);
  expect(check.data.access.__typename).toBe("AccessCheck");
  expect(access.received).toHaveLength(before + 1);
});
