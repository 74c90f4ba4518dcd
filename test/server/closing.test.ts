/** What HTTP answers while it closes: what was begun is answered, and nothing else is begun. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, test } from "@jest/globals";
import { pino } from "pino";
import { createApp } from "../../src/server/app.ts";
import { until } from "../support/until.ts";

test("a request that comes while the server closes is refused with SHUTTING_DOWN", async () => {
  const app = createApp({ trustProxy: 0, maxBytes: 1_000_000, explorer: true, log: pino({ level: "silent" }) });
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let begun = 0;
  app.get("/slow", async () => {
    begun += 1;
    await released;
    return "done";
  });
  let closing = false;
  app.addHook("preClose", async () => {
    closing = true;
  });
  const accepted: Socket[] = [];
  app.server.on("connection", (socket: Socket) => accepted.push(socket));
  const { hostname, port } = new URL(await app.listen({ host: "127.0.0.1", port: 0 }));
  const texts: string[] = [];
  const dial = (index: number) => {
    const socket = connect(Number(port), hostname);
    texts[index] = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      texts[index] += chunk;
    });
    return { socket, ended: once(socket, "close") };
  };
  const early = dial(0);
  early.socket.write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  await until(() => begun === 1);
  // Half a request has come: its connection is not idle, so it is not closed.
  const late = dial(1);
  late.socket.write("GET /slow HTTP/1.1\r\nHo");
  await until(() => accepted.length === 2 && (accepted[1]?.bytesRead ?? 0) > 0);

  const closed = app.close();
  await until(() => closing);
  late.socket.write("st: x\r\n\r\n");
  await late.ended;
  release();
  await Promise.all([closed, early.ended]);
  expect(begun).toBe(1);
  expect(texts[0]).toMatch(/^HTTP\/1\.1 200 /);
  expect(texts[1]).toMatch(/^HTTP\/1\.1 503 /);
  expect(texts[1]).toContain('"code":"SHUTTING_DOWN"');
});
