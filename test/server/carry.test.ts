/** What one socket hands on to the protocol: in order for each id, no more than so much of it waiting, and nothing once it closes. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { pino } from "pino";
import { WebSocket, WebSocketServer } from "ws";
import { carry } from "../../src/server/carry.ts";
import { until } from "../support/until.ts";

let http: Server;
let sockets: WebSocketServer;
let client: WebSocket;
/** What was handed on, and how each is ended. */
const handed: Array<{ readonly text: string; readonly end: () => void }> = [];
let closeFromInside: (code: number) => void = () => {};

beforeEach(async () => {
  handed.length = 0;
  http = createServer();
  sockets = new WebSocketServer({ server: http });
  sockets.on("connection", (socket, request) =>
    carry({
      transport: {
        opened(own) {
          closeFromInside = (code) => void own.close(code, "for the test");
          own.onMessage((text) => new Promise((end) => handed.push({ text, end: () => end() })));
          return async () => {
            for (const { end } of handed) end();
          };
        },
      },
      peer: { socket, request },
      initSeconds: 3,
      log: pino({ level: "silent" }),
    }),
  );
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  await once(client, "open");
});
afterEach(async () => {
  client.terminate();
  await new Promise((resolve) => sockets.close(resolve));
  await new Promise((resolve) => http.close(resolve));
});

const subscribe = (id: string, padding = "") => JSON.stringify({ id, type: "subscribe", payload: { query: padding } });
const complete = (id: string) => JSON.stringify({ id, type: "complete" });
const types = () => handed.map(({ text }) => `${JSON.parse(text).type} ${JSON.parse(text).id}`);

test("an operation begins when the one before it under its id has ended; others do not wait", async () => {
  for (const text of [subscribe("a"), complete("a"), subscribe("a"), subscribe("b")]) client.send(text);
  await until(() => handed.length === 3);
  expect(types().toSorted()).toEqual(["complete a", "subscribe a", "subscribe b"]);
  handed[0]?.end();
  await until(() => handed.length === 4);
  expect(types().at(-1)).toBe("subscribe a");
});

test("more than a MiB that waits closes the socket, and what waits for nothing does not count", async () => {
  for (let n = 0; n < 4; n += 1) client.send(subscribe(`${n}`, "x".repeat(900_000)));
  await until(() => handed.length === 4);
  const closed = once(client, "close");
  client.send(subscribe("a"));
  for (let n = 0; n < 4; n += 1) {
    client.send(complete("a"));
    client.send(subscribe("a", "x".repeat(600_000)));
  }
  const [code, reason] = await closed;
  expect([code, String(reason)]).toEqual([1013, expect.stringMatching(/^Expected at most 1 MiB of messages to wait/)]);
});

test("what comes once the gateway closes is not handed on", async () => {
  client.send(subscribe("a"));
  await until(() => handed.length === 1);
  const closed = once(client, "close");
  closeFromInside(4429);
  client.send(subscribe("b"));
  await closed;
  expect(types()).toEqual(["subscribe a"]);
});
