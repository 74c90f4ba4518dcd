import { describe, expect, test } from "@jest/globals";
import { createSeats, keyOfViewer, type Place } from "../../../src/server/limits/viewers.ts";

const viewer = { tenant: "acme", owner: "ann" };

function release(place: Place): void {
  if (place.type === "refused") throw new Error(`Expected a place; got "${place.error.message}".`);
  place.release();
}

describe.each([
  ["takeConnection", "connections a viewer", 2],
  ["takeSubscription", "subscriptions a viewer", 3],
] as const)("%s", (take, limit, most) => {
  const limits = { connectionsPerViewer: 2, subscriptionsPerViewer: 3 };

  test("gives so many places at once, and says which limit, its value and what was asked", () => {
    const seats = createSeats(limits);
    for (let taken = 0; taken < most; taken += 1) expect(seats[take](viewer).type).toBe("taken");
    const place = seats[take](viewer);
    expect(place).toMatchObject({
      type: "refused",
      error: {
        message: expect.stringContaining(`Expected ${limit} to be at most ${most}; got ${most + 1}.`),
        extensions: { code: "LIMIT_EXCEEDED", limit, value: most, asked: most + 1 },
      },
    });
    // A refusal takes none: the next one is told the same.
    expect(seats[take](viewer)).toEqual(place);
  });

  test("gives a place again once it is released, and once only", () => {
    const seats = createSeats(limits);
    const places = Array.from({ length: most }, () => seats[take](viewer));
    const [first] = places;
    if (!first) throw new Error("There is no place.");
    release(first);
    release(first);
    expect(seats[take](viewer).type).toBe("taken");
    expect(seats[take](viewer).type).toBe("refused");
  });

  test("counts each owner of each tenant by itself", () => {
    const seats = createSeats(limits);
    const others = [
      { tenant: "acme", owner: "bob" },
      { tenant: "other", owner: "ann" },
    ];
    while (seats[take](viewer).type === "taken");
    for (const other of others) expect(seats[take](other).type).toBe("taken");
  });

  test("remembers nobody who has nothing open", () => {
    const seats = createSeats(limits);
    const places = Array.from({ length: 1_000 }, (_, index) => seats[take]({ tenant: "acme", owner: `${index}` }));
    expect(seats.viewers).toBe(1_000);
    for (const place of places) release(place);
    expect(seats.viewers).toBe(0);
  });
});

test("connections and subscriptions don't use up one another's places", () => {
  const seats = createSeats({ connectionsPerViewer: 1, subscriptionsPerViewer: 1 });
  expect([seats.takeConnection(viewer).type, seats.takeSubscription(viewer).type]).toEqual(["taken", "taken"]);
  expect([seats.takeConnection(viewer).type, seats.takeSubscription(viewer).type]).toEqual(["refused", "refused"]);
  expect(seats.viewers).toBe(1);
});

test("no two viewers share a key, whatever their names hold", () => {
  const names = ["", "a", "b", "a,b", '","', '"', "a:b", ":", "[", "\\", '\\"'];
  const keys = names.flatMap((tenant) => names.map((owner) => keyOfViewer({ tenant, owner })));
  expect(new Set(keys).size).toBe(names.length ** 2);
  // It goes by nothing else that is known of a viewer.
  expect(keyOfViewer({ ...viewer, address: "127.0.0.1" } as typeof viewer)).toBe(keyOfViewer(viewer));
});
