/** S3, S4 and S6: streams that are cut and resumed, cursors that the log can't honour, and readers that don't read. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type KyselyPlugin, sql } from "kysely";
import { notFound } from "../../src/datasources/problems.ts";
import { memoryBus } from "../../src/live/bus.ts";
import type { Hub } from "../../src/live/hub.ts";
import { type Stream, type Told, watchAll, watchOperations } from "../../src/live/stream.ts";
import { changesAfter, logEnd, renewEpoch } from "../../src/store/changes.ts";
import { decodeCursor, type LogPosition } from "../../src/store/cursor.ts";
import { StoreTimeout } from "../../src/store/errors.ts";
import type { Filter } from "../../src/store/operations.ts";
import type { Store } from "../../src/store/store.ts";
import { failed, read, snapshot, succeeded, type Telling } from "../store/learning.ts";
import { engines, openTestStore, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";
import { all, hubOf, line, liveOf, placeOf, take } from "./listening.ts";

const positionOf = ({ cursor }: Told): LogPosition => {
  const position = decodeCursor(cursor);
  if (!position) throw new Error(`Expected every cursor to be one; "${cursor}" is none.`);
  return position;
};

for (const engine of engines) {
  describe(engine.name, () => {
    const bus = memoryBus();
    let store: TestStore;
    let hub: Hub;
    let spied: Store;
    /** How many rows each answer of the database brought to a stream. */
    let answers: number[];
    let count = 0;
    beforeAll(async () => {
      store = await openTestStore(engine, { onChange: bus.announce });
      const spy: KyselyPlugin = {
        transformQuery: ({ node }) => node,
        async transformResult({ result }) {
          answers.push(result.rows.length);
          return result;
        },
      };
      spied = { ...store, db: store.db.withPlugin(spy) };
    });
    beforeEach(() => {
      answers = [];
      hub = hubOf(store, bus);
    });
    afterEach(() => hub.dispose());
    afterAll(() => store.dispose());

    const fresh = (name: string) => `${name}-${++count}`;
    const change = async (name: string, telling: Telling = {}) =>
      (await read(store, name, snapshot("RUNNING", { providerStatus: `${++count}` }), telling)).operation;
    const settle = async (name: string) => (await read(store, name, snapshot(succeeded))).operation;
    const watch = (ids: string[], after: LogPosition | null = null) =>
      watchOperations(liveOf(spied, hub), { tenant: "default", owner: null }, ids, after);
    const watchEverything = (after: LogPosition | null, filter: Filter = {}) =>
      watchAll(liveOf(spied, hub), { tenant: "default", owner: null }, filter, after);
    const end = async (): Promise<LogPosition> => logEnd(store.db);
    const leave = (...streams: Stream[]) => Promise.all(streams.map((stream) => stream.return()));

    describe("a cut and a cursor", () => {
      test("wherever it is cut, what comes after the cursor completes what came before", async () => {
        const names = [fresh("a"), fresh("b"), fresh("c")];
        const ids: string[] = [];
        for (const name of names) ids.push((await change(name)).id);
        await change(names[0] ?? "");
        const whole = await watch(ids);
        const first = await take(whole, 3);
        for (const name of [...names, ...names]) await change(name);
        for (const name of names) await settle(name);
        const told = [...first, ...(await all(whole))];
        expect(told).toHaveLength(12);
        for (const [index, one] of told.entries()) {
          const rest = await all(await watch(ids, positionOf(one)));
          // In the middle of the snapshots the rest of them come as the changes that they stand for.
          const missing = told.slice(Math.max(index + 1, 3)).map(line);
          expect(rest.map(line).slice(-missing.length || rest.length)).toEqual(missing);
          expect(rest.every(({ kind }) => kind === "CHANGED")).toBe(true);
          if (index >= 2) expect(rest).toHaveLength(missing.length);
        }
      });

      test("a cut in the middle of the snapshots loses none of the rest", async () => {
        const names = [fresh("a"), fresh("b"), fresh("c")];
        const ids: string[] = [];
        for (const name of names) ids.push((await change(name)).id);
        const stream = await watch(ids);
        const [first] = await take(stream, 1);
        await stream.return();
        if (!first) throw new Error("Expected a snapshot.");
        const resumed = await watch(ids, positionOf(first));
        const rest = await take(resumed, 2);
        expect(rest.map(line)).toEqual([`CHANGED ${names[1]} 1 RUNNING`, `CHANGED ${names[2]} 1 RUNNING`]);
        await leave(resumed);
      });

      test("the replay goes on live, without a gap and without a repeat, while others write", async () => {
        const name = fresh("busy");
        const { id } = await change(name);
        const from = await end();
        let writing = true;
        const writer = (async () => {
          while (writing) {
            await change(name);
            await new Promise((resolve) => setImmediate(resolve));
          }
        })();
        const streams = await Promise.all(
          Array.from({ length: 8 }, async (_, index) => {
            await new Promise((resolve) => setTimeout(resolve, index * 15));
            return index % 2 === 0 ? watch([id], from) : watchEverything(from, { ids: [id] });
          }),
        );
        const reading = Promise.all(streams.map((stream) => take(stream, 40)));
        const told = await reading;
        writing = false;
        await writer;
        for (const one of told) {
          expect(one.map(({ operation }) => operation.revision)).toEqual(one.map((_, index) => index + 2));
        }
        await leave(...streams);
      });

      test("a long backlog is read in pages, by its reader's pace", async () => {
        const name = fresh("long");
        const { id } = await change(name);
        const from = await end();
        for (let step = 0; step < 250; step += 1) await change(name);
        answers = [];
        const stream = await watch([id], from);
        await take(stream, 1);
        const begun = answers.length;
        expect(Math.max(...answers)).toBeLessThanOrEqual(100);
        // It reads no further than it is asked for.
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(answers).toHaveLength(begun);
        const rest = await take(stream, 249);
        expect(rest.map(({ operation }) => operation.revision)).toEqual(rest.map((_, index) => index + 3));
        expect(Math.max(...answers)).toBeLessThanOrEqual(100);
        expect(answers.length).toBeGreaterThan(2);
        await leave(stream);
      });

      test("ends at once after the replay where everything has settled, and not before it", async () => {
        const [one, two] = [fresh("one"), fresh("two")];
        const ids = [(await change(one)).id, (await change(two)).id];
        const from = await end();
        await settle(one);
        await change(two);
        await settle(two);
        const rest = await all(await watch(ids, from));
        expect(rest.map(line)).toEqual([
          `CHANGED ${one} 2 SETTLED`,
          `CHANGED ${two} 2 RUNNING`,
          `CHANGED ${two} 3 SETTLED`,
        ]);
        expect(await all(await watch(ids, await end()))).toEqual([]);
      });
    });

    describe("a cursor that the log can't honour", () => {
      /** As retention does it: what is trimmed is gone, and the floor is where it ended. */
      const trimTo = (place: number) => sql`update log set floor = ${place}::bigint`.execute(store.db);
      afterEach(() => trimTo(0));

      test("below the floor: each operation that changed since, once, in order of place, then live", async () => {
        const [quiet, a, b, c] = [fresh("quiet"), fresh("a"), fresh("b"), fresh("c")];
        const ids = [(await change(quiet)).id];
        for (const name of [c, b]) ids.push((await change(name)).id);
        const from = await end();
        ids.push((await change(a)).id);
        for (const name of [b, c, b]) await change(name);
        await trimTo(from.place + 1);
        const stream = await watch(ids, from);
        const told = await take(stream, 3);
        expect(told.map(line)).toEqual([`RESET ${a} 1 RUNNING`, `RESET ${c} 2 RUNNING`, `RESET ${b} 3 RUNNING`]);
        const places = told.map(placeOf);
        expect(places).toEqual(places.toSorted((x, y) => x - y));
        expect(places.at(-1)).toBe((await end()).place);
        expect(told.map(({ previousState }) => previousState)).toEqual([null, null, null]);
        await change(quiet);
        expect((await take(stream, 1)).map(line)).toEqual([`CHANGED ${quiet} 2 RUNNING`]);
        await leave(stream);
        // At the floor itself nothing is missing.
        const resumed = await watch(ids, { ...from, place: from.place + 1 });
        expect((await take(resumed, 1)).map(line)).toEqual([`CHANGED ${b} 2 RUNNING`]);
        await leave(resumed);
      });

      test("of another log, or beyond the end of this one: every operation asked for", async () => {
        const name = fresh("one");
        const { id } = await change(name);
        await change(name);
        const here = await end();
        for (const cursor of [
          { epoch: "0".repeat(32), place: 1 },
          { epoch: "0".repeat(32), place: here.place },
          { epoch: here.epoch, place: here.place + 1 },
        ]) {
          const stream = await watch([id], cursor);
          expect((await take(stream, 1)).map(line)).toEqual([`RESET ${name} 2 RUNNING`]);
          await leave(stream);
        }
      });

      test("what changes while the states are told is told after them, as changes", async () => {
        const names = Array.from({ length: 120 }, () => fresh("many"));
        const ids: string[] = [];
        for (const name of names) ids.push((await change(name)).id);
        const stream = await watch(ids, { epoch: "0".repeat(32), place: 1 });
        const told = await take(stream, 10);
        // Told already, on the page that is read, and not read yet.
        for (const index of [3, 40, 110]) await change(names[index] ?? "");
        told.push(...(await take(stream, 113)));
        expect(told.map(line)).toEqual([
          ...names.map((name) => `RESET ${name} 1 RUNNING`),
          ...[3, 40, 110].map((index) => `CHANGED ${names[index]} 2 RUNNING`),
        ]);
        expect(Math.max(...answers)).toBeLessThanOrEqual(120);
        await leave(stream);
      });

      test("the stream of all is told the state of what its filter lets through, as it was at the end of the log", async () => {
        const tag = fresh("tag");
        const [one, two, other] = [fresh("one"), fresh("two"), fresh("other")];
        await change(one, { tags: [tag] });
        await change(two, { tags: [tag] });
        await change(other);
        await settle(one);
        const stream = await watchEverything({ epoch: "0".repeat(32), place: 0 }, { tags: [tag] });
        expect((await take(stream, 2)).map(line)).toEqual([`RESET ${two} 1 RUNNING`, `RESET ${one} 2 SETTLED`]);
        await change(two);
        expect((await take(stream, 1)).map(line)).toEqual([`CHANGED ${two} 2 RUNNING`]);
        await leave(stream);
      });

      test("however many changes are superseded, each answer of the database is a small one, and all that stands is told", async () => {
        const tag = fresh("tag");
        const [early, busy, late] = [fresh("early"), fresh("busy"), fresh("late")];
        await change(early, { tags: [tag] });
        const { id } = await change(busy, { tags: [tag] });
        // As 4,000 polls would leave it.
        await sql`
          insert into changes (place, operation_id, tenant, owner, provider, account, kind, natural_id, revision, at,
            previous_state, state, operation)
          select nextval('change_place'), operation_id, tenant, owner, provider, account, kind, natural_id, step, at, state,
            state, operation
          from changes cross join generate_series(2, 4000) step where operation_id = ${id}::uuid order by step`.execute(
          store.db,
        );
        await sql`update operations set revision = 4000 where id = ${id}::uuid`.execute(store.db);
        await change(busy);
        await change(late, { tags: [tag] });
        answers = [];
        const stream = await watchEverything({ epoch: "0".repeat(32), place: 0 }, { tags: [tag] });
        const told = await take(stream, 3);
        expect(told.map(line)).toEqual([
          `RESET ${early} 1 RUNNING`,
          `RESET ${busy} 4001 RUNNING`,
          `RESET ${late} 1 RUNNING`,
        ]);
        // The last one stands for the end of the log, and no page that was empty was taken for it.
        expect(told.map(placeOf)).toEqual(told.map(({ operation }) => operation.place));
        expect(told.at(-1) && positionOf(told.at(-1) as Told)).toEqual(await end());
        expect(Math.max(...answers)).toBeLessThanOrEqual(50);
        expect(answers.length).toBeGreaterThan(8);
        await change(late);
        expect((await take(stream, 1)).map(line)).toEqual([`CHANGED ${late} 2 RUNNING`]);
        await leave(stream);
      });

      test("a reader that falls below the floor while it is behind is told the state, too", async () => {
        const name = fresh("slow");
        const { id } = await change(name);
        const stream = await watch([id]);
        await take(stream, 1);
        for (let step = 0; step < 350; step += 1) await change(name);
        expect((await take(stream, 1)).map(line)).toEqual([`CHANGED ${name} 2 RUNNING`]);
        await trimTo((await end()).place - 5);
        let told: Told[] = [];
        while (told.at(-1)?.kind !== "RESET") told = [...told, ...(await take(stream, 1))];
        const [last] = told.slice(-1);
        expect(last?.operation.revision).toBe(351);
        const changed = told.slice(0, -1).map(({ operation }) => operation.revision);
        expect(changed).toEqual(changed.map((_, index) => index + 3));
        await leave(stream);
      });

      test("what settled and was trimmed while the log could not be read ends its stream, and is no silence", async () => {
        const [gone, here] = [fresh("gone"), fresh("here")];
        const ids = [(await change(gone)).id, (await change(here)).id];
        let away = false;
        const plugin: KyselyPlugin = {
          transformQuery({ node }) {
            if (away) throw new StoreTimeout(1_000);
            return node;
          },
          // What was asked before and is answered now is not heard either: it could already show what was settled.
          async transformResult({ result }) {
            if (away) throw new StoreTimeout(1_000);
            return result;
          },
        };
        const own = hubOf({ ...store, db: store.db.withPlugin(plugin) }, bus);
        const both = await watchOperations(liveOf(store, own), { tenant: "default", owner: null }, ids);
        const one = await watchOperations(liveOf(store, own), { tenant: "default", owner: null }, ids.slice(0, 1));
        await take(both, 2);
        await take(one, 1);
        const [told, ended] = [take(both, 1), all(one)];
        away = true;
        const settled = await settle(gone);
        await change(here);
        await sql`delete from operations where id = ${settled.id}::uuid`.execute(store.db);
        await trimTo(settled.place);
        away = false;
        expect((await told).map(line)).toEqual([`RESET ${here} 2 RUNNING`]);
        expect(await ended).toEqual([]);
        await leave(both, one);
        await own.dispose();
      });

      test("a quiet reader is not overtaken by what was trimmed of others", async () => {
        const name = fresh("quiet");
        const { id } = await change(name);
        const stream = await watch([id]);
        await take(stream, 1);
        // It has caught up, and waits.
        const first = take(stream, 1);
        await change(name);
        await first;
        const everything = await watchEverything(await end());
        const next = take(everything, 1);
        const other = await change(fresh("other"));
        await next;
        await trimTo(other.place);
        for (let step = 0; step < 150; step += 1) await change(name);
        const told = await take(stream, 150);
        expect(told.every(({ kind }) => kind === "CHANGED")).toBe(true);
        expect(told.at(-1)?.operation.revision).toBe(152);
        await leave(stream, everything);
      });

      test("a log renewed under a reader that is behind: the state, with cursors of the new log", async () => {
        const name = fresh("renewed");
        const { id } = await change(name);
        const from = await end();
        for (let step = 0; step < 150; step += 1) await change(name);
        const stream = await watch([id], from);
        await take(stream, 100);
        await renewEpoch(store.db);
        const [reset] = await take(stream, 1);
        expect(reset && line(reset)).toBe(`RESET ${name} 151 RUNNING`);
        expect(reset && positionOf(reset)).toEqual(await end());
        await leave(stream);
      });
    });

    test("a state is told with the times of the checks since its latest change", async () => {
      const name = fresh("checked");
      const { id } = await change(name);
      const checked = await failed(store, name, notFound("Not found."));
      const stream = await watch([id]);
      const [told] = await take(stream, 1);
      const { checkedAt, nextCheckAt, deadlineAt, checkProblem } = checked.operation;
      expect(told?.operation).toMatchObject({ revision: 1, checkedAt, nextCheckAt, deadlineAt, checkProblem });
      expect(checkProblem).not.toBeNull();
      await leave(stream);
    });

    test("a reader that does not read holds little, slows nobody, and gets everything in order when it reads again", async () => {
      const name = fresh("storm");
      const { id } = await change(name);
      const [stalled, keen, whole] = [await watch([id]), await watch([id]), await watchEverything(await end())];
      await take(stalled, 1);
      await take(keen, 1);
      const keenly = take(keen, 350);
      const broadly = take(whole, 350);
      for (let step = 0; step < 350; step += 1) await change(name);
      // The others have heard it all while one did not read.
      const revisions = (told: Told[]) => told.map(({ operation }) => operation.revision);
      const expected = Array.from({ length: 350 }, (_, index) => index + 2);
      expect(revisions(await keenly)).toEqual(expected);
      expect(revisions(await broadly)).toEqual(expected);
      answers = [];
      expect(revisions(await take(stalled, 350))).toEqual(expected);
      // Nothing of it was kept: it came in pages, from the log.
      expect(answers.filter((rows) => rows === 100)).toHaveLength(3);
      await leave(stalled, keen, whole);
      await until(() => !hub.isWatched(id));
    });

    test("a stream waits while the log can't be read, and goes on by itself", async () => {
      const name = fresh("patient");
      const { id } = await change(name);
      let broken = false;
      const plugin: KyselyPlugin = {
        transformQuery({ node }) {
          if (broken) throw new StoreTimeout(1_000);
          return node;
        },
        transformResult: async ({ result }) => result,
      };
      const breaking: Store = { ...store, db: store.db.withPlugin(plugin) };
      const from = await end();
      const stream = await watchOperations(liveOf(breaking, hub), { tenant: "default", owner: null }, [id], from);
      broken = true;
      await change(name);
      const next = take(stream, 1);
      await new Promise((resolve) => setTimeout(resolve, 100));
      broken = false;
      expect((await next).map(line)).toEqual([`CHANGED ${name} 2 RUNNING`]);
      await leave(stream);
      // Leaving does not wait for it.
      const other = await watchOperations(liveOf(breaking, hub), { tenant: "default", owner: null }, [id], from);
      broken = true;
      const pending = other.next();
      await leave(other);
      expect((await pending).done).toBe(true);
    });

    test("whoever catches up leaves room for others: few reads at a time, however many streams are behind", async () => {
      const ids: string[] = [];
      for (let index = 0; index < 5; index += 1) ids.push((await change(fresh("crowd"))).id);
      let running = 0;
      let most = 0;
      const plugin: KyselyPlugin = {
        transformQuery({ node }) {
          most = Math.max(most, ++running);
          return node;
        },
        async transformResult({ result }) {
          running -= 1;
          return result;
        },
      };
      const live = liveOf({ ...store, db: store.db.withPlugin(plugin) }, hub);
      const from = { epoch: (await end()).epoch, place: 0 };
      const streams = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          index % 3 === 0
            ? watchAll(live, { tenant: "default", owner: null }, {}, from)
            : watchOperations(
                live,
                { tenant: "default", owner: null },
                ids,
                index % 3 === 1 ? from : { epoch: "0".repeat(32), place: 0 },
              ),
        ),
      );
      await Promise.all(streams.map((stream) => take(stream, 5)));
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(4);
      await leave(...streams);
    });

    describe("the stream of all, by ids", () => {
      const here = { tenant: "default", owner: null };

      test("looks for these alone, also where it resumes, and shows each viewer its own", async () => {
        const [mine, theirs, other] = [fresh("mine"), fresh("theirs"), fresh("other")];
        const from = await end();
        const own = (await change(mine, { owner: "me" })).id;
        const ids = [own.toUpperCase(), (await change(theirs, { owner: "them" })).id, "no id"];
        for (let step = 0; step < 150; step += 1) await change(other);
        await change(mine, { owner: "me" });
        answers = [];
        const stream = await watchAll(liveOf(spied, hub), { tenant: "default", owner: "me" }, { ids }, from);
        expect((await take(stream, 2)).map(line)).toEqual([`CHANGED ${mine} 1 RUNNING`, `CHANGED ${mine} 2 RUNNING`]);
        expect([...hub.watched()]).toEqual([own]);
        // Nothing of the others' was read on the way.
        expect(Math.max(...answers)).toBeLessThanOrEqual(2);
        await change(theirs, { owner: "them" });
        await change(mine, { owner: "me" });
        expect((await take(stream, 1)).map(line)).toEqual([`CHANGED ${mine} 3 RUNNING`]);
        const reset = await watchAll(
          liveOf(spied, hub),
          { tenant: "default", owner: "me" },
          { ids },
          { epoch: "0".repeat(32), place: 0 },
        );
        expect((await take(reset, 1)).map(line)).toEqual([`RESET ${mine} 3 RUNNING`]);
        await leave(stream, reset);
      });

      test("takes more of them than are looked for one by one", async () => {
        const [mine, other] = [fresh("mine"), fresh("other")];
        const from = await end();
        const { id } = await change(mine);
        await change(other);
        const many = Array.from(
          { length: 600 },
          (_, index) => `00000000-0000-7000-8000-${`${index}`.padStart(12, "0")}`,
        );
        const stream = await watchAll(liveOf(spied, hub), here, { ids: [...many, id] }, from);
        expect((await take(stream, 1)).map(line)).toEqual([`CHANGED ${mine} 1 RUNNING`]);
        await change(other);
        await change(mine);
        expect((await take(stream, 1)).map(line)).toEqual([`CHANGED ${mine} 2 RUNNING`]);
        await leave(stream);
      });
    });

    test("everything that the log holds can be replayed from its beginning", async () => {
      const stream = await watchEverything({ epoch: (await end()).epoch, place: 0 });
      const log = await changesAfter(store, 0, 100_000);
      expect(log.length).toBeGreaterThan(800);
      expect((await take(stream, log.length)).map(placeOf)).toEqual(log.map(({ place }) => place));
      await leave(stream);
    });

    test("nothing more is read for whoever leaves while states are looked for that its filter lets through", async () => {
      const first = Promise.withResolvers<void>();
      let reads = 0;
      const plugin: KyselyPlugin = {
        transformQuery: ({ node }) => node,
        async transformResult({ result }) {
          // The first tells how the log stands, the second is the first page of states.
          reads += 1;
          if (reads === 2) first.resolve();
          return result;
        },
      };
      const live = liveOf({ ...store, db: store.db.withPlugin(plugin) }, hub);
      const elsewhere = { epoch: "0".repeat(32), place: 0 };
      const stream = await watchAll(live, { tenant: "default", owner: null }, { tags: [fresh("none")] }, elsewhere);
      const pending = stream.next();
      await first.promise;
      await leave(stream);
      expect((await pending).done).toBe(true);
      expect(reads).toBe(2);
      // Left alone, it would have read on to the end.
      const whole = await watchAll(live, { tenant: "default", owner: null }, { tags: [fresh("none")] }, elsewhere);
      void whole.next();
      await until(() => reads > 5);
      await leave(whole);
    });
  });
}
