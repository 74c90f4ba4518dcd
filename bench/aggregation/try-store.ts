import { openStore } from "../../src/store/store.ts";
import { recordMany, beginRequest } from "../../src/store/record.ts";
import { asSeen, areHeldElsewhere } from "../../src/store/holders.ts";
import { lastKnownMany } from "../../src/store/operations.ts";
const url = process.argv[2];
const store = await openStore({ database: url ? { type: "postgres", url } : { type: "memory" } });
const spent = new Map<string, number>();
const orig = store.transaction;
function timed(db: any) { return new Proxy(db, { get(t, n) { const v = Reflect.get(t, n); if (n === "executeQuery") return async (q: any, ...r: any[]) => { const b = performance.now(); const x = await t.executeQuery(q, ...r); const name = /\/\* (\S+) \*\//.exec(q.sql)?.[1] ?? q.sql.slice(0, 40); spent.set(name, (spent.get(name) ?? 0) + performance.now() - b); return x; }; return typeof v === "function" ? v.bind(t) : v; } }); }
const watched = { ...store, transaction: (work: any) => orig((trx: any, c: any) => work(timed(trx), c)) } as typeof store;
const N = Number(process.argv[3] ?? 25);
let round = 0;
async function once() {
  round++;
  const learned = Array.from({ length: N }, (_, n) => ({
    subject: { by: "naturalId" as const, tenant: "default", provider: "FLOLIVE", account: "default", kind: "BULK_CALL", naturalId: `r${round}-${n}`, newcomer: { owner: "o", correlationId: null } },
    begun, itemKeys: Array.from({ length: 4 }, (_, i) => `k${round}-${n}-${i}`),
    event: () => ({ type: "read" as const, snapshot: { standing: { state: "RUNNING" as const }, providerStatus: "x", fields: { requestId: `r${round}-${n}`, submitted: null }, items: Array.from({ length: 4 }, (_, i) => ({ position: i, key: `k${round}-${n}-${i}`, status: "COMPLETED", providerStatus: "Completed", disposition: "succeeded" as const, fields: { node: "a" } })) } }),
    terms: { wait: () => 1000, deadlineSeconds: 86400, follow: false, settledMayChange: false }, tags: [], ends: null,
  }));
  const t0 = performance.now();
  const keys = learned.map((l) => l.subject);
  await lastKnownMany(store, keys as any); const t1 = performance.now();
  await areHeldElsewhere(store, keys as any); const t2 = performance.now();
  const res = await recordMany(watched, learned as any, asSeen); const t3 = performance.now();
  if (res.some((r) => r.status !== "fulfilled")) throw (res[0] as any).reason;
  return [t1 - t0, t2 - t1, t3 - t2];
}
const begun = await beginRequest(store);
for (let i = 0; i < 15; i++) await once();
spent.clear();
const all: number[][] = []; for (let i = 0; i < Number(process.argv[4] ?? 10); i++) all.push(await once());
const avg = (k: number) => (all.reduce((s, a) => s + a[k]!, 0) / all.length).toFixed(1);
console.log("lastKnown", avg(0), "held", avg(1), "record", avg(2));
for (const [n, v] of spent) console.log((v / all.length).toFixed(2).padStart(8), n);
await store.dispose();
