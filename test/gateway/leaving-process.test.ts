/** How the program ends: by a signal within its limit, by a second one at once, whatever still hangs. */
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { type CleengSimulator, startCleeng } from "../simulators/cleeng.ts";
import { hasPostgresPrograms, startPostgresServer } from "../support/postgres-server.ts";
import { type Build, buildProgram, type Program, post, runProgram } from "../support/program.ts";
import { openSockets, type Sockets, type Watch } from "../support/sockets.ts";
import { until } from "../support/until.ts";

let build: Build;
let cleeng: CleengSimulator;
const started: Program[] = [];
const opened: Sockets[] = [];

beforeAll(async () => {
  [build, cleeng] = await Promise.all([buildProgram(), startCleeng()]);
}, 120_000);
afterEach(async () => {
  cleeng.release();
  await Promise.all(opened.splice(0).map((sockets) => sockets.dispose()));
  for (const { process, ended } of started.splice(0)) {
    process.kill("SIGKILL");
    await ended;
  }
});
afterAll(() => Promise.all([build.dispose(), cleeng.dispose()]));

function run(env: Readonly<Record<string, string>>): Program {
  const program = runProgram(build, { PORT: "0", DATABASE_URL: "memory:", ...cleeng.env, ...env });
  started.push(program);
  return program;
}

async function watching(url: string): Promise<Watch> {
  const registered = await post(
    url,
    `mutation { registerPurchase(input: { customerId: "123456789", transactionId: "t", ipAddress: "203.0.113.7" }) {
       ... on PurchaseSync { id } } }`,
  );
  const sockets = openSockets({ url });
  opened.push(sockets);
  const watch = sockets.watch("subscription ($ids: [ID!]!) { operationChanged(ids: $ids) { kind } }", {
    ids: [registered.registerPurchase.id],
  });
  await watch.next();
  return watch;
}

test("a provider that hangs, a caller who waits for it and open streams don't keep it past its limit", async () => {
  cleeng.hold();
  const program = run({ CLEENG_TIMEOUT_MS: "60000" });
  const url = await program.url;
  const watches = [await watching(url), await watching(url)];
  await cleeng.heard(({ method }) => method === "GET");
  const waiting = post(url, `query { purchaseSync(synchronizationId: "unheard-of") { __typename } }`).catch(
    () => "cut",
  );
  await cleeng.heard(({ method, url: path }) => method === "GET" && path.endsWith("unheard-of"));
  program.process.kill("SIGTERM");
  for (const watch of watches) await expect(watch.rest()).rejects.toMatchObject({ code: 1012 });
  // Past 9 s it would end with 1.
  expect(await program.ended).toMatchObject({ code: 0, stderr: "" });
  expect(await waiting).toBe("cut");
}, 120_000);

test("a second signal ends it at once, whatever is left to drain", async () => {
  const program = run({ DRAIN_SECONDS: "3600" });
  const url = await program.url;
  const watches = [await watching(url), await watching(url)];
  program.process.kill("SIGTERM");
  await until(async () => (await fetch(`${url}/readyz`)).status === 503);
  program.process.kill("SIGINT");
  expect((await program.ended).code).toBe(1);
  for (const watch of watches) await watch.rest().catch(() => {});
}, 120_000);

(hasPostgresPrograms() ? test : test.skip)(
  "a database that hangs does not keep it either",
  async () => {
    const server = await startPostgresServer();
    try {
      const program = run({ DATABASE_URL: server.url, DRAIN_SECONDS: "0" });
      await watching(await program.url);
      server.freeze();
      program.process.kill("SIGTERM");
      expect(await program.ended).toMatchObject({ code: 0, signal: null });
      server.thaw();
    } finally {
      await server.dispose();
    }
  },
  120_000,
);
