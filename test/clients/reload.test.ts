/** A page that is reloaded goes on where it was: what it knows is kept with its cursor (docs/resuming/watch.ts). */
import { afterEach, expect, test } from "@jest/globals";
import { connect } from "../../docs/resuming/connect.ts";
import { type Change, type Known, nothing, withChange } from "../../docs/resuming/known.ts";
import { watch } from "../../docs/resuming/watch.ts";
import { renewEpoch } from "../../src/store/changes.ts";
import { openStore } from "../../src/store/store.ts";
import { engines, postgresEngines } from "../support/store.ts";
import { until } from "../support/until.ts";
import { type Changing, startChanging } from "./changing.ts";

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
}, 120_000);

/** One tab's sessionStorage. */
function createStorage() {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
}

/** A page from its opening to the moment at which it is closed. */
function openPage({ proxy }: Changing, storage: ReturnType<typeof createStorage>, ids: readonly string[]) {
  const client = connect({ url: `ws://127.0.0.1:${proxy.port}/graphql` });
  const changes: Change[] = [];
  const ends: unknown[] = [];
  let known: Known = nothing;
  const leave = watch(client, storage, ids, {
    show(now, change) {
      known = now;
      if (change) changes.push(change);
    },
    end: (error) => ends.push(error),
  });
  const close = () => {
    leave();
    client.terminate();
  };
  undo.push(close);
  return { changes, ends, close, known: () => known };
}

const revisions = ({ operations }: Known) => Object.values(operations).map(({ revision }) => revision);

async function start(engine = engines[0]) {
  if (!engine) throw new Error("There is always the embedded one.");
  const database = await engine.createDatabase();
  undo.push(() => database.dispose());
  const changing = await startChanging(database);
  undo.push(() => changing.dispose());
  return { changing, database };
}

test("a page that is opened again shows what it knew, and is told what it missed", async () => {
  const { changing } = await start();
  const ids = await changing.register(2);
  const storage = createStorage();
  const first = openPage(changing, storage, ids);
  await until(() => first.changes.length === 2);
  first.close();
  await changing.change(3);
  const second = openPage(changing, storage, ids);
  expect(revisions(second.known())).toEqual([2, 2]);
  await changing.settle();
  await until(() => second.ends.length > 0);
  expect(second.ends).toEqual([undefined]);
  expect(second.changes.map(({ kind }) => kind)).toEqual(Array(8).fill("CHANGED"));
  expect(revisions(second.known())).toEqual([6, 6]);
  // Another tab knows nothing yet, and begins with the state now.
  const other = openPage(changing, createStorage(), ids);
  await until(() => other.ends.length > 0);
  expect(other.changes.map(({ kind, revision }) => [kind, revision])).toEqual(Array(2).fill(["SNAPSHOT", 6]));
}, 120_000);

test("what is stored and is no cursor is thrown away", async () => {
  const { changing } = await start();
  const ids = await changing.register(1);
  const storage = createStorage();
  storage.setItem(`watch:${ids.join()}`, JSON.stringify({ after: "from another program", operations: {} }));
  const page = openPage(changing, storage, ids);
  await until(() => page.ends.length > 0);
  expect(page.ends).toEqual([[expect.objectContaining({ extensions: { code: "INVALID_CURSOR" } })]]);
  expect(storage.items.size).toBe(0);
}, 120_000);

test.each(postgresEngines)(
  "$name: of a log that was restored, the state is told anew",
  async (engine) => {
    const { changing, database } = await start(engine);
    const ids = await changing.register(2);
    const storage = createStorage();
    const page = openPage(changing, storage, ids);
    await until(() => page.changes.length === 2);
    page.close();
    const store = await openStore({ database: database.config, ...database.options });
    await renewEpoch(store.db);
    await store.dispose();
    const again = openPage(changing, storage, ids);
    await until(() => again.changes.length === 2);
    expect(again.changes.map(({ kind, revision }) => [kind, revision])).toEqual(Array(2).fill(["RESET", 2]));
    await changing.settle();
    await until(() => again.ends.length > 0);
    expect(again.changes.slice(2).map(({ kind, revision }) => [kind, revision])).toEqual(Array(2).fill(["CHANGED", 3]));
  },
  120_000,
);

test("a revision that is known already changes nothing, but for a RESET, in which they may count anew", () => {
  const change = (kind: Change["kind"], revision: number): Change => ({
    kind,
    cursor: `${kind} ${revision}`,
    revision,
    operation: { id: "one", revision },
  });
  const known = withChange(nothing, change("SNAPSHOT", 5));
  expect(withChange(known, change("CHANGED", 4))).toEqual({ ...known, after: "CHANGED 4" });
  expect(revisions(withChange(known, change("CHANGED", 6)))).toEqual([6]);
  expect(revisions(withChange(known, change("RESET", 2)))).toEqual([2]);
});
