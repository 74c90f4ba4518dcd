import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  decisionOf,
  offerNotFound,
  problemOfCode,
  problemOfStatus,
  refusesToken,
} from "../../../src/datasources/cleeng-access/status.ts";
import { isProblem } from "../../../src/datasources/problems.ts";

test.each([
  ["S580476507", null],
  ["S580476507_PL", "PL"],
])("%s asks for the country %s", (offerId, country) => {
  expect(decisionOf(offerId, { accessGranted: true, expiresAt: null })).toMatchObject({ offerId, country });
});

test.each([
  [null, null],
  [0, "1970-01-01T00:00:00.000Z"],
  [1_767_225_600, "2026-01-01T00:00:00.000Z"],
  [253_402_300_799, "9999-12-31T23:59:59.000Z"],
  [253_402_300_800, null],
  [-1, null],
  [Number.NaN, null],
  [Number.POSITIVE_INFINITY, null],
  ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z"],
  ["soon", null],
])("an end at %p is %p", (value, expiresAt) => {
  expect(decisionOf("S580476507", { accessGranted: true, expiresAt: value })).toMatchObject({ expiresAt });
});

test("an end in the past takes no access away", () => {
  expect(decisionOf("S580476507", { accessGranted: true, expiresAt: 1 }).accessGranted).toBe(true);
});

test.each([
  ["1", "ProviderRejected", true],
  ["4", "NotFound", false],
  ["14", "ProviderRejected", false],
  ["16", "ProviderRejected", false],
  ["-32603", "ProviderUnavailable", false],
  ["AUTH0001", "ProviderRejected", true],
  ["AUTH0002", "ProviderRejected", true],
  ["AUTH0003", "ProviderRejected", true],
  ["2", "ProviderRejected", false],
  ["constructor", "ProviderRejected", false],
])("the code %s is %s, and refuses the token: %s", (code, type, token) => {
  const problem = problemOfCode(code);
  expect(problem).toMatchObject({ type, code });
  expect(refusesToken(problem)).toBe(token);
});

test("a 401 refuses the viewer's token only where the request bears it", () => {
  expect(refusesToken(problemOfStatus(401, null, "viewer's"))).toBe(true);
  expect(problemOfStatus(401, null, "none")).toMatchObject({ type: "ProviderUnavailable", code: "PROVIDER_ERROR" });
  expect(refusesToken(offerNotFound(null))).toBe(false);
});

test("any code and status gives a problem, and a 5xx is never the viewer's fault", () => {
  const whose = fc.constantFrom("viewer's" as const, "none" as const);
  fc.assert(
    fc.property(fc.integer({ min: 400, max: 599 }), fc.option(fc.string()), whose, (status, code, credentials) => {
      const problem = problemOfStatus(status, code, credentials);
      expect(isProblem(problem)).toBe(true);
      if (status >= 500) expect(problem.type).toBe("ProviderUnavailable");
    }),
  );
  fc.assert(fc.property(fc.string(), (code) => isProblem(problemOfCode(code)) && problemOfCode(code).code === code));
});
