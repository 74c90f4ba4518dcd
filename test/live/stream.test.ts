import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { unavailable } from "../../src/datasources/problems.ts";
import { memoryBus } from "../../src/live/bus.ts";
import type { Hub } from "../../src/live/hub.ts";
import { toldOf, watchAll, watchOperations } from "../../src/live/stream.ts";
import { logEnd, timelineOf } from "../../src/store/changes.ts";
import type { Filter } from "../../src/store/operations.ts";
import { failed, item, read, snapshot, succeeded, type Telling, unfollowed } from "../store/learning.ts";
import { engines, openTestStore, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";
import { all, hubOf, line, liveOf, placeOf, take } from "./listening.ts";

for (const engine of engines) {
  describe(engine.name, () => {
    const bus = memoryBus();
    let store: TestStore;
    let hub: Hub;
    let count = 0;
    beforeAll(async () => {
      store = await openTestStore(engine, { onChange: bus.announce });
    });
    beforeEach(() => {
      hub = hubOf(store, bus);
    });
    afterEach(() => hub.dispose());
    afterAll(() => store.dispose());

    const fresh = (name: string) => `${name}-${++count}`;
    const running = async (name: string, telling: Telling = {}) =>
      (await read(store, name, snapshot("RUNNING"), telling)).operation;
    const settle = (name: string, telling: Telling = {}) => read(store, name, snapshot(succeeded), telling);
    const watch = (...ids: string[]) => watchOperations(liveOf(store, hub), { tenant: "default", owner: null }, ids);

    test("first comes the state now, then every change, until it has settled: then the stream is over", async () => {
      const name = fresh("one");
      const { id } = await running(name);
      const stream = await watch(id);
      expect((await take(stream, 1)).map(line)).toEqual([`SNAPSHOT ${name} 1 RUNNING`]);
      await read(store, name, snapshot("RETRYING"));
      expect((await take(stream, 1)).map(line)).toEqual([`CHANGED ${name} 2 RETRYING`]);
      await settle(name);
      const rest = await all(stream);
      expect(rest.map(line)).toEqual([`CHANGED ${name} 3 SETTLED`]);
      expect(rest[0]).toMatchObject({ previousState: "RETRYING", operation: { outcome: "SUCCEEDED" } });
    });

    test("what is settled or not followed is over after its snapshot; by subscribing nothing is followed", async () => {
      const [ended, unwatched] = [fresh("ended"), fresh("unwatched")];
      await settle(ended);
      const one = await watch((await settle(ended)).operation.id);
      expect((await all(one)).map(line)).toEqual([`SNAPSHOT ${ended} 1 SETTLED`]);
      const { id } = await running(unwatched, { follow: false });
      const told = await all(await watch(id));
      expect(told.map(line)).toEqual([`SNAPSHOT ${unwatched} 1 RUNNING`]);
      expect(told[0]?.operation.followed).toBe(false);
    });

    test("several are over when the last of them is, by settling or by being unfollowed", async () => {
      const names = [fresh("a"), fresh("b"), fresh("c")];
      const [a = "", b = "", c = ""] = names;
      const ids = [(await running(a)).id, (await running(b)).id, (await settle(c)).operation.id];
      const stream = await watch(...ids);
      expect((await take(stream, 3)).map(({ kind }) => kind)).toEqual(["SNAPSHOT", "SNAPSHOT", "SNAPSHOT"]);
      await settle(a);
      expect((await take(stream, 1)).map(line)).toEqual([`CHANGED ${a} 2 SETTLED`]);
      await read(store, b, snapshot("RETRYING"));
      await unfollowed(store, b);
      await read(store, b, snapshot("RUNNING"), { follow: false });
      expect((await all(stream)).map(line)).toEqual([`CHANGED ${b} 2 RETRYING`, `CHANGED ${b} 3 RETRYING`]);
    });

    test("snapshots come in the order of their latest places, and the last one's cursor is the end of the log", async () => {
      const [a, b, c] = [fresh("a"), fresh("b"), fresh("c")];
      const ids = [await running(a), await running(b), await running(c)].map(({ id }) => id);
      await read(store, a, snapshot("RETRYING"));
      // A check that fails writes the row and makes no place: the rows lie in another order than their places.
      await failed(store, b, unavailable("TINY", "TIMEOUT", "No answer."));
      const bystander = await running(fresh("bystander"));
      const stream = await watch(...ids);
      const told = await take(stream, 3);
      expect(told.map(line)).toEqual([
        `SNAPSHOT ${b} 1 RUNNING`,
        `SNAPSHOT ${c} 1 RUNNING`,
        `SNAPSHOT ${a} 2 RETRYING`,
      ]);
      const places = told.map(placeOf);
      expect(places).toEqual([told[0]?.operation.place, told[1]?.operation.place, bystander.place]);
      expect((await logEnd(store.db)).place).toBe(bystander.place);
      expect(told.map(({ at, operation }) => at.getTime() - operation.changedAt.getTime())).toEqual([0, 0, 0]);
      await stream.return();
    });

    test("several operations are told in the order of their places", async () => {
      const names = [fresh("x"), fresh("y"), fresh("z")];
      const ids: string[] = [];
      for (const name of names) ids.push((await running(name)).id);
      const stream = await watch(...ids);
      await take(stream, 3);
      const written: string[] = [];
      for (const index of [2, 0, 1, 1, 2, 0]) {
        const { operation } = await read(
          store,
          names[index] ?? "",
          snapshot("RUNNING", { providerStatus: fresh("s") }),
        );
        written.push(`CHANGED ${operation.naturalId} ${operation.revision} RUNNING`);
      }
      const told = await take(stream, 6);
      expect(told.map(line)).toEqual(written);
      expect(told.map(placeOf)).toEqual(told.map(placeOf).toSorted((a, b) => a - b));
      await stream.return();
    });

    test("each is told as it stood at its revision, also when it has moved on since", async () => {
      const name = fresh("past");
      const { id } = await running(name);
      const stream = await watch(id);
      for (let step = 2; step <= 5; step += 1) {
        const items = [item(0, { status: `S${step}` })];
        await read(store, name, snapshot("RUNNING", { providerStatus: `step-${step}`, fields: { step }, items }));
      }
      await settle(name);
      const told = (await all(stream)).slice(1, -1);
      expect(told.map(({ operation }) => [operation.revision, operation.providerStatus, operation.fields])).toEqual(
        [2, 3, 4, 5].map((step) => [step, `step-${step}`, { step }]),
      );
      expect(told.map(({ operation }) => operation.itemCounts)).toEqual(
        [2, 3, 4, 5].map((step) => ({ [`S${step}`]: 1 })),
      );
      const { epoch } = await logEnd(store.db);
      const lines = await timelineOf(store, id, null, 10);
      expect(told).toEqual(lines.slice(1, -1).map((change) => toldOf(change, epoch)));
    });

    test("a stream that is left is left at once, and nothing of it stays", async () => {
      const { id } = await running(fresh("left"));
      const streams = [await watch(id), await watch(id)];
      for (const stream of streams) await take(stream, 1);
      const pending = streams.map((stream) => stream.next());
      await streams[0]?.return();
      expect(hub.isWatched(id)).toBe(true);
      await streams[1]?.return();
      expect(hub.isWatched(id)).toBe(false);
      expect(await Promise.all(pending)).toEqual([0, 1].map(() => ({ done: true, value: undefined })));
    });

    test("many streams of many operations come and go, and each hears its own", async () => {
      const names = Array.from({ length: 8 }, () => fresh("many"));
      const ids = await Promise.all(names.map(async (name) => (await running(name)).id));
      const heard = await Promise.all(
        Array.from({ length: 24 }, async (_, index) => {
          const stream = await watch(ids[index % 8] ?? "");
          await take(stream, 1);
          if (index % 3 === 0) await stream.return();
          return stream;
        }),
      );
      await Promise.all(names.map((name) => settle(name)));
      const told = await Promise.all(heard.map(all));
      expect(told.map((one) => one.map(line))).toEqual(
        heard.map((_, index) => (index % 3 === 0 ? [] : [`CHANGED ${names[index % 8]} 2 SETTLED`])),
      );
    });

    describe("the stream of all", () => {
      const scope = { tenant: "default", owner: null };
      const everything = (filter: Filter = {}, within: { tenant: string; owner: string | null } = scope) =>
        watchAll(liveOf(store, hub), within, filter);

      test("tells what comes from now on, new operations too, of its tenant and owner alone", async () => {
        await running(fresh("before"));
        const [whole, own] = [await everything(), await everything({}, { tenant: "default", owner: "olga" })];
        const [foreign, ottos, olgas] = [fresh("foreign"), fresh("otto"), fresh("olga")];
        await running(foreign, { tenant: "other", owner: "olga" });
        await running(ottos, { owner: "otto" });
        await running(olgas, { owner: "olga" });
        const told = await Promise.all([take(whole, 2), take(own, 1)]);
        expect(told.map((one) => one.map(line))).toEqual([
          [`CHANGED ${ottos} 1 RUNNING`, `CHANGED ${olgas} 1 RUNNING`],
          [`CHANGED ${olgas} 1 RUNNING`],
        ]);
        expect(told[0][0]?.previousState).toBeNull();
        for (const stream of [whole, own]) await stream.return();
      });

      test("lets through what the filter lets through, judged by the change as it was", async () => {
        const name = fresh("filtered");
        const { id } = await running(name, { kind: "K", provider: "P", correlationId: name, tags: [name, "t"] });
        const filters: Array<[Filter, string[]]> = [
          [{ ids: [id.toUpperCase()] }, ["RETRYING", "SETTLED"]],
          [{ kinds: ["K"], providers: ["P"], tags: ["t", name], correlationId: name }, ["RETRYING", "SETTLED"]],
          [{ states: ["RETRYING"], ids: [id] }, ["RETRYING"]],
          [{ outcomes: ["SUCCEEDED"], ids: [id] }, ["SETTLED"]],
          [{ ids: [id], kinds: ["OTHER"] }, []],
          [{ ids: [id], tags: [name, "u"] }, []],
          [{ ids: [id], correlationId: "else" }, []],
          [{ ids: [id], outcomes: ["FAILED"] }, []],
          [{ ids: [id], providers: [] }, []],
        ];
        const streams = await Promise.all(filters.map(([filter]) => everything(filter)));
        const told: string[][] = streams.map(() => []);
        const readings = streams.map(async (stream, index) => {
          for await (const { operation } of stream) told[index]?.push(operation.state);
        });
        const sentinel = fresh("sentinel");
        const last = await everything({ tags: [sentinel] });
        const telling = { kind: "K", provider: "P" };
        await read(store, name, snapshot("RETRYING"), telling);
        await settle(name, telling);
        await running(sentinel, { tags: [sentinel] });
        // All are told in one go: when the last has heard, the others have.
        await take(last, 1);
        await until(() => told.every((states, index) => states.length >= (filters[index]?.[1].length ?? 0)));
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(told).toEqual(filters.map(([, expected]) => expected));
        for (const stream of [last, ...streams]) await stream.return();
        await Promise.all(readings);
      });
    });
  });
}
