/** Some KB that unpack to much more, sent to a whole gateway: by HTTP, and in a frame of a WebSocket. */
import { once } from "node:events";
import { deflateRawSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { request } from "undici";
import { WebSocket } from "ws";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.dispose());

const size = 64 * 1024 * 1024;
const query = JSON.stringify({ query: "{ __typename }" });

test("a packed body is refused with 415 and a sentence, whatever it would be", async () => {
  const bomb = gzipSync(`${query}${" ".repeat(size)}`);
  expect(bomb.length).toBeLessThan(200_000);
  for (const body of [bomb, gzipSync(query)]) {
    const { statusCode, body: answer } = await request(`${gateway.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      body,
    });
    expect([statusCode, await answer.json()]).toEqual([
      415,
      { errors: [{ message: expect.stringContaining("Content-Encoding"), extensions: { code: "BAD_USER_INPUT" } }] },
    ]);
  }
  expect((await gateway.request("{ __typename }")).data).toEqual({ __typename: "Query" });
});

test("packing is not agreed on with a WebSocket, and a packed frame ends that socket alone", async () => {
  const offers = { perMessageDeflate: { serverNoContextTakeover: true } };
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/graphql`, "graphql-transport-ws", offers);
  socket.on("error", () => {});
  const upgraded = once(socket, "upgrade");
  const [response] = await upgraded;
  expect(response.headers).not.toHaveProperty("sec-websocket-extensions");
  if (socket.readyState !== socket.OPEN) await once(socket, "open");
  expect(socket.extensions).toBe("");
  const closed = once(socket, "close");
  // RSV1 says that the frame is packed; the client would not send it by itself.
  const bomb = deflateRawSync(Buffer.alloc(size, " "));
  response.socket.write(maskedFrame(0xc1, bomb));
  expect((await closed)[0]).toBe(1002);
  expect((await gateway.request("{ __typename }")).data).toEqual({ __typename: "Query" });
});

/** One frame of a client, masked by zeros, with 127: its length in eight bytes. */
function maskedFrame(firstByte: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(14);
  head[0] = firstByte;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}
