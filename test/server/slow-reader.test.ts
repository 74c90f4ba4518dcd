/** S6 over real sockets: a peer that stops reading holds back nobody and costs one frame; then it gets everything. */
import { once } from "node:events";
import type { Socket } from "node:net";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { WebSocket } from "ws";
import { openStore, type Store } from "../../src/store/store.ts";
import { read, snapshot } from "../store/learning.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { postgresEngines, type TestDatabase } from "../support/store.ts";
import { until } from "../support/until.ts";

const testOnPostgres = postgresEngines.length > 0 ? test : test.skip;
/** So that the changes are more than the system holds for a peer: about 20 kB each, 16 MB in all. */
const tags = Array.from({ length: 20 }, (_, index) => `${index}`.padEnd(1_000, "x"));
const changeCount = 800;
let database: TestDatabase;
let elsewhere: Store;
let gateway: TestGateway;
/** The gateway's ends, in the order in which they first sent something. A client has an address, a server's socket has none. */
const ends = new Set<WebSocket>();

beforeAll(async () => {
  const [engine] = postgresEngines;
  if (!engine) return;
  database = await engine.createDatabase();
  gateway = await startTestGateway({ database, env: { SANDBOX: "off" } });
  elsewhere = await openStore({ database: database.config });
  const { send } = WebSocket.prototype;
  jest.spyOn(WebSocket.prototype, "send").mockImplementation(function (this: WebSocket, ...args: unknown[]) {
    if (!this.url) ends.add(this);
    Reflect.apply(send, this, args);
  });
}, 120_000);
afterAll(async () => {
  jest.restoreAllMocks();
  await elsewhere?.dispose();
  await gateway?.dispose();
  await database?.dispose();
});

interface Reader {
  readonly socket: WebSocket;
  readonly wire: Socket;
  /** The gateway's end. */
  readonly end: WebSocket;
  readonly revisions: number[];
}

async function subscribe(id: string): Promise<Reader> {
  const known = new Set(ends);
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  const [[response]] = await Promise.all([once(socket, "upgrade"), once(socket, "open")]);
  const revisions: number[] = [];
  socket.on("message", (data) => {
    const { type, payload } = JSON.parse(String(data));
    if (type === "next") revisions.push(payload.data.operationChanged.revision);
  });
  socket.send('{"type":"connection_init"}');
  const query = "subscription ($ids: [ID!]!) { operationChanged(ids: $ids) { revision operation { tags } } }";
  await once(socket, "message");
  socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query, variables: { ids: [id] } } }));
  await until(() => revisions.length === 1);
  const end = [...ends].find((one) => !known.has(one));
  if (!end) throw new Error("Expected the gateway to have sent something by a socket of its own.");
  return { socket, wire: response.socket, end, revisions };
}

testOnPostgres(
  "one that stalls gets every change in order once it reads again; meanwhile the others get them at full pace",
  async () => {
    const change = (status: number) =>
      read(elsewhere, "slow", snapshot("RUNNING", { providerStatus: `${status}` }), {
        provider: "FLOLIVE",
        kind: "BULK_CALL",
        tags,
        terms: { follow: true },
      });
    const { operation } = await change(0);
    const readers = [await subscribe(operation.id), await subscribe(operation.id), await subscribe(operation.id)];
    const [stalled, ...others] = readers;
    if (!stalled) throw new Error("There is no reader.");
    stalled.wire.pause();
    let most = 0;
    for (let status = 1; status <= changeCount; status += 1) {
      await change(status);
      most = Math.max(most, stalled.end.bufferedAmount);
    }
    const whole = Array.from({ length: changeCount + 1 }, (_, index) => index + 1);
    await until(() => others.every(({ revisions }) => revisions.length >= whole.length));
    most = Math.max(most, stalled.end.bufferedAmount);
    for (const { revisions } of others) expect(revisions).toEqual(whole);
    expect(stalled.revisions.length).toBeLessThan(whole.length);
    // It truly was held back, by one frame and no more.
    expect(stalled.end.bufferedAmount).toBeGreaterThan(0);
    expect(most).toBeLessThan(2 * 21_000);

    stalled.wire.resume();
    await until(() => stalled.revisions.length >= whole.length);
    expect(stalled.revisions).toEqual(whole);
    for (const { socket } of readers) socket.terminate();
  },
  120_000,
);
