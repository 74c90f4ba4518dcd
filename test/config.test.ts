import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { type Config, type Environment, readConfig, variables } from "../src/config.ts";
import { type AnyProvider, defineDecisionProvider, defineOperationProvider } from "../src/datasources/contract.ts";
import { providers as real } from "../src/datasources/index.ts";
import { notFound } from "../src/datasources/problems.ts";

const noSandbox = { magic: [], routes: () => {} };
const noClient = { fetchMany: async () => [] };

/** Work behind an address and an optional token; shares the prefix with `gate`. */
const works: AnyProvider = defineOperationProvider({
  id: "acme-works",
  provider: "ACME",
  kind: "ACME_WORK",
  title: "Acme works",
  envPrefix: "ACME",
  settings: z.object({
    ACME_WORKS_URL: z
      .url()
      .describe("Acme's address.")
      .meta({ example: "https://works.acme.example", address: "base" }),
    ACME_TOKEN: z
      .string()
      .min(8, "Expected at least 8 characters.")
      .optional()
      .describe("Acme's token.")
      .meta({ example: "an-acme-token" }),
  }),
  configuredBy: "ACME_WORKS_URL",
  secrets: ["ACME_TOKEN"],
  unknownId: notFound("There is no such work."),
  deadlineSeconds: 3_600,
  connect: () => noClient,
  sandbox: { ...noSandbox, settings: (origin) => ({ ACME_WORKS_URL: origin }) },
});
/** Decisions of the same vendor at another address. It uses the token too. */
const gate: AnyProvider = defineDecisionProvider({
  id: "acme-gate",
  provider: "ACME",
  title: "Acme gate",
  envPrefix: "ACME",
  settings: z.object({
    ACME_GATE_URL: z
      .string()
      .describe("Acme's gate.")
      .meta({ example: "https://gate.acme.example?x=1", address: "exact" }),
    ACME_TOKEN: z.string().optional().describe("Acme's token.").meta({ example: "an-acme-token" }),
  }),
  configuredBy: "ACME_GATE_URL",
  secrets: ["ACME_TOKEN"],
  connect: () => ({}),
  sandbox: { ...noSandbox, settings: (origin) => ({ ACME_GATE_URL: origin }) },
});
/** A provider whose secret must be there, and which demands two of its variables together. */
const bolt: AnyProvider = defineOperationProvider({
  id: "bolt",
  provider: "BOLT",
  kind: "BOLT_JOB",
  title: "Bolt",
  envPrefix: "BOLT",
  settings: z
    .object({
      BOLT_URL: z.string().describe("Bolt's address.").meta({ example: "https://bolt.example", address: "base" }),
      BOLT_SECRET: z.string().describe("Bolt's secret.").meta({ example: "a-secret" }),
      BOLT_REGION: z.enum(["eu", "us"], "Expected eu or us.").optional().describe("Where.").meta({ example: "eu" }),
      BOLT_ZONE: z.string().optional().describe("Where in it.").meta({ example: "a" }),
      BOLT_TIER: z.string().default("standard").describe("How fast.").meta({ example: "fast" }),
    })
    .check(({ value, issues }) => {
      if (value.BOLT_ZONE === undefined || value.BOLT_REGION !== undefined) return;
      issues.push({
        code: "custom",
        input: undefined,
        path: ["BOLT_REGION"],
        message: "Expected a value, for BOLT_ZONE is set.",
      });
    }),
  configuredBy: "BOLT_URL",
  secrets: ["BOLT_SECRET"],
  unknownId: notFound("There is no such work."),
  deadlineSeconds: 604_800,
  connect: () => noClient,
  sandbox: { ...noSandbox, settings: (origin) => ({ BOLT_URL: origin, BOLT_SECRET: "sandbox" }) },
});
const all = [gate, works, bolt];

function configOf(env: Environment, providers = all, terminal?: { isTTY: boolean }): Config {
  const result = readConfig(env, providers, terminal);
  if (!result.ok) throw new Error(result.complaints.join("\n"));
  return result.config;
}

function complaintsOf(env: Environment, providers = all): readonly string[] {
  const result = readConfig(env, providers);
  if (result.ok) throw new Error("Expected complaints; the configuration was taken.");
  return result.complaints;
}

/** Authentication with nothing to be warned of, so that what a test is about stands alone. */
const signedIn = {
  AUTH_SECRET: "a-secret-of-the-tests-of-32-bytes-or-more",
  AUTH_ISSUER: "https://login.example.com/",
  AUTH_AUDIENCE: "statusgraph",
};

function modes({ providers }: Config): Record<string, string> {
  return Object.fromEntries([...providers].map(([id, { mode }]) => [id, mode]));
}

describe("with nothing set", () => {
  test("the defaults are the documented ones", () => {
    const { providers, budgets, ...rest } = configOf({});
    expect(rest).toEqual({
      host: "127.0.0.1",
      port: 4000,
      trustProxy: 0,
      production: false,
      auth: { mode: "none" },
      doors: { allowedOrigins: [], persisted: { mode: "off" }, metrics: { type: "samePort" } },
      limits: {
        requestBytes: 1_048_576,
        tokens: 4_000,
        depth: 12,
        aliases: 100,
        directives: 50,
        repeatedFields: 50,
        cost: 50_000,
        pageSize: 500,
        offers: 200,
        ids: 500,
        subscriptionBytes: 65_536,
        subscriptionsPerConnection: 100,
        subscriptionsPerViewer: 1_000,
        connectionsPerViewer: 100,
        connectionInitSeconds: 3,
        requestsPerMinute: 3_000,
      },
      database: { type: "embedded", directory: "./.statusgraph" },
      leaseSeconds: 30,
      redisUrl: null,
      retentionSeconds: 2_592_000,
      drainSeconds: 5,
      sandboxSpeed: 1,
      graphiql: true,
      introspection: true,
      maxAnswerBytes: 10_485_760,
      maxBatchStatusBytes: 16_777_216,
      accessWatchSeconds: 300,
      log: { level: "info", format: "json" },
      warnings: [expect.stringMatching(/^AUTH=none: there is no authentication\./)],
    });
    expect([...providers.values()]).toEqual([{ mode: "sandbox" }, { mode: "sandbox" }, { mode: "sandbox" }]);
    const budget = { ratePerSecond: 10, concurrency: 8, timeoutMs: 8000 };
    expect(Object.fromEntries(budgets)).toEqual({
      "acme-gate": { ...budget, deadlineSeconds: null },
      "acme-works": { ...budget, deadlineSeconds: 3_600 },
      bolt: { ...budget, deadlineSeconds: 604_800 },
    });
  });

  test("empty and blank variables count as unset", () => {
    expect(configOf({ PORT: "", ACME_TOKEN: " ", DATABASE_URL: "", BOLT_URL: "" })).toEqual(configOf({}));
  });

  test("variables that nobody knows, and those of later releases, are not judged", () => {
    const later = { AUTHORITY: "x", STATUSGRAPH_COLOUR: "x" };
    expect(configOf(later)).toEqual(configOf({}));
  });

  test("what looks like a guard and is none is told, and so is an environment without a meaning", () => {
    const env = { ...signedIn, LIMIT_DEPHT: "3", AUTH_ISSUERS: "x", NODE_ENV: "prod" };
    expect(configOf(env).warnings).toEqual([
      expect.stringMatching(/^LIMIT_DEPHT is no variable/),
      expect.stringMatching(/^AUTH_ISSUERS is no variable/),
      expect.stringMatching(/^NODE_ENV=prod has no meaning here/),
    ]);
  });

  test("lines are pretty on a terminal", () => {
    expect(configOf({}, all, { isTTY: true }).log).toEqual({ level: "info", format: "pretty" });
    expect(configOf({ LOG_FORMAT: "json" }, all, { isTTY: true }).log.format).toBe("json");
  });
});

test("every variable of the gateway can be set, and space around a value is dropped", () => {
  const config = configOf({
    HOST: " 0.0.0.0\r",
    PORT: "0",
    TRUST_PROXY: "2",
    NODE_ENV: "production",
    ...signedIn,
    AUTH: "jwt",
    AUTH_CLOCK_TOLERANCE_SECONDS: "5",
    AUTH_TENANT_CLAIM: "org",
    AUTH_CUSTOMER_CLAIM: "cid",
    ALLOWED_ORIGINS: "https://app.example.com, https://admin.example.com:8443",
    PERSISTED_DOCUMENTS: "only",
    PERSISTED_MANIFEST: "./persisted-documents.json",
    METRICS_PORT: "9464",
    METRICS_HOST: "127.0.0.1",
    LIMIT_REQUEST_BYTES: "1",
    LIMIT_TOKENS: "2",
    LIMIT_DEPTH: "3",
    LIMIT_ALIASES: "4",
    LIMIT_DIRECTIVES: "5",
    LIMIT_REPEATED_FIELDS: "15",
    LIMIT_COST: "6",
    LIMIT_PAGE_SIZE: "7",
    LIMIT_OFFERS: "8",
    LIMIT_IDS: "9",
    LIMIT_SUBSCRIPTION_BYTES: "16",
    LIMIT_SUBSCRIPTIONS_PER_CONNECTION: "10",
    LIMIT_SUBSCRIPTIONS_PER_VIEWER: "11",
    LIMIT_CONNECTIONS_PER_VIEWER: "12",
    LIMIT_CONNECTION_INIT_SECONDS: "13",
    LIMIT_REQUESTS_PER_MINUTE: "14",
    DATABASE_URL: "memory:",
    LEASE_SECONDS: "5",
    REDIS_URL: "rediss://user:pass%40word@redis.test:6380",
    RETENTION_SECONDS: "60",
    DRAIN_SECONDS: "30",
    SANDBOX: "on",
    SANDBOX_SPEED: "0.5",
    GRAPHIQL: "on",
    INTROSPECTION: "on",
    MAX_ANSWER_BYTES: "1000",
    MAX_BATCH_STATUS_BYTES: "2000",
    ACCESS_WATCH_SECONDS: "60",
    LOG_LEVEL: "debug",
    LOG_FORMAT: "pretty",
    ACME_RATE_PER_SECOND: "0.25",
    ACME_CONCURRENCY: "3",
    ACME_TIMEOUT_MS: "500",
    ACME_DEADLINE_SECONDS: "90",
  });
  const { providers: _, warnings: __, budgets, ...rest } = config;
  expect(rest).toEqual({
    host: "0.0.0.0",
    port: 0,
    trustProxy: 2,
    production: true,
    auth: {
      mode: "jwt",
      keys: { type: "secret", secret: signedIn.AUTH_SECRET },
      issuer: "https://login.example.com/",
      audience: "statusgraph",
      clockToleranceSeconds: 5,
      tenantClaim: "org",
      customerClaim: "cid",
    },
    doors: {
      allowedOrigins: ["https://app.example.com", "https://admin.example.com:8443"],
      persisted: { mode: "only", manifest: "./persisted-documents.json" },
      metrics: { type: "ownPort", host: "127.0.0.1", port: 9464 },
    },
    limits: {
      requestBytes: 1,
      tokens: 2,
      depth: 3,
      aliases: 4,
      directives: 5,
      repeatedFields: 15,
      cost: 6,
      pageSize: 7,
      offers: 8,
      ids: 9,
      subscriptionBytes: 16,
      subscriptionsPerConnection: 10,
      subscriptionsPerViewer: 11,
      connectionsPerViewer: 12,
      connectionInitSeconds: 13,
      requestsPerMinute: 14,
    },
    database: { type: "memory" },
    leaseSeconds: 5,
    redisUrl: "rediss://user:pass%40word@redis.test:6380",
    retentionSeconds: 60,
    drainSeconds: 30,
    sandboxSpeed: 0.5,
    graphiql: true,
    introspection: true,
    maxAnswerBytes: 1000,
    maxBatchStatusBytes: 2000,
    accessWatchSeconds: 60,
    log: { level: "debug", format: "pretty" },
  });
  const budget = { ratePerSecond: 0.25, concurrency: 3, timeoutMs: 500 };
  expect(budgets.get("acme-gate")).toEqual({ ...budget, deadlineSeconds: null });
  expect(budgets.get("acme-works")).toEqual({ ...budget, deadlineSeconds: 90 });
  expect(budgets.get("bolt")?.ratePerSecond).toBe(10);
});

describe("a wrong value is one line", () => {
  test.each([
    ["PORT", "abc", 'PORT: expected a whole number from 0 to 65535; got "abc". Example: PORT=4000'],
    ["PORT", "70000", 'PORT: expected a whole number from 0 to 65535; got "70000". Example: PORT=4000'],
    ["PORT", "-1", 'PORT: expected a whole number from 0 to 65535; got "-1". Example: PORT=4000'],
    ["PORT", "4e3", 'PORT: expected a whole number from 0 to 65535; got "4e3". Example: PORT=4000'],
    [
      "HOST",
      "http://x/",
      'HOST: expected a host name or an IP address without a port; got "http://x/". Example: HOST=0.0.0.0',
    ],
    ...["host=db password=hush", "user:hush@db/statusgraph", "password = hush"].map((text) => [
      "DATABASE_URL",
      text,
      "DATABASE_URL: expected a server's address to begin with postgres://, or a directory's path with ./ or /; got a value that is not shown here. Example: DATABASE_URL=postgres://statusgraph:password@localhost:5432/statusgraph",
    ]),
    ["SANDBOX", "yes", 'SANDBOX: expected on or off; got "yes". Example: SANDBOX=on'],
    [
      "SANDBOX_SPEED",
      "0",
      'SANDBOX_SPEED: expected a number above 0 and up to 100000, such as 0.5 or 10; got "0". Example: SANDBOX_SPEED=10',
    ],
    ["LOG_FORMAT", "xml", 'LOG_FORMAT: expected pretty or json; got "xml". Example: LOG_FORMAT=json'],
    [
      "LOG_LEVEL",
      "loud",
      'LOG_LEVEL: expected trace or debug or info or warn or error or fatal or silent; got "loud". Example: LOG_LEVEL=debug',
    ],
    ["GRAPHIQL", "1", 'GRAPHIQL: expected on or off; got "1". Example: GRAPHIQL=off'],
    ["INTROSPECTION", "1", 'INTROSPECTION: expected on or off; got "1". Example: INTROSPECTION=off'],
    ["TRUST_PROXY", "true", 'TRUST_PROXY: expected a whole number from 0 to 32; got "true". Example: TRUST_PROXY=1'],
    [
      "REDIS_URL",
      "localhost:6379",
      "REDIS_URL: expected redis://user:password@host:port or rediss://…, with every special character %-encoded; got a value that is not shown here. Example: REDIS_URL=redis://localhost:6379",
    ],
    ["LEASE_SECONDS", "0", 'LEASE_SECONDS: expected a whole number from 1 to 3600; got "0". Example: LEASE_SECONDS=30'],
    ["NODE_ENV", "a b", 'NODE_ENV: expected one word; got "a b". Example: NODE_ENV=production'],
    [
      "ACME_RATE_PER_SECOND",
      "fast",
      'ACME_RATE_PER_SECOND: expected a number above 0 and up to 100000, such as 0.5 or 10; got "fast". Example: ACME_RATE_PER_SECOND=0.5',
    ],
    [
      "BOLT_DEADLINE_SECONDS",
      "1.5",
      'BOLT_DEADLINE_SECONDS: expected a whole number from 1 to 31536000; got "1.5". Example: BOLT_DEADLINE_SECONDS=3600',
    ],
    ["PORT", "a\nb", 'PORT: expected a whole number from 0 to 65535; got "a\\nb". Example: PORT=4000'],
  ])("%s=%j", (name, value, complaint) => {
    expect(complaintsOf({ [name]: value })).toEqual([complaint]);
  });

  test("every wrong variable has one, in one go", () => {
    const complaints = complaintsOf({ PORT: "x", SANDBOX: "x", BOLT_URL: "ftp://x", ACME_CONCURRENCY: "0" });
    expect(complaints.map((line) => line.split(":")[0]).sort()).toEqual([
      "ACME_CONCURRENCY",
      "BOLT_SECRET",
      "BOLT_URL",
      "PORT",
      "SANDBOX",
    ]);
    for (const line of complaints) expect(line).not.toContain("\n");
  });
});

describe("DATABASE_URL", () => {
  test.each([
    ["./data/here", { type: "embedded", directory: "./data/here" }],
    ["/var/lib/statusgraph", { type: "embedded", directory: "/var/lib/statusgraph" }],
    ["C:\\statusgraph", { type: "embedded", directory: "C:\\statusgraph" }],
    ["memory:", { type: "memory" }],
    ["postgres://u:p@h:5432/d", { type: "postgres", url: "postgres://u:p@h:5432/d" }],
    ["postgresql://h/d?sslmode=require", { type: "postgres", url: "postgresql://h/d?sslmode=require" }],
  ])("%s", (text, database) => {
    expect(configOf({ DATABASE_URL: text }).database).toEqual(database);
  });

  test.each([
    ["mysql://root:hush@h/d", 'expected a directory\'s path, memory: or postgres://…; "mysql:" is none of them'],
    ["memory://x", 'expected a directory\'s path, memory: or postgres://…; "memory:" is none of them'],
    ["file:./hush", 'expected a directory\'s path, memory: or postgres://…; "file:" is none of them'],
    ["postgres:hush", "expected postgres://user:password@host:port/database, with every special character %-encoded"],
    [
      "postgres://u:hush@h:port/d",
      "expected postgres://user:password@host:port/database, with every special character %-encoded",
    ],
  ])("%s is refused without being shown", (text, expected) => {
    const [complaint = ""] = complaintsOf({ DATABASE_URL: text });
    expect(complaint).toContain(`DATABASE_URL: ${expected}; got a value that is not shown here. Example: `);
    expect(complaint).not.toContain("hush");
  });
});

describe("which providers are there", () => {
  const bolted = { BOLT_URL: "https://bolt.example", BOLT_SECRET: "hush-hush" };

  test("one that is configured switches the sandboxes of the others off", () => {
    expect(modes(configOf(bolted))).toEqual({ "acme-gate": "absent", "acme-works": "absent", bolt: "configured" });
  });

  test("SANDBOX=on fills in the others", () => {
    expect(modes(configOf({ ...bolted, SANDBOX: "on" }))).toEqual({
      "acme-gate": "sandbox",
      "acme-works": "sandbox",
      bolt: "configured",
    });
  });

  test("SANDBOX=off leaves them out, and says what that means where nothing else is there", () => {
    const config = configOf({ ...signedIn, SANDBOX: "off" });
    expect(modes(config)).toEqual({ "acme-gate": "absent", "acme-works": "absent", bolt: "absent" });
    expect(config.warnings).toEqual([
      "No provider is configured and SANDBOX is off: every call of a provider will be NOT_CONFIGURED.",
    ]);
  });

  test("production has no sandbox but by name, and then hears of it", () => {
    const env = { ...signedIn, NODE_ENV: "production" };
    const silent = configOf(env);
    expect(modes(silent)).toEqual({ "acme-gate": "absent", "acme-works": "absent", bolt: "absent" });
    expect([silent.graphiql, silent.introspection, silent.production]).toEqual([false, false, true]);
    const named = configOf({ ...env, SANDBOX: "on" });
    expect(modes(named)).toEqual({ "acme-gate": "sandbox", "acme-works": "sandbox", bolt: "sandbox" });
    expect(named.warnings).toEqual(["SANDBOX=on in production: what Acme gate, Acme works, Bolt answer is made up."]);
  });

  test("settings are what the definition's own schema made of them", () => {
    expect(configOf({ ...bolted, BOLT_REGION: "eu", PATH: "/bin" }).providers.get("bolt")).toEqual({
      mode: "configured",
      settings: { ...bolted, BOLT_REGION: "eu", BOLT_TIER: "standard" },
    });
  });

  test.each([
    ["https://bolt.example/", "https://bolt.example"],
    ["https://BOLT.example/v2//", "https://bolt.example/v2"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
  ])("the address %s is taken as %s", (given, taken) => {
    const { providers } = configOf({ ...bolted, BOLT_URL: given });
    expect(providers.get("bolt")).toMatchObject({ settings: { BOLT_URL: taken } });
  });

  test.each([
    ["ftp://bolt.example", '; got "ftp://bolt.example"'],
    ["bolt.example", '; got "bolt.example"'],
    ["https://user:hush@bolt.example", "; got a value that is not shown here"],
    ["https://bolt.example/?key=hush", "; got a value that is not shown here"],
    ["https://bolt.example/#hush", "; got a value that is not shown here"],
  ])("the address %s is refused", (given, got) => {
    expect(complaintsOf({ ...bolted, BOLT_URL: given })).toEqual([
      `BOLT_URL: expected an http:// or https:// address without user name, ? and #${got}. Example: BOLT_URL=https://bolt.example`,
    ]);
  });

  test.each([
    "https://gate.example/",
    "https://GATE.example/token/",
    "https://gate.example/token/?realm=x",
    "http://127.0.0.1:8080/a%2Fb",
  ])("the exact address %s is taken as it is", (given) => {
    expect(configOf({ ACME_GATE_URL: given }).providers.get("acme-gate")).toMatchObject({
      settings: { ACME_GATE_URL: given },
    });
  });

  test.each([
    ["ftp://gate.example", '; got "ftp://gate.example"'],
    ["gate.example", '; got "gate.example"'],
    ["https://user:hush@gate.example", "; got a value that is not shown here"],
    ["https://gate.example/?a=hush#b", "; got a value that is not shown here"],
    ["https://gate.example/#", "; got a value that is not shown here"],
  ])("the exact address %s is refused", (given, got) => {
    expect(complaintsOf({ ACME_GATE_URL: given })).toEqual([
      `ACME_GATE_URL: expected an http:// or https:// address without user name and #${got}. Example: ACME_GATE_URL=https://gate.acme.example?x=1`,
    ]);
  });

  test("each address of a real provider says how it is taken", () => {
    const addresses = real.flatMap(({ settings }) =>
      Object.entries(settings.shape).flatMap(([name, schema]) =>
        name.endsWith("_URL") ? [[name, z.globalRegistry.get(schema)?.address]] : [],
      ),
    );
    expect(addresses.sort()).toEqual([
      ["CLEENG_API_URL", "exact"],
      ["CLEENG_ENTITLEMENTS_URL", "base"],
      ["CLEENG_INAPP_URL", "base"],
      ["FLOLIVE_URL", "base"],
      ["LIBERIS_TOKEN_URL", "exact"],
      ["LIBERIS_URL", "base"],
      ["PURESPECTRUM_READ_URL", "base"],
      ["PURESPECTRUM_URL", "base"],
    ]);
  });

  test("a required variable that is missing is named with what needs it", () => {
    expect(complaintsOf({ BOLT_URL: "https://bolt.example" })).toEqual([
      "BOLT_SECRET: missing, needed with BOLT_URL. Example: BOLT_SECRET=a-secret",
    ]);
  });

  test("what a definition checks over several variables is told as it says it", () => {
    expect(complaintsOf({ ...bolted, BOLT_ZONE: "a" })).toEqual([
      "BOLT_REGION: expected a value, for BOLT_ZONE is set. Example: BOLT_REGION=eu",
    ]);
  });

  test("a wrong value of a provider's is told in the definition's words", () => {
    expect(complaintsOf({ ...bolted, BOLT_REGION: "moon" })).toEqual([
      'BOLT_REGION: expected eu or us; got "moon". Example: BOLT_REGION=eu',
    ]);
  });
});

describe("half a provider", () => {
  test("is a mistake that stops the start, also with sandboxes on", () => {
    const complaint = "BOLT_URL: missing, needed with BOLT_SECRET, BOLT_REGION. Example: BOLT_URL=https://bolt.example";
    expect(complaintsOf({ BOLT_SECRET: "hush", BOLT_REGION: "eu" })).toEqual([complaint]);
    expect(complaintsOf({ BOLT_SECRET: "hush", BOLT_REGION: "eu", SANDBOX: "on" })).toEqual([complaint]);
  });

  test("is not one that shares the variable with a configured one", () => {
    const config = configOf({ ACME_GATE_URL: "https://gate.example", ACME_TOKEN: "long-enough" });
    expect(modes(config)).toEqual({ "acme-gate": "configured", "acme-works": "absent", bolt: "absent" });
  });

  test("is not one of which only the budget is set", () => {
    expect(modes(configOf({ BOLT_TIMEOUT_MS: "5" }))).toEqual({
      "acme-gate": "sandbox",
      "acme-works": "sandbox",
      bolt: "sandbox",
    });
  });
});

describe("credentials", () => {
  test("that may be left out, and were, are a warning for each provider that goes without", () => {
    const env = { ...signedIn, ACME_GATE_URL: "https://gate.example", ACME_WORKS_URL: "https://works.example" };
    expect(configOf(env).warnings).toEqual([
      "ACME_TOKEN is not set: Acme gate will be called without credentials.",
      "ACME_TOKEN is not set: Acme works will be called without credentials.",
    ]);
    expect(configOf({ ...env, ACME_TOKEN: "long-enough" }).warnings).toEqual([]);
  });

  test("are in no complaint", () => {
    const complaints = complaintsOf({ ACME_WORKS_URL: "https://works.example", ACME_TOKEN: "hush" });
    expect(complaints).toEqual([
      "ACME_TOKEN: expected at least 8 characters; got a value that is not shown here. Example: ACME_TOKEN=an-acme-token",
    ]);
  });
});

describe("a lease that is shorter than a check may take", () => {
  const warningsOf = (env: Environment) => configOf({ ...signedIn, SANDBOX: "on", ...env }).warnings;

  test("is a warning for each such time-out, which says what to set", () => {
    expect(warningsOf({ LEASE_SECONDS: "5" })).toEqual([
      "LEASE_SECONDS=5 is too short for ACME_TIMEOUT_MS=8000: a check ends with its lease, so an answer that takes long " +
        "may be cut off at each check. Set LEASE_SECONDS to 12 or more, or ACME_TIMEOUT_MS to 3333 or less.",
      "LEASE_SECONDS=5 is too short for BOLT_TIMEOUT_MS=8000: a check ends with its lease, so an answer that takes long " +
        "may be cut off at each check. Set LEASE_SECONDS to 12 or more, or BOLT_TIMEOUT_MS to 3333 or less.",
    ]);
  });

  test.each<[string, Environment]>([
    ["the lease that the warning names", { LEASE_SECONDS: "12" }],
    ["the time-outs that it names", { LEASE_SECONDS: "5", ACME_TIMEOUT_MS: "3333", BOLT_TIMEOUT_MS: "3333" }],
  ])("%s ends it", (_what, env) => {
    expect(warningsOf(env)).toEqual([]);
  });

  test("is none for what is never checked: a provider that is not there, or one of decisions", () => {
    const gate = { ACME_GATE_URL: "https://gate.example", ACME_TOKEN: "long-enough" };
    expect(configOf({ ...signedIn, ...gate, LEASE_SECONDS: "5" }).warnings).toEqual([]);
  });
});

describe("the documentation", () => {
  const docs = variables(all);

  test("lists every variable with a description and an example that is taken", () => {
    const names = docs.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["PORT", "ACME_WORKS_URL", "BOLT_SECRET", "BOLT_TIMEOUT_MS"]));
    for (const { name, description, example } of docs) {
      expect([name, description]).not.toEqual([name, ""]);
      expect([name, example]).not.toEqual([name, "…"]);
    }
    const examples = Object.fromEntries(docs.map(({ name, example }) => [name, example]));
    // Keys come from one place.
    expect(readConfig({ ...examples, AUTH_SECRET: "" }, all)).toMatchObject({ ok: true });
    // What everybody can read is no secret.
    expect(readConfig({ ...examples, AUTH_JWKS_URL: "" }, all)).toMatchObject({
      ok: false,
      complaints: [expect.stringMatching(/^AUTH_SECRET: expected a secret of your own/)],
    });
  });

  test("has the default that a definition's schema gives", () => {
    const defaults = docs.filter(({ group }) => group === "Bolt").map((doc) => [doc.name, doc.default]);
    expect(defaults).toEqual([
      ["BOLT_URL", null],
      ["BOLT_SECRET", null],
      ["BOLT_REGION", null],
      ["BOLT_ZONE", null],
      ["BOLT_TIER", "standard"],
    ]);
  });

  test("has a shared budget once, for all that share it", () => {
    const [rate, ...more] = docs.filter(({ name }) => name === "ACME_RATE_PER_SECOND");
    expect([rate?.default, rate?.description, more]).toEqual([
      "10",
      "Requests a second, fractions allowed: Acme gate and Acme works, each.",
      [],
    ]);
    expect(docs.find(({ name }) => name === "ACME_DEADLINE_SECONDS")).toMatchObject({ default: "3600" });
  });
});
