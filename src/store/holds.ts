/** Until when nobody asks an upstream, because it said so (Retry-After): for every gateway, and over restarts. */
import { sql } from "kysely";
import type { Store } from "./store.ts";

/** Nobody asks it for `ms` more. Never shortens a hold. */
export async function holdUpstream(store: Store, upstream: string, ms: number): Promise<void> {
  const until = sql<Date>`${store.now()} + make_interval(secs => ${ms / 1000}::float8)`;
  await sql`
    insert into upstream_holds (upstream, until) values (${upstream}, ${until})
    on conflict (upstream) do update set until = greatest(upstream_holds.until, excluded.until)
  `.execute(store.db);
}

/** For how many ms more each upstream is held; those that are not held are left out. */
export async function upstreamHolds(store: Store): Promise<Map<string, number>> {
  const { rows } = await sql<{ upstream: string; ms: number }>`
    select upstream, (extract(epoch from until - ${store.now()}) * 1000)::float8 as ms
    from upstream_holds where until > ${store.now()}
  `.execute(store.db);
  return new Map(rows.map(({ upstream, ms }) => [upstream, ms]));
}
