/** The customer's token by each way in; and no token, whoever's, in a log line or an answer. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type AccessSimulator, type CleengSimulator, startAccess, startCleeng } from "../simulators/cleeng.ts";
import { all, type FloliveSimulator, startFlolive } from "../simulators/flolive.ts";
import { type LiberisSimulator, startLiberis } from "../simulators/liberis.ts";
import { type PureSpectrumSimulator, startPureSpectrum } from "../simulators/purespectrum.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets } from "../support/sockets.ts";

const customer = "customer-token-secret";
const secrets = [
  customer,
  "publisher-token-secret",
  "flolive-token-secret",
  "liberis-access-token-secret",
  "liberis-client-secret",
  "purespectrum-token-secret",
];

let gateway: TestGateway;
let access: AccessSimulator;
let cleeng: CleengSimulator;
let flolive: FloliveSimulator;
let liberis: LiberisSimulator;
let purespectrum: PureSpectrumSimulator;
const answers: string[] = [];

beforeAll(async () => {
  [access, cleeng, flolive, liberis, purespectrum] = await Promise.all([
    startAccess(),
    startCleeng(),
    startFlolive(),
    startLiberis(),
    startPureSpectrum(),
  ]);
  const env = { ...access.env, ...cleeng.env, ...flolive.env, ...liberis.env, ...purespectrum.env };
  gateway = await startTestGateway({ env: { ...env, CLEENG_TIMEOUT_MS: "300" } });
});
afterAll(async () => {
  await gateway.dispose();
  await Promise.all([access, cleeng, flolive, liberis, purespectrum].map((simulator) => simulator.dispose()));
});

const decision = `{ __typename ... on AccessCheck { accessGranted } ... on InvalidInput { message fields { path } } }`;
const check = `{ access(offerId: "S580476507") ${decision} }`;
const withArgument = `query ($t: String) { access(offerId: "S580476507", customerToken: $t) ${decision} }`;
const granted = { access: { __typename: "AccessCheck", accessGranted: true } };
/** Of the latest call at Cleeng. */
const sentToken = () => JSON.parse(access.received.at(-1)?.body ?? "[]")[0].params.customerToken;

async function ask(query: string, variables: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
  const answer = await gateway.request(query, variables, headers);
  answers.push(JSON.stringify(answer));
  return answer;
}

test("as a header, as an argument, and the argument goes before the header", async () => {
  expect((await ask(check, {}, { "X-Cleeng-Customer-Token": customer })).data).toEqual(granted);
  expect(sentToken()).toBe(customer);
  expect((await ask(withArgument, { t: customer }, { "x-cleeng-customer-token": "another" })).data).toEqual(granted);
  expect(sentToken()).toBe(customer);
});

test("as a connection parameter, for queries and for streams", async () => {
  const sockets = openSockets(gateway, { connectionParams: { "x-cleeng-customer-token": customer } });
  expect(await sockets.watch(check).rest()).toEqual([granted]);
  expect(sentToken()).toBe(customer);
  const watch = sockets.watch(`subscription { accessChanged(offerIds: ["S580476507"]) { kind result ${decision} } }`);
  expect((await watch.next()).accessChanged).toEqual({ kind: "SNAPSHOT", result: granted.access });
  await sockets.dispose();
});

test("with neither, it is missing; over GET as an argument it is refused, in the header it is not", async () => {
  const missing = await ask(check);
  expect(missing.data.access).toMatchObject({ __typename: "InvalidInput", fields: [{ path: "customerToken" }] });
  const get = async (query: string, headers = {}) => {
    const response = await fetch(`${gateway.url}/graphql?query=${encodeURIComponent(query)}`, { headers });
    const text = await response.text();
    answers.push(text);
    return JSON.parse(text).data.access;
  };
  const before = access.received.length;
  expect(await get(`{ access(offerId: "S580476507", customerToken: "${customer}") ${decision} }`)).toMatchObject({
    __typename: "InvalidInput",
    fields: [{ path: "customerToken" }],
  });
  expect(access.received).toHaveLength(before);
  expect(await get(check, { "x-cleeng-customer-token": customer })).toEqual(granted.access);
});

test("failures of every kind tell no secret, in the log or to a client", async () => {
  /** An upstream that gives back what it was sent, wherever a code or a message may be. */
  const echo = (secret: string, status = 500) => ({
    status,
    body: {
      ...{ code: secret, errorCode: secret, ps_error_code: secret, message: secret, errorMessage: secret },
      ...{ ps_error_message: secret, error: { code: secret, message: secret }, errors: [{ code: secret }] },
    },
  });
  cleeng.fates.push(echo("publisher-token-secret"), "cut", "silent");
  const register = `mutation { registerPurchase(input: { customerId: "123456789", transactionId: "t", ipAddress: "8.8.8.8" }) {
    __typename ... on Problem { code message } ... on PurchaseSync { problem { code message } } } }`;
  for (let n = 0; n < 3; n += 1) await ask(register);
  flolive.fates.push(echo("flolive-token-secret", 400));
  flolive.statuses.set("echo", [echo("flolive-token-secret")]);
  purespectrum.codes.set("echo", [echo("purespectrum-token-secret", 400)]);
  liberis.statuses.set("echo", [echo("liberis-access-token-secret", 400), echo("liberis-client-secret")]);
  // What can't be read is asked once more.
  access.fates.push(...[200, 200, 401, 401].map((status) => echo(customer, status)));
  for (let n = 0; n < 2; n += 1) {
    const query = `{ access(offerId: "S580476507") { __typename ... on Problem { code message } } }`;
    const refused = await ask(query, {}, { "x-cleeng-customer-token": customer });
    expect(refused.data.access.__typename).not.toBe("AccessCheck");
  }
  await ask(`mutation { submitBulkCall(input: { action: RESET_ACTIVATION_TIME, nodes: [{ identifierType: IMSI, identifier: "1" }] }) {
    __typename ... on Problem { code message } } }`);
  const { data } = await ask(`{ bulkCall(requestId: "echo") { __typename ... on Problem { code message } }
    partnerBatch(statusCheckId: "echo") { __typename ... on Problem { code message } }
    surveyTransaction(surveyId: "s", transactionId: "echo") { __typename ... on Problem { code message } } }`);
  expect(Object.values(data)).toEqual(Array(3).fill(expect.objectContaining({ code: expect.any(String) })));
  // Documents that hold a token, and fail.
  await ask(`{ access(offerId: "S580476507", customerToken: "${customer}") { nothing } }`);
  await ask("query ($t: Int) { access(offerId: $t) { __typename } }", { t: customer });
});

test("every secret was used, and none was seen", async () => {
  flolive.statuses.set("fine", [all("OPEN")]);
  await ask(`{ bulkCall(requestId: "fine") { __typename } partnerBatch(statusCheckId: "fine") { __typename }
    surveyTransaction(surveyId: "s", transactionId: "fine") { __typename } }`);
  const sent = JSON.stringify([access, cleeng, flolive, liberis, purespectrum].map(({ received }) => received));
  const [logged, told] = [gateway.logged(), answers.join()];
  expect(logged.length).toBeGreaterThan(1000);
  expect(answers.length).toBeGreaterThan(10);
  for (const secret of secrets) {
    expect([secret, sent.includes(secret), logged.includes(secret), told.includes(secret)]).toEqual([
      secret,
      true,
      false,
      false,
    ]);
  }
});
