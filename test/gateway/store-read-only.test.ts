/** A database that answers and takes no writes, as a standby after a fail-over: it is told, and mends by itself. */
import { expect, test } from "@jest/globals";
import { sql } from "kysely";
import { isStoreFailure, StoreReadOnly } from "../../src/store/errors.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { startCleeng } from "../simulators/cleeng.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { engines, postgresEngines } from "../support/store.ts";
import { until } from "../support/until.ts";

const database = sql`(select current_database())`;

/** Connections that are open keep what they began with, as they do in a fail-over: they break. */
async function setReadOnly(admin: Store, value: "on" | "off"): Promise<void> {
  const { rows } = await sql<{ name: string }>`select ${database} as name`.execute(admin.db);
  await sql`alter database ${sql.id(rows[0]?.name ?? "")} set default_transaction_read_only = ${sql.raw(value)}`.execute(
    admin.db,
  );
}

async function breakConnections(admin: Store): Promise<void> {
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = ${database} and backend_type = 'client backend' and pid <> pg_backend_pid()`.execute(admin.db);
}

async function readiness({ url }: TestGateway): Promise<object> {
  const response = await fetch(`${url}/readyz`);
  return { status: response.status, ...((await response.json()) as object) };
}

const write = (gateway: TestGateway, transactionId: string) =>
  gateway.request(
    `mutation ($id: String!) { registerPurchase(input: { customerId: "123456789", transactionId: $id, ipAddress: "8.8.8.8" }) {
       __typename } }`,
    { id: transactionId },
  );

test.each(engines)("$name: a store that can be written to says so", async (engine) => {
  const { config, options, dispose } = await engine.createDatabase();
  const store = await openStore({ database: config, ...options });
  await expect(store.check(5_000)).resolves.toBeUndefined();
  await sql`set default_transaction_read_only = on`.execute(store.db);
  const refusal = store.check(5_000);
  await expect(refusal).rejects.toBeInstanceOf(StoreReadOnly);
  expect(await refusal.catch(isStoreFailure)).toBe(true);
  await store.dispose();
  await dispose();
});

test.each(postgresEngines)("$name: a connection that refused to write is not used again", async (engine) => {
  const { config, dispose } = await engine.createDatabase();
  const store = await openStore({ database: config });
  await sql`set default_transaction_read_only = on`.execute(store.db);
  const refusal = await sql`update log set floor = floor`.execute(store.db).catch((error: unknown) => error);
  expect(isStoreFailure(refusal)).toBe(true);
  await expect(store.check(5_000)).resolves.toBeUndefined();
  await store.dispose();
  await dispose();
});

test.each(postgresEngines)(
  "$name: /readyz and requests say that nothing can be written, nothing is sent, and all mends by itself",
  async (engine) => {
    const cleeng = await startCleeng();
    const owned = await engine.createDatabase();
    const gateway = await startTestGateway({ database: owned, env: { ...cleeng.env } });
    const admin = await openStore({ database: owned.config });
    expect(await readiness(gateway)).toEqual({ status: 200, ready: true });

    await setReadOnly(admin, "on");
    await breakConnections(admin);
    const refused = { status: 503, ready: false, reason: "The store can't be written to." };
    await until(async () => JSON.stringify(await readiness(gateway)) === JSON.stringify(refused));
    const { errors } = await write(gateway, "refused");
    expect(errors).toEqual([expect.objectContaining({ extensions: { code: "STORE_UNAVAILABLE" } })]);
    expect(cleeng.writes()).toEqual([]);

    await sql`set default_transaction_read_only = off`.execute(admin.db);
    await setReadOnly(admin, "off");
    await until(async () => JSON.stringify(await readiness(gateway)) === JSON.stringify({ status: 200, ready: true }));
    // One that has only been read on so far is let go by its first write.
    await until(async () => (await write(gateway, "sent")).data?.registerPurchase?.__typename === "PurchaseSync");

    await admin.dispose();
    await gateway.dispose();
    await owned.dispose();
    await cleeng.dispose();
  },
  120_000,
);
