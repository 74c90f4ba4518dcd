/** P4: how long news takes from the provider's answer to the one client that waits for it, 500 a second. */
import pg from "pg";
import { startCrowd } from "../fan-out/crowd.ts";
import { pause, startWideGateway } from "../fan-out/gateway.ts";
import type { Measured, Part, PartOptions } from "../part.ts";
import { startPostgres } from "../polling/server.ts";
import { busyShare, coreTimes } from "../support/cpu.ts";
import { gatewayCore, loadCore, pinning, spawnScript } from "../support/pinned.ts";
import { digits, median, quantile, row } from "../support/statistics.ts";

const operations = 5_000;
const perSecond = 500;
/** One subscription an operation; what a socket costs is another part's question (idle). */
const each = 50;
const sockets = operations / each;
const query = "subscription ($ids: [ID!]!) { operationChanged(ids: $ids) { revision providerStatus } }";
/** Above this share of a core, the load is what is measured. */
const saturated = 0.95;
/** Fewer changes than this part of what was asked for: something else held them back. */
const enough = 0.9;

/** Followed, due at once, and watched by nobody yet. */
const made = `
  insert into operations (id, tenant, owner, provider, account, kind, natural_id, state, provider_status, revision, place,
    tags, fields, progress, item_counts, created_at, changed_at, checked_at, deadline_at, followed, next_check_at, begun)
  select gen_random_uuid(), 'default', 'anonymous', 'CLEENG', 'default', 'PURCHASE_SYNC', 'synchronization-' || n, 'RUNNING',
    'processing', 1, nextval('change_place'), '{}',
    jsonb_build_object('synchronizationId', 'synchronization-' || n, 'customerId', n::text, 'storeTransactionId',
      '20000' || n, 'transfer', false, 'accessGranted', null, 'offerId', null, 'result', null),
    '{"done": 0, "total": 1, "failed": 0, "succeeded": 0}', '{}', now(), now(), now(), now() + interval '7 days', true,
    now() + interval '1 day', 0
  from generate_series(1, $1::int) n`;
const logged = `
  insert into changes
    (place, operation_id, tenant, owner, provider, account, kind, natural_id, revision, at, state, operation)
  select place, id, tenant, owner, provider, account, kind, natural_id, 1, changed_at, state,
    jsonb_build_object('id', id, 'tenant', tenant, 'owner', owner, 'provider', provider, 'account', account,
      'kind', kind, 'naturalId', natural_id, 'state', state, 'outcome', outcome, 'providerStatus', provider_status,
      'revision', revision, 'correlationId', correlation_id, 'tags', tags, 'fields', fields, 'progress', progress,
      'itemCounts', item_counts, 'problem', problem, 'checkProblem', null, 'createdAt', created_at,
      'changedAt', changed_at, 'checkedAt', checked_at, 'settledAt', settled_at, 'deadlineAt', deadline_at,
      'followed', followed, 'nextCheckAt', next_check_at, 'goneCount', 0, 'goneSince', null, 'leaseNode', null,
      'leaseUntil', null, 'begun', begun)
  from operations order by place`;
/** Whatever the gateway plans, all of them are due at all times: the provider's pace alone decides how many changes there are. */
const alwaysDue = `
  create function due_at_once() returns trigger language plpgsql as
    $$ begin new.next_check_at := now(); return new; end $$;
  create trigger due_at_once before insert or update on operations for each row execute function due_at_once()`;
const due = "update operations set next_check_at = now()";

interface Sample {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly perSecond: number;
  readonly gatewayCore: number;
  readonly loadCore: number;
}

async function measure({ runs, short, tell }: PartOptions): Promise<Measured> {
  const undo: Array<() => Promise<void>> = [];
  try {
    const postgres = await startPostgres();
    undo.push(() => postgres.dispose());
    const url = await postgres.createDatabase("spread");
    const provider = spawnScript(new URL("../spread/provider-process.ts", import.meta.url), [String(perSecond)]);
    undo.push(() => provider.dispose());
    const { url: origin } = await provider.message<{ url: string }>();
    const gateway = await startWideGateway(url, {
      CLEENG_INAPP_URL: `${origin}/storekit2`,
      CLEENG_API_URL: `${origin}/api`,
      CLEENG_PUBLISHER_TOKEN: "bench",
      CLEENG_RATE_PER_SECOND: String(perSecond * 2),
      CLEENG_CONCURRENCY: "64",
    });
    undo.push(() => gateway.dispose());
    const client = new pg.Client({ connectionString: url });
    // Where the bench is interrupted, the server goes first.
    client.on("error", () => {});
    await client.connect();
    undo.push(() => client.end());
    await client.query(made, [operations]);
    await client.query(logged);
    await client.query("analyze");
    const ids = (await client.query<{ id: string }>("select id::text from operations")).rows.map(({ id }) => id);
    const lists = Array.from({ length: sockets }, (_, index) => ids.slice(index * each, (index + 1) * each));
    const crowd = startCrowd();
    undo.push(() => crowd.dispose());
    tell("spread: subscribing");
    await crowd.open({ url: gateway.url, sockets, ids: lists, query, first: 1, protocol: true });
    await client.query(alwaysDue);
    await client.query(due);
    await pause(short ? 2_000 : 20_000);
    const samples: Sample[] = [];
    for (let run = 0; run < runs; run += 1) {
      await crowd.latencies();
      const ms = short ? 2_000 : 8_000;
      const cores = [coreTimes(gatewayCore), coreTimes(loadCore)] as const;
      await pause(ms);
      const latencies = await crowd.latencies();
      const faults = await crowd.faults();
      if (faults.length > 0) throw new Error(`Clients saw what must not be: ${faults.join("; ")}`);
      samples.push({
        p50: quantile(latencies, 0.5),
        p95: quantile(latencies, 0.95),
        p99: quantile(latencies, 0.99),
        perSecond: (latencies.length / ms) * 1_000,
        gatewayCore: busyShare(cores[0], coreTimes(gatewayCore)),
        loadCore: busyShare(cores[1], coreTimes(loadCore)),
      });
      tell(`spread: ${JSON.stringify(samples.at(-1))}`);
    }
    return result(samples);
  } finally {
    for (const step of undo.toReversed()) await step();
  }
}

function result(samples: readonly Sample[]): Measured {
  const middle = (of: (one: Sample) => number) => median(samples.map(of));
  const judged = row(
    "P4 spread: p95 from the provider's answer to the socket",
    samples.map(({ p95 }) => p95),
    { atMost: 25 },
    "ms",
  );
  const rate = middle((one) => one.perSecond);
  const load = middle((one) => one.loadCore);
  const isVoid = load > saturated || rate < perSecond * enough;
  const said = `${judged.measured} at ${digits(rate)} changes a second`;
  const why = isVoid ? `; the load's core was busy for ${digits(load * 100)} % of the time` : "";
  return {
    rows: [{ ...judged, measured: `${said}${why}`, verdict: isVoid ? "void" : judged.verdict }],
    details: [
      `${operations} followed operations of one kind, each with one subscription of its own, ${each} a socket. The provider answers ${perSecond} times a second, evenly, and each of its answers is news, with the moment of its sending in it, which the client compares with its own. All operations are due at all times (a trigger of the measurement's sees to it), so that the provider alone sets the pace. The store is a PostgreSQL of the measurement's own. ${pinning}: the provider, PostgreSQL and the clients share the second core, and the measurement is void where that is saturated (above ${saturated * 100} %), or where fewer than ${enough * 100} % of the changes come.`,
      `| p50 | p95 | p99 | changes a second | gateway's core | other core |\n| ---: | ---: | ---: | ---: | ---: | ---: |\n| ${digits(middle((one) => one.p50))} ms | ${digits(middle((one) => one.p95))} ms | ${digits(middle((one) => one.p99))} ms | ${digits(rate)} | ${digits(middle((one) => one.gatewayCore) * 100)} % | ${digits(load * 100)} % |`,
    ].join("\n\n"),
  };
}

export const part: Part = { name: "spread", title: "Spread (P4)", measure };
