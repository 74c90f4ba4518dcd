/** Starts that fail, and keys that can't be read: what is said of them holds no secret, though a secret is what is wrong. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { hasPostgresPrograms } from "../support/postgres-server.ts";
import { type Build, buildProgram, type Program, runProgram } from "../support/program.ts";
import { hasRedisServer } from "../support/redis-server.ts";
import { until } from "../support/until.ts";
import { createCaller } from "./caller.ts";
import { createMarkers, type Markers } from "./markers.ts";
import { type GuardedPostgres, type GuardedRedis, startGuardedPostgres, startGuardedRedis } from "./stores.ts";
import { createWritten, type Written } from "./written.ts";

let build: Build;
/** One store for all: an existing one opens in a fraction of what a new one takes. */
let directory: string;
let markers: Markers;
let written: Written;
const started: Program[] = [];

beforeAll(async () => {
  build = await buildProgram();
  directory = await mkdtemp(join(tmpdir(), "statusgraph-secrets-"));
  markers = createMarkers();
  written = createWritten();
}, 120_000);
afterEach(async () => {
  for (const { process, ended } of started.splice(0)) {
    process.kill("SIGKILL");
    await ended;
  }
  expect(written.leaks(markers)).toEqual([]);
});
afterAll(async () => {
  // A search of nothing finds nothing.
  expect(written.bytes("stdout")).toBeGreaterThan(1_000);
  expect(written.bytes("stderr")).toBeGreaterThan(1_000);
  await build.dispose();
  await rm(directory, { recursive: true });
});

function run(env: Readonly<Record<string, string>>): Program {
  const program = runProgram(build, {
    PORT: "0",
    DATABASE_URL: join(directory, "store"),
    LOG_LEVEL: "trace",
    DRAIN_SECONDS: "0",
    ...env,
  });
  started.push(program);
  return program;
}

async function keep(program: Program): Promise<string> {
  const { stdout, stderr } = await program.ended;
  written.add("stdout", stdout);
  written.add("stderr", stderr);
  return stderr;
}

let place = 0;
const secret = (alphabet: Parameters<Markers["plant"]>[1] = "text") => {
  place += 1;
  return markers.plant(`the secret ${place}`, alphabet);
};
const inAddress = () => encodeURIComponent(secret());

const providers = {
  CLEENG_INAPP_URL: "http://127.0.0.1:1/storekit2",
  FLOLIVE_URL: "http://127.0.0.1:1",
  PURESPECTRUM_URL: "http://127.0.0.1:1/buyers/v2",
  PURESPECTRUM_READ_URL: "http://127.0.0.1:1/buyers/v3",
  LIBERIS_URL: "http://127.0.0.1:1",
};

/** Each with a value that can't be, and has a secret in it. The names are those that the complaint begins with. */
const wrong: ReadonlyArray<readonly [name: string, value: () => string, also?: Readonly<Record<string, string>>]> = [
  ["CLEENG_PUBLISHER_TOKEN", () => `${secret()} ${secret()}`],
  ["FLOLIVE_TOKEN", () => `${secret()}\n${secret()}`],
  ["PURESPECTRUM_ACCESS_TOKEN", () => `${secret()}ü`],
  ["LIBERIS_CLIENT_ID", () => "", { LIBERIS_TOKEN_URL: "http://127.0.0.1:1", LIBERIS_CLIENT_SECRET: "planted" }],
  ["AUTH_SECRET", () => secret("code")],
  ["AUTH_SECRET", secret, { AUTH_JWKS_URL: "https://a.example/" }],
  ["AUTH_JWKS_URL", () => `http://a.example/?key=${inAddress()}`],
  ["AUTH_JWKS_URL", () => `https://user:${inAddress()}@a.example/`],
  ["AUTH_JWKS_URL", () => `https://a.example/#${inAddress()}`],
  ["DATABASE_URL", () => `mysql://user:${inAddress()}@a.example/x`],
  ["DATABASE_URL", () => `postgres://user:${secret()}:/@a.example/x`],
  ["DATABASE_URL", () => `postgres:user:${inAddress()}@a.example/x`],
  ["REDIS_URL", () => `http://user:${inAddress()}@a.example`],
  ["REDIS_URL", () => `redis://user:${secret()}:/@a.example`],
  ["REDIS_URL", () => secret()],
  ["FLOLIVE_URL", () => `https://user:${inAddress()}@a.example`],
  ["FLOLIVE_URL", () => `https://a.example/?key=${inAddress()}`],
  ["LIBERIS_TOKEN_URL", () => `https://user:${inAddress()}@a.example`],
  ["ALLOWED_ORIGINS", () => `https://user:${inAddress()}@a.example`],
];

test("a variable that is wrong, with a secret in it", async () => {
  const rows = [...wrong];
  expect(rows.length).toBeGreaterThan(15);
  // As many in one start as there are different variables: each has its line.
  while (rows.length > 0) {
    const env = new Map<string, string>(Object.entries(providers));
    const names = new Set<string>();
    for (const row of [...rows]) {
      const [name, value, also = {}] = row;
      if (names.has(name) || Object.keys(also).some((other) => names.has(other))) continue;
      for (const [other, text] of Object.entries(also)) env.set(other, text === "planted" ? secret() : text);
      env.set(name, value());
      names.add(name);
      rows.splice(rows.indexOf(row), 1);
    }
    const program = run(Object.fromEntries(env));
    const stderr = await keep(program);
    expect((await program.ended).code).toBe(1);
    const complainedOf = stderr
      .trim()
      .split("\n")
      .map((line) => /^(\w+): .* Example: /.exec(line)?.[1]);
    expect(new Set(complainedOf)).toEqual(names);
  }
}, 120_000);

test("a port that is taken, with every secret in its place", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const all = {
    ...providers,
    CLEENG_PUBLISHER_TOKEN: secret("header"),
    FLOLIVE_TOKEN: secret("header"),
    PURESPECTRUM_ACCESS_TOKEN: secret("header"),
    LIBERIS_TOKEN_URL: `http://127.0.0.1:1/?key=${inAddress()}`,
    LIBERIS_CLIENT_ID: secret(),
    LIBERIS_CLIENT_SECRET: secret(),
    AUTH_SECRET: secret(),
    REDIS_URL: `redis://user:${inAddress()}@127.0.0.1:1`,
  };
  for (const variable of ["PORT", "METRICS_PORT"]) {
    const stderr = await keep(run({ ...all, [variable]: `${port}` }));
    expect(stderr).toMatch(new RegExp(`^${variable}: expected a free port`));
  }
  await new Promise((resolve) => server.close(resolve));
}, 120_000);

test("a database that can't be reached", async () => {
  const stderr = await keep(run({ DATABASE_URL: `postgres://user:${inAddress()}@127.0.0.1:1/none` }));
  expect(stderr).toMatch(/^DATABASE_URL: .*ECONNREFUSED/);
}, 120_000);

(hasPostgresPrograms() ? describe : describe.skip)("a PostgreSQL", () => {
  let postgres: GuardedPostgres;
  beforeAll(async () => {
    postgres = await startGuardedPostgres(secret());
  }, 120_000);
  afterAll(() => postgres.dispose());

  test("that takes another password", async () => {
    const stderr = await keep(run({ DATABASE_URL: postgres.addressWith(secret()) }));
    expect(stderr).toMatch(/^DATABASE_URL: .*password authentication failed/);
  }, 120_000);

  test("without the database", async () => {
    const url = new URL(postgres.gatewayUrl);
    url.pathname = "/elsewhere";
    expect(await keep(run({ DATABASE_URL: url.href }))).toMatch(/^DATABASE_URL: .*"elsewhere" does not exist/);
  }, 120_000);
});

(hasRedisServer() ? describe : describe.skip)("a Redis", () => {
  let redis: GuardedRedis;
  beforeAll(async () => {
    redis = await startGuardedRedis(secret(), written);
    await redis.guard();
  });
  afterAll(() => redis.dispose());

  test("that takes another password", async () => {
    const { host } = new URL(redis.url);
    const program = run({ REDIS_URL: `redis://default:${inAddress()}@${host}` });
    await program.url;
    expect(program.output()).toContain("Redis can't be reached");
    program.process.kill("SIGTERM");
    await keep(program);
  }, 120_000);
});

/** What an issuer's server may answer, with the key of the address in it. */
const answers: ReadonlyArray<
  readonly [what: string, head: readonly [number, string, Record<string, string>], body: string]
> = [
  ["the key alone", [200, "OK", {}], "KEY"],
  ["a page", [200, "OK", { "content-type": "text/html" }], "<p>KEY</p>"],
  ["an error", [500, "KEY", { "x-echo": "KEY" }], `{"error": "KEY"}`],
  ["a redirect", [302, "KEY", { location: "http://KEY.invalid/?token=KEY" }], "KEY"],
  ["no keys", [200, "OK", {}], `{"keys": "KEY"}`],
  ["odd keys", [200, "OK", {}], `{"keys": [{"kid": "KEY", "kty": "KEY", "alg": "KEY"}]}`],
];

test.each(answers)(
  "an issuer whose keys can't be read: %s",
  async (_what, [status, reason, headers], body) => {
    const key = secret("name");
    const tell = (text: string) => text.replaceAll("KEY", key);
    let asked = 0;
    const server: Server = createServer((_request, response) => {
      asked += 1;
      const told = Object.entries(headers).map(([name, text]) => [name, tell(text)]);
      response.writeHead(status, tell(reason), Object.fromEntries(told)).end(tell(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const program = run({ AUTH_JWKS_URL: `http://127.0.0.1:${port}/keys?key=${key}` });
    const caller = createCaller(await program.url, written);
    await until(() => asked > 0);
    const claims = Buffer.from(JSON.stringify({ sub: secret("name") })).toString("base64url");
    const header = Buffer.from(JSON.stringify({ alg: "RS256", kid: secret("name") })).toString("base64url");
    for (const path of ["/graphql?query={__typename}", "/metrics"]) {
      const { status: got } = await caller.request({
        path,
        headers: [["authorization", `Bearer ${header}.${claims}.${secret("name")}`]],
      });
      expect(got).toBe(401);
    }
    program.process.kill("SIGTERM");
    const stderr = await keep(program);
    expect(stderr).toBe("");
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  },
  60_000,
);
