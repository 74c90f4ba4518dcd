/** The same key twice, and twenty times at once: one operation, one upstream write. And ids that serve one write only. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type CleengSimulator, startCleeng } from "../simulators/cleeng.ts";
import { type FloliveSimulator, startFlolive } from "../simulators/flolive.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type Engine, engines } from "../support/store.ts";

const problem = "__typename ... on Operation { id state tags } ... on InvalidInput { code fields { path message } }";

describe.each(engines)("on $name", (engine: Engine) => {
  let gateway: TestGateway;
  let cleeng: CleengSimulator;
  let flolive: FloliveSimulator;

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

  const register = async (input: Record<string, unknown>) => {
    const { data, errors } = await gateway.request(
      `mutation ($input: RegisterPurchaseInput!) { registerPurchase(input: $input) { ${problem} ... on Problem { code } } }`,
      { input: { customerId: "123456789", transactionId: "t", ipAddress: "8.8.8.8", ...input } },
    );
    expect(errors).toBeUndefined();
    return data.registerPurchase;
  };
  const writes = async (work: () => Promise<unknown>) => {
    const before = cleeng.writes().length;
    await work();
    return cleeng.writes().length - before;
  };

  test("20 concurrent calls with one key are one write, and one operation", async () => {
    let ids: unknown[] = [];
    const sent = await writes(async () => {
      const calls = Array.from({ length: 20 }, () => register({ idempotencyKey: "burst" }));
      ids = (await Promise.all(calls)).map(({ id }) => id);
    });
    expect(sent).toBe(1);
    expect(ids).toEqual(Array(20).fill(expect.any(String)));
    expect(new Set(ids).size).toBe(1);
  });

  test("the same for a provider whose ids are its own", async () => {
    const bulk = `mutation { submitBulkCall(input: { action: RESET_ACTIVATION_TIME, idempotencyKey: "burst",
      nodes: [{ identifierType: IMSI, identifier: "1" }] }) { ... on BulkCall { id requestId } } }`;
    const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.request(bulk)));
    expect(new Set(answers.map(({ data }) => data.submitBulkCall.id)).size).toBe(1);
    expect(flolive.writes()).toHaveLength(1);
  });

  test("other input under a used key is refused, whatever the order of its members", async () => {
    const first = await register({ idempotencyKey: "one", tags: ["a"] });
    const sent = await writes(async () => {
      expect(await register({ tags: ["a"], idempotencyKey: "one" })).toEqual(first);
      for (const other of [{ tags: ["b"] }, { transactionId: "u" }, { correlationId: "c" }]) {
        expect(await register({ idempotencyKey: "one", tags: ["a"], ...other })).toMatchObject({
          __typename: "InvalidInput",
          code: "IDEMPOTENCY_KEY_REUSED",
          fields: [{ path: "idempotencyKey", message: expect.any(String) }],
        });
      }
    });
    expect(sent).toBe(0);
  });

  test("a key belongs to its mutation", async () => {
    const first = await register({ idempotencyKey: "shared" });
    const { data } = await gateway.request(
      `mutation { transferPurchase(input: { customerId: "123456789", transactionId: "t", ipAddress: "8.8.8.8",
         idempotencyKey: "shared" }) { ... on PurchaseSync { id } } }`,
    );
    expect(data.transferPurchase.id).not.toBe(first.id);
  });

  test("the same key answers with the same refusal, and sends nothing again", async () => {
    cleeng.fates.push({ status: 422, body: { code: "SK2C0100" } });
    const sent = await writes(async () => {
      const first = await register({ idempotencyKey: "refused" });
      expect(first).toMatchObject({ __typename: "ProviderRejected", code: "SK2C0100" });
      expect(await register({ idempotencyKey: "refused" })).toEqual(first);
    });
    expect(sent).toBe(1);
  });

  test("a call that was throttled frees its key", async () => {
    cleeng.fates.push({ status: 429, headers: { "retry-after": "1" }, body: {} });
    expect(await register({ idempotencyKey: "throttled" })).toMatchObject({ __typename: "RateLimited" });
    expect(await register({ idempotencyKey: "throttled" })).toMatchObject({ __typename: "PurchaseSync" });
  });

  test("a correlation id serves one write, for whichever mutation; 10 at once are one write", async () => {
    const inUse = {
      __typename: "InvalidInput",
      code: "CORRELATION_ID_IN_USE",
      fields: [{ path: "correlationId", message: expect.any(String) }],
    };
    const sent = await writes(async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => register({ correlationId: "mine" })));
      const kinds = answers.map(({ __typename }) => __typename).sort();
      expect(kinds).toEqual([...Array(9).fill("InvalidInput"), "PurchaseSync"]);
      expect(await register({ correlationId: "mine" })).toEqual(inUse);
      const { data } = await gateway.request(
        `mutation { transferPurchase(input: { customerId: "123456789", transactionId: "t", ipAddress: "8.8.8.8",
           correlationId: "mine" }) { ${problem} } }`,
      );
      expect(data.transferPurchase).toEqual(inUse);
    });
    expect(sent).toBe(1);
  });

  test("with key and correlation id the same call twice is the same operation", async () => {
    const input = { correlationId: "both", idempotencyKey: "both" };
    const first = await register(input);
    expect(await register(input)).toMatchObject({ __typename: "PurchaseSync", id: first.id });
  });

  test("a refused write leaves no operation, and its correlation id free", async () => {
    cleeng.fates.push({ status: 400, body: { code: "REQ0001" } });
    expect(await register({ correlationId: "second-try" })).toMatchObject({ __typename: "ProviderRejected" });
    const list = `{ operations(filter: { correlationId: "second-try" }) { totalCount } }`;
    expect((await gateway.request(list)).data.operations.totalCount).toBe(0);
    expect(await register({ correlationId: "second-try" })).toMatchObject({ __typename: "PurchaseSync" });
    expect((await gateway.request(list)).data.operations.totalCount).toBe(1);
  });

  test("for floLIVE a correlation id is a label, and serves as often as is liked", async () => {
    const bulk = `mutation { submitBulkCall(input: { action: RESET_ACTIVATION_TIME, correlationId: "label",
      nodes: [{ identifierType: IMSI, identifier: "1" }] }) { ... on BulkCall { correlationId } } }`;
    for (let time = 0; time < 2; time += 1) {
      expect((await gateway.request(bulk)).data.submitBulkCall).toEqual({ correlationId: "label" });
    }
    expect(JSON.stringify(flolive.received)).not.toContain("label");
  });
});
