/** The sandbox over real HTTP, asked by our own client and, where that would not ask so, by fetch. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import type { Script, Snapshot } from "../../../src/datasources/contract.ts";
import { createLiberisClient, type PartnerBatchClient } from "../../../src/datasources/liberis/client.ts";
import { liberis } from "../../../src/datasources/liberis/index.ts";
import type { PartnerClient } from "../../../src/datasources/liberis/input.ts";
import { sandboxClient } from "../../../src/datasources/liberis/sandbox.ts";
import { isProblem, type Problem } from "../../../src/datasources/problems.ts";
import { faults } from "../../../src/sandbox/faults.ts";
import { ManualClock } from "../../support/clock.ts";
import { testUpstream } from "../../support/upstream.ts";

const SETTLE_MS = 10_000;
const options = { priority: "lookup" } as const;

let app: FastifyInstance;
let origin: string;
let clock: ManualClock;
let scripts: Map<string, Script>;
let upstream: ReturnType<typeof testUpstream>;
let client: PartnerBatchClient;

beforeEach(async () => {
  clock = new ManualClock();
  scripts = new Map();
  app = Fastify();
  liberis.sandbox.routes(app, {
    clock,
    random: () => 0.5,
    scaled: (ms) => ms,
    settleTime: () => SETTLE_MS,
    script: (entity, script) => scripts.set(entity, script),
  });
  origin = await app.listen({ port: 0, host: "127.0.0.1" });
  upstream = testUpstream({ timeoutMs: 20_000 });
  const tokenUrl = new URL("/oauth/token", origin);
  const credentials = { tokenUrl, clientId: sandboxClient.id, clientSecret: sandboxClient.secret };
  client = createLiberisClient({ url: origin, credentials }, upstream, clock);
});
afterEach(async () => {
  await upstream.dispose();
  await app.close();
});

function partner(partnerClientId: string, more: Partial<PartnerClient> = {}): PartnerClient {
  const given = { clientStartDate: "2024-03-31", entityType: "SoleTrader", otherIdentifiers: null };
  return { partnerClientId, ...given, ...more };
}
function send(...clients: PartnerClient[]) {
  const input = { clients };
  return client.create.send(input, client.create.prepare(input), { priority: "write" });
}
async function create(...clients: PartnerClient[]) {
  const exchange = await send(...clients);
  if (exchange.type !== "answered") throw new Error(exchange.problem.message);
  return exchange.value;
}
async function ask(key: string, snapshot: Snapshot | null): Promise<Snapshot | Problem> {
  const [result] = await client.fetchMany([{ key, fields: snapshot?.fields ?? null }], options);
  if (!result) throw new Error("fetchMany answered with no result for its one target.");
  return isProblem(result) ? result : result.compose({ snapshot, elsewhere: new Map() });
}
async function read(key: string, snapshot: Snapshot | null): Promise<Snapshot> {
  const result = await ask(key, snapshot);
  if ("type" in result) throw new Error(result.message);
  return result;
}
async function settle(...clients: PartnerClient[]): Promise<Snapshot> {
  const { key, snapshot } = await create(...clients);
  await clock.advance(SETTLE_MS);
  return read(key, snapshot);
}
const statuses = ({ items }: Snapshot) => items.map(({ status }) => status);
const errorsOf = ({ items }: Snapshot) => items.map(({ fields }) => fields.validationErrors);
const outcome = ({ standing }: Snapshot) => (standing.state === "SETTLED" ? standing.outcome : standing.state);

test("its settings are those of a gateway that reaches it", async () => {
  const settings = liberis.settings.parse(liberis.sandbox.settings(origin));
  const [result] = await liberis.connect(settings, upstream).fetchMany([{ key: "none", fields: null }], options);
  expect(result).toMatchObject({ type: "NotFound" });
});

describe("a batch", () => {
  test("is Pending, each client done at its own time, until all are, and says so in its script", async () => {
    const { key, snapshot } = await create(partner("a"), partner("b"));
    const start = clock.now();
    expect(scripts.get(key)).toEqual([
      [start, "Pending"],
      [start + SETTLE_MS, "Completed"],
    ]);
    expect([0, 1].map((position) => scripts.get(`${key}/${position}`))).toEqual([
      [
        [start, "Pending"],
        [start + SETTLE_MS / 2, "Completed"],
      ],
      [
        [start, "Pending"],
        [start + SETTLE_MS, "Completed"],
      ],
    ]);
    const first = await read(key, snapshot);
    expect([outcome(first), ...statuses(first)]).toEqual(["RUNNING", "PENDING", "PENDING"]);
    await clock.advance(SETTLE_MS / 2);
    const second = await read(key, first);
    expect([outcome(second), ...statuses(second)]).toEqual(["RUNNING", "COMPLETED", "PENDING"]);
    await clock.advance(SETTLE_MS / 2 - 1);
    expect(outcome(await read(key, second))).toBe("RUNNING");
    await clock.advance(1);
    const last = await read(key, second);
    expect([outcome(last), ...statuses(last)]).toEqual(["SUCCEEDED", "COMPLETED", "COMPLETED"]);
    expect(await read(key, null)).toMatchObject({ items: last.items, fields: { statusCheckId: key } });
  });

  test("tells of each item what it truly went through", async () => {
    const ids = ["a", "a", "b", "never-settles", "left-pending", "unknown-state", "broken-row"];
    const { key } = await create(...ids.map((id) => partner(id, id === "b" ? { entityType: "Club" } : {})));
    const words = ids.map((_, position) => scripts.get(`${key}/${position}`)?.map(([, word]) => word));
    const ends = ["Completed", "Duplicate", "Failed", null, null, "Deferred", "Completed"];
    expect(words).toEqual(ends.map((end) => (end === null ? ["Pending"] : ["Pending", end])));
    expect(scripts.size).toBe(1 + ids.length);
  });

  test("of ten thousand clients passes whole", async () => {
    const snapshot = await settle(...Array.from({ length: 10_000 }, (_, n) => partner(`client-${n}`)));
    expect(snapshot.items).toHaveLength(10_000);
    expect(outcome(snapshot)).toBe("SUCCEEDED");
  });
});

describe("the vendor's rules:", () => {
  test("an exact repeat within the request is a Duplicate, the first is processed", async () => {
    const snapshot = await settle(partner("a"), partner("b"), partner("a"));
    expect([outcome(snapshot), ...statuses(snapshot)]).toEqual(["PARTIAL", "COMPLETED", "COMPLETED", "DUPLICATE"]);
  });

  test("the same id with other data is a Conflict, for all of them", async () => {
    const snapshot = await settle(
      partner("a"),
      partner("a"),
      partner("a", { entityType: "Partnership" }),
      partner("b"),
    );
    expect(statuses(snapshot)).toEqual(["CONFLICT", "CONFLICT", "CONFLICT", "COMPLETED"]);
  });

  test("a stored client is a Duplicate, with another message than a repeat", async () => {
    const within = await settle(partner("a"), partner("a"));
    const again = await settle(partner("a"));
    expect(again.standing).toMatchObject({ outcome: "FAILED", problem: { code: "Duplicate" } });
    expect(errorsOf(again)[0]).toHaveLength(1);
    expect(errorsOf(again)[0]).not.toEqual(errorsOf(within)[1]);
    expect(statuses(await settle(partner("a", { entityType: "Partnership" })))).toEqual(["DUPLICATE"]);
  });

  test("what failed or conflicted was not stored, and may be sent again once mended", async () => {
    await settle(partner("a", { entityType: "Club" }), partner("b"), partner("b", { clientStartDate: "2020-01-01" }));
    expect(statuses(await settle(partner("a"), partner("b")))).toEqual(["COMPLETED", "COMPLETED"]);
  });

  test("bad data fail with one message or several", async () => {
    const snapshot = await settle(
      partner("a", { clientStartDate: null }),
      partner("b", { entityType: "Club", clientStartDate: "soon" }),
      partner("c", { entityType: null, otherIdentifiers: [{ key: "k", values: [] }] }),
    );
    expect(statuses(snapshot)).toEqual(["FAILED", "FAILED", "COMPLETED"]);
    expect(errorsOf(snapshot)).toEqual([
      ["client_start_date is required."],
      ["client_start_date must be a date.", "entity_type must be one of SoleTrader, LimitedCompany, Partnership."],
      [],
    ]);
  });

  test("one message comes as text, several as an array", async () => {
    const { key } = await create(
      partner("a", { entityType: "Club" }),
      partner("b", { entityType: "Club", clientStartDate: null }),
    );
    await clock.advance(SETTLE_MS);
    const response = await fetch(`${origin}/api/v1/Clients/Status/${key}`, { headers: await authorization() });
    const body = JSON.stringify(await response.json());
    expect(body).toMatch(/"validation_errors":"entity_type/);
    expect(body).toMatch(/"validation_errors":\["client_start_date/);
  });
});

async function authorization() {
  const body = JSON.stringify({
    client_id: sandboxClient.id,
    client_secret: sandboxClient.secret,
    grant_type: "client_credentials",
  });
  const response = await fetch(`${origin}/oauth/token`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
  const { access_token }: { access_token?: unknown } = Object(await response.json());
  return { authorization: `Bearer ${String(access_token)}` };
}

describe("the door", () => {
  test.each([
    [{ client_id: sandboxClient.id, client_secret: "wrong", grant_type: "client_credentials" }, 401],
    [{ client_id: "wrong", client_secret: sandboxClient.secret, grant_type: "client_credentials" }, 401],
    [{ client_id: sandboxClient.id, client_secret: sandboxClient.secret, grant_type: "password" }, 400],
  ])("gives no token for %j", async (form, status) => {
    const response = await fetch(`${origin}/oauth/token`, { method: "POST", body: new URLSearchParams(form) });
    expect(response.status).toBe(status);
    await response.text();
  });

  test.each([{}, { authorization: "Bearer made-up" }, { authorization: "Basic abc" }])(
    "lets nobody in with %j",
    async (headers) => {
      for (const path of ["/api/v1/Clients", "/api/v1/Clients/Status/1"]) {
        const post = { method: "POST", body: "[]", headers: { ...headers, "content-type": "application/json" } };
        const response = await fetch(`${origin}${path}`, path.endsWith("1") ? { headers } : post);
        expect(response.status).toBe(401);
        await response.text();
      }
    },
  );

  test("a token ends after its hour, on the sandbox's clock", async () => {
    const headers = await authorization();
    const status = async () => {
      const response = await fetch(`${origin}/api/v1/Clients/Status/none`, { headers });
      await response.text();
      return response.status;
    };
    await clock.advance(3_599_999);
    expect(await status()).toBe(404);
    await clock.advance(1);
    expect(await status()).toBe(401);
  });

  test.each(["{}", "[]", '"a"'])("refuses the body %s", async (body) => {
    const headers = { ...(await authorization()), "content-type": "application/json" };
    const response = await fetch(`${origin}/api/v1/Clients`, { method: "POST", body, headers });
    expect([response.status, await response.json()]).toMatchObject([400, { code: "INVALID_BODY" }]);
  });
});

describe("a magic id:", () => {
  test("never-settles", async () => {
    const { key, snapshot } = await create(partner("a"), partner("never-settles-1"));
    expect(scripts.get(key)).toEqual([[clock.now(), "Pending"]]);
    await clock.advance(100 * SETTLE_MS);
    const later = await read(key, snapshot);
    expect([outcome(later), ...statuses(later)]).toEqual(["RUNNING", "COMPLETED", "PENDING"]);
  });

  test("left-pending", async () => {
    const snapshot = await settle(partner("a"), partner("left-pending"));
    expect([outcome(snapshot), ...statuses(snapshot)]).toEqual(["PARTIAL", "COMPLETED", "PENDING"]);
  });

  test("unknown-state", async () => {
    const snapshot = await settle(partner("unknown-state"), partner("b"));
    expect([outcome(snapshot), ...statuses(snapshot)]).toEqual(["PARTIAL", "UNKNOWN", "COMPLETED"]);
    expect(snapshot.items[0]?.providerStatus).toBe("Deferred");
  });

  test("broken-row", async () => {
    const snapshot = await settle(partner("a"), partner("broken-row"), partner("c"));
    expect([outcome(snapshot), ...statuses(snapshot)]).toEqual(["PARTIAL", "COMPLETED", "UNKNOWN", "COMPLETED"]);
    expect(snapshot.items[1]?.providerStatus).toBeNull();
  });

  test("without-items", async () => {
    const snapshot = await settle(partner("without-items"), partner("b"));
    expect([outcome(snapshot), snapshot.providerStatus]).toEqual(["RUNNING", "Completed"]);
    expect(snapshot.items).toHaveLength(2);
  });

  test("foreign-uri", async () => {
    const { snapshot } = await create(partner("foreign-uri"));
    expect(snapshot.fields.statusCheckUri).toBeUndefined();
    expect(outcome(await settle(partner("foreign-uri-2")))).toBe("SUCCEEDED");
  });

  const sudden = Object.keys(faults).filter((name) => name !== "slow");
  test.each(sudden)("fault-%s, at each read", async (name) => {
    const { key, snapshot } = await create(partner(`fault-${name}`));
    const problem = await ask(key, snapshot);
    expect(problem).toMatchObject({ type: name === "429" ? "RateLimited" : "ProviderUnavailable" });
  });

  test.each(sudden)("fault-write-%s, at the create", async (name) => {
    const exchange = await send(partner(`fault-write-${name}`));
    const takesNothing = ["429", "500", "503"].includes(name);
    expect(exchange.type).toBe(takesNothing ? "refused" : "lost");
    // The batch and its one item.
    expect(scripts.size).toBe(takesNothing ? 0 : 2);
  });

  test("fault-500 in an id that is followed", async () => {
    expect(await ask("fault-500", null)).toMatchObject({ type: "ProviderUnavailable", code: "PROVIDER_ERROR" });
  });

  test("each of them is listed, with where it goes and what it does", () => {
    const ids = liberis.sandbox.magic.map(({ id }) => id);
    const own = ["never-settles", "left-pending", "unknown-state", "broken-row", "without-items", "foreign-uri"];
    const expected = Object.keys(faults).flatMap((name) => [`fault-${name}`, `fault-write-${name}`]);
    expect([...ids].sort()).toEqual([...own, ...expected].sort());
  });
});
