import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeCursor, encodeCursor, type LogPosition } from "../../src/store/cursor.ts";

const position: fc.Arbitrary<LogPosition> = fc.record({
  epoch: fc.array(fc.constantFrom(..."0123456789abcdef"), { minLength: 32, maxLength: 32 }).map((of) => of.join("")),
  place: fc.maxSafeNat(),
});

test("a cursor gives back the place and the epoch that it was made of, and shows neither", () => {
  fc.assert(
    fc.property(position, (given) => {
      const cursor = encodeCursor(given);
      expect(decodeCursor(cursor)).toEqual(given);
      expect(cursor).not.toContain(given.epoch);
    }),
  );
});

test("no text but a cursor is taken for one, and none throws", () => {
  const garbage = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.base64String(),
    fc.string().map((text) => Buffer.from(text).toString("base64url")),
    fc.string().map((text) => Buffer.from(`c1.${text}`).toString("base64url")),
  );
  fc.assert(fc.property(garbage, (text) => expect(decodeCursor(text)).toBeNull()));
});

test("a cursor with a character more, less or changed is either void or another cursor, never another spelling of it", () => {
  const spoilt = position.chain((given) => {
    const cursor = encodeCursor(given);
    return fc.record({
      given: fc.constant(given),
      text: fc
        .tuple(fc.nat(cursor.length), fc.nat(2), fc.string({ maxLength: 2, unit: "binary" }))
        .map(([at, drop, put]) => cursor.slice(0, at) + put + cursor.slice(at + drop))
        .filter((text) => text !== cursor),
    });
  });
  fc.assert(fc.property(spoilt, ({ given, text }) => expect(decodeCursor(text)).not.toEqual(given)));
});

test("a place beyond exact integers, with a leading zero or a sign is void", () => {
  const epoch = "0".repeat(32);
  const places = ["9007199254740992", "9999999999999999", "01", "-1", "1.5", "", " 1"];
  const cursors = places.map((place) => Buffer.from(`c1.${epoch}.${place}`).toString("base64url"));
  expect(cursors.map(decodeCursor)).toEqual(places.map(() => null));
});
