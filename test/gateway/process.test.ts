/** The program as a process: what it says of a wrong start, where it can be reached, how it ends, and what a kill costs. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { type CleengSimulator, granted, processing, startCleeng } from "../simulators/cleeng.ts";
import { type Build, buildProgram, type Program, post, runProgram } from "../support/program.ts";
import { openSockets } from "../support/sockets.ts";
import { jwtEnv } from "../support/tokens.ts";

let directory: string;
/** One store for all: an existing one opens in a fraction of what a new one takes. */
let store: string;
let cleeng: CleengSimulator;
let build: Build;
const started: Program[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "statusgraph-process-"));
  store = join(directory, "store");
  [cleeng, build] = await Promise.all([startCleeng(), buildProgram()]);
}, 120_000);
afterEach(async () => {
  for (const { process, ended } of started.splice(0)) {
    process.kill("SIGKILL");
    await ended;
  }
});
afterAll(async () => {
  await Promise.all([cleeng.dispose(), build.dispose()]);
  await rm(directory, { recursive: true, force: true });
});

function run(env: Readonly<Record<string, string>>): Program {
  const program = runProgram(build, { PORT: "0", DATABASE_URL: store, ...env });
  started.push(program);
  return program;
}

/** Ended with 1, and no stack: the lines on stderr. */
async function complaints(env: Readonly<Record<string, string>>): Promise<string[]> {
  const { code, stdout, stderr } = await run(env).ended;
  expect(code).toBe(1);
  expect(stdout).not.toContain("Ready");
  expect(stderr).not.toMatch(/^\s+at /m);
  return stderr.trimEnd().split("\n");
}

test("it names its addresses, answers at them, and SIGTERM ends it with an open subscription", async () => {
  const program = run({ SANDBOX_SPEED: "10" });
  const url = await program.url;
  const origins = [...program.output().matchAll(/"sandbox":"([a-z-]+)","origin":"(http:\/\/127\.0\.0\.1:\d+)"/g)];
  expect(origins.map(([, name]) => name).sort()).toEqual([
    "cleeng-access",
    "cleeng-purchases",
    "flolive",
    "liberis",
    "purespectrum",
  ]);
  expect(program.output()).toContain(`GraphiQL: ${url}/graphiql`);
  expect((await fetch(`${url}/graphiql`)).status).toBe(200);
  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ alive: true });
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ ready: true });
  expect(await (await fetch(`${url}/metrics`)).text()).toContain("statusgraph_upstream_seconds");

  const registered = await post(
    url,
    `mutation { registerPurchase(input: { customerId: "123456789", transactionId: "never", ipAddress: "203.0.113.7" }) {
       ... on PurchaseSync { id } } }`,
  );
  const sockets = openSockets({ url });
  const watch = sockets.watch("subscription ($ids: [ID!]!) { operationChanged(ids: $ids) { kind } }", {
    ids: [registered.registerPurchase.id],
  });
  expect((await watch.next()).operationChanged.kind).toBe("SNAPSHOT");
  program.process.kill("SIGTERM");
  await expect(watch.rest()).rejects.toMatchObject({ code: 1012 });
  const { code, stderr } = await program.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  await sockets.dispose();
}, 120_000);

test("killed with no warning, it starts again at once on the same directory, and goes on", async () => {
  cleeng.hold();
  const first = run({ ...cleeng.env, LEASE_SECONDS: "3600" });
  const registered = await post(
    await first.url,
    `mutation { registerPurchase(input: { customerId: "123456789", transactionId: "t", ipAddress: "8.8.8.8",
       correlationId: "survivor" }) { ... on PurchaseSync { id revision } } }`,
  );
  const { id } = registered.registerPurchase;
  // A second process on the directory is refused in words, and does no harm.
  const [refused] = await complaints(cleeng.env);
  expect(refused).toMatch(/Another process is using the embedded store/);
  // In the middle of a check, whose lease nobody gives back.
  await cleeng.heard(({ method }) => method === "GET");
  // In the middle of a write as well.
  cleeng.fates.push("silent");
  const cutShort = `mutation { registerPurchase(input: { customerId: "123456789", transactionId: "u", ipAddress: "8.8.8.8",
    correlationId: "cut-short", idempotencyKey: "KEY" }) { __typename } }`;
  void post(await first.url, cutShort).catch(() => {});
  await cleeng.heard(({ headers }) => headers["correlation-id"] === "cut-short");
  first.process.kill("SIGKILL");
  await first.ended;

  cleeng.release();
  cleeng.statuses.set("survivor", [processing, granted]);
  const second = run({ ...cleeng.env, LEASE_SECONDS: "3600", CLEENG_TIMEOUT_MS: "1000" });
  const sockets = openSockets({ url: await second.url });
  const events = await sockets
    .watch("subscription ($ids: [ID!]!) { operationChanged(ids: $ids) { state outcome } }", { ids: [id] })
    .rest();
  expect(events.at(-1)).toEqual({ operationChanged: { state: "SETTLED", outcome: "SUCCEEDED" } });
  // Whatever is known of the write that was cut short, nobody sends it again.
  for (const key of ["KEY", "another"]) {
    expect(await post(await second.url, cutShort.replace("KEY", key))).toMatchObject({
      registerPurchase: { __typename: expect.any(String) },
    });
  }
  expect(cleeng.writes()).toHaveLength(2);
  await sockets.dispose();
  second.process.kill("SIGTERM");
  expect((await second.ended).code).toBe(0);
}, 120_000);
test("every wrong variable is one plain line with an example, all of them at once", async () => {
  const wrong = {
    HOST: "http://localhost",
    PORT: "eighty",
    DATABASE_URL: "mysql://user:hunter2@localhost/x",
    FLOLIVE_RATE_PER_SECOND: "-1",
    CLEENG_TIMEOUT_MS: "soon",
    LIBERIS_URL: "nonsense",
    SANDBOX: "perhaps",
    SANDBOX_SPEED: "0",
    LOG_LEVEL: "loud",
    TRUST_PROXY: "yes",
  };
  const lines = await complaints(wrong);
  expect(lines.map((line) => line.split(":", 1)[0]).sort()).toEqual(Object.keys(wrong).sort());
  for (const line of lines) expect(line).toMatch(/^[A-Z_]+: expected .+ Example: [A-Z_]+=\S+/i);
  expect(lines.join()).not.toContain("hunter2");
}, 120_000);

test("a port that is taken, an address of another machine, a store that can't be: one line each", async () => {
  const { port } = new URL(cleeng.origin);
  const file = join(directory, "a-file");
  await writeFile(file, "not a directory");
  const [inUse, noDirectory, noServer] = await Promise.all([
    complaints({ PORT: port }),
    complaints({ DATABASE_URL: file }),
    complaints({ DATABASE_URL: "postgres://user:hunter2@127.0.0.1:1/none" }),
  ]);
  const elsewhere = await complaints({ HOST: "203.0.113.1", ...jwtEnv });
  const open = await complaints({ HOST: "0.0.0.0" });
  expect(inUse).toEqual([expect.stringMatching(new RegExp(`^PORT: .*127\\.0\\.0\\.1:${port} is in use`))]);
  expect(elsewhere).toEqual([expect.stringMatching(/^HOST: .*"203\.0\.113\.1"/)]);
  expect(open).toEqual([expect.stringMatching(/^AUTH_JWKS_URL: expected .*which other machines reach/)]);
  expect(noDirectory).toEqual([expect.stringMatching(/directory.*DATABASE_URL/)]);
  expect(noServer).toEqual([expect.stringMatching(/DATABASE_URL/)]);
  expect(noServer.join()).not.toContain("hunter2");
}, 120_000);
