/** RETENTION_SECONDS on a whole gateway: what settled goes, watchers are told nothing of it, and older cursors get RESET. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type CleengSimulator, granted, processing, startCleeng } from "../simulators/cleeng.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets, type Sockets } from "../support/sockets.ts";
import { engines } from "../support/store.ts";
import { until } from "../support/until.ts";

for (const engine of engines) {
  describe(engine.name, () => {
    let cleeng: CleengSimulator;
    let gateway: TestGateway;
    let sockets: Sockets;
    beforeAll(async () => {
      cleeng = await startCleeng();
      // Long enough for a busy machine to tell of a change before it is trimmed.
      gateway = await startTestGateway({ engine, env: { ...cleeng.env, RETENTION_SECONDS: "8" } });
      sockets = openSockets(gateway);
    }, 120_000);
    afterAll(async () => {
      await sockets.dispose();
      await gateway.dispose();
      await cleeng.dispose();
    }, 120_000);

    const follow = async (synchronizationId: string): Promise<string> => {
      const { data } = await gateway.request(
        "mutation ($id: ID!) { followPurchaseSync(synchronizationId: $id) { ... on PurchaseSync { id } } }",
        { id: synchronizationId },
      );
      return data.followPurchaseSync.id;
    };

    test("trims what settled and keeps what is followed, however old", async () => {
      cleeng.statuses.set("ends", [processing, granted]);
      cleeng.statuses.set("lasts", [processing]);
      const all = sockets.watch("subscription { operationsChanged { kind cursor operation { id } state } }");
      await gateway.begun(1);
      const lasting = await follow("lasts");
      const first = (await all.next()).operationsChanged;
      const ending = await follow("ends");
      for (const state of ["RUNNING", "SETTLED"]) {
        expect((await all.next()).operationsChanged).toMatchObject({
          kind: "CHANGED",
          state,
          operation: { id: ending },
        });
      }
      await until(async () => (await gateway.request(`{ node(id: "${ending}") { id } }`)).data.node === null);
      expect((await gateway.request(`{ node(id: "${lasting}") { id } }`)).data.node).toEqual({ id: lasting });
      await until(() => gateway.logged().includes("Trimmed what was kept for its time."));

      // The next event that anybody hears is the next change, and nothing of the trimming.
      cleeng.statuses.set("later", [processing]);
      const later = await follow("later");
      const next = (await all.next()).operationsChanged;
      expect(next).toMatchObject({ kind: "CHANGED", operation: { id: later } });
      await all.leave();

      const resumed = sockets.watch(
        "subscription ($after: Cursor!) { operationsChanged(after: $after) { kind operation { id } } }",
        {
          after: first.cursor,
        },
      );
      expect((await resumed.next()).operationsChanged).toEqual({ kind: "RESET", operation: { id: later } });
      await resumed.leave();
    }, 120_000);
  });
}
