/**
 * A provider whose every answer is news: its word is the moment at which it was given, so whoever reads it in an event
 * knows how long that took. Any word but those that Cleeng documents leaves the operation running.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const server = createServer((request, response) => {
  request.resume();
  const body = JSON.stringify({ status: `sent ${(performance.timeOrigin + performance.now()).toFixed(3)}` });
  response.writeHead(200, { "content-type": "application/json", "content-length": String(body.length) }).end(body);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on("disconnect", () => process.exit());
