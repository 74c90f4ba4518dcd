/** What has not begun to be sent by its time never is: others may have taken it for lost. */
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "@jest/globals";
import type { Answer, Exchange } from "../../src/datasources/contract.ts";
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
  const post = (sendBy?: number): Promise<Exchange<Answer>> =>
    upstream.exchange(
      { method: "POST", url: new URL("/things", server.origin), effect: "write", body: "{}" },
      { priority: "write", ...(sendBy === undefined ? {} : { sendBy }) },
      (answer) => ({ type: "answered", value: answer }),
    );
  return { server, upstream, post };
}

test("a write in time is sent, and one too late is not, on a new connection or a kept one", async () => {
  const { server, post } = await start();
  expect(await post(Date.now() - 1)).toMatchObject({ type: "unsent" });
  expect(server.received).toHaveLength(0);
  expect(await post(Date.now() + 60_000)).toMatchObject({ type: "answered" });
  expect(await post(Date.now() - 1)).toMatchObject({ type: "unsent" });
  expect(server.received).toHaveLength(1);
  // The connection is as good as it was.
  expect(await post()).toMatchObject({ type: "answered" });
  expect(server.received).toHaveLength(2);
});

test("a process that stood still before it sent does not send when it goes on", async () => {
  const { server, post } = await start();
  expect(await post()).toMatchObject({ type: "answered" });
  const sendBy = Date.now() + 20;
  const late = post(sendBy);
  // Nothing else runs meanwhile, as in a process that was stopped.
  while (Date.now() <= sendBy);
  expect(await late).toMatchObject({ type: "unsent" });
  await delay(50);
  expect(server.received).toHaveLength(1);
});
