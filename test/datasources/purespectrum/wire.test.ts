import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  findStatus,
  mostRows,
  parseSurveyKey,
  readError,
  surveyKey,
} from "../../../src/datasources/purespectrum/wire.ts";

const id = fc.string({ unit: "grapheme", minLength: 1, maxLength: 128 });

function row(code: unknown, more: object = {}): object {
  return { "Transaction ID": "t-1", "Respondent Status Code": code, ...more };
}

test("a key gives back the two ids that it was made of", () => {
  fc.assert(
    fc.property(id, id, (surveyId, transactionId) => {
      expect(parseSurveyKey(surveyKey(surveyId, transactionId))).toEqual({ surveyId, transactionId });
    }),
  );
});

test("two pairs of ids never share a key, wherever their slashes are", () => {
  expect(surveyKey("a/b", "c")).not.toBe(surveyKey("a", "b/c"));
  expect(surveyKey("a%2Fb", "c")).not.toBe(surveyKey("a/b", "c"));
  const slashed = fc.string({ unit: fc.constantFrom("a", "/", "%", "2", "F"), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(slashed, slashed, slashed, slashed, (a, b, c, d) => {
      expect(surveyKey(a, b) === surveyKey(c, d)).toBe(a === c && b === d);
    }),
  );
});

test.each(["", "a", "/", "a/", "/b", "a/b/c", "a b/c", "%/b", "a%2fb/c"])("%j is no key", (text) => {
  expect(parseSurveyKey(text)).toBeNull();
});

test("a code may come as a number or as its digits", () => {
  fc.assert(
    fc.property(fc.nat(), (code) => {
      expect(findStatus([row(code)], "t-1")).toEqual({ type: "status", code, description: null });
      expect(findStatus([row(` ${code} `)], "t-1")).toEqual({ type: "status", code, description: null });
    }),
  );
});

test.each([null, undefined, "", "Complete", "2l", "21.5", 21.5, -1, 1e12, true, [21], { code: 21 }])(
  "%j is no code, and nothing is read from it",
  (code) => {
    expect(findStatus([row(code)], "t-1")).toEqual({ type: "unreadable" });
  },
);

test.each([
  ["Complete", "Complete"],
  ["  Complete ", "Complete"],
  ["", null],
  ["   ", null],
  ["x".repeat(200), "x".repeat(200)],
  ["x".repeat(201), null],
  [null, null],
  [21, null],
])("a description of %j is read as %j and spoils nothing", (given, description) => {
  const body = [row(21, { "Respondent Status Description": given })];
  expect(findStatus(body, "t-1")).toEqual({ type: "status", code: 21, description });
});

test("the transaction is found among others and among broken rows", () => {
  const body = [null, "x", 7, row(11, { "Transaction ID": "t-2" }), row(21), { "Transaction ID": ["t-1"] }];
  expect(findStatus(body, "t-1")).toEqual({ type: "status", code: 21, description: null });
});

test("an id that comes as a number is the same id", () => {
  expect(findStatus([row(16, { "Transaction ID": 77 })], "77")).toMatchObject({ code: 16 });
});

test("a lone row without an id is the one that was asked for; one of several is not", () => {
  const nameless = { "Respondent Status Code": 21 };
  expect(findStatus([nameless], "t-1")).toMatchObject({ code: 21 });
  expect(findStatus([{ ...nameless, "Transaction ID": null }], "t-1")).toMatchObject({ code: 21 });
  expect(findStatus([nameless, nameless], "t-1")).toEqual({ type: "unreadable" });
});

test("rows of other transactions alone are no answer, and no sign that ours is gone", () => {
  expect(findStatus([row(21, { "Transaction ID": "t-2" })], "t-1")).toEqual({ type: "unreadable" });
});

test("two rows that disagree can't be read; two that agree can", () => {
  expect(findStatus([row(16), row(21)], "t-1")).toEqual({ type: "unreadable" });
  expect(findStatus([row(21), row("21")], "t-1")).toMatchObject({ code: 21 });
});

test("more rows than a transaction has can't be read", () => {
  const others = (count: number) => new Array(count).fill(row(11, { "Transaction ID": "t-2" }));
  expect(findStatus([row(21), ...others(mostRows - 1)], "t-1")).toMatchObject({ type: "status", code: 21 });
  expect(findStatus([row(21), ...others(mostRows)], "t-1")).toEqual({ type: "unreadable" });
});

test("an empty array says that there is none", () => {
  expect(findStatus([], "t-1")).toEqual({ type: "absent" });
});

test("whatever JSON comes, reading it neither throws nor ends a transaction without its code", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (body) => {
      const found = findStatus(body, "t-1");
      expect(found.type).toBe(Array.isArray(body) && body.length === 0 ? "absent" : "unreadable");
    }),
  );
});

test("an error's text is looked for in the three places where it was seen", () => {
  expect(readError({ ps_error_message: "a", ps_api_response_message: "b", msg: "c" })?.text).toBe("a");
  expect(readError({ ps_api_response_message: "b", msg: "c" })?.text).toBe("b");
  expect(readError({ msg: "c" })).toEqual({ code: null, text: "c" });
});

test("an error's code may come as a number or as text, and an odd one is not repeated", () => {
  expect(readError({ ps_error_code: 1003 })?.code).toBe("1003");
  expect(readError({ ps_error_code: "1003" })?.code).toBe("1003");
  expect(readError({ ps_error_code: "<b>secret</b>", msg: "c" })?.code).toBeNull();
});

test.each([undefined, null, [], {}, "no", { surprise: [1, 2, 3] }])("%j is not PureSpectrum's error", (body) => {
  expect(readError(body)).toBeNull();
});
