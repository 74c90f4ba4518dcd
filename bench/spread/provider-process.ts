/**
 * A provider whose every answer is news: its word is the moment at which it was given, so whoever reads it in an event
 * knows how long that took. Any word but those that Cleeng documents leaves the operation running. It gives so many answers
 * a second, evenly: what asks for more waits, so the rate of changes is its own, and not that of the asking.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const perSecond = Number(process.argv[2]);
const asked: ServerResponse[] = [];
/** When the next answer is due. */
let next = performance.now();

function answer(response: ServerResponse): void {
  const body = JSON.stringify({ status: `sent ${(performance.timeOrigin + performance.now()).toFixed(3)}` });
  response.writeHead(200, { "content-type": "application/json", "content-length": String(body.length) }).end(body);
}

setInterval(() => {
  const now = performance.now();
  while (next <= now) {
    const response = asked.shift();
    // What nobody asked for in its time is not made up for.
    if (!response) {
      next = now;
      return;
    }
    next += 1_000 / perSecond;
    answer(response);
  }
}, 1);

const server = createServer((request, response) => {
  request.resume();
  asked.push(response);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on("disconnect", () => process.exit());
