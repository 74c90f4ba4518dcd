/** What leaves by one socket: whole messages in order, those of one tick in one write, and a reader that stalls holds little. */
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { createOutbox, type Outbox } from "../../src/server/outbox.ts";
import { createOutlet } from "../../src/server/outlet.ts";
import { until } from "../support/until.ts";
import { type Connected, type Switchboard, startSwitchboard } from "./connected.ts";

let switchboard: Switchboard;
let connected: Connected;
let outbox: Outbox;

beforeEach(async () => {
  switchboard = await startSwitchboard();
  connected = await switchboard.connect({ perMessageDeflate: false });
  outbox = createOutbox(connected.socket, connected.connection);
});
afterEach(() => switchboard.dispose());

const beginning = (text: string) => ({ text, bytes: Buffer.byteLength(text) });
const send = (first: string, second: string) => outbox.send(beginning(first), Buffer.from(second));

test.each([0, 1, 100, 124, 125, 4_095, 4_096, 4_097, 65_000, 65_534, 65_535, 70_000, 200_000])(
  "an ending of %i bytes arrives whole, between others, whatever its frame's header",
  async (size) => {
    send("é", "before");
    send("ü", "x".repeat(size));
    send("", "after");
    await until(() => connected.got.length === 3);
    expect(connected.got).toEqual(["ébefore", `ü${"x".repeat(size)}`, "after"]);
  },
);

test("what is sent in one tick is one write, in order; a message for itself comes after it", async () => {
  const write = jest.spyOn(connected.connection, "write");
  const sent = Array.from({ length: 50 }, (_, index) => `${index} and the rest`);
  for (const [index] of sent.entries()) send(`${index}`, " and the rest");
  expect(write).not.toHaveBeenCalled();
  await new Promise((resolve) => setImmediate(resolve));
  expect(write).toHaveBeenCalledTimes(1);
  send("one more", ", alone");
  await outbox.sendText("a message");
  await until(() => connected.got.length === 52);
  expect(connected.got).toEqual([...sent, "one more, alone", "a message"]);
});

test("what a tick brings is written before its end where it is much", () => {
  const write = jest.spyOn(connected.connection, "write");
  for (let index = 0; index < 100; index += 1) send("", "x".repeat(1_000));
  expect(write).toHaveBeenCalledTimes(1);
});

test("nothing follows the frame that closes the socket, and nobody waits for it", async () => {
  send("lost", "");
  connected.socket.close(1012);
  send("lost too", "");
  await outbox.freed();
  await outbox.sendText("lost as well");
  expect(await connected.closed).toBe(1012);
  expect(connected.got).toEqual([]);
});

test("a reader that stalls blocks the outbox until it reads; what was sent comes in order", async () => {
  connected.stall();
  const ending = Buffer.from("x".repeat(50_000));
  let count = 0;
  while (!outbox.isBlocked) {
    outbox.send(beginning(`${count} `), ending);
    count += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  let isFree = false;
  const freed = outbox.freed().then(() => {
    isFree = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isFree).toBe(false);
  expect(connected.socket.bufferedAmount).toBeGreaterThan(0);
  connected.goOn();
  await freed;
  await until(() => connected.got.length === count);
  expect(connected.got.map((text) => Number.parseInt(text, 10))).toEqual([...Array(count).keys()]);
});

test("whoever waits is freed where the peer goes away", async () => {
  connected.stall();
  while (!outbox.isBlocked) {
    outbox.send(beginning(""), Buffer.from("x".repeat(50_000)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const freed = outbox.freed();
  connected.peer.terminate();
  await freed;
});

test("a subscription has one long event under way, or some short ones, and says when it is to wait", async () => {
  const outlet = createOutlet(outbox, "1", () => true);
  outlet.next(Buffer.from("1}"));
  expect(outlet.isBlocked).toBe(false);
  outlet.next(Buffer.from(`"${"x".repeat(20_000)}"}`));
  expect(outlet.isBlocked).toBe(true);
  await outlet.freed();
  expect(outlet.isBlocked).toBe(false);
  await until(() => connected.got.length === 2);
});

test("events bear the subscription's id, whatever it is, and none comes once it is over for the client", async () => {
  let mayTell = true;
  const outlet = createOutlet(outbox, '"é\n', () => mayTell);
  outlet.next(Buffer.from("{}}"));
  mayTell = false;
  outlet.next(Buffer.from("{}}"));
  await outbox.sendText("the end");
  await until(() => connected.got.length === 2);
  expect(connected.got.map((text) => (text === "the end" ? text : JSON.parse(text)))).toEqual([
    { id: '"é\n', type: "next", payload: {} },
    "the end",
  ]);
});
