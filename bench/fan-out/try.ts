import { startCrowd } from "./crowd.ts";
import { startGateway } from "./gateway.ts";
import { pin, restOn } from "./pinned.ts";
import { createWorld } from "./world.ts";
pin(process.pid, restOn);
const [mode = "fan", sockets = "1000", per = "10", rounds = "6", env = ""] = process.argv.slice(2);
const S = Number(sockets), P = Number(per);
const idle = mode === "idle";
const world = await createWorld("fanout_try");
const gateway = await startGateway(world.url, env ? JSON.parse(env) : {});
const wids = await world.fill(idle ? S * P : 10);
const crowd = startCrowd();
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));
try {
  await sleep(3000);
  const before = gateway.resident();
  const c0 = gateway.cpu();
  const query = "subscription ($ids: [ID!]!) { operationChanged(ids: $ids) { kind cursor at revision previousState operation { id state outcome providerStatus revision changedAt ... on BulkCall { requestId } } } }";
  const ids = Array.from({ length: S }, (_, s) => Array.from({ length: P }, (_, p) => wids[idle ? s * P + p : P === 1 ? s % 10 : p % 10]!));
  await crowd.open({ url: gateway.url, sockets: S, ids, query, first: 1, protocol: true });
  console.log("opened", "cpu a subscribe", ((gateway.cpu() - c0) / (S * P) * 1000).toFixed(1), "µs");
  if (idle) {
    for (const t of [1, 4, 5]) { await sleep(t * 1000); const c = gateway.cpu(); console.log("after", t, "KB each", ((gateway.resident() - before) / S / P).toFixed(2), "before MB", before/1024|0, "cpu", c|0); }
    if (process.env.HEAP) { gateway.process.kill("SIGUSR2"); await sleep(20000); }
  } else {
    let total = await crowd.count();
    await world.change(10); total += S * P; await crowd.reach(total);
    await sleep(2000);
    const i0 = gateway.cpu(); await sleep(3000); const idleRate = (gateway.cpu() - i0) / 3000;
    const t0 = Date.now(); const a = gateway.cpu();
    for (let r = 0; r < Number(rounds); r++) { await world.change(10); total += S * P; await crowd.reach(total); }
    const wall = Date.now() - t0; const used = gateway.cpu() - a;
    console.log("µs a delivery", (used / (Number(rounds) * S * P) * 1000).toFixed(2), "idle-free", ((used - idleRate * wall) / (Number(rounds) * S * P) * 1000).toFixed(2), "idle", idleRate.toFixed(4));
    console.log((await crowd.samples())[0]);
  }
  console.log("faults", await crowd.faults());
  await crowd.close();
} finally { await crowd.dispose(); await gateway.dispose(); await world.dispose(); }
