import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createParts } from "../../src/cluster/parts.ts";
import { clusterLimitMs, gatewayLimitMs, sandboxLimitMs } from "../../src/lifecycle.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "statusgraph-parts-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function programOf(source: string): Promise<URL> {
  const file = join(directory, `${source.length}.mjs`);
  await writeFile(file, source);
  return pathToFileURL(file);
}

/** Says that it is ready, and listens for no signal. */
const deaf = 'process.send({ type: "ready" }); setInterval(() => {}, 1_000);';
const output = { out: new PassThrough(), err: new PassThrough() };
const env = process.env;

test("nothing is started any more once the parts are being ended", async () => {
  const parts = createParts(output);
  const program = await programOf(deaf);
  await parts.start({ name: "sandbox", program, env }).ready;
  const left = parts.leave();
  expect(() => parts.start({ name: "node-1", program, env })).toThrow("the cluster is being stopped");
  await left;
});

test("a part that does not listen for signals yet ends by the one it was sent, and that is clean", async () => {
  const parts = createParts(output);
  const program = await programOf(deaf);
  const part = parts.start({ name: "node-1", program, env });
  await part.ready;
  await parts.leave();
  expect(await part.ended).toBe(0);
});

test("a part that fails when it is told to stop is told of", async () => {
  const parts = createParts(output);
  const failing = await programOf(`process.on("SIGTERM", () => process.exit(3)); ${deaf}`);
  await parts.start({ name: "sandbox", program: await programOf(deaf), env }).ready;
  await parts.start({ name: "node-1", program: failing, env }).ready;
  await expect(parts.leave()).rejects.toThrow("did not stop cleanly");
});

test.each([0, 5, 6, 3_600])(
  "a drain time of %i s leaves the gateways and then the sandbox their own time",
  (seconds) => {
    expect(clusterLimitMs(seconds)).toBeGreaterThan(gatewayLimitMs(seconds) + sandboxLimitMs);
    expect(gatewayLimitMs(seconds)).toBeGreaterThan(seconds * 1000);
  },
);
