/**
 * What is asked of every client: cut at any moment, and resumed on any node, it is told each revision exactly once and in
 * order. The clients are those of docs/resuming, as they stand there, but for how long they wait before they come back.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { Client } from "graphql-ws";
import { beginning } from "../../docs/resuming/beginning.ts";
import { connect } from "../../docs/resuming/connect.ts";
import type { Change } from "../../docs/resuming/known.ts";
import { decodeCursor } from "../../src/store/cursor.ts";
import { engines, postgresEngines, type TestDatabase } from "../support/store.ts";
import { until } from "../support/until.ts";
import { type Changing, startChanging, type Truth } from "./changing.ts";

/** What a stream gives, whatever the client calls it. */
export interface Sink {
  change(change: Change): void;
  /** Without an error: the stream is complete. */
  end(error?: unknown): void;
}

/** Subscribes at the gateway that is reached at `url`; its subscriptions go over `socket`. Returns what leaves. */
export type Subscribe = (
  endpoint: { readonly url: string; readonly socket: Client },
  query: string,
  variables: Record<string, unknown>,
  sink: Sink,
) => () => void;

interface Subscriber {
  readonly changes: Change[];
  /** Called after each change. */
  onChange: () => void;
  ended: "no" | "complete" | { readonly error: unknown };
}

const selection = "kind cursor revision operation { id revision state }";
const chosenOperations = `subscription Chosen($ids: [ID!]!, $after: Cursor) {
  operationChanged(ids: $ids, after: $after) { ${selection} } }`;
const allOperations = `subscription All($after: Cursor) { operationsChanged(after: $after) { ${selection} } }`;

const count = 3;
const patience = 120_000;

export function resumingSuite(subscribe: Subscribe): void {
  const undo: Array<() => Promise<unknown>> = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  }, patience);

  const startOn = async (database: TestDatabase): Promise<Changing> => {
    undo.push(() => database.dispose());
    const changing = await startChanging(database);
    undo.push(() => changing.dispose());
    return changing;
  };
  const watch = ({ proxy }: Changing, query: string, variables: Record<string, unknown>): Subscriber => {
    const url = `http://127.0.0.1:${proxy.port}/graphql`;
    const retryWait = () => new Promise<void>((resolve) => setTimeout(resolve, Math.random() * 50));
    const socket = connect({ url: url.replace("http", "ws"), retryWait });
    const subscriber: Subscriber = { changes: [], onChange: () => {}, ended: "no" };
    const leave = subscribe({ url, socket }, query, variables, {
      change(change) {
        subscriber.changes.push(change);
        subscriber.onChange();
      },
      end(error) {
        subscriber.ended = error === undefined ? "complete" : { error };
      },
    });
    undo.push(async () => {
      leave();
      socket.terminate();
    });
    return subscriber;
  };

  for (const engine of engines) {
    describe(engine.name, () => {
      test(
        "chosen operations: cut before the first message, among the snapshots, and between changes",
        async () => {
          const changing = await startOn(await engine.createDatabase());
          const ids = await changing.register(count);
          changing.proxy.cut();
          const subscriber = watch(changing, chosenOperations, { ids });
          await changing.change(2);
          cutAt(changing, subscriber, [1, 2, 5, 7]);
          changing.proxy.mend();
          await until(() => subscriber.changes.length >= count);
          await whileCut(changing, () => changing.change(3));
          await changing.change(2);
          await whileCut(changing, () => changing.settle());
          await until(() => subscriber.ended !== "no");
          expectEachOnce(subscriber, await changing.truth());
        },
        patience,
      );

      test(
        "all operations: cut between changes, and in the middle of what is replayed",
        async () => {
          const changing = await startOn(await engine.createDatabase());
          await changing.register(count);
          const after = await beginning(`${changing.gateway.url}/graphql`);
          const subscriber = watch(changing, allOperations, { after });
          await until(() => subscriber.changes.length > 0);
          cutAt(changing, subscriber, [4, 5, 11, 16]);
          await changing.change(2);
          await whileCut(changing, () => changing.change(4));
          await whileCut(changing, () => changing.settle());
          await expectAllSince(after, subscriber, changing);
        },
        patience,
      );
    });
  }

  describe.each(postgresEngines)("$name", (engine) => {
    test(
      "cut from one gateway, and resumed at another",
      async () => {
        const changing = await startOn(await engine.createDatabase());
        const first = changing.gateway;
        const second = await changing.start();
        const ids = await changing.register(count);
        const chosen = watch(changing, chosenOperations, { ids });
        const after = await beginning(`${changing.gateway.url}/graphql`);
        const all = watch(changing, allOperations, { after });
        await until(() => chosen.changes.length >= count);
        for (const node of [second, first, second]) {
          await changing.change(1);
          await whileCut(changing, async () => {
            changing.leadTo(node);
            await changing.change(2);
          });
        }
        await changing.settle();
        await until(() => chosen.ended !== "no");
        const truth = await changing.truth();
        expectEachOnce(chosen, truth);
        await expectAllSince(after, all, changing);
      },
      patience,
    );
  });

  test(
    "sent away by a gateway that stops, and resumed when it has started again on the same directory and port",
    async () => {
      const parent = await mkdtemp(join(tmpdir(), "statusgraph-clients-"));
      undo.push(() => rm(parent, { recursive: true, force: true }));
      const config = { type: "embedded", directory: join(parent, "store") } as const;
      const changing = await startOn({ config, options: {}, dispose: async () => {} });
      const ids = await changing.register(count);
      const chosen = watch(changing, chosenOperations, { ids });
      const after = await beginning(`${changing.gateway.url}/graphql`);
      const all = watch(changing, allOperations, { after });
      await until(() => chosen.changes.length >= count);
      for (let restart = 0; restart < 2; restart += 1) {
        await changing.change(2);
        const port = Number(new URL(changing.gateway.url).port);
        await changing.gateway.dispose();
        changing.leadTo(await changing.start(port));
        await changing.change(2);
      }
      await changing.settle();
      await until(() => chosen.ended !== "no");
      const truth = await changing.truth();
      expectEachOnce(chosen, truth);
      await expectAllSince(after, all, changing);
    },
    patience,
  );
}

/** Cuts the socket as the n-th change comes, for each of these; it may be dialled again at once. */
function cutAt({ proxy }: Changing, subscriber: Subscriber, moments: readonly number[]): void {
  subscriber.onChange = () => {
    if (!moments.includes(subscriber.changes.length)) return;
    proxy.cut();
    proxy.mend();
  };
}

async function whileCut({ proxy }: Changing, work: () => Promise<void>): Promise<void> {
  proxy.cut();
  await work();
  proxy.mend();
}

const placeOf = (cursor: string | undefined): number => decodeCursor(cursor ?? "")?.place ?? Number.NaN;
const ascending = (a: number, b: number) => a - b;

/** From the state at the beginning on, each revision of each operation. */
function expectEachOnce({ changes, ended }: Subscriber, truth: readonly Truth[]): void {
  expect(ended).toBe("complete");
  expect(changes[0]?.kind).toBe("SNAPSHOT");
  for (const { id, changes: all } of truth) {
    const told = changes.filter(({ operation }) => operation.id === id);
    const first = told[0]?.revision ?? Number.NaN;
    expect(told.map(({ revision }) => revision)).toEqual(
      all.map(({ revision }) => revision).filter((revision) => revision >= first),
    );
    expect(told.length).toBeGreaterThan(count);
    expect(told.slice(1).every(({ kind }) => kind === "CHANGED")).toBe(true);
  }
  const places = changes.map(({ cursor }) => placeOf(cursor));
  expect(places).toEqual([...new Set(places)].sort(ascending));
}

/** Everything that the log has after the cursor, and nothing else. */
async function expectAllSince(
  after: string | undefined,
  { changes, ended }: Subscriber,
  changing: Changing,
): Promise<void> {
  // What is told by mistake comes before this at the latest.
  await changing.register(1);
  const expected = (await changing.truth())
    .flatMap((operation) => operation.changes.map(({ cursor }) => placeOf(cursor)))
    .filter((place) => place > placeOf(after))
    .sort(ascending);
  await until(() => changes.length >= expected.length);
  expect(changes.map(({ cursor }) => placeOf(cursor))).toEqual(expected);
  expect(expected.length).toBeGreaterThan(count);
  expect(ended).toBe("no");
}
