/* quick harness: node --import tsx quick.ts <size> <seconds> <rate> <program> [keep url] */

import { readFileSync } from "node:fs";
import pg from "pg";
import { startPostgresServer } from "/work/main/test/support/postgres-server.ts";

const { openStore } = await import((process.env.ROOT ?? "/work/main") + "/src/store/store.ts");

import { seedFollowed } from "/work/main/bench/polling/seed.ts";
import { busyShare, coreTimes, cpuOf, cpuOfTree } from "/work/main/bench/support/cpu.ts";
import { pinSelf, spawnScript, startGateway } from "/work/main/bench/support/pinned.ts";

const [sizeText, secondsText, rate, conc, extra] = process.argv.slice(2);
const size = Number(sizeText),
  seconds = Number(secondsText);
pinSelf(1);
const server = { url: process.env.DB!, dispose: async () => {} };
const client = new pg.Client({ connectionString: server.url });
await client.connect();
const backend = (await client.query("select pg_backend_pid() as pid")).rows[0].pid;
const stat = readFileSync(`/proc/${backend}/stat`, "utf8");
const postmaster = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
const provider = spawnScript(new URL("file:///work/main/bench/polling/provider-process.ts"));
const { url } = await provider.message<{ url: string }>();
const count = async () => {
  const p = provider.message<{ answered: number }>();
  provider.process.send({});
  return (await p).answered;
};
if (process.env.REARM) {
  await client.query(
    "update operations set next_check_at = now() - interval '1 hour' + random() * interval '1 hour', lease_node=null, lease_until=null",
  );
  await client.query("vacuum operations");
  await client.query("checkpoint");
}
const gateway = await startGateway({
  nodeOptions: extra ? extra.split(" ") : [],
  env: {
    DATABASE_URL: server.url,
    CLEENG_INAPP_URL: url,
    CLEENG_PUBLISHER_TOKEN: "publisher-token",
    CLEENG_API_URL: url,
    CLEENG_RATE_PER_SECOND: rate,
    CLEENG_CONCURRENCY: conc,
    SANDBOX: "off",
    AUTH: "none",
    LOG_LEVEL: "info",
  },
});
await new Promise((r) => setTimeout(r, 3000));
if (process.env.CKPT) await client.query("checkpoint");
for (let run = 0; run < Number(process.env.RUNS ?? 3); run++) {
  const wal = async () => (await client.query("select pg_current_wal_insert_lsn() as l")).rows[0].l;
  const st = async () =>
    (
      await client.query(
        "select n_tup_upd::int as u, n_tup_hot_upd::int as h from pg_stat_user_tables where relname='operations'",
      )
    ).rows[0];
  const a = {
    n: await count(),
    g: cpuOf(gateway.pid),
    d: cpuOfTree(postmaster),
    p: cpuOf(provider.pid),
    w: await wal(),
    t: performance.now(),
    c0: coreTimes(0),
    c1: coreTimes(1),
    s: await st(),
  };
  await new Promise((r) => setTimeout(r, seconds * 1000));
  const b = {
    n: await count(),
    g: cpuOf(gateway.pid),
    d: cpuOfTree(postmaster),
    p: cpuOf(provider.pid),
    w: await wal(),
    t: performance.now(),
    c0: coreTimes(0),
    c1: coreTimes(1),
    s: await st(),
  };
  const polls = b.n - a.n;
  const us = (x: number) => ((x * 1e6) / polls).toFixed(0);
  const bytes = Number((await client.query("select pg_wal_lsn_diff($1,$2) as d", [b.w, a.w])).rows[0].d);
  console.log(
    `${size}: ${((polls / (b.t - a.t)) * 1000).toFixed(0)}/s  gateway ${us(b.g - a.g)} µs  db ${us(b.d - a.d)} µs  provider ${us(b.p - a.p)} µs  wal ${(bytes / polls).toFixed(0)} B  core0 ${busyShare(a.c0, b.c0).toFixed(2)} core1 ${busyShare(a.c1, b.c1).toFixed(2)} upd ${((b.s.u - a.s.u) / polls).toFixed(2)} hot ${((b.s.h - a.s.h) / polls).toFixed(2)}`,
  );
}
if (process.env.SHOW) console.log(gateway.output().slice(-3000));
await gateway.dispose();
await provider.dispose();
await client.end();
await server.dispose();
process.exit(0);
