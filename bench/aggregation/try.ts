import { randomBytes } from "node:crypto";
import { spawnScript, startGateway, pinSelf } from "../support/pinned.ts";
import { queryOf } from "./query.ts";
import { environmentOf } from "../parts/aggregation.ts";
pinSelf();
const providers = spawnScript(new URL("providers-process.ts", import.meta.url), ["20", "1"]);
const origin = `http://127.0.0.1:${(await providers.message<{port:number}>()).port}`;
const gateway = await startGateway({ env: { ...environmentOf(origin), ...(process.argv[3] ? {DATABASE_URL: process.argv[3]} : {}) }, nodeOptions: process.env.PROF ? ["--cpu-prof", "--cpu-prof-dir=/tmp/p5-prof3"] : [] });
const n = Number(process.argv[2] ?? 30);
const times: number[] = [];
for (let i = 0; i < n; i++) {
  const body = JSON.stringify(queryOf(randomBytes(6).toString("hex")));
  await new Promise((r) => setTimeout(r, 1050));
  const t = performance.now();
  const res = await fetch(`${gateway.url}/graphql`, { method: "POST", headers: { "content-type": "application/json" }, body });
  await res.text();
  times.push(Math.round(performance.now() - t));
}
process.stdout.write(times.join(" ") + "\n");
await gateway.dispose(); await providers.dispose();
