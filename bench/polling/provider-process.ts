/**
 * A provider that is never done, in a process of its own: whatever id it is asked for is still being processed. Over its
 * channel it tells where it listens, and, whenever asked, how many requests it has answered.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const body = JSON.stringify({ status: "processing" });
const headers = { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
let answered = 0;

const server = createServer((request, response) => {
  answered += 1;
  request.resume();
  response.writeHead(200, headers).end(body);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ url: `http://127.0.0.1:${port}` });
});
process.on("message", () => process.send?.({ answered }));
process.on("disconnect", () => process.exit());
