import { expect, test } from "@jest/globals";
import { accessArguments, accessManyArguments } from "../../../src/datasources/cleeng-access/input.ts";
import { parseInput } from "../../../src/datasources/input.ts";

const good = { offerId: "S580476507_US", customerToken: "GeO3HV8Zmf4o4ID6" };

test("good arguments are taken, the address in its usual form or null", () => {
  expect(parseInput(accessArguments, good)).toEqual({ ok: true, value: { ...good, ipAddress: null } });
  expect(parseInput(accessArguments, { ...good, ipAddress: "::ffff:192.0.2.10" })).toMatchObject({
    value: { ipAddress: "192.0.2.10" },
  });
});

test.each(["S580476507", "P100000000", "E999999999_PL", "A123456789", "R123456789_US"])("%s is an offer", (offerId) => {
  expect(parseInput(accessArguments, { ...good, offerId }).ok).toBe(true);
});

test.each([
  ["offerId", "X580476507"],
  ["offerId", "S080476507"],
  ["offerId", "S58047650"],
  ["offerId", "S5804765071"],
  ["offerId", "S580476507_us"],
  ["offerId", "S580476507_USA"],
  ["offerId", "S580476507\n"],
  ["customerToken", ""],
  ["customerToken", "a b"],
  ["customerToken", "a\r\nb"],
  ["customerToken", "x".repeat(4097)],
  ["customerToken", null],
  ["customerToken", undefined],
  ["ipAddress", "192.168.0.1"],
  ["ipAddress", "2001:db8::1"],
])("%s %j is refused by its path, and a token is not repeated", (path, value) => {
  const parsed = parseInput(accessArguments, { ...good, [path]: value });
  expect(parsed).toMatchObject({
    ok: false,
    problem: { type: "InvalidInput", fields: [{ path, message: expect.stringMatching(/^Expected .+\.$/s) }] },
  });
  if (path === "customerToken" && value) expect(JSON.stringify(parsed)).not.toContain(value);
});

test("of several offers each bad one is named by its place, and there are at most 200", () => {
  const { customerToken, offerId } = good;
  expect(parseInput(accessManyArguments, { customerToken, offerIds: [offerId, "x", offerId, "y"] })).toMatchObject({
    problem: { fields: [{ path: "offerIds.1" }, { path: "offerIds.3" }] },
  });
  expect(parseInput(accessManyArguments, { customerToken, offerIds: Array(200).fill(offerId) }).ok).toBe(true);
  expect(parseInput(accessManyArguments, { customerToken, offerIds: Array(201).fill(offerId) })).toMatchObject({
    problem: { fields: [{ path: "offerIds", message: "Expected at most 200 offers at once." }] },
  });
});
