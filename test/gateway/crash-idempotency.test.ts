/** One key at several gateways on one database: one upstream write, one operation, one answer. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { postgresEngines, type TestDatabase } from "../support/store.ts";
import { type Name, names, type Providers, scriptOutcomes, send, startProviders } from "./crash-support.ts";

describe.each(postgresEngines)("three gateways on $name", (engine) => {
  let database: TestDatabase;
  let providers: Providers;
  let gateways: TestGateway[];

  beforeAll(async () => {
    [database, providers] = await Promise.all([engine.createDatabase(), startProviders(8000)]);
    scriptOutcomes(providers);
    gateways = await Promise.all([0, 1, 2].map(() => startTestGateway({ database, env: providers.env })));
  }, 120_000);
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.dispose()));
    await Promise.all([providers.dispose(), database.dispose()]);
  });

  const at = (n: number) => gateways[n % gateways.length]?.url ?? "";
  const twenty = (name: Name, more: Readonly<Record<string, unknown>> = {}) =>
    Promise.all(Array.from({ length: 20 }, (_, n) => send(at(n), name, more)));

  test.each(names)(
    "20 calls at once to %s: one write, and the same operation for all",
    async (name) => {
      const before = providers.writes();
      const answers = await twenty(name);
      expect(providers.writes()).toBe(before + 1);
      expect(answers.map(({ id }) => id)).toEqual(Array(20).fill(answers[0].id));
      expect(answers[0].id).toEqual(expect.any(String));
      // A node that never saw the first call knows its key, and what it was for.
      for (let n = 0; n < gateways.length; n += 1) {
        expect(await send(at(n), name, { tags: ["else"] })).toMatchObject({ code: "IDEMPOTENCY_KEY_REUSED" });
      }
      expect(providers.writes()).toBe(before + 1);
    },
    120_000,
  );

  test.each(["bulk", "batch"] as const)(
    "20 calls of %s with one key and two inputs: one of them is served",
    async (name) => {
      const before = providers.writes();
      const calls = Array.from({ length: 20 }, (_, n) =>
        send(at(n), name, { idempotencyKey: "two-inputs", tags: [String(n % 2)] }),
      );
      const answers = await Promise.all(calls);
      const refused = answers.filter(({ code }) => code === "IDEMPOTENCY_KEY_REUSED");
      const served = new Set(answers.flatMap(({ id }) => (id === undefined ? [] : [id])));
      expect([refused.length, served.size, providers.writes()]).toEqual([10, 1, before + 1]);
    },
    120_000,
  );

  test("a refusal is everybody's answer, and is asked for once", async () => {
    providers.flolive.fates.push({ status: 400, body: { errorCode: "GE_0100", errorMessage: "No." } });
    const before = providers.writes();
    const answers = await twenty("bulk", { idempotencyKey: "refused" });
    expect(answers.map(({ __typename }) => __typename)).toEqual(Array(20).fill("ProviderRejected"));
    expect(providers.writes()).toBe(before + 1);
  }, 120_000);

  test("a key whose first call was not accepted is free again, on every gateway", async () => {
    const before = providers.writes();
    providers.flolive.fates.push({ status: 429, headers: { "retry-after": "1" }, body: {} });
    expect(await send(at(0), "bulk", { idempotencyKey: "throttled" })).toMatchObject({ __typename: "RateLimited" });
    const again = await send(at(1), "bulk", { idempotencyKey: "throttled", tags: ["another"] });
    expect(again).toMatchObject({ __typename: "BulkCall", state: "PENDING" });
    expect(providers.writes()).toBe(before + 2);
  }, 120_000);
});
