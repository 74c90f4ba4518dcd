/** Two sockets that watch the same are told of one execution of each change, each under its own id and from its own place. */
import { once } from "node:events";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { WebSocket } from "ws";
import type { Told } from "../../src/live/stream.ts";
import { ChangesResolver } from "../../src/resolvers/changes.ts";
import { type FloliveSimulator, startFlolive } from "../simulators/flolive.ts";
import { fastClock } from "../support/fast-clock.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { until } from "../support/until.ts";

let gateway: TestGateway;
let flolive: FloliveSimulator;
const executed: Told[] = [];

beforeAll(async () => {
  const shown = ChangesResolver.prototype.operationChanged;
  jest.spyOn(ChangesResolver.prototype, "operationChanged").mockImplementation(function (
    this: ChangesResolver,
    ids,
    after,
    told,
  ) {
    executed.push(told);
    return shown.call(this, ids, after, told);
  });
  flolive = await startFlolive();
  gateway = await startTestGateway({ env: { ...flolive.env, LEASE_SECONDS: "3600" }, clock: fastClock() });
});
afterAll(async () => {
  jest.restoreAllMocks();
  await gateway.dispose();
  await flolive.dispose();
});

interface Message {
  readonly id: string;
  readonly type: string;
  readonly payload: {
    readonly data: { readonly operationChanged: { readonly kind: string; readonly cursor: string } };
  };
}

const query = `subscription ($ids: [ID!]!, $after: Cursor) {
  operationChanged(ids: $ids, after: $after) { kind cursor revision operation { id state } } }`;

/** What comes for the subscription, as it came. */
async function subscribe(id: string, variables: Record<string, unknown>): Promise<Message[]> {
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  await once(socket, "open");
  socket.send('{"type":"connection_init"}');
  await once(socket, "message");
  const got: Message[] = [];
  socket.on("message", (data) => {
    const message: Message = JSON.parse(String(data));
    got.push(message);
    if (message.type === "complete") socket.close();
  });
  socket.send(JSON.stringify({ id, type: "subscribe", payload: { query, variables } }));
  return got;
}

test("a change that two sockets hear is executed once, whatever their ids and wherever they began", async () => {
  flolive.hold();
  const { data } = await gateway.request(
    `mutation { submitBulkCall(input: { action: SUBSCRIBER_STATUS,
       nodes: [{ identifierType: ICCID, identifier: "one", status: ACTIVE }] }) { ... on BulkCall { id } } }`,
  );
  const ids = [data.submitBulkCall.id];
  const first = await subscribe("first", { ids });
  await until(() => first.length > 0);
  const second = await subscribe('"2"', { ids, after: first[0]?.payload.data.operationChanged.cursor });
  await gateway.begun(2);
  flolive.release();
  await until(() => [first, second].every((got) => got.at(-1)?.type === "complete"));

  const events = (got: Message[]) => got.filter(({ type }) => type === "next");
  const [snapshot, ...changes] = events(first).map(({ payload }) => payload);
  expect(snapshot?.data.operationChanged.kind).toBe("SNAPSHOT");
  expect(changes.length).toBeGreaterThan(0);
  expect(events(second).map(({ payload }) => payload)).toEqual(changes);
  expect(new Set(first.map(({ id }) => id))).toEqual(new Set(["first"]));
  expect(new Set(second.map(({ id }) => id))).toEqual(new Set(['"2"']));
  const cursors = changes.map(({ data: { operationChanged } }) => operationChanged.cursor);
  expect(executed.filter(({ kind }) => kind === "CHANGED").map(({ cursor }) => cursor)).toEqual(cursors);
});
