/** What is read from Liberis' answers, and what is left unread. */
import { describe, expect, test } from "@jest/globals";
import {
  isUsableId,
  MAX_ROWS,
  readBatchAnswer,
  readCreatedAnswer,
  readErrorAnswer,
  readTokenAnswer,
} from "../../../src/datasources/liberis/wire.ts";

const read = (answer: unknown) => readBatchAnswer(JSON.stringify(answer));

describe("a status check", () => {
  test("is read row by row", () => {
    const data = { partner_client_id: "a" };
    const answer = { status: "Completed", result: [{ data, status: { state: "Failed", validation_errors: "bad" } }] };
    expect(read(answer)).toEqual({ status: "Completed", rows: [{ data, state: "Failed", validationErrors: ["bad"] }] });
  });

  test.each([
    [null, []],
    [undefined, []],
    ["", []],
    ["one", ["one"]],
    [
      ["one", "two"],
      ["one", "two"],
    ],
    [
      ["one", { field: "x", bad: true }, 7, null],
      ["one", '{"field":"x","bad":true}', "7", "null"],
    ],
    [{ field: "x" }, ['{"field":"x"}']],
  ])("has validation_errors %j as %j", (validation_errors, expected) => {
    const answer = read({
      status: "Completed",
      result: [{ data: {}, status: { state: "Failed", validation_errors } }],
    });
    expect(answer?.rows[0]?.validationErrors).toEqual(expected);
  });

  test.each([
    [null, { data: null, state: null }],
    ["row", { data: null, state: null }],
    [{ data: { a: 1 } }, { data: { a: 1 }, state: null }],
    [
      { data: { a: 1 }, status: "Completed" },
      { data: { a: 1 }, state: null },
    ],
    [
      { data: { a: 1 }, status: { state: 3 } },
      { data: { a: 1 }, state: null },
    ],
    [
      { data: { a: 1 }, status: { state: " " } },
      { data: { a: 1 }, state: null },
    ],
    [
      { data: { a: 1 }, status: { state: "x".repeat(201) } },
      { data: { a: 1 }, state: null },
    ],
    [
      { data: ["a"], status: { state: "Completed" } },
      { data: null, state: "Completed" },
    ],
    [{ status: { state: "Completed" } }, { data: null, state: "Completed" }],
  ])("spoils of the row %j nothing but what can't be read", (row, expected) => {
    const good = { data: { b: 2 }, status: { state: "Completed", validation_errors: null } };
    const answer = read({ status: "Completed", result: [good, row, good] });
    expect(answer?.rows.map(({ data, state }) => ({ data, state }))).toEqual([
      { data: { b: 2 }, state: "Completed" },
      expected,
      { data: { b: 2 }, state: "Completed" },
    ]);
  });

  test.each([[{}], [{ status: 1 }], [{ status: "" }], [{ status: null, result: [] }], [[]], [null], ["Completed"]])(
    "without a status, such as %j, is unreadable",
    (answer) => {
      expect(read(answer)).toBeNull();
    },
  );

  test.each(["", "<html>", '{"status": "Pen'])("that is no JSON (%j) is unreadable", (text) => {
    expect(readBatchAnswer(text)).toBeNull();
  });

  test.each([[undefined], [null], ["none"], [{}]])("with the result %j has no rows", (result) => {
    expect(read({ status: "Pending", result })).toEqual({ status: "Pending", rows: [] });
  });

  test("with more rows than any batch has is unreadable", () => {
    const rows = (count: number) => ({ status: "Completed", result: new Array(count).fill(0) });
    expect(read(rows(MAX_ROWS))?.rows).toHaveLength(MAX_ROWS);
    expect(read(rows(MAX_ROWS + 1))).toBeNull();
  });

  test("nested a million deep ends no process", () => {
    const deep = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
    const list = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const row = `{"data": ${deep}, "status": {"state": "Failed", "validation_errors": [${list}]}}`;
    const answer = readBatchAnswer(`{"status": "Completed", "result": [${row}]}`);
    expect(answer?.rows).toEqual([
      { data: null, state: "Failed", validationErrors: ["(an error too deeply nested to be shown)"] },
    ]);
  });
});

describe("the answer to a create", () => {
  test.each([
    [
      { status_check_id: "7f", status_check_uri: "/s/7f" },
      { status_check_id: "7f", status_check_uri: "/s/7f" },
    ],
    [{ status_check_id: 7 }, { status_check_id: "7", status_check_uri: null }],
    [
      { status_check_id: "7f", status_check_uri: 12 },
      { status_check_id: "7f", status_check_uri: null },
    ],
  ])("%j is %j", (answer, expected) => {
    expect(readCreatedAnswer(JSON.stringify(answer))).toEqual(expected);
  });

  test.each([[{}], [{ status_check_id: "" }], [{ status_check_id: null }], [{ status_check_id: ".." }], [[]]])(
    "%j shows no id",
    (answer) => {
      expect(readCreatedAnswer(JSON.stringify(answer))).toBeNull();
    },
  );
});

test("an id is one segment of a path that a database can keep", () => {
  expect(["7f0c", "a/b", "ü", "x".repeat(512)].map(isUsableId)).toEqual([true, true, true, true]);
  expect(["", ".", "..", "a\0", "a\uD800", "x".repeat(513)].map(isUsableId)).toEqual([
    false,
    false,
    false,
    false,
    false,
    false,
  ]);
});

describe("a token answer", () => {
  test.each([
    [{ access_token: "t", expires_in: 60 }, 60],
    [{ access_token: "t", expires_in: "60" }, 60],
    [{ access_token: "t" }, 300],
    [{ access_token: "t", expires_in: -1 }, 300],
    [{ access_token: "t", expires_in: "soon" }, 300],
  ])("%j lives %d seconds", (answer, expires_in) => {
    expect(readTokenAnswer(JSON.stringify(answer))).toEqual({ access_token: "t", expires_in });
  });

  test.each([[{}], [{ access_token: "" }], [{ access_token: "a\r\nx-evil: 1" }], [{ access_token: "ü" }], [null]])(
    "%j has no token",
    (answer) => {
      expect(readTokenAnswer(JSON.stringify(answer))).toBeNull();
    },
  );
});

describe("an error's body", () => {
  const hidden = ["top-secret"];
  test.each([
    [{ code: "BAD_CLIENTS", message: "no" }, { code: "BAD_CLIENTS" }],
    [{ code: 17 }, { code: "17" }],
    [{ errors: [{ code: "X1", message: "no" }] }, { code: "X1" }],
    [{ errors: [{ error_code: 5 }] }, { code: "5" }],
    [{ code: "FIRST", errors: [{ code: "X1" }] }, { code: "FIRST" }],
    [{ title: "Bad", errors: { client_start_date: ["is required"] } }, { code: null }],
    [{ errors: [{ code: "x-top-secret-x" }] }, { code: null }],
    [{ error: "invalid_client" }, { code: "invalid_client" }],
    [{ title: "One or more validation errors occurred." }, { code: null }],
    [{ code: "see https://x.example" }, { code: null }],
    [{ code: "x-top-secret-x" }, { code: null }],
    [{}, null],
    [{ message: "" }, null],
    ["no", null],
    [[], null],
  ])("%j is %j", (body, expected) => {
    expect(readErrorAnswer(JSON.stringify(body), hidden)).toEqual(expected);
  });

  test("that is a page says nothing", () => {
    expect(readErrorAnswer("<html>502</html>", hidden)).toBeNull();
  });
});
