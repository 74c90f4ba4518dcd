import { SignJWT } from "jose";
import { openStore } from "../../src/store/store.ts";
import { createDatabase } from "../support/database.ts";
import { startGateway, spawnScript, pinSelf, gatewayCore } from "../support/pinned.ts";
import { cpuOf } from "../support/cpu.ts";
import { changeAll, fill, owner } from "./stock.ts";
import { documents, idOf, cursorOf, operations } from "./documents.ts";
import type { Sent } from "./load-process.ts";
import { readdirSync, readFileSync } from "node:fs";
function nsOf(pid: number) { let t = 0; for (const x of readdirSync(`/proc/${pid}/task`)) t += Number(readFileSync(`/proc/${pid}/task/${x}/schedstat`, "utf8").split(" ")[0]); return t; }
pinSelf();
const [which = "ours", mode = "pg", seconds = "2", conns = "64", ...flags] = process.argv.slice(2);
const secret = "a-secret-of-32-bytes-and-more-for-a-bench";
const token = await new SignJWT({ scope: "operations:read" }).setProtectedHeader({ alg: "HS256" }).setSubject(owner).setIssuedAt().setExpirationTime("2h").sign(new TextEncoder().encode(secret));
const database = mode === "pg" ? await createDatabase("reads") : null;
const dir = `/tmp/p3-embedded`;
let target; let change = async () => {};
if (which === "ours") {
  if (!database) { const { rmSync } = await import("node:fs"); rmSync(dir, { recursive: true, force: true }); }
  const store = await openStore({ database: database ? { type: "postgres", url: database.url } : { type: "embedded", directory: dir } });
  await fill(store);
  if (!database) await store.dispose(); else change = async () => { await changeAll(store); };
  target = await startGateway({ nodeOptions: flags, env: { DATABASE_URL: database?.url ?? dir, AUTH: "jwt", AUTH_SECRET: secret, LIMIT_REQUESTS_PER_MINUTE: "1000000", SANDBOX: "on", NODE_ENV: "production" } });
} else {
  const peer = spawnScript(new URL("peer-process.ts", import.meta.url), [which], { core: gatewayCore, env: { NODE_ENV: "production" } });
  const { url } = await peer.message<{ url: string }>();
  target = { ...peer, url };
  change = async () => { const m = peer.message(); peer.process.send(1 as any); await m; };
}
const load = spawnScript(new URL("load-process.ts", import.meta.url));
await load.message();
const port = Number(new URL(target.url).port);
const shuffled = () => Array.from({ length: operations }, (_, n) => n).sort(() => Math.random() - 0.5);
async function run(name: string, bodies: string[], count: number | null) {
  const before = nsOf(target.pid);
  const answer = load.message<Sent>(60_000);
  load.process.send({ port, connections: Number(conns), headers: { authorization: `Bearer ${token}` }, bodies, count, seconds: Number(seconds) } as any);
  const sent = await answer;
  const cpu = (nsOf(target.pid) - before) / 1e9;
  console.log(`${which} ${mode} ${name}: ${Math.round(sent.answers / sent.ms * 1000)}/s, ${Math.round(sent.answers / cpu)} per CPU s, server ${(cpu / sent.ms * 1e5).toFixed(0)} %, load ${(sent.cpuMs / sent.ms * 100).toFixed(0)} %, refused ${sent.refused}, ${(sent.ms).toFixed(0)} ms, ${sent.sample.length} chars`);
  return sent;
}
const body = (query: string, variables: unknown) => JSON.stringify({ query, variables });
const one = (n: number) => body(documents.one, { id: idOf(n) });
const page = (n: number) => body(documents.page, { first: 100, after: n === 0 ? null : cursorOf(n - 1) });
const s = await run("warm one", [one(5)], null); console.log(s.sample.slice(0, 500));
await run("P1a one", [one(5)], null);
await run("warm page", [page(200)], null);
const p = await run("P1a page", [page(200)], null); console.log(p.sample.slice(0, 100), p.sample.slice(-150));
if (process.env.ONLY) { for (let i = 0; i < 4; i++) await run("P1a one", [one(5)], null); await load.dispose(); await target.dispose(); await database?.dispose(); process.exit(); }
for (let i = 0; i < 3; i++) { await change(); await new Promise(r => setTimeout(r, 700)); await run("P1b one", shuffled().map(one), operations); }
for (let i = 0; i < 6; i++) { await change(); await new Promise(r => setTimeout(r, 700)); await run("P1b page", shuffled().slice(0, 100).map((_, i) => page(i * 100)), 100); }
for (let i = 0; i < 3; i++) { await change(); await new Promise(r => setTimeout(r, 700)); const all = shuffled(); await run("P1b named", Array.from({ length: 100 }, (_, i) => body(documents.named, { ids: all.slice(i * 100, i * 100 + 100).map(idOf) })), 100); }
await load.dispose(); await target.dispose();
process.exitCode = 0; if (database) { setTimeout(() => process.exit(), 3000); await database.dispose(); process.exit(); } process.exit();
