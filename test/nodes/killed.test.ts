/** A provider's Retry-After and a gateway that is killed: whoever comes after it keeps to it. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { upstreamHolds } from "../../src/store/holds.ts";
import { openStore } from "../../src/store/store.ts";
import { startAccess } from "../simulators/cleeng.ts";
import { type Build, buildProgram, post, runProgram } from "../support/program.ts";
import { postgresEngines } from "../support/store.ts";
import { until } from "../support/until.ts";

const ask = `{ access(offerId: "S580476507", customerToken: "a-customer") {
  __typename ... on Problem { code } } }`;

for (const engine of postgresEngines) {
  describe("a gateway that is killed with -9", () => {
    let build: Build;
    beforeAll(async () => {
      build = await buildProgram();
    }, 120_000);
    afterAll(() => build.dispose());

    test("leaves its Retry-After to the next", async () => {
      const database = await engine.createDatabase();
      if (database.config.type !== "postgres") throw new Error("This is about PostgreSQL.");
      const access = await startAccess();
      const env = { PORT: "0", SANDBOX: "off", DATABASE_URL: database.config.url, ...access.env };
      const store = await openStore({ database: database.config });
      const first = runProgram(build, env);
      access.fates.push({ status: 429, body: {}, headers: { "retry-after": "600" } });
      expect((await post(await first.url, ask)).access.code).toBe("THROTTLED");
      await until(async () => (await upstreamHolds(store)).has("cleeng-access"));
      first.process.kill("SIGKILL");
      await first.ended;

      const second = runProgram(build, env);
      expect((await post(await second.url, ask)).access.code).toBe("BUDGET_EXHAUSTED");
      expect(access.received).toHaveLength(1);
      second.process.kill("SIGTERM");
      expect((await second.ended).code).toBe(0);
      await store.dispose();
      await access.dispose();
      await database.dispose();
    }, 120_000);
  });
}
