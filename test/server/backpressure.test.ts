/** A peer that asks and does not read the answers is not listened to until it has. */
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { limitAnswers } from "../../src/server/backpressure.ts";
import { until } from "../support/until.ts";
import { type Connected, type Switchboard, startSwitchboard } from "./connected.ts";

const bound = 100_000;
let switchboard: Switchboard;
let connected: Connected;
let asked: number;

beforeEach(async () => {
  switchboard = await startSwitchboard();
  connected = await switchboard.connect();
  limitAnswers(connected.socket, connected.connection, bound);
  asked = 0;
  connected.socket.on("message", () => (asked += 1));
});
afterEach(() => switchboard.dispose());

/** Asks until the gateway's end listens no more; gives how often. */
async function askUntilIgnored(ask: () => void): Promise<number> {
  let count = 0;
  await until(() => {
    for (let burst = 0; burst < 50; burst += 1) ask();
    count += 50;
    return connected.socket.isPaused;
  });
  return count;
}

test("messages: little is held for it, and when it reads again every answer comes, in order", async () => {
  let answers = 0;
  connected.socket.on("message", () => connected.socket.send(`${answers++} ${"x".repeat(10_000)}`));
  connected.stall();
  const count = await askUntilIgnored(() => connected.peer.send("?"));
  const heard = asked;
  for (let more = 0; more < 1_000; more += 1) connected.peer.send("?");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(asked).toBe(heard);
  expect(connected.socket.bufferedAmount).toBeGreaterThan(bound);
  connected.goOn();
  await until(() => connected.got.length === count + 1_000);
  expect(connected.got.map((answer) => Number.parseInt(answer, 10))).toEqual([...Array(count + 1_000).keys()]);
  expect(connected.socket.isPaused).toBe(false);
}, 120_000);

test("pings: they are not answered for ever either", async () => {
  connected.stall();
  await until(() => {
    if (connected.socket.bufferedAmount > bound) return true;
    connected.socket.send("x".repeat(50_000));
    return false;
  });
  expect(connected.socket.isPaused).toBe(false);
  connected.peer.ping();
  await until(() => connected.socket.isPaused);
  connected.goOn();
  await until(() => !connected.socket.isPaused);
});

test("a peer that reads is always listened to", async () => {
  connected.socket.on("message", () => connected.socket.send("x".repeat(10_000)));
  for (let round = 0; round < 20; round += 1) {
    for (let count = 0; count < 50; count += 1) connected.peer.send("?");
    await until(() => connected.got.length === (round + 1) * 50);
  }
  expect(connected.socket.isPaused).toBe(false);
});
