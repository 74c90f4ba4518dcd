/** Streams in the moment in which the database, or their peer, goes away. */
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import pg from "pg";
import { WebSocket } from "ws";
import { openStore } from "../../src/store/store.ts";
import { item, read, snapshot } from "../store/learning.ts";
import { startTestGateway } from "../support/gateway.ts";
import { openSockets } from "../support/sockets.ts";
import { postgresEngines, type TestDatabase } from "../support/store.ts";
import { until } from "../support/until.ts";

const disposals: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0).reverse()) await dispose();
});

for (const engine of postgresEngines) {
  describe(engine.name, () => {
    test("what goes wrong for a peer that has gone is told to nobody, and is no fault", async () => {
      const database = await engine.createDatabase();
      disposals.push(() => database.dispose());
      if (database.config.type !== "postgres") throw new Error("This is about PostgreSQL.");
      const gateway = await startTestGateway({ database, env: { SANDBOX: "off" } });
      disposals.push(() => gateway.dispose());
      const printed = jest.spyOn(console, "error").mockImplementation(() => {});
      disposals.push(async () => printed.mockRestore());
      const client = new pg.Client({ connectionString: database.config.url });
      await client.connect();
      disposals.push(() => client.end());
      const sockets = async () => Number(/^statusgraph_sockets (\d+)$/m.exec(await metrics())?.[1]);
      const metrics = async () => (await fetch(`${gateway.url}/metrics`)).text();
      await client.query("begin");
      await client.query("lock table operations in access exclusive mode");
      const socket = new WebSocket(gateway.url.replace("http", "ws").concat("/graphql"), "graphql-transport-ws");
      await new Promise((resolve) => socket.on("open", resolve));
      socket.send('{"type":"connection_init"}');
      await new Promise((resolve) => socket.once("message", resolve));
      // Nobody knows this operation; that is found out when nobody is there to be told.
      const query = `subscription { operationChanged(ids: ["01a1fbda-e5a0-7113-b57f-9a1df0909a66"]) { revision } }`;
      socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
      const waiting =
        "select count(*)::int as count from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())";
      await until(async () => (await client.query(waiting)).rows[0].count > 0);
      // It says goodbye and does not hear the answer, so that its socket is neither open nor closed.
      socket.pause();
      socket.close();
      for (let turn = 0; turn < 5; turn += 1) expect(await sockets()).toBe(1);
      await client.query("rollback");
      await until(async () => (await client.query(waiting)).rows[0].count === 0);
      expect((await gateway.request("{ operations { totalCount } }")).data.operations.totalCount).toBe(0);
      socket.terminate();
      await until(async () => (await sockets()) === 0);
      expect(printed.mock.calls).toEqual([]);
      expect(gateway.logged()).not.toContain("This is a bug");
    });

    /** A stream that has begun, of an operation whose items are asked for; and somebody who may lock these away. */
    async function begin() {
      const database = await engine.createDatabase();
      disposals.push(() => database.dispose());
      if (database.config.type !== "postgres") throw new Error("This is about PostgreSQL.");
      const store = await openStore({ database: database.config });
      disposals.push(() => store.dispose());
      const work = { kind: "BULK_CALL", provider: "FLOLIVE" };
      let count = 0;
      const tell = async () => {
        const told = { providerStatus: `${++count}`, items: [item(0, { status: "OPEN" })] };
        return (await read(store, "bulk", snapshot("RUNNING", told), work)).operation.revision;
      };
      await tell();

      // So that a table which somebody holds is a database that does not answer.
      const url = new URL(database.config.url);
      url.searchParams.set("options", "-c lock_timeout=200");
      const short: TestDatabase = { ...database, config: { type: "postgres", url: url.href } };
      const gateway = await startTestGateway({ database: short, env: { SANDBOX: "off" } });
      disposals.push(() => gateway.dispose());
      const sockets = openSockets(gateway);
      disposals.push(() => sockets.dispose());
      const stream = sockets.watch(
        `subscription { operationsChanged { revision
           operation { ... on BulkCall { calls(first: 5) { nodes { revision } } } } } }`,
      );
      const client = new pg.Client({ connectionString: database.config.url });
      await client.connect();
      disposals.push(() => client.end());
      const lock = async () => {
        await client.query("begin");
        await client.query("lock table operation_items in access exclusive mode");
      };

      // Whoever subscribes is told what comes later: the first one that is told shows that it has begun.
      const begun: number[] = [];
      const revisionOf = async () => (await stream.next()).operationsChanged.revision as number;
      void revisionOf().then((revision) => begun.push(revision));
      let last = 0;
      await until(async () => {
        if (begun.length > 0) return true;
        last = await tell();
        await new Promise((resolve) => setTimeout(resolve, 100));
        return false;
      });
      for (let revision = begun[0] ?? 0; revision < last; ) revision = await revisionOf();
      const waits = () => gateway.logged().split("The store can't be read.").length - 1;
      return { stream, tell, lock, unlock: () => client.query("rollback"), waits };
    }

    test("what is asked of an event is asked again until the database gives it, and no event is told without", async () => {
      const { stream, tell, lock, unlock, waits } = await begin();
      // The gateway finds the change within a second; mostly the table is locked by then. Else it is tried again.
      for (const before = waits(); waits() === before; ) {
        const revision = await tell();
        await lock();
        let came = false;
        const next = stream.next().finally(() => {
          came = true;
        });
        await until(() => came || waits() > before);
        await unlock();
        expect(await next).toEqual({
          operationsChanged: { revision, operation: { calls: { nodes: [{ revision: expect.any(Number) }] } } },
        });
      }
    });

    test("what a database that is there never gives ends the subscription, and is not asked for again and again", async () => {
      const { stream, tell, lock, unlock } = await begin();
      let failure: unknown = null;
      while (failure === null) {
        await tell();
        await lock();
        failure = await stream.next().then(
          () => null,
          (error: unknown) => error,
        );
        await unlock();
      }
      expect(failure).toEqual([expect.objectContaining({ extensions: { code: "STORE_UNAVAILABLE" } })]);
    });
  });
}
