/** What has not begun to be sent by its time never is: others may have taken it for lost. */
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { Answer, Exchange } from "../../src/datasources/contract.ts";
import { type SendBy, sendWithin } from "../../src/datasources/send-by.ts";
import { ManualClock } from "../support/clock.ts";
import { sendJson, startServer } from "../support/http-server.ts";
import { testUpstream } from "../support/upstream.ts";

const started: Array<{ dispose(): Promise<void> }> = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.dispose();
});

async function start() {
  const server = await startServer((_, response) => sendJson(response, {}));
  const upstream = testUpstream();
  started.push(server, upstream);
  const post = (sendBy?: SendBy): Promise<Exchange<Answer>> =>
    upstream.exchange(
      { method: "POST", url: new URL("/things", server.origin), effect: "write", body: "{}" },
      { priority: "write", ...(sendBy === undefined ? {} : { sendBy }) },
      (answer) => ({ type: "answered", value: answer }),
    );
  return { server, upstream, post };
}

test("a write in time is sent, and one too late is not, on a new connection or a kept one", async () => {
  const { server, post } = await start();
  expect(await post(sendWithin(-1))).toMatchObject({ type: "unsent" });
  expect(server.received).toHaveLength(0);
  expect(await post(sendWithin(60_000))).toMatchObject({ type: "answered" });
  expect(await post(sendWithin(-1))).toMatchObject({ type: "unsent" });
  expect(server.received).toHaveLength(1);
  // The connection is as good as it was.
  expect(await post()).toMatchObject({ type: "answered" });
  expect(server.received).toHaveLength(2);
});

test("a process that stood still before it sent does not send when it goes on", async () => {
  const { server, post } = await start();
  expect(await post()).toMatchObject({ type: "answered" });
  const sendBy = sendWithin(20);
  const late = post(sendBy);
  // Nothing else runs meanwhile, as in a process that was stopped.
  while (!sendBy.hasPassed());
  expect(await late).toMatchObject({ type: "unsent" });
  await delay(50);
  expect(server.received).toHaveLength(1);
});

describe("a time to send by", () => {
  test("is not put off by a wall clock that is set back", async () => {
    const { server, post } = await start();
    const clock = new ManualClock();
    const sendBy = sendWithin(10_000, clock);
    clock.set(-3_600_000);
    await clock.advance(10_000);
    expect(sendBy.hasPassed()).toBe(false);
    await clock.advance(1);
    expect(await post(sendBy)).toMatchObject({ type: "unsent" });
    expect(server.received).toHaveLength(0);
  });

  test("has passed for a machine that slept, whose monotonic clock stood still", () => {
    const clock = new ManualClock();
    const sendBy = sendWithin(10_000, clock);
    clock.set(10_001);
    expect(sendBy.hasPassed()).toBe(true);
  });
});
