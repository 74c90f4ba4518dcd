import { afterEach, expect, test } from "@jest/globals";
import { z } from "zod";
import type { Snapshot } from "../../../src/datasources/contract.ts";
import { flolive } from "../../../src/datasources/flolive/index.ts";
import type { BulkCallInput } from "../../../src/datasources/flolive/input.ts";
import { isProblem, type Problem } from "../../../src/datasources/problems.ts";
import { type RunningSandbox, startSandbox } from "../../../src/sandbox/index.ts";
import { ManualClock } from "../../support/clock.ts";
import { testUpstream } from "../../support/upstream.ts";

const started: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.dispose();
});

const answer = z.looseObject({
  errorCode: z.string().optional(),
  content: z.unknown().optional(),
  pageable: z.looseObject({ size: z.number() }).nullish(),
});

async function open() {
  const clock = new ManualClock();
  // Each settle time drawn is longer than the one before, so that nodes settle one by one: after 3, 4, 5 … s.
  let draws = 0;
  const random = () => (draws++ % 17) / 17;
  const sandbox = await startSandbox(flolive, { clock, random, speed: 1 });
  const upstream = testUpstream({ provider: "FLOLIVE", title: "floLIVE", timeoutMs: 1000 });
  started.push(sandbox, upstream);
  const settings = flolive.settings.parse(flolive.sandbox.settings(sandbox.origin));
  const client = flolive.connect(settings, upstream);

  function send(input: BulkCallInput) {
    return client.submit.send(input, client.submit.prepare(input), { priority: "write" });
  }
  async function accepted(...identifiers: string[]) {
    const sent = await send(calls.SUBSCRIBER_STATUS(identifiers));
    if (sent.type !== "answered") throw new Error(`Expected an accepted write; got ${JSON.stringify(sent)}.`);
    return sent.value;
  }
  async function read(key: string, snapshot: Snapshot | null = null): Promise<Snapshot | Problem> {
    const [result] = await client.fetchMany([{ key, fields: null }], { priority: "lookup" });
    if (result === undefined) throw new Error("Expected one result for one key; got none.");
    return isProblem(result) ? result : result.compose({ snapshot, elsewhere: new Map() });
  }
  async function raw(path: string, init: RequestInit = {}) {
    const headers = {
      authorization: `Bearer ${settings.FLOLIVE_TOKEN}`,
      "content-type": "application/json",
      ...init.headers,
    };
    const response = await fetch(`${sandbox.origin}${path}`, { ...init, headers });
    return { status: response.status, body: answer.parse(await response.json()) };
  }
  return { clock, sandbox, send, accepted, read, raw };
}

const calls = {
  SUBSCRIBER_STATUS: (identifiers: readonly string[]): BulkCallInput => ({
    action: "SUBSCRIBER_STATUS",
    nodes: identifiers.map((identifier) => ({ identifierType: "IMSI", identifier, status: "SUSPEND" })),
  }),
  SUBSCRIBER_PCRF: (identifiers: readonly string[]): BulkCallInput => ({
    action: "SUBSCRIBER_PCRF",
    nodes: identifiers.map((identifier) => ({ identifierType: "IMSI", identifier, throttlingGroupId: "17" })),
  }),
  RESET_ACTIVATION_TIME: (identifiers: readonly string[]): BulkCallInput => ({
    action: "RESET_ACTIVATION_TIME",
    nodes: identifiers.map((identifier) => ({ identifierType: "IMEISV", identifier })),
  }),
};

function snapshotOf(read: Snapshot | Problem): Snapshot {
  if (isProblem(read)) throw new Error(`Expected a snapshot; got ${JSON.stringify(read)}.`);
  return read;
}
const words = (read: Snapshot | Problem) => snapshotOf(read).items.map(({ providerStatus }) => providerStatus);
const statusReads = ({ journal }: RunningSandbox) =>
  journal
    .requests()
    .flatMap(({ method, path }) => (method === "GET" ? [new URL(path, "http://localhost").search] : []));

test.each(Object.entries(calls))("%s is accepted, and its nodes settle one by one", async (_action, inputOf) => {
  const { clock, sandbox, send, read } = await open();
  const sent = await send(inputOf(["1", "2", "3"]));
  if (sent.type !== "answered") throw new Error(`Expected an accepted write; got ${JSON.stringify(sent)}.`);
  const { key, snapshot } = sent.value;
  expect(words(await read(key, snapshot))).toEqual(["OPEN", "OPEN", "OPEN"]);
  await clock.advance(3_500);
  expect(words(await read(key, snapshot))).toEqual(["SUCCESS", "OPEN", "OPEN"]);
  await clock.advance(1_000);
  expect(words(await read(key, snapshot))).toEqual(["SUCCESS", "SUCCESS", "OPEN"]);
  await clock.advance(1_000);
  const end = snapshotOf(await read(key, snapshot));
  expect(end.standing).toEqual({ state: "SETTLED", outcome: "SUCCEEDED", problem: null });
  for (const { key: node } of end.items) {
    const changes = sandbox.journal.changes({ entity: node ?? "" }).map(({ value }) => value);
    expect(changes).toEqual(["OPEN", "SUCCESS"]);
  }
});

test("200 consecutive numbers are one call, and all of them succeed within 20 s", async () => {
  const { clock, sandbox, accepted, read } = await open();
  const { key, snapshot } = await accepted(...Array.from({ length: 200 }, (_, n) => `4250100000000${100 + n}`));
  expect(new Set(snapshot.items.map(({ key }) => key)).size).toBe(200);
  await clock.advance(20_000);
  const end = snapshotOf(await read(key, snapshot));
  expect(end.standing).toMatchObject({ state: "SETTLED", outcome: "SUCCEEDED" });
  expect(end.items).toHaveLength(200);
  expect(statusReads(sandbox)).toEqual(["?page=0&size=200"]);
});

test("a node can be asked for by its own id", async () => {
  const { accepted, read } = await open();
  const { snapshot } = await accepted("1", "2");
  const key = snapshot.items[1]?.key ?? "";
  const node = snapshotOf(await read(key));
  expect(node.items.map((item) => item.key)).toEqual([key]);
});

test("magic identifiers choose how a node ends", async () => {
  const { clock, accepted, read } = await open();
  const { key, snapshot } = await accepted("19013", "19099", "19000", "19050", "19051", "1");
  await clock.advance(3_000);
  expect(words(await read(key, snapshot))).toEqual(["FAILURE", "OPEN", "OPEN", "ON_HOLD", "ON_HOLD", "OPEN"]);
  await clock.advance(60_000);
  const late = snapshotOf(await read(key, snapshot));
  expect(words(late)).toEqual(["FAILURE", "INTERNAL_ERROR", "OPEN", "SUCCESS", "ON_HOLD", "SUCCESS"]);
  expect(late.items.map(({ status }) => status)).toContain("UNKNOWN");
  expect(late.standing).toEqual({ state: "RUNNING" });
});

test("calls end as their nodes do", async () => {
  const { clock, accepted, read } = await open();
  const partial = await accepted("9013", "1");
  const failed = await accepted("9013", "9099");
  const broken = await accepted("9099");
  await clock.advance(20_000);
  expect(await read(partial.key)).toMatchObject({ standing: { outcome: "PARTIAL", problem: null } });
  expect(await read(failed.key)).toMatchObject({ standing: { outcome: "FAILED", problem: { code: "FAILURE" } } });
  expect(await read(broken.key)).toMatchObject({
    standing: { outcome: "FAILED", problem: { code: "INTERNAL_ERROR" } },
  });
});

test("one bad node refuses the whole call, and the bad ones alone are named", async () => {
  const { sandbox, send } = await open();
  expect(await send(calls.SUBSCRIBER_STATUS(["1", "9404", "2", "19404"]))).toMatchObject({
    type: "refused",
    problem: {
      type: "ProviderRejected",
      code: "SUBSCRIBER_NOT_FOUND",
      fields: [{ path: "nodes.1.identifier" }, { path: "nodes.3.identifier" }],
    },
  });
  expect(sandbox.journal.changes()).toEqual([]);
});

test("small pages are served in their own size, and walked to the end", async () => {
  const { sandbox, accepted, read } = await open();
  const { key, snapshot } = await accepted("9010", ...Array.from({ length: 24 }, (_, n) => `${n}`));
  expect(words(await read(key, snapshot))).toEqual(Array.from({ length: 25 }, () => "OPEN"));
  expect(statusReads(sandbox)).toEqual(["?page=0&size=200", "?page=1&size=10", "?page=2&size=10"]);
});

test("the sandbox serves pages in the size asked for, up to 200", async () => {
  const { accepted, raw } = await open();
  const { key } = await accepted("1", "2", "3");
  const path = `/api/v3/global/call/${key}`;
  const second = await raw(`${path}?page=1&size=2`);
  expect(second.body).toMatchObject({ errorCode: "", pageable: { page: 1, size: 2, totalPages: 2, totalElements: 3 } });
  expect(second.body.content).toEqual([{ requestId: expect.any(String), status: "OPEN" }]);
  expect((await raw(`${path}?page=7&size=2`)).body.content).toEqual([]);
  expect((await raw(`${path}?size=1000`)).body.pageable?.size).toBe(200);
});

test("totals can contradict the rows, as in the vendor's example", async () => {
  const { accepted, read, raw } = await open();
  const { key, snapshot } = await accepted("9001", "1");
  expect((await raw(`/api/v3/global/call/${key}`)).body.pageable).toMatchObject({ totalPages: 1, totalElements: 1 });
  expect(words(await read(key, snapshot))).toEqual(["OPEN", "OPEN"]);
});

test("an unknown id is GLOBAL_1003, a magic one is not available, one from elsewhere begins when it is asked for", async () => {
  const { clock, read, raw } = await open();
  expect(await raw("/api/v3/global/call/nobody")).toMatchObject({
    body: { errorCode: "GLOBAL_1003", content: "", pageable: null },
  });
  expect(await read("nobody")).toMatchObject({ type: "NotFound", code: "GLOBAL_1003" });
  expect(await read("unavailable")).toMatchObject({ type: "ProviderUnavailable", code: "GLOBAL_1001" });
  expect(words(await read("elsewhere-1"))).toEqual(["OPEN", "OPEN", "OPEN", "OPEN", "OPEN"]);
  await clock.advance(20_000);
  expect(await read("elsewhere-1")).toMatchObject({ standing: { outcome: "SUCCEEDED" } });
});

test("the token is enforced", async () => {
  const { raw } = await open();
  for (const authorization of ["", "Bearer another"]) {
    expect((await raw("/api/v3/global/call/x", { headers: { authorization } })).status).toBe(401);
    const body = JSON.stringify({ bulk: [] });
    const write = { method: "PUT", body, headers: { authorization } };
    expect((await raw("/api/v2/bulk/subscriber/status", write)).status).toBe(401);
  }
});

test.each([
  ["status", "PUT", { type: "IMEISV", value: "1" }, { status: "ACTIVE" }, "IDENTIFIER_TYPE_NOT_SUPPORTED"],
  ["status", "PUT", { type: "IMSI", value: "1" }, { status: "PAUSED" }, "CONTENT_NOT_VALID"],
  ["pcrf", "PUT", { type: "MSISDN", value: "1" }, { throttlingGroupId: "1" }, "IDENTIFIER_TYPE_NOT_SUPPORTED"],
  ["pcrf", "PUT", { type: "IMSI", value: "1" }, {}, "CONTENT_NOT_VALID"],
  ["reset-activation-time", "POST", { type: "IMSI", value: "1" }, { status: null }, "CONTENT_NOT_VALID"],
  ["reset-activation-time", "POST", { type: "IMSI" }, {}, "IDENTIFIER_MISSING"],
])(
  "%s: a node that breaks the vendor's rules is refused",
  async (path, method, subscriberIdentifiers, content, code) => {
    const { raw } = await open();
    const body = JSON.stringify({ bulk: [{ subscriberIdentifiers, content }] });
    expect(await raw(`/api/v2/bulk/subscriber/${path}`, { method, body })).toMatchObject({
      status: 400,
      body: { bulk: [{ errorCode: code, subscriberIdentifiers, content }] },
    });
  },
);

test("201 nodes, none, and no list are refused", async () => {
  const { raw } = await open();
  const node = { subscriberIdentifiers: { type: "IMSI", value: "1" }, content: { status: "ACTIVE" } };
  const put = async (bulk: unknown) => {
    const { status, body } = await raw("/api/v2/bulk/subscriber/status", {
      method: "PUT",
      body: JSON.stringify({ bulk }),
    });
    return [status, body.errorCode];
  };
  expect(await put(Array.from({ length: 201 }, () => node))).toEqual([400, "TOO_MANY_NODES"]);
  expect(await put([])).toEqual([400, "REQUEST_NOT_VALID"]);
  expect(await put("all")).toEqual([400, "REQUEST_NOT_VALID"]);
});

test("faults come at the write or at each read, by the first node's identifier or by the id", async () => {
  const { accepted, send, read } = await open();
  expect(await send(calls.SUBSCRIBER_STATUS(["fault-write-html", "1"]))).toMatchObject({
    type: "lost",
    problem: { code: "UNREADABLE_ANSWER" },
  });
  expect(await send(calls.SUBSCRIBER_STATUS(["fault-write-cut"]))).toMatchObject({ type: "lost" });
  const { key, snapshot } = await accepted("fault-shape", "1");
  expect(await read(key)).toMatchObject({ type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" });
  expect(await read(snapshot.items[0]?.key ?? "")).toMatchObject({ type: "ProviderUnavailable" });
  expect(words(await read(snapshot.items[1]?.key ?? ""))).toEqual(["OPEN"]);
  expect(await read("any-fault-429")).toMatchObject({ type: "RateLimited", retryAfterSeconds: 2 });
});

test("every magic id names an argument of the schema", () => {
  const { magic } = flolive.sandbox;
  expect(magic.length).toBeGreaterThan(5);
  for (const { argument, id, effect } of magic) {
    expect(argument).toMatch(/^(submitBulkCall\.nodes\.(0\.)?identifier|followBulkCall\.requestId)$/);
    expect(id).not.toBe("");
    expect(effect).not.toBe("");
  }
});
