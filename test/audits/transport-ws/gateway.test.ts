/** The audits over the running gateway: every one of them, also those that a server only should pass. */
import { afterEach, expect, test } from "@jest/globals";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { bearer, foreignSecret, jwtEnv, type TokenOptions } from "../../support/tokens.ts";
import { audits, auditTransportWs, type Target } from "./index.ts";
import { complete, onConnection, subscribe } from "./peer.ts";
import { documentOf } from "./target.ts";

let gateway: TestGateway | null = null;
afterEach(async () => {
  await gateway?.dispose();
  gateway = null;
});

/** LIMIT_REQUEST_BYTES, where nobody sets it. */
const messageLimitBytes = 1_048_576;
const follow = 'followSurveyTransaction(surveyId: "audit", transactionId: $n) { __typename ... on Operation { id } }';

/** `headers` are of one who may follow what others began. */
async function targetOf({ url, request }: TestGateway, headers: Record<string, string> = {}): Promise<Target> {
  const { data } = await request(`mutation ($n: ID!) { ${follow} }`, { n: "final" }, headers);
  const settled: string = data.followSurveyTransaction.id;
  return {
    url: `${url.replace("http", "ws")}/graphql`,
    messageLimitBytes,
    documents: {
      query: "{ providers { provider } }",
      mutation: `mutation { recheck(id: "${settled}") { __typename } }`,
      subscription: "subscription { operationsChanged { kind revision operation { id } } }",
      trigger: `mutation ($n: ID!) { ${follow} }`,
      ending: `subscription { operationChanged(ids: ["${settled}"]) { kind } }`,
    },
  };
}

async function run(target: Target) {
  const results = await auditTransportWs(target);
  expect(results).toHaveLength(audits.length);
  return {
    failed: results.flatMap((one) =>
      one.status === "failed" ? [`${one.audit.id} ${one.audit.name}: ${one.reason}`] : [],
    ),
    notRun: results.flatMap((one) => (one.status === "not run" ? [one.audit.id] : [])),
  };
}

test("without authentication all pass but for those about credentials, which there are none of", async () => {
  gateway = await startTestGateway();
  const { failed, notRun } = await run(await targetOf(gateway));
  expect(failed).toEqual([]);
  expect(notRun).toEqual(["1C0F", "BE74"]);
  // Whatever a client sends is the client's fault, and no line for an operator to wake up for.
  expect(gateway.logged()).not.toMatch(/"level":"(error|fatal)"/);
});

test("with authentication all pass", async () => {
  gateway = await startTestGateway({ env: { ...jwtEnv, AUTH_CLOCK_TOLERANCE_SECONDS: "0" } });
  const scoped: TokenOptions = { scope: ["operations:read", "operations:write", "service"] };
  const connectionParams = await bearer(scoped);
  const { failed, notRun } = await run({
    ...(await targetOf(gateway, connectionParams)),
    connectionParams,
    badConnectionParams: await bearer(scoped, foreignSecret),
    expiringConnectionParams: () => bearer({ ...scoped, expiresInSeconds: 2 }),
  });
  expect({ failed, notRun }).toEqual({ failed: [], notRun: [] });
  expect(gateway.logged()).not.toMatch(/"level":"(error|fatal)"/);
});

test("a subscription whose id was used again at once ends with its socket", async () => {
  gateway = await startTestGateway();
  const { url, documents } = await targetOf(gateway);
  const subscription = documentOf({ url, documents }, "subscription");
  await onConnection({ url, documents }, async (peer) => {
    peer.send(subscribe("1", subscription));
    await gateway?.begun(1);
    peer.send(complete("1"));
    peer.send(subscribe("1", subscription));
    // Once the first has ended and the second has begun.
    await peer.quiet();
    await gateway?.begun(1);
  });
  await gateway.begun(0);
});
