/** Who is kept: whoever answers, whoever is owed something and reads in time. Time is the test's; the sockets are real. */
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type Heartbeat, startHeartbeat } from "../../src/server/heartbeat.ts";
import { ManualClock } from "../support/clock.ts";
import { until } from "../support/until.ts";
import { type Connected, type Switchboard, startSwitchboard } from "./connected.ts";

const seconds = 1_000;
let clock: ManualClock;
let heartbeat: Heartbeat;
let switchboard: Switchboard;

beforeEach(async () => {
  clock = new ManualClock();
  heartbeat = startHeartbeat({ clock });
  switchboard = await startSwitchboard();
});
afterEach(async () => {
  await switchboard.dispose();
  await heartbeat.dispose();
  expect(clock.sleeping).toBe(0);
});

async function watched(options?: Parameters<Switchboard["connect"]>[0]): Promise<Connected> {
  const connected = await switchboard.connect(options);
  heartbeat.watch(connected.socket, connected.connection);
  return connected;
}

const isOpen = ({ socket }: Connected) => socket.readyState === socket.OPEN;

/** More than the system takes for a peer that does not read. */
async function overwhelm({ socket }: Connected): Promise<string[]> {
  const sent: string[] = [];
  while (socket.bufferedAmount < 1_000_000) {
    const frame = `${sent.length} ${"x".repeat(100_000)}`;
    socket.send(frame);
    sent.push(frame);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return sent;
}

test("a peer that answers is asked every 12 s, and kept", async () => {
  const connected = await watched();
  for (let round = 0; round < 5; round += 1) {
    const [ping, pong] = [once(connected.peer, "ping"), once(connected.socket, "pong")];
    await clock.advance(12 * seconds);
    await Promise.all([ping, pong]);
  }
  await clock.advance(11 * seconds);
  expect(isOpen(connected)).toBe(true);
});

test("a peer that owes an answer and is owed nothing is let go after another 12 s", async () => {
  const connected = await watched({ autoPong: false });
  const pinged = once(connected.peer, "ping");
  await clock.advance(12 * seconds);
  await pinged;
  await clock.advance(11 * seconds);
  expect(isOpen(connected)).toBe(true);
  await clock.advance(1 * seconds);
  expect(isOpen(connected)).toBe(false);
  expect(await connected.closed).toBe(1006);
});

test("a peer that does not read is waited for while it is owed something, and gets it all, in order", async () => {
  const connected = await watched();
  connected.stall();
  const sent = await overwhelm(connected);
  await clock.advance(290 * seconds);
  expect(isOpen(connected)).toBe(true);
  connected.goOn();
  await until(() => connected.got.length === sent.length);
  expect(connected.got).toEqual(sent);
  // It has answered the ping meanwhile, so its time begins anew.
  await clock.advance(20 * seconds);
  expect(isOpen(connected)).toBe(true);
});

test("what the system holds for a peer counts as owed, though this process holds nothing of it", async () => {
  const connected = await watched();
  connected.stall();
  await clock.advance(12 * seconds);
  connected.socket.send("small");
  await until(() => connected.socket.bufferedAmount === 0);
  await clock.advance(200 * seconds);
  expect(isOpen(connected)).toBe(true);
  connected.goOn();
  await until(() => connected.got.length === 1);
});

test("what was sent before the ping, and lies unread, counts as owed", async () => {
  const connected = await watched();
  connected.stall();
  for (const frame of ["first", "second"]) {
    connected.socket.send(frame);
    await clock.advance(2 * seconds);
  }
  expect(connected.socket.bufferedAmount).toBe(0);
  await clock.advance(290 * seconds);
  expect(isOpen(connected)).toBe(true);
  connected.goOn();
  await until(() => connected.got.length === 2);
  expect(connected.got).toEqual(["first", "second"]);
});

test("what was sent between a ping and its answer, and lies unread, counts as owed", async () => {
  const connected = await watched({ autoPong: false });
  const pinged = once(connected.peer, "ping");
  await clock.advance(12 * seconds);
  const [mark] = await pinged;
  connected.stall();
  connected.socket.send("crossing");
  const answered = once(connected.socket, "pong");
  connected.peer.pong(mark);
  await answered;
  await clock.advance(200 * seconds);
  expect(isOpen(connected)).toBe(true);
  connected.goOn();
  await until(() => connected.got.length === 1);
});

test("a pong that answers no ping of ours does not show that anything was read", async () => {
  const connected = await watched();
  connected.stall();
  connected.socket.send("owed");
  await clock.advance(12 * seconds);
  const heard = once(connected.socket, "pong");
  connected.peer.pong();
  await heard;
  await clock.advance(200 * seconds);
  expect(isOpen(connected)).toBe(true);
});

test("a peer that is dead, and was sent something that it may not have read, is let go after 5 minutes", async () => {
  const connected = await watched({ autoPong: false });
  connected.socket.send("owed");
  await clock.advance(311 * seconds);
  expect(isOpen(connected)).toBe(true);
  await clock.advance(2 * seconds);
  expect(isOpen(connected)).toBe(false);
});

test("what a peer has read by its answer, our pings and answers to its own are not owed to it", async () => {
  const connected = await watched();
  for (let round = 0; round < 3; round += 1) {
    connected.socket.send(`read ${round}`);
    const asked = once(connected.peer, "pong");
    connected.peer.ping(`asked ${round}`);
    await asked;
    const answered = once(connected.socket, "pong");
    await clock.advance(12 * seconds);
    await answered;
  }
  const asked = once(connected.peer, "pong");
  connected.peer.ping("once more");
  await asked;
  connected.stall();
  await clock.advance(23 * seconds);
  expect(isOpen(connected)).toBe(true);
  await clock.advance(2 * seconds);
  expect(isOpen(connected)).toBe(false);
  expect(connected.got).toHaveLength(3);
});

test("whoever reads nothing for 5 minutes is let go", async () => {
  const connected = await watched();
  connected.stall();
  await overwhelm(connected);
  await clock.advance(313 * seconds);
  expect(isOpen(connected)).toBe(false);
});

test("whoever reads a little at a time is not", async () => {
  const connected = await watched();
  connected.stall();
  await clock.advance(12 * seconds);
  for (let round = 0; round < 4; round += 1) {
    await overwhelm(connected);
    await clock.advance(200 * seconds);
    const { bufferedAmount } = connected.socket;
    connected.goOn();
    await until(() => connected.socket.bufferedAmount < bufferedAmount);
    connected.stall();
    expect(isOpen(connected)).toBe(true);
  }
});

test("one ping at a time goes to a peer that does not answer", async () => {
  const connected = await watched({ autoPong: false });
  let pings = 0;
  connected.peer.on("ping", () => (pings += 1));
  await clock.advance(12 * seconds);
  await until(() => pings === 1);
  connected.socket.send("owed");
  await clock.advance(200 * seconds);
  await until(() => connected.got.length === 1);
  expect(pings).toBe(1);
});
