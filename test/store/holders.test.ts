/** Which tenant has a provider's id, however many come for it at once. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { v7 as uuidv7 } from "uuid";
import { isHeldElsewhere, recordSeen } from "../../src/store/holders.ts";
import { beginRequest } from "../../src/store/record.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { fulfil, giveUp, type Intent, reserve } from "../../src/store/writes.ts";
import { engines, openTestStore, postgresEngines, type TestStore } from "../support/store.ts";
import { item, learned, read, snapshot, type Telling } from "./learning.ts";

const keyOf = (naturalId: string, tenant = "default", kind = "TINY_WORK") => ({
  tenant,
  provider: "TINY",
  account: "default",
  kind,
  naturalId,
});

function intentOf(naturalId: string | null, parts: Partial<Intent> = {}): Intent {
  const key = { ...keyOf(""), naturalId };
  const work = { mutation: "startWork", reserves: false, snapshot: snapshot("PENDING"), tags: [], node: "test" };
  return { id: uuidv7(), ...key, owner: "olga", correlationId: null, ...work, ...parts };
}

async function seen(store: Store, naturalId: string, telling: Telling = {}) {
  const event = { type: "read", snapshot: snapshot("RUNNING") } as const;
  const begun = telling.begun ?? (await beginRequest(store));
  return recordSeen(store, learned(naturalId, event, begun, telling));
}

function accepted(store: Store, { id, naturalId, tenant, owner }: Intent, named = naturalId) {
  const event = { type: "begun", snapshot: snapshot("RUNNING"), unconfirmed: null, read: false } as const;
  return fulfil(store, id, null, learned(named, event, null, { tenant, owner }), "sender");
}

for (const engine of engines) {
  describe(engine.name, () => {
    let store: TestStore;
    beforeAll(async () => {
      store = await openTestStore(engine);
    });
    afterAll(() => store.dispose());

    test("an id is held elsewhere by another tenant's operation, part of one, or write under way, and by nothing else", async () => {
      await read(store, "own", snapshot("RUNNING", { items: [item(0, { key: "own-part" })] }));
      await reserve(store, intentOf("own-write"), null);
      const other = { tenant: "other" };
      await read(store, "theirs", snapshot("RUNNING", { items: [item(0, { key: "their-part" })] }), other);
      await reserve(store, intentOf("their-write", other), null);
      await read(store, "of-another-kind", snapshot("RUNNING"), { ...other, kind: "OTHER_WORK" });
      await read(store, "of-another-provider", snapshot("RUNNING"), { ...other, provider: "OTHER" });
      const ids = ["own", "own-part", "own-write", "theirs", "their-part", "their-write"];
      const others = ["of-another-kind", "of-another-provider", "nobody's"];
      const held: string[] = [];
      for (const id of [...ids, ...others]) if (await isHeldElsewhere(store, keyOf(id))) held.push(id);
      expect(held).toEqual(["theirs", "their-part", "their-write"]);
    });

    test("what is seen of an id that is held elsewhere leaves no trace", async () => {
      await read(store, "held", snapshot("RUNNING"), { tenant: "other" });
      const { place } = await store.db
        .selectFrom("changes")
        .select(({ fn }) => fn.max("place").as("place"))
        .executeTakeFirstOrThrow();
      expect(await seen(store, "held")).toBe("heldElsewhere");
      const rows = await store.db.selectFrom("operations").select("tenant").where("naturalId", "=", "held").execute();
      expect(rows).toEqual([{ tenant: "other" }]);
      expect(await store.db.selectFrom("changes").select("place").where("place", ">", place).execute()).toEqual([]);
    });

    test("an id is free again once the write that had it was not accepted", async () => {
      const intent = intentOf("refused", { tenant: "other" });
      await reserve(store, intent, null);
      expect(await seen(store, "refused")).toBe("heldElsewhere");
      await giveUp(store, intent.id, null, null);
      expect(await seen(store, "refused")).toMatchObject({ operation: { tenant: "default" } });
    });

    test("of two writes of one tenant with an id, what is seen meanwhile is the first one's", async () => {
      await reserve(store, intentOf("two", { owner: "olga", correlationId: "c-1" }), null);
      await reserve(store, intentOf("two", { owner: "otto", correlationId: "c-2" }), null);
      expect(await seen(store, "two", { owner: "sam" })).toMatchObject({
        operation: { owner: "olga", correlationId: "c-1" },
      });
    });
  });
}

for (const engine of postgresEngines) {
  describe(`${engine.name}, several stores of one database`, () => {
    let store: TestStore;
    let stores: Store[];
    beforeAll(async () => {
      store = await openTestStore(engine);
      const { config } = store.database;
      stores = [store, await openStore({ database: config }), await openStore({ database: config })];
    });
    afterAll(async () => {
      for (const one of stores.slice(1)) await one.dispose();
      await store.dispose();
    });
    const on = (n: number) => stores[n % stores.length] ?? store;

    /** The tenants that have the id by an operation or a write under way. */
    const holders = async (naturalId: string): Promise<string[]> => {
      const of = (table: "operations" | "intents") =>
        store.db.selectFrom(table).select("tenant").where("naturalId", "=", naturalId).execute();
      const rows = [...(await of("operations")), ...(await of("intents"))];
      return [...new Set(rows.map(({ tenant }) => tenant))];
    };

    test("an id that many tenants see at once is recorded for one of them alone", async () => {
      for (let round = 0; round < 10; round += 1) {
        const id = `seen-${round}`;
        const results = await Promise.all(
          Array.from({ length: 12 }, (_, n) => seen(on(n), id, { tenant: `tenant-${n % 6}` })),
        );
        const [winner, ...others] = await holders(id);
        expect(others).toEqual([]);
        const won = results.flatMap((result, n) => (result === "heldElsewhere" ? [] : [`tenant-${n % 6}`]));
        // Both of the tenant's own got it, or the second was late to a third.
        expect(new Set(won)).toEqual(new Set([winner]));
        expect(won).toHaveLength(2);
      }
    });

    test.each([false, true])(
      "of look-ups and writes that come at once (an id of ours to make: %s), one tenant has the id",
      async (reserves) => {
        const winners = new Set<string>();
        for (let round = 0; round < 30; round += 1) {
          const id = `mixed-${reserves}-${round}`;
          const begun = await beginRequest(store);
          // One of the two kinds is ahead by some round trips, so that either may win.
          const ahead = round % 2 === 0 ? "write" : "look-up";
          const came = await Promise.all(
            Array.from({ length: 8 }, async (_, n) => {
              const [way, tenant] = [n % 2 === 0 ? "write" : "look-up", `tenant-${n}`];
              for (let wait = way === ahead ? 0 : round % 6; wait > 0; wait -= 1) await beginRequest(on(n));
              const has =
                way === "write"
                  ? (await reserve(on(n), intentOf(id, { tenant, reserves }), null)).type === "reserved"
                  : (await seen(on(n), id, { tenant, begun })) !== "heldElsewhere";
              return has ? `${way} of ${tenant}` : null;
            }),
          );
          const [winner = "nobody", ...others] = came.filter((one) => one !== null);
          expect({ round, others, holders: await holders(id) }).toEqual({
            round,
            others: [],
            holders: [winner.split(" ").at(-1)],
          });
          winners.add(winner.split(" ")[0] ?? "");
        }
        // Else one of the two never had a chance, and nothing was shown.
        expect([...winners].sort()).toEqual(["look-up", "write"]);
      },
    );

    test("a write that ends is seen all the time, as its intent or as its operation", async () => {
      for (let round = 0; round < 30; round += 1) {
        const intent = intentOf(`ending-${round}`, { tenant: "writer" });
        await reserve(store, intent, null);
        let ended = false;
        const end = accepted(on(1), intent).finally(() => {
          ended = true;
        });
        const looks: boolean[] = [];
        do looks.push(await isHeldElsewhere(on(2), keyOf(`ending-${round}`)));
        while (!ended);
        await end;
        expect(looks).not.toContain(false);
      }
    });

    test("look-ups, writes with and without keys, and their ends wait for one another in no circle", async () => {
      const inputHash = "h";
      const work = Array.from({ length: 24 }, async (_, n) => {
        for (let step = 0; step < 10; step += 1) {
          // A few ids and keys, so that everybody meets everybody.
          const [id, tenant, owner] = [`busy-${step % 3}`, `tenant-${n % 2}`, `owner-${n % 3}`];
          const key = { tenant, owner, mutation: "startWork", key: `key-${step % 2}` };
          switch (n % 4) {
            case 0:
              await seen(on(n), id, { tenant, owner });
              break;
            case 1: {
              // The provider names the id: it is known with the answer alone.
              const intent = intentOf(null, { tenant, owner });
              await reserve(on(n), intent, null);
              await accepted(on(n), intent, `named-${n}-${step}`);
              await seen(on(n), `named-${n}-${step}`, { tenant: "tenant-0", owner });
              break;
            }
            default: {
              const intent = intentOf(id, { tenant, owner });
              const reserved = await reserve(on(n), intent, n % 4 === 2 ? { ...key, inputHash } : null);
              if (reserved.type !== "reserved") break;
              if (step % 3 === 0) await giveUp(on(n), intent.id, n % 4 === 2 ? key : null, null);
              else await accepted(on(n), intent);
            }
          }
        }
      });
      await Promise.all(work);
      for (const id of ["busy-0", "busy-1", "busy-2"]) expect(await holders(id)).toHaveLength(1);
    });
  });
}
