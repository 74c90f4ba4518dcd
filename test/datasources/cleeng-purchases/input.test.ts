import { describe, expect, test } from "@jest/globals";
import { judgePurchase, synchronizationId } from "../../../src/datasources/cleeng-purchases/input.ts";

const good = { customerId: "123456789", transactionId: "2000000123456789", ipAddress: "192.0.2.10" };
const viewer = { connection: null, addressRequired: true };

describe("the input of a purchase", () => {
  test("is taken as it came, with null for what was left out", () => {
    expect(judgePurchase(good, viewer)).toEqual({
      ok: true,
      value: { ...good, correlationId: null, tags: [], idempotencyKey: null },
    });
    const whole = { ...good, correlationId: "order 1", tags: ["a"], idempotencyKey: "k" };
    expect(judgePurchase(whole, viewer)).toEqual({ ok: true, value: whole });
  });

  test.each(["100000000", "9999999999"])("takes the customer %s", (customerId) => {
    expect(judgePurchase({ ...good, customerId }, viewer).ok).toBe(true);
  });

  test.each([
    ["customerId", "99999999"],
    ["customerId", "10000000000"],
    ["customerId", "012345678"],
    ["customerId", "12345678x"],
    ["transactionId", ""],
    ["transactionId", "  "],
    ["transactionId", "x".repeat(1025)],
    ["ipAddress", "10.0.0.1"],
    ["ipAddress", "2001:db8::1"],
    ["correlationId", ".."],
    ["correlationId", "ä"],
    ["correlationId", " x"],
    ["tags", Array.from({ length: 11 }, () => "t")],
    ["idempotencyKey", ""],
  ])("refuses %s %j by its path, in words", (path, value) => {
    const parsed = judgePurchase({ ...good, [path]: value }, viewer);
    expect(parsed).toMatchObject({
      ok: false,
      problem: { type: "InvalidInput", fields: [{ path, message: expect.stringMatching(/^Expected .+\.$/s) }] },
    });
  });

  test("names every bad field in one go", () => {
    const parsed = judgePurchase({ customerId: "1", transactionId: "", ipAddress: "::1" }, viewer);
    expect(parsed).toMatchObject({
      problem: { fields: [{ path: "customerId" }, { path: "transactionId" }, { path: "ipAddress" }] },
    });
  });
});

describe("the viewer's address", () => {
  const { ipAddress: _, ...without } = good;

  test("is the connection's where none is given and that one is public", () => {
    expect(judgePurchase(without, { connection: "::ffff:8.8.4.4", addressRequired: true })).toMatchObject({
      value: { ipAddress: "8.8.4.4" },
    });
    expect(judgePurchase(good, { connection: "8.8.4.4", addressRequired: true })).toMatchObject({
      value: { ipAddress: "192.0.2.10" },
    });
  });

  test.each(["127.0.0.1", "10.1.2.3", "2a00:1450::1", null])("is never made up from %s", (connection) => {
    expect(judgePurchase(without, { connection, addressRequired: true })).toMatchObject({
      ok: false,
      problem: { type: "InvalidInput", fields: [{ path: "ipAddress" }] },
    });
    expect(judgePurchase(without, { connection, addressRequired: false })).toMatchObject({
      ok: true,
      value: { ipAddress: null },
    });
  });
});

test.each([
  ["order-1", true],
  ["a b", true],
  ["", false],
  [".", false],
  ["..", false],
  ["x".repeat(257), false],
  ["a\nb", false],
])("a synchronization id %j is looked up: %s", (id, ok) => {
  expect(synchronizationId.safeParse(id).success).toBe(ok);
});
