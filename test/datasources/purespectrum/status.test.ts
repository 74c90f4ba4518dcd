import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  isFinal,
  meaningOf,
  refusalOf,
  settableCodes,
  snapshotOf,
} from "../../../src/datasources/purespectrum/status.ts";

const identity = { surveyId: "100", transactionId: "t-1" };

/** From the vendor's list, not from the code under test. */
const table = [
  [11, "FAILED", "OTHER", false],
  [12, "FAILED", "OTHER", false],
  [13, "FAILED", "OTHER", false],
  [14, null, "IN_PROGRESS", false],
  [15, "FAILED", "OTHER", false],
  [16, null, "BUYER_IN_PROGRESS", true],
  [17, "FAILED", "OVER_QUOTA", false],
  [18, "FAILED", "TERMINATED", false],
  [19, null, "BUYER_DROP", true],
  [20, "FAILED", "QUALITY_TERMINATED", false],
  [21, "SUCCEEDED", "COMPLETE", false],
  [22, "FAILED", "OTHER", false],
  [23, "FAILED", "OTHER", false],
  [24, "FAILED", "OTHER", false],
  [25, "FAILED", "OTHER", false],
  [26, null, "OTHER", false],
  [27, null, "OTHER", false],
  [28, "FAILED", "OTHER", false],
  [29, null, "LOI_THRESHOLD", true],
  [30, "FAILED", "DEDUPE", false],
  [31, "FAILED", "OTHER", false],
  [32, "FAILED", "OTHER", false],
  [33, "FAILED", "OTHER", false],
  [70, "FAILED", "OTHER", false],
  [74, "FAILED", "OTHER", false],
  [99, null, "OTHER", false],
] as const;

test.each(table)("code %i becomes outcome %s, status %s, changeable %s", (code, outcome, status, changeable) => {
  const snapshot = snapshotOf(identity, code);
  expect(snapshot.fields).toEqual({ ...identity, statusCode: code, status, changeable });
  expect(snapshot.standing).toEqual(
    outcome === null
      ? { state: "RUNNING" }
      : {
          state: "SETTLED",
          outcome,
          problem:
            outcome === "FAILED"
              ? expect.objectContaining({ type: "ProviderRejected", code: String(code), provider: "PURESPECTRUM" })
              : null,
        },
  );
});

test("the vendor's description is the provider's word; without one the code is", () => {
  expect(snapshotOf(identity, 21, "Complete").providerStatus).toBe("Complete");
  expect(snapshotOf(identity, 21).providerStatus).toBe("21");
});

test("a code that is not in the vendor's list never settles anything", () => {
  const listed = new Set<number>(table.map(([code]) => code));
  fc.assert(
    fc.property(
      fc.nat().filter((code) => !listed.has(code)),
      (code) => {
        expect(snapshotOf(identity, code).standing).toEqual({ state: "RUNNING" });
        expect(meaningOf(code).status).toBe("OTHER");
      },
    ),
  );
});

test("each status but OTHER stands for one code", () => {
  const names = table.map(([code]) => meaningOf(code).status).filter((name) => name !== "OTHER");
  expect(names.length).toBe(9);
  expect(new Set(names).size).toBe(names.length);
});

test("what is set is final, and reads back under its own name", () => {
  const settable = Object.entries(settableCodes);
  expect(settable).toEqual([
    ["OVER_QUOTA", 17],
    ["TERMINATED", 18],
    ["QUALITY_TERMINATED", 20],
    ["COMPLETE", 21],
    ["DEDUPE", 30],
  ]);
  for (const [name, code] of settable) {
    expect(isFinal(code)).toBe(true);
    expect(meaningOf(code).status).toBe(name);
  }
});

test.each([
  [400, "1001", "ProviderRejected", "1001", ["status"]],
  [400, "1002", "ProviderRejected", "1002", []],
  [400, "1003", "AlreadyFinal", "1003", null],
  [400, "1004", "NotFound", "1004", null],
  [400, "1005", "ProviderRejected", "1005", ["quotaIds"]],
  [400, "1099", "ProviderRejected", "1099", []],
  [400, null, "ProviderRejected", "PROVIDER_ERROR", []],
  [422, null, "ProviderRejected", "PROVIDER_ERROR", []],
  [404, null, "NotFound", "1004", null],
  [401, null, "ProviderUnavailable", "PROVIDER_ERROR", null],
  [403, "1100", "ProviderUnavailable", "1100", null],
  [500, null, "ProviderUnavailable", "PROVIDER_ERROR", null],
  [503, "1003", "ProviderUnavailable", "1003", null],
] as const)("HTTP %i with error %s is %s (%s)", (status, error, type, code, paths) => {
  const problem = refusalOf(status, error);
  expect(problem).toMatchObject({ type, code });
  expect("fields" in problem ? problem.fields.map(({ path }) => path) : null).toEqual(paths);
});
