/** The search at the end of a run finds what it is for, in the logs of every process, and says when it had none. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { faultOf, keepLog, knownSecrets, logsVariable, noteGateway, searchLogs } from "./logged.ts";
import { bearer } from "./tokens.ts";

let directory: string;
const outer = process.env[logsVariable];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "statusgraph-logged-"));
  process.env[logsVariable] = directory;
});
afterEach(async () => {
  if (outer === undefined) delete process.env[logsVariable];
  else process.env[logsVariable] = outer;
  await rm(directory, { recursive: true });
});

const innocent = [
  '{"level":"info","msg":"GraphQL:  http://127.0.0.1:4000/graphql (GET, POST and WebSocket)"}',
  '{"level":"warn","msg":"Expected authorization: Bearer and a token; none came."}',
  '{"level":"warn","note":"sent Bearer [redacted] to postgres://[redacted]@db/x and redis://localhost:6379"}',
].join("\n");

async function search(log: string) {
  noteGateway("/test/a.test.ts");
  keepLog("/test/a.test.ts", `${innocent}\n${log}\n${innocent}`);
  return searchLogs(directory);
}

test("what is harmless passes, and is counted", async () => {
  const searched = await search(innocent);
  expect(searched).toMatchObject({ gateways: 1, logs: 1, suites: 1, found: [] });
  expect(searched.characters).toBeGreaterThan(3 * innocent.length);
  expect(faultOf(searched)).toBeNull();
});

test.each([
  ...knownSecrets.map((known) => [`"${known}"`, `said ${known} aloud`]),
  ...knownSecrets.map((known) => [`"${known}"`, `said ${Buffer.from(known).toString("base64")} aloud`]),
  ["a bearer token", "sent Bearer abc.def along"],
  ["a password in an address", "postgres://statusgraph:hunter2@db:5432/x"],
])("%s is found: %s", async (name, log) => {
  const searched = await search(log);
  expect(searched.found).toEqual([expect.stringContaining(`a.test.ts: ${name} was logged: …`)]);
  expect(faultOf(searched)).toMatch(/^Secrets were logged:\n/);
});

test("a token of an issuer's is found as what it is", async () => {
  const { found } = await search(`refused ${(await bearer({ sub: "a" })).authorization.slice("Bearer ".length)}`);
  expect(found).toEqual([expect.stringContaining("a JWT was logged")]);
});

test("gateways without a log are a fault; none at all is none", async () => {
  expect(faultOf(await searchLogs(directory))).toBeNull();
  noteGateway("/test/a.test.ts");
  expect(faultOf(await searchLogs(directory))).toMatch(/^Expected the logs of 1 gateways/);
  keepLog("/test/a.test.ts", "");
  expect(faultOf(await searchLogs(directory))).toMatch(/none was kept/);
});

test("the secrets that are looked for are those of the simulators", async () => {
  const folder = new URL("../simulators/", import.meta.url);
  const files = await readdir(folder);
  const source = (await Promise.all(files.map((file) => readFile(new URL(file, folder), "utf8")))).join("\n");
  const used = [...source.matchAll(/"([\w-]*-secret)"/g)].map(([, text]) => text);
  expect(used.length).toBeGreaterThan(4);
  expect(used.filter((text) => !knownSecrets.some((known) => known === text))).toEqual([]);
});
