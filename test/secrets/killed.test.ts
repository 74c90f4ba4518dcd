/**
 * The same on the embedded store, in lines for people, with decisions over REST; and with ends that nobody prepares: what a
 * kill leaves on the disk is searched byte by byte.
 */
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Build, buildProgram } from "../support/program.ts";
import { createScene, type Scene } from "./scene.ts";
import { askAll, createWalker, type Walker } from "./walk.ts";
import { askWrongly, sendWrongly } from "./wrong-requests.ts";
import { signIn } from "./wrong-sockets.ts";

let build: Build;
let scene: Scene;
/** All that the program may write to: its store, and what is for a moment. */
let directory: string;

beforeAll(async () => {
  build = await buildProgram();
  directory = await mkdtemp(join(tmpdir(), "statusgraph-secrets-"));
  await mkdir(join(directory, "temporary"));
  scene = await createScene(build);
}, 120_000);
afterAll(async () => {
  await scene.dispose();
  await build.dispose();
  await rm(directory, { recursive: true });
}, 60_000);

async function start(env: Readonly<Record<string, string>> = {}) {
  const { program, caller } = await scene.start({
    LOG_FORMAT: "pretty",
    DATABASE_URL: join(directory, "store"),
    CLEENG_ACCESS_TRANSPORT: "rest",
    TMPDIR: join(directory, "temporary"),
    ...env,
  });
  return { program, caller };
}

async function walk(walker: Walker): Promise<void> {
  for (const mode of ["echoing", "escaping", 401, 500, "noJson"] as const) {
    await askAll(
      walker,
      mode,
      ({ root, name }) => root === "query" || /^(register|submit|create|set|follow[BS])/.test(name),
    );
  }
  await askWrongly(scene, walker);
  await sendWrongly(scene, walker);
  await signIn(scene, walker);
}

/** Every file below the directory, by its path. Gives how many bytes that is. */
async function keepFiles(when: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  let bytes = 0;
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    scene.written.add("names of files", `${path}\n`);
    if (!entry.isFile()) continue;
    const content = await readFile(path);
    bytes += content.length;
    scene.written.add(`${when}: ${path.slice(directory.length)}`, content);
  }
  return bytes;
}

test("a program that is killed leaves no secret, in its store or elsewhere", async () => {
  const { program, caller } = await start();
  await walk(await createWalker(scene, caller));
  program.process.kill("SIGKILL");
  await scene.keepOutput("killed", program);
  expect(scene.written.bytes("killed: stdout")).toBeGreaterThan(10_000);
  expect(await keepFiles("after the kill")).toBeGreaterThan(1_000_000);
  expect(scene.written.leaks(scene.markers)).toEqual([]);
}, 120_000);

test("nor does one that is told to write a report on itself, or to dump its core", async () => {
  // Node's report lists the whole environment. The program must not switch it on: by default this signal ends it.
  const { program } = await start();
  program.process.kill("SIGUSR2");
  expect((await program.ended).signal).toBe("SIGUSR2");
  await scene.keepOutput("told to report", program);
  // It would be written to where the program was started, or to its temporary files.
  const reports = [...(await readdir(".")), ...(await readdir(join(directory, "temporary")))];
  expect(reports.filter((name) => /^report\..*\.json$|^core/.test(name))).toEqual([]);
  await keepFiles("after the report");
  expect(scene.written.leaks(scene.markers)).toEqual([]);
}, 120_000);

test("nor does one that has had enough of a caller", async () => {
  const { program, caller } = await start({ LIMIT_REQUESTS_PER_MINUTE: "2" });
  const token = await scene.tokenFor("a busy caller's token", { sub: "busy", scope: "access:check" });
  const query = 'query ($t: String) { access(offerId: "S1", customerToken: $t) { __typename } }';
  const variables = { t: scene.markers.plant("a busy customer's token") };
  const statuses: number[] = [];
  for (let n = 0; n < 3; n += 1) {
    statuses.push((await caller.ask({ query, variables }, [["authorization", `Bearer ${token}`]])).status);
  }
  expect(statuses).toEqual([200, 200, 429]);
  program.process.kill("SIGTERM");
  expect((await program.ended).code).toBe(0);
  await scene.keepOutput("had enough", program);
  expect(scene.written.leaks(scene.markers)).toEqual([]);
}, 120_000);

test("the same search finds what the program holds where it belongs", async () => {
  const { markers, front, credentials } = scene;
  const sent = markers.find(Buffer.from(JSON.stringify(front.received))).map(({ marker }) => marker);
  expect(new Set(sent).size).toBeGreaterThan(Object.keys(credentials).length);
  const toOthers = front.received.filter(({ url }) => !url.startsWith("/entitlements"));
  const elsewhere = markers.find(Buffer.from(JSON.stringify(toOthers))).map(({ marker }) => marker);
  expect(elsewhere.filter((marker) => marker.includes("customer"))).toEqual([]);
});
