import { afterEach, expect, test } from "@jest/globals";
import type { Snapshot } from "../../../src/datasources/contract.ts";
import { isProblem, type Problem } from "../../../src/datasources/problems.ts";
import { purespectrum, type SetStatusInput, surveyKey } from "../../../src/datasources/purespectrum/index.ts";
import { faults } from "../../../src/sandbox/faults.ts";
import { startSandbox } from "../../../src/sandbox/index.ts";
import { ManualClock } from "../../support/clock.ts";
import { testUpstream } from "../../support/upstream.ts";

/** With random() = 0 every settle time is this long. */
const settleMs = 3000;

const started: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.dispose();
});

async function open({ timeoutMs = 5000 } = {}) {
  const clock = new ManualClock();
  const sandbox = await startSandbox(purespectrum, { clock, random: () => 0, speed: 1 });
  const upstream = testUpstream({ provider: "PURESPECTRUM", title: "PureSpectrum", timeoutMs });
  started.push(sandbox, upstream);
  const values = purespectrum.sandbox.settings(sandbox.origin);
  const client = purespectrum.connect(purespectrum.settings.parse(values), upstream);
  const headers = { "access-token": values.PURESPECTRUM_ACCESS_TOKEN ?? "" };

  async function read(id: string): Promise<Snapshot | Problem> {
    const [result] = await client.fetchMany([{ key: surveyKey("100", id), fields: null }], { priority: "lookup" });
    if (result === undefined) throw new Error("Expected one result for one key; got none.");
    return isProblem(result) ? result : result.compose({ snapshot: null, elsewhere: new Map() });
  }
  function inputOf(id: string, status: SetStatusInput["status"], quotaIds: SetStatusInput["quotaIds"]): SetStatusInput {
    return { surveyId: "100", transactionId: id, status, quotaIds };
  }
  return {
    clock,
    sandbox,
    read,
    async code(id: string): Promise<unknown> {
      const seen = await read(id);
      return isProblem(seen) ? seen.code : seen.fields.statusCode;
    },
    set(id: string, status: SetStatusInput["status"] = "COMPLETE", quotaIds: SetStatusInput["quotaIds"] = null) {
      const input = inputOf(id, status, quotaIds);
      return client.setStatus.send(input, client.setStatus.prepare(input), { priority: "write" });
    },
    settle(id: string) {
      const input = inputOf(id, "COMPLETE", null);
      return client.setStatus.settleLost?.(client.setStatus.prepare(input), { priority: "write" });
    },
    /** What is really answered, without the client. */
    async raw(method: "GET" | "POST", path: string, sent: Record<string, string> = headers) {
      const response = await fetch(`${sandbox.origin}${path}`, { method, headers: sent });
      return { status: response.status, text: await response.text() };
    },
    redirect: (id: string, st: string) =>
      fetch(`${sandbox.origin}/surveydone?survey_id=100&transaction_id=${id}&st=${st}`).then(({ status }) => status),
    journal: (id: string) => sandbox.journal.changes({ entity: surveyKey("100", id) }).map(({ value }) => value),
  };
}

test("any transaction exists, is in the buyer's survey, and comes back complete", async () => {
  const { clock, code, journal } = await open();
  expect(await code("any")).toBe(16);
  await clock.advance(settleMs - 1);
  expect(await code("any")).toBe(16);
  await clock.advance(1);
  expect(await code("any")).toBe(21);
  expect(journal("any")).toEqual(["16", "21"]);
});

test("a status can be set at once, answers with an empty array, and stays", async () => {
  const { clock, code, set, raw, journal } = await open();
  const path = "/buyers/v2/surveys/100/transactions/first/status?st=18&quota_id=1,2";
  expect(await raw("POST", path)).toEqual({ status: 200, text: "[]" });
  expect(await code("first")).toBe(18);
  expect(await set("second", "QUALITY_TERMINATED", ["1", "2"])).toMatchObject({
    type: "answered",
    value: { snapshot: { providerStatus: "Buyer Quality Termination", fields: { statusCode: 20 } } },
  });
  await clock.advance(60_000);
  expect(await code("first")).toBe(18);
  expect(journal("first")).toEqual(["16", "18"]);
});

test("a status that was set outlives a later redirect, and can't be set again", async () => {
  const { code, set, redirect } = await open();
  await set("t", "TERMINATED");
  expect(await redirect("t", "21")).toBe(200);
  expect(await code("t")).toBe(18);
  expect(await set("t")).toMatchObject({ type: "refused", problem: { type: "AlreadyFinal", code: "1003" } });
});

test("a complete that came by redirect first is final", async () => {
  const { code, set, redirect, journal } = await open();
  expect(await code("t")).toBe(16);
  expect(await redirect("t", "21")).toBe(200);
  expect(await set("t", "TERMINATED")).toMatchObject({ type: "refused", problem: { code: "1003" } });
  expect(await code("t")).toBe(21);
  expect(journal("t")).toEqual(["16", "21"]);
});

test("a redirect that makes no sense is refused", async () => {
  const { raw, redirect } = await open();
  expect(await redirect("t", "99")).toBe(400);
  expect(await redirect("missing", "21")).toBe(400);
  expect((await raw("GET", "/surveydone?survey_id=100")).text).toContain("1002");
});

test.each([
  ["terminate-1", [16, 18]],
  ["a-drop", [16, 19]],
  ["loi", [16, 29]],
  ["open", [16, 16]],
  ["ps-in-progress", [14, 16, 21]],
  ["reconcile", [16, 21, 33]],
  ["final", [21, 21]],
  ["code-24", [24, 24]],
  ["code-26", [26, 26]],
  ["code-99", [99, 99]],
])("%s goes through %j", async (id, codes) => {
  const { clock, code } = await open();
  const seen: unknown[] = [];
  for (const _ of codes) {
    seen.push(await code(id));
    await clock.advance(settleMs);
  }
  expect(seen).toEqual(codes);
});

test.each(["drop", "loi", "open", "code-16", "code-19", "code-29"])("%s can be set at any time", async (id) => {
  const { clock, code, set } = await open();
  await code(id);
  await clock.advance(settleMs);
  expect(await set(id)).toMatchObject({ type: "answered" });
  expect(await code(id)).toBe(21);
});

test.each(["final", "ps-in-progress", "code-14", "code-26", "code-33", "code-99"])("%s can't be set", async (id) => {
  const { set } = await open();
  expect(await set(id)).toMatchObject({ type: "refused", problem: { type: "AlreadyFinal", code: "1003" } });
});

test("a complete that was set may be rejected at reconciliation", async () => {
  const { clock, code, set, journal } = await open();
  await set("reconcile");
  expect(await code("reconcile")).toBe(21);
  await clock.advance(settleMs);
  expect(await code("reconcile")).toBe(33);
  expect(journal("reconcile")).toEqual(["16", "21", "33"]);
});

test("an unknown transaction is an empty array to a read, 1004 to a write, and the same problem by either", async () => {
  const { read, set, raw } = await open();
  expect(await raw("GET", "/buyers/v3/surveys/100/transactions/missing")).toEqual({ status: 200, text: "[]" });
  expect(await read("missing")).toEqual(purespectrum.unknownId);
  expect(await set("missing")).toEqual({ type: "refused", problem: purespectrum.unknownId });
});

test("a bad quota is 1005", async () => {
  const { code, set } = await open();
  expect(await set("t", "COMPLETE", ["1", "bad"])).toMatchObject({ type: "refused", problem: { code: "1005" } });
  expect(await code("t")).toBe(16);
});

test.each([
  ["?st=99", 1001],
  ["?st=16", 1001],
  ["?quota_id=1", 1002],
  ["", 1002],
])("a status write with %j is refused with %i", async (query, code) => {
  const { raw } = await open();
  const { status, text } = await raw("POST", `/buyers/v2/surveys/100/transactions/t/status${query}`);
  expect(status).toBe(400);
  expect(JSON.parse(text)).toMatchObject({ ps_error_code: code, ps_error_message: expect.any(String) });
});

test.each([{}, { "access-token": "another" }])("with the headers %j nothing is told", async (headers) => {
  const { raw } = await open();
  expect((await raw("GET", "/buyers/v3/surveys/100/transactions/t", headers)).status).toBe(401);
  expect((await raw("POST", "/buyers/v2/surveys/100/transactions/t/status?st=21", headers)).status).toBe(401);
});

test("ids of every length and letter that the input lets through are served, and kept apart", async () => {
  const { code, set, raw } = await open();
  const long = "ü".repeat(128);
  await set(long, "DEDUPE");
  expect(await code(long)).toBe(30);
  await set("a/b", "TERMINATED");
  expect(await code("a/b")).toBe(18);
  expect(await code("a%2Fb")).toBe(16);
  expect((await raw("GET", "/buyers/v3/surveys/100/elsewhere")).status).toBe(404);
});

test("the same transaction id in another survey is another transaction", async () => {
  const { raw, set } = await open();
  await set("t");
  const { text } = await raw("GET", "/buyers/v3/surveys/200/transactions/t");
  expect(JSON.parse(text)).toMatchObject([{ "Survey ID": "200", "Respondent Status Code": 16 }]);
});

test.each([
  ["500", { type: "refused", problem: { type: "ProviderUnavailable" } }],
  ["html", { type: "lost", problem: { code: "UNREADABLE_ANSWER" } }],
])("a read's fault %s leaves the write alone", async (fault, expected) => {
  const { code, set, settle } = await open();
  const id = `fault-${fault}`;
  expect(await code(id)).toBe(expected.type === "refused" ? "PROVIDER_ERROR" : "UNREADABLE_ANSWER");
  expect(await set(id)).toMatchObject({ type: "answered", value: { snapshot: { fields: { statusCode: 21 } } } });
  expect(await settle(id)).toMatchObject({ type: "lost", problem: { type: "WriteUnconfirmed" } });
});

test.each(["slow", "truncated", "html", "shape"])(
  "after the write's fault %s the status is found to be set",
  async (fault) => {
    const { set, settle } = await open({ timeoutMs: 500 });
    const id = `fault-write-${fault}`;
    expect(await set(id)).toMatchObject({ type: "lost" });
    expect(await settle(id)).toMatchObject({ type: "answered", value: { snapshot: { fields: { statusCode: 21 } } } });
  },
);

test.each([
  ["cut", "lost"],
  ["500", "refused"],
  ["503", "refused"],
])("the write's fault %s is %s, and the status is not set", async (fault, type) => {
  const { set, settle, code } = await open();
  const id = `fault-write-${fault}`;
  expect(await set(id)).toMatchObject({ type });
  expect(await code(id)).toBe(16);
  expect(await settle(id)).toMatchObject({ type: "refused", problem: { type: "WriteUnconfirmed" } });
});

test("the write's fault empty is a 200: the status is set", async () => {
  const { set, code } = await open();
  const id = "fault-write-empty";
  expect(await set(id)).toMatchObject({ type: "answered" });
  expect(await code(id)).toBe(21);
});

test("every magic id is told with its place and its effect", () => {
  const { magic } = purespectrum.sandbox;
  const own = ["bad", "code-NN", "drop", "final", "loi", "missing", "open", "ps-in-progress", "reconcile", "terminate"];
  const failing = Object.keys(faults).flatMap((name) => [`fault-${name}`, `fault-write-${name}`]);
  expect(magic.map(({ id }) => id).sort()).toEqual([...own, ...failing].sort());
  for (const { argument, effect } of magic) expect(`${argument} ${effect}`).toMatch(/^\S+\.\S+ .*\S{3,}/);
});
