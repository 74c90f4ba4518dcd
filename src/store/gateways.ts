/**
 * Which gateways are alive, as the database sees it: each writes a heartbeat into its own row, and reads everybody's.
 * What they make of it is not known here.
 */
import { type RawBuilder, sql } from "kysely";
import type { Store } from "./store.ts";

/** A gateway whose latest heartbeat is older is taken for dead. */
export const aliveSeconds = 5;
/** Rows that are older are removed, by whoever beats next. */
export const rememberedSeconds = 60;

export interface GatewayRow {
  readonly node: string;
  /** Since its latest heartbeat, by the database's clock. */
  readonly ageMs: number;
  /** Whether it said that it shares budgets by Redis. */
  readonly redis: boolean;
}

export interface Heartbeat {
  /** Every gateway that was heard of within `rememberedSeconds`, this one included, in order of name. */
  readonly gateways: readonly GatewayRow[];
  /** Upstreams that nobody may ask for now, and for how many ms more. */
  readonly holds: ReadonlyMap<string, number>;
}

/**
 * Announces a gateway, before its first `beat`: of two that start at once, at least one then reads the other's row. In one
 * statement, neither would see what the other has not committed yet.
 */
export async function announceGateway({ db }: Store, node: string, redis: boolean): Promise<void> {
  await sql`
    insert into gateways (node, heartbeat_at, redis) values (${node}, clock_timestamp(), ${redis}::boolean)
    on conflict (node) do update set heartbeat_at = excluded.heartbeat_at, redis = excluded.redis
  `.execute(db);
}

/** Writes the heartbeat and reads everybody else's, in one statement. */
export async function beat(store: Store, node: string, redis: boolean): Promise<Heartbeat> {
  const { rows } = await sql<{ gateways: GatewayRow[]; holds: Record<string, number> }>`
    with mine as (
      insert into gateways (node, heartbeat_at, redis) values (${node}, clock_timestamp(), ${redis}::boolean)
      on conflict (node) do update set heartbeat_at = excluded.heartbeat_at, redis = excluded.redis
    ), forgotten as (
      delete from gateways where node in (
        select node from gateways
        where node <> ${node} and heartbeat_at < clock_timestamp() - make_interval(secs => ${rememberedSeconds}::float8)
        for update skip locked
      )
    ), others as (
      select node, (extract(epoch from clock_timestamp() - heartbeat_at) * 1000)::float8 as age, redis
      from gateways
      where node <> ${node} and heartbeat_at >= clock_timestamp() - make_interval(secs => ${rememberedSeconds}::float8)
      union all select ${node}, 0, ${redis}::boolean
    )
    select
      (select jsonb_agg(jsonb_build_object('node', node, 'ageMs', age, 'redis', redis) order by node collate "C")
         from others) as gateways,
      (select coalesce(jsonb_object_agg(upstream, (extract(epoch from until - ${store.now()}) * 1000)::float8), '{}')
         from upstream_holds where until > ${store.now()}) as holds
  `.execute(store.db);
  const row = rows[0];
  if (!row) throw new Error("A heartbeat gave no answer; expected one row.");
  return { gateways: row.gateways, holds: new Map(Object.entries(row.holds)) };
}

/**
 * Takes a gateway out of those that are alive, at the end of its dispose. Its row stays for a while: what it asked of
 * providers lies in the window that the others' budgets look at.
 */
export async function leaveGateways({ db }: Store, node: string): Promise<void> {
  await sql`
    update gateways set heartbeat_at = clock_timestamp() - make_interval(secs => ${aliveSeconds}::float8), redis = false
    where node = ${node}
  `.execute(db);
}

/**
 * Whether the gateway that `node` names is alive, on PostgreSQL: `node` is a column such as sql.ref("intents.node"), or a
 * value. On an embedded store nobody beats, and whoever is not this process is dead.
 */
export function isAlive(node: RawBuilder<string>): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select from gateways
    where gateways.node = ${node}
      and gateways.heartbeat_at > clock_timestamp() - make_interval(secs => ${aliveSeconds}::float8)
  )`;
}
