/** npm run cluster, as it is typed: gateways that share a database, and nothing left over. */
import { execFile } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import pg from "pg";
import { type Build, buildProgram, post, type Started, startProgram } from "../support/program.ts";
import { until } from "../support/until.ts";
import { postgresVariable } from "../support/variables.ts";

const admin = process.env[postgresVariable];
const testOnPostgres = admin ? test : test.skip;
/** Without sockets nothing is drained, but the gateways' own limit grows with it: they may be as slow as the machine is. */
const free = { CLUSTER_PORT: "0", SANDBOX_PORT: "0", DRAIN_SECONDS: "600" };
/** For a test that waits in vain. */
const limit = 600_000;
let build: Build;
const started: Started[] = [];
const databases: string[] = [];

beforeAll(async () => {
  build = await buildProgram();
}, limit);
afterEach(async () => {
  for (const { process, ended } of started.splice(0)) {
    process.kill("SIGKILL");
    await ended;
  }
  for (const name of databases.splice(0)) await asAdmin(`drop database if exists ${name} with (force)`);
});
afterAll(() => build.dispose());

async function asAdmin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: admin });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

function run(env: Readonly<Record<string, string>>): Started {
  const program = startProgram(build, "cluster/main.js", { ...free, ...env });
  started.push(program);
  return program;
}

/** The name of a database that is not there yet, and its address. */
function unmade(): string {
  const name = `statusgraph_test_${randomBytes(6).toString("hex")}`;
  databases.push(name);
  const url = new URL(admin ?? "");
  url.pathname = `/${name}`;
  return url.href;
}

async function ready(program: Started): Promise<string[]> {
  await until(() => program.output().includes("gateways are ready."));
  return [...program.output().matchAll(/^cluster \| node-\d+: (http\S+)\/graphql$/gm)].map(([, url = ""]) => url);
}

/** The ids of the processes that a cluster has started with this file. */
async function partsOf({ process: { pid } }: Started, file: RegExp): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,args="]);
  const found = [...stdout.matchAll(/^ *(\d+) +(\d+) (.*)$/gm)].filter(
    ([, , parent, args = ""]) => Number(parent) === pid && file.test(args.trimEnd()),
  );
  return found.map(([, id]) => Number(id));
}

const isAnswering = (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  );

testOnPostgres(
  "it makes its database, what one node does another knows, and a signal ends all of it",
  async () => {
    const program = run({ DATABASE_URL: unmade(), SANDBOX_SPEED: "100" });
    const urls = await ready(program);
    expect(urls).toHaveLength(3);
    expect(program.output()).toContain("cluster | The database was not there, and has been made.");
    expect(program.output()).toMatch(/^cluster \| REDIS_URL is not set: /m);
    expect(program.output()).toMatch(/^node-2 \| .*Ready after/m);
    const [one = "", two = ""] = urls;
    for (const url of urls) expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const { registerPurchase } = await post(
      one,
      `mutation { registerPurchase(input: { customerId: "123456789", transactionId: "t", ipAddress: "203.0.113.7" }) {
         ... on PurchaseSync { id } } }`,
    );
    const { node } = await post(
      two,
      "query ($id: ID!) { node(id: $id) { id ... on Operation { kind } } }",
      registerPurchase,
    );
    expect(node).toEqual({ id: registerPurchase.id, kind: "PURCHASE_SYNC" });
    const { stdout } = { stdout: program.output() };
    const [, sandbox = ""] = /^sandbox \| FLOLIVE_URL=(\S+)$/m.exec(stdout) ?? [];
    expect(await isAnswering(sandbox)).toBe(true);

    program.process.kill("SIGTERM");
    expect(await program.ended).toMatchObject({ code: 0, stderr: expect.not.stringMatching(/error/i) });
    for (const url of [...urls, sandbox]) expect(await isAnswering(url)).toBe(false);
  },
  limit,
);

testOnPostgres(
  "it says so where a gateway or the sandbox ends by itself, and goes on with the others",
  async () => {
    const program = run({ DATABASE_URL: unmade(), NODES: "2" });
    const urls = await ready(program);
    for (const [file, name] of [
      [/sandbox\/main\.js$/, "sandbox"],
      [/(?<!sandbox)\/main\.js$/, "node-\\d"],
    ] as const) {
      const [id] = await partsOf(program, file);
      if (id === undefined) throw new Error(`None of the cluster's processes is ${file}.`);
      process.kill(id, "SIGKILL");
      const told = new RegExp(`^cluster \\| ${name} has ended \\(by a signal\\); the others go on\\.$`, "m");
      await until(() => told.test(program.output()));
    }
    expect((await Promise.all(urls.map(isAnswering))).sort()).toEqual([false, true]);
    program.process.kill("SIGTERM");
    await program.ended;
  },
  limit,
);

testOnPostgres(
  "killed without a chance to say so, it leaves nothing running either",
  async () => {
    const program = run({ DATABASE_URL: unmade(), NODES: "2" });
    const urls = await ready(program);
    const [, sandbox = ""] = /^sandbox \| FLOLIVE_URL=(\S+)$/m.exec(program.output()) ?? [];
    program.process.kill("SIGKILL");
    await until(async () => !(await Promise.all([...urls, sandbox].map(isAnswering))).includes(true));
  },
  limit,
);

(admin ? test.each : test.skip.each)(["REDIS_URL is not set", "Every provider's sandbox listens", "node-1 |"])(
  "told to stop in the middle of its start, at %j, it ends all that it started and exits with 0",
  async (moment) => {
    const sandboxPort = String(20_000 + randomInt(12_000));
    const program = run({ DATABASE_URL: unmade(), SANDBOX_PORT: sandboxPort });
    await until(() => program.output().includes(moment));
    program.process.kill("SIGTERM");
    expect(await program.ended).toMatchObject({ code: 0, stderr: expect.not.stringMatching(/error/i) });
    expect(await isAnswering(`http://127.0.0.1:${sandboxPort}`)).toBe(false);
  },
  limit,
);

test.each([
  [
    { DATABASE_URL: "postgres://user:hunter2@127.0.0.1:1/none" },
    /^DATABASE_URL: expected a PostgreSQL server .*ECONNREFUSED.* Example: DATABASE_URL=postgres:\S+$/,
  ],
  [{ DATABASE_URL: "./store" }, /^DATABASE_URL: expected postgres:.*several gateways/],
  [{ NODES: "0" }, /^NODES: expected a whole number/],
  [{ REDIS_URL: "localhost" }, /^REDIS_URL: expected redis:/],
])(
  "%j is told in one line",
  async (env, sentence) => {
    const { code, stderr } = await run(env).ended;
    expect(code).toBe(1);
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(sentence)]);
    expect(stderr).not.toContain("hunter2");
  },
  limit,
);

testOnPostgres(
  "a gateway that can't start ends all, with its own words",
  async () => {
    const { code, stdout, stderr } = await run({ DATABASE_URL: unmade(), LEASE_SECONDS: "never" }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^node-\d \| LEASE_SECONDS: expected a whole number/m);
    expect(stderr).toMatch(/ended before it was ready/);
    expect(stdout).not.toContain("are ready");
  },
  limit,
);
