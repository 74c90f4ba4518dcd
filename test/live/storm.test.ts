/** S1 to S3 where they are hardest: streams that begin, are cut and resumed in the middle of many writes. */
import { describe, expect, test } from "@jest/globals";
import { memoryBus } from "../../src/live/bus.ts";
import type { Hub } from "../../src/live/hub.ts";
import { type Stream, type Told, watchAll, watchOperations } from "../../src/live/stream.ts";
import { changesAfter, logEnd } from "../../src/store/changes.ts";
import { decodeCursor, type LogPosition } from "../../src/store/cursor.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { read, snapshot, succeeded } from "../store/learning.ts";
import { engines, openTestStore, postgresEngines } from "../support/store.ts";
import { until } from "../support/until.ts";
import { all, hubOf, liveOf, placeOf, take } from "./listening.ts";

const names = ["a", "b", "c", "d"];
const steps = 25;

/** Four operations, each changed by one writer after the other, from several at once; at the end they settle. */
async function storm(stores: readonly Store[]): Promise<void> {
  await Promise.all(
    names.map(async (name, index) => {
      for (let step = 0; step < steps; step += 1) {
        const store = stores[(index + step) % stores.length];
        if (store) await read(store, name, snapshot("RUNNING", { providerStatus: `${name}-${step}` }));
        // PGlite answers without a turn of the event loop: the streams would not get one before the storm is over.
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (stores[0]) await read(stores[0], name, snapshot(succeeded));
    }),
  );
}

/** Streams that begin one after the other while it storms; what each was told. */
async function subscribeMeanwhile(store: Store, hub: Hub, ids: string[], storming: Promise<void>): Promise<Told[][]> {
  const streams: Array<Promise<Told[]>> = [];
  let over = false;
  const ended = storming.finally(() => {
    over = true;
  });
  while (!over) {
    streams.push(all(await watchOperations(liveOf(store, hub), { tenant: "default", owner: null }, ids)));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await ended;
  streams.push(all(await watchOperations(liveOf(store, hub), { tenant: "default", owner: null }, ids)));
  return Promise.all(streams);
}

function expectNoGap(told: readonly Told[]): void {
  const places = told.map(placeOf);
  expect(places).toEqual([...new Set(places)].toSorted((a, b) => a - b));
  expect(told.slice(0, names.length).map(({ kind }) => kind)).toEqual(names.map(() => "SNAPSHOT"));
  for (const name of names) {
    const own = told.filter(({ operation }) => operation.naturalId === name);
    const first = own[0]?.operation.revision ?? Number.NaN;
    expect(own.map(({ operation }) => operation.revision)).toEqual(own.map((_, index) => first + index));
    expect(own.map(({ kind }) => kind)).toEqual(own.map((_, index) => (index === 0 ? "SNAPSHOT" : "CHANGED")));
    expect(own.at(-1)?.operation).toMatchObject({ state: "SETTLED", revision: steps + 2 });
  }
}

const begin = async (store: Store) =>
  Promise.all(names.map(async (name) => (await read(store, name, snapshot("PENDING"))).operation.id));

for (const engine of engines) {
  test(`${engine.name}: each stream is told each revision once and in order, whenever it began`, async () => {
    const bus = memoryBus();
    const store = await openTestStore(engine, { onChange: bus.announce });
    const hub = hubOf(store, bus);
    const ids = await begin(store);
    const whole = await watchAll(liveOf(store, hub), { tenant: "default", owner: null }, {});
    const told = await subscribeMeanwhile(store, hub, ids, storm([store]));
    expect(told.length).toBeGreaterThan(3);
    for (const one of told) expectNoGap(one);
    const log = (await changesAfter(store, 0, 1000)).slice(names.length);
    expect((await take(whole, log.length)).map(placeOf)).toEqual(log.map(({ place }) => place));
    await whole.return();
    await until(() => ids.every((id) => !hub.isWatched(id)));
    await hub.dispose();
    await store.dispose();
  });
}

/** As a client does it: takes some, is cut, comes back to another gateway with its last cursor. */
async function readCutAndResume(
  nodes: readonly Node[],
  ids: string[] | null,
  /** The log's end, once nothing more is written. */
  ended: () => number | null,
): Promise<Told[]> {
  const told: Told[] = [];
  let after: LogPosition | null = null;
  for (let turn = 0; ; turn += 1) {
    const last = ended();
    if (last !== null && after?.place === last) return told;
    const node = nodes[turn % nodes.length];
    if (!node) throw new Error("There is no node to read from.");
    const live = liveOf(node.store, node.hub);
    const stream: Stream = ids
      ? await watchOperations(live, { tenant: "default", owner: null }, ids, after)
      : await watchAll(live, { tenant: "default", owner: null }, {}, after);
    // The last time it is left alone until it has been told everything.
    const cut = last === null ? setTimeout(() => stream.return(), Math.random() * 60) : undefined;
    for await (const one of stream) {
      told.push(one);
      after = decodeCursor(one.cursor);
      // Cut also between two that came together.
      if (last === null ? Math.random() < 0.05 : after?.place === last) break;
    }
    clearTimeout(cut);
  }
}

interface Node {
  readonly store: Store;
  readonly hub: Hub;
}

for (const engine of postgresEngines) {
  test(`${engine.name}: cut at random and resumed elsewhere, behind 16 writers, each hears all of it once`, async () => {
    const own = await openTestStore(engine);
    const stores = [own, ...(await Promise.all([1, 2, 3].map(() => openStore({ database: own.database.config }))))];
    const nodes = stores.slice(0, 3).map((store): Node => ({ store, hub: hubOf(store) }));
    const ids = await begin(own);
    const start = { epoch: (await logEnd(own.db)).epoch, place: 0 };
    let last: number | null = null;
    const readers = [...Array(6)].map((_, index) => readCutAndResume(nodes, index % 2 === 0 ? ids : null, () => last));
    await until(() => ids.some((id) => nodes.some(({ hub }) => hub.isWatched(id))));
    await Promise.all(
      Array.from({ length: 16 }, async (_, writer) => {
        const store = stores[writer % stores.length];
        for (let step = 0; store && step < 25; step += 1) {
          await read(
            store,
            names[(writer + step) % names.length] ?? "",
            snapshot("RUNNING", { providerStatus: `${writer}-${step}` }),
          );
        }
      }),
    );
    last = (await logEnd(own.db)).place;
    const log = await changesAfter(own, start.place, 10_000);
    // An answer begun before one that is recorded already makes no change.
    expect(log.length).toBeGreaterThan(100);
    for (const told of await Promise.all(readers)) {
      const first = told.find(({ kind }) => kind === "CHANGED");
      if (!first) throw new Error("Expected every reader to be told of changes.");
      const changes = told.filter(({ kind }) => kind === "CHANGED").map(placeOf);
      expect(changes).toEqual(log.map(({ place }) => place).filter((place) => place >= placeOf(first)));
    }
    for (const { hub } of nodes) await hub.dispose();
    for (const store of stores.toReversed()) await store.dispose();
  });

  describe(`${engine.name}, written to by gateways that announce nothing here`, () => {
    test("each stream is told each revision once and in order, found by the heartbeat", async () => {
      const store = await openTestStore(engine);
      const others = [0, 1].map(() => openStore({ database: store.database.config }));
      const elsewhere = await Promise.all(others);
      const hub = hubOf(store);
      const ids = await begin(store);
      const told = await subscribeMeanwhile(store, hub, ids, storm([...elsewhere, store]));
      expect(told.length).toBeGreaterThan(3);
      for (const one of told) expectNoGap(one);
      await hub.dispose();
      for (const one of elsewhere) await one.dispose();
      await store.dispose();
    });
  });
}
