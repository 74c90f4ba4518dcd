/** Those who judge are judged: each fault, made on purpose, is found, and what is as it should be is not. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Reading, Snapshot } from "../../src/datasources/contract.ts";
import { notFound, unavailable } from "../../src/datasources/problems.ts";
import { pollution, type RunOptions, runBatches, type Thrown } from "./batches.ts";
import { newFigures } from "./figures.ts";
import { leak, resultComplaint } from "./graphql/answer.ts";
import { readAnswers } from "./http/client.ts";
import { judge as judgeHttp } from "./http/run.ts";
import { readOptions } from "./options.ts";
import { judge as judgeSocket } from "./socket/judge.ts";
import type { Told } from "./wire/answer.ts";
import * as cleeng from "./wire/cleeng-purchases.ts";
import * as flolive from "./wire/flolive.ts";
import { calledRead, calledWrite, marker } from "./wire/judge.ts";
import * as liberis from "./wire/liberis.ts";
import * as purespectrum from "./wire/purespectrum.ts";

const told = (body: unknown, status = 200): Told => ({
  status,
  text: typeof body === "string" ? body : JSON.stringify(body),
  headers: {},
});

describe("what proves an end", () => {
  const row = { "Transaction ID": "fuzz-transaction", "Respondent Status Code": 21 };
  const cases = [
    ["cleeng-purchases", cleeng, { status: "finalized", accessGranted: true }],
    ["flolive", flolive, { content: [{ requestId: "a", status: "SUCCESS" }] }],
    ["liberis", liberis, { status: "Completed", result: [{ status: { state: "completed" } }] }],
    ["purespectrum", purespectrum, [row]],
  ] as const;

  test.each(cases)("%s: the documented words, where they are documented, and nowhere else", (_id, { proof }, body) => {
    expect([proof.settled(told(body)), proof.succeeded(told(body))]).toEqual([true, true]);
    for (const other of ["", "{}", { inside: body }, JSON.stringify(body).slice(0, -1), `${JSON.stringify(body)}x`]) {
      expect([other, proof.settled(told(other))]).toEqual([other, false]);
    }
    const inherited = JSON.stringify(body)
      .replace(/^\[?\{/, (open) => `${open}"__proto__":{`)
      .replace(/\}\]?$/, (end) => `}${end}`);
    expect([inherited, proof.settled(told(inherited))]).toEqual([inherited, false]);
    // The same letters, written by their numbers, are the same word.
    const escaped = JSON.stringify(body).replace(
      /"([A-Za-z]+)"/g,
      (_all, word: string) => `"${[...word].map((one) => `\\u00${one.charCodeAt(0).toString(16)}`).join("")}"`,
    );
    expect(proof.settled(told(escaped))).toBe(true);
  });

  test("every document of a provider says by its own words what it means", () => {
    const all = [cleeng, flolive, liberis, purespectrum].flatMap(({ documents, proof }) =>
      documents.map((one) => ({ ...one, proof })),
    );
    expect(all.length).toBeGreaterThan(20);
    for (const { body, status, means, proof } of all) {
      expect([means, proof.settled(told(body, status))]).toEqual([means, means.startsWith("SETTLED")]);
      if (means.endsWith("SUCCEEDED")) expect(proof.succeeded(told(body, status))).toBe(true);
    }
  });
});

describe("what came of a call", () => {
  const snapshot = (standing: Snapshot["standing"]): Snapshot => ({
    standing,
    providerStatus: null,
    fields: {},
    items: [],
  });
  const reading = (standing: Snapshot["standing"]): Reading => ({ itemKeys: [], compose: () => snapshot(standing) });
  const known = [{ snapshot: null, elsewhere: new Map() }];
  const unknownId = notFound("No such id.", "REQ0100");
  const judge = (result: Parameters<typeof calledRead>[0][number], answer: Told) =>
    calledRead([result], { known, proof: cleeng.proof, unknownId }).judge(answer, []);
  const succeeded = reading({ state: "SETTLED", outcome: "SUCCEEDED", problem: null });

  test("an end that nobody told is found, and one that was told is none", () => {
    expect(judge(succeeded, told({ status: "finalized", accessGranted: true }))).toBeNull();
    expect(judge(succeeded, told({ status: "finalized", accessGranted: false }))).toContain(
      "documented word for success",
    );
    expect(judge(succeeded, told({ status: "processing", accessGranted: true }))).toContain("final word");
    expect(judge(succeeded, told({ status: "finalized", accessGranted: true }, 500))).toContain("HTTP 500");
    expect(judge(succeeded, { ...told({}), text: null })).toContain("final word");
    expect(judge(reading({ state: "RUNNING" }), told({}))).toBeNull();
  });

  test("a problem with the provider's words, an odd code, or words of its own for an unknown id", () => {
    expect(judge(unavailable("CLEENG", "PROVIDER_ERROR", "Try again later."), told(""))).toBeNull();
    expect(judge(unavailable("CLEENG", "PROVIDER_ERROR", `It said ${marker}.`), told(""))).toContain(
      "sentence of ours",
    );
    expect(judge(unavailable("CLEENG", "<script>", "No."), told(""))).toContain("code");
    expect(judge(unknownId, told(""))).toBeNull();
    expect(judge(notFound("Another sentence.", "REQ0100"), told(""))).toContain("unknown id");
    expect(calledRead([], { known, proof: cleeng.proof, unknownId }).judge(told(""), [])).toContain("one result");
  });

  test("a snapshot that can't be", () => {
    const odd = { ...snapshot({ state: "RUNNING" }), items: [{ position: 0 }, { position: 0 }] } as unknown as Snapshot;
    expect(judge({ itemKeys: [], compose: () => odd }, told({}))).toContain("positions");
    expect(judge(reading({ state: "DONE" } as unknown as Snapshot["standing"]), told({}))).toContain("state");
    let turn = 0;
    const fickle: Reading = {
      itemKeys: [],
      compose: () => ({ ...snapshot({ state: "RUNNING" }), providerStatus: String(turn++) }),
    };
    expect(judge(fickle, told({}))).toContain("composing twice");
  });

  test("a write that is sent twice, or was sent and is said not to be", () => {
    const asked = { method: "POST", url: "/", body: "" };
    const terms = { isWrite: () => true, most: () => 1, accepted: () => null };
    const problem = unavailable("CLEENG", "UNREACHABLE", "No connection.");
    const of = (type: "unsent" | "refused" | "lost") => calledWrite({ type, problem }, terms);
    expect(of("lost").judge(told("{"), [asked])).toBeNull();
    expect(of("lost").judge(told("{"), [asked, asked])).toContain("2 times");
    expect(of("unsent").judge(told("{"), [])).toBeNull();
    expect(of("unsent").judge(told("{"), [asked])).toContain("unsent");
    expect(of("refused").judge(told("{"), [asked])).toContain("refused");
    expect(of("refused").judge(told("{", 400), [asked])).toBeNull();
    const accepted = calledWrite(
      { type: "answered", value: { key: "a", snapshot: snapshot({ state: "PENDING" }) } },
      terms,
    );
    expect(accepted.judge(told("{}", 500), [asked])).toContain("HTTP 500");
  });
});

describe("answers at the doors", () => {
  const made = {
    sending: { bytes: Buffer.alloc(0), answers: 1, isHead: false, ends: false },
    graphql: true,
    kinds: [],
  };
  const came = (status: number, body: string) => ({
    answers: [{ status, headers: new Map(), body: Buffer.from(body) }],
    rest: Buffer.alloc(0),
    ms: 1,
    late: false,
  });

  test("data, and errors with a code of the table, are fine; anything else is found", () => {
    expect(resultComplaint({ data: null })).toBeNull();
    expect(resultComplaint({ errors: [{ message: "No.", extensions: { code: "FORBIDDEN" } }] })).toBeNull();
    for (const wrong of [
      "text",
      {},
      { errors: [] },
      { errors: [{ message: "No." }] },
      { errors: [{ message: "No.", extensions: { code: "__proto__" } }] },
      { data: {}, errors: [{ message: "Oh.", extensions: { code: "INTERNAL_SERVER_ERROR" } }] },
    ]) {
      expect([wrong, resultComplaint(wrong)]).toEqual([wrong, expect.any(String)]);
    }
  });

  test("a stack, a file or a directory of the machine in an answer", () => {
    expect(leak("Expected a name; got a number.")).toBeNull();
    for (const text of [
      "Error\n    at run (a)",
      "see /app/src/server",
      "x/node_modules/y",
      "main.js:12:3",
      `in ${process.cwd()}`,
    ]) {
      expect([text, leak(text)]).toEqual([text, expect.any(String)]);
    }
  });

  test("HTTP: no answer, half an answer, a status for nobody, no GraphQL", () => {
    expect(judgeHttp(made, came(200, '{"data":{}}'))).toBeNull();
    expect(judgeHttp(made, came(500, '{"data":{}}'))).toContain("500");
    expect(judgeHttp(made, came(200, "fine"))).toContain("GraphQL answer");
    expect(judgeHttp(made, { ...came(200, ""), answers: [] })).toContain("got 0");
    expect(judgeHttp(made, { ...came(200, '{"data":{}}'), late: true })).toContain("open still");
    const half = Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc");
    expect(readAnswers(half, false)).toEqual({ answers: [], rest: half });
    const two = Buffer.from(
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\nHTTP/1.1 204 No\r\n\r\nrest",
    );
    const read = readAnswers(two, false);
    expect(read.answers.map(({ status, body }) => [status, String(body)])).toEqual([
      [200, "ab"],
      [204, ""],
    ]);
    expect(String(read.rest)).toBe("rest");
  });

  test("WebSocket: results out of turn", () => {
    const subscribed = new Map([["1", 1]]);
    const judge = (...messages: readonly object[]) => judgeSocket({ messages, greetings: 1, subscribed });
    const ack = { type: "connection_ack" };
    const next = { type: "next", id: "1", payload: { data: {} } };
    const complete = { type: "complete", id: "1" };
    const error = { type: "error", id: "1", payload: [{ message: "No.", extensions: { code: "FORBIDDEN" } }] };
    expect(judge(ack, next, next, complete)).toBeNull();
    expect(judge(ack, error, { type: "pong" })).toBeNull();
    expect(judge(ack, ack)).toContain("twice");
    expect(judge(next)).toContain("before connection_ack");
    expect(judge(ack, complete, next)).toContain("over");
    expect(judge(ack, error, complete)).toContain("over");
    expect(judge(ack, { ...next, id: "2" })).toContain("never begun");
    expect(judge(ack, { type: "error", id: "1", payload: { message: "No." } })).toContain("list of errors");
    expect(judge(ack, { type: "hello" })).toContain("may send");
    expect(judgeSocket({ messages: [ack], greetings: 0, subscribed })).toContain("nobody");
    expect(judgeSocket({ messages: [null], greetings: 0, subscribed })).toContain("JSON");
  });
});

describe("batches", () => {
  const options: RunOptions = { seed: 1, runs: 50, limitMs: 1_000, collect: null };
  const over = (
    throwOne: (n: number) => Promise<Thrown>,
    afterBatch: () => Promise<string | null> = async () => null,
  ) => runBatches({ part: "a part", arbitrary: fc.nat(1_000), throwOne, show: String, afterBatch }, options);

  test("what breaks a promise is made smaller, and found with its seed", async () => {
    const { findings } = await over(async (n) => ({ complaint: n > 10 ? "above ten" : null, ms: 0 }));
    expect(findings).toEqual([{ what: expect.stringMatching(/^above ten \(seed -?\d+\)$/), input: "11" }]);
  });

  test("an answer that is late each time is found, one that was late once is not", async () => {
    const slow = await over(async (n) => ({ complaint: null, ms: n > 10 ? 2_000 : 1 }));
    expect(slow.findings).toEqual([{ what: expect.stringContaining("within 1000 ms"), input: "11" }]);
    expect(slow.slowest.ms).toBe(2_000);
    let times = 0;
    const once = await over(async () => ({ complaint: null, ms: times++ === 3 ? 2_000 : 1 }));
    expect(once.findings).toEqual([]);
  });

  test("what is wrong after a batch is found, and so is a prototype that was changed", async () => {
    const after = await over(
      async () => ({ complaint: null, ms: 0 }),
      async () => "nobody answers",
    );
    expect(after.findings).toEqual([{ what: "nobody answers", input: expect.any(String) }]);
    expect(pollution()).toBeNull();
    Object.assign(Object.prototype, { polluted: true });
    try {
      expect(pollution()).toContain("polluted");
    } finally {
      Reflect.deleteProperty(Object.prototype, "polluted");
    }
    expect(newFigures("a part").findings).toEqual([]);
  });
});

test("the long form's flags: the numbers that are promised unless others are asked for, and a sentence for a wrong one", () => {
  const { runs, parts } = readOptions([]);
  expect(runs).toMatchObject({ wire: 100_000, http: 20_000, websocket: 20_000 });
  expect(parts).toEqual(expect.arrayContaining(["flolive", "store", "http", "websocket"]));
  expect(readOptions(["--seed", "0", "--runs", "10", "--only", "http"])).toMatchObject({ seed: 0, parts: ["http"] });
  for (const wrong of [
    ["--runs", "0"],
    ["--seed", "x"],
    ["--only", "nothing"],
  ])
    expect(() => readOptions(wrong)).toThrow(/expected/);
});
