import { readFileSync, writeFileSync } from "node:fs";
import { startCrowd } from "./crowd.ts";
import { startGateway } from "./gateway.ts";
import { pin, restOn } from "./pinned.ts";
import { createWorld } from "./world.ts";
pin(process.pid, restOn);
const [sockets = "200", per = "10", snap=""] = process.argv.slice(2);
const S = Number(sockets), P = Number(per);
const world = await createWorld("fanout_try");
writeFileSync("/tmp/fo-mem.txt", "");
const gateway = await startGateway(world.url, snap ? { SNAP: snap } : {});
const wids = await world.fill(S * P + P*20);
const crowd = startCrowd(); const warm = startCrowd();
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));
const mem = async () => { gateway.process.kill("SIGUSR2"); const n = readFileSync("/tmp/fo-mem.txt","utf8").split("\n").length; for(let i=0;i<600;i++){ await sleep(100); const l = readFileSync("/tmp/fo-mem.txt","utf8").split("\n"); if (l.length>n) { if (snap) await sleep(8000); return {...JSON.parse(l[n-1]!), rssNow: gateway.resident()*1024}; } } };
try {
  const query = "subscription ($ids: [ID!]!) { operationChanged(ids: $ids) { kind cursor at revision previousState operation { id state outcome providerStatus revision changedAt ... on BulkCall { requestId } } } }";
  const idsOf = (from: number, n: number) => Array.from({ length: n }, (_, s) => Array.from({ length: P }, (_, p) => wids[from + s * P + p]!));
  await warm.open({ url: gateway.url, sockets: 20, ids: idsOf(S * P, 20), query, first: 1, protocol: true });
  await sleep(1000);
  const a = await mem();
  await crowd.open({ url: gateway.url, sockets: S, ids: idsOf(0, S), query, first: 1, protocol: true });
  await sleep(1500);
  const b = await mem();
  const smaps = () => { const t = readFileSync(`/proc/${gateway.pid}/smaps`, "utf8").split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/); let heap=0, anon=0, file=0; for (const m of t) { const r=Number(/Rss:\s+(\d+)/.exec(m)?.[1]); const h=m.split("\n")[0]!; if (h.includes("[heap]")) heap+=r; else if (/ 0 *$/.test(h)) anon+=r; else file+=r; } return {heap,anon,file}; };
  console.log("KB smaps", smaps()); await sleep(12000); console.log("KB smaps", smaps());
  for (const k of Object.keys(a)) console.log(k, ((b[k] - a[k]) / S / P / 1024).toFixed(2), "KB each");
  await crowd.close(); await warm.close();
} finally { await crowd.dispose(); await warm.dispose(); await gateway.dispose(); await world.dispose(); }
