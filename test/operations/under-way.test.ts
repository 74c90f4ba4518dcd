/** The writes that a gateway is at, as it leaves. */
import { expect, test } from "@jest/globals";
import { createUnderWay } from "../../src/operations/under-way.ts";
import { deferred } from "./running.ts";

const minute = 60_000;

test("any call may begin, until the gateway leaves; then those that end in time", () => {
  const underWay = createUnderWay();
  expect(underWay.allows(Number.MAX_SAFE_INTEGER)).toBe(true);
  underWay.leaveWithin(10 * minute);
  expect(underWay.allows(9 * minute)).toBe(true);
  expect(underWay.allows(11 * minute)).toBe(false);
});

test("calls are waited for, the recording of answers is not", async () => {
  const underWay = createUnderWay();
  underWay.leaveWithin(10 * minute);
  expect(await underWay.callsEnded()).toBe(true);
  const [call, failing, record] = [deferred<string>(), Promise.withResolvers<never>(), deferred<string>()];
  const works = [
    underWay.trackCall("one", call.promise),
    underWay.trackCall("two", failing.promise).catch(() => "failed"),
    underWay.track("three", record.promise),
  ];
  expect(underWay.intents()).toEqual(["one", "two", "three"]);
  const ended = underWay.callsEnded();
  call.resolve("answer");
  expect(await works[0]).toBe("answer");
  expect(await Promise.race([ended, Promise.resolve("waits")])).toBe("waits");
  failing.reject(new Error("It failed."));
  expect(await ended).toBe(true);
  expect(underWay.intents()).toEqual(["three"]);
  record.resolve("recorded");
  await underWay.dispose();
  expect(underWay.intents()).toEqual([]);
});

test("and no longer than their time", async () => {
  const underWay = createUnderWay();
  const call = deferred<string>();
  const answer = underWay.trackCall("one", call.promise);
  underWay.leaveWithin(20);
  expect(await underWay.callsEnded()).toBe(false);
  expect(await underWay.callsEnded()).toBe(false);
  expect(underWay.intents()).toEqual(["one"]);
  call.resolve("late");
  expect(await answer).toBe("late");
});
