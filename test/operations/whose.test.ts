/** Whose an operation is, by each way that leads to one: what is not the viewer's can't be told from what does not exist. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { CompiledQuery, KyselyPlugin } from "kysely";
import { v7 as uuidv7 } from "uuid";
import type { AcceptedWrite, Exchange, LostWritePolicy, Snapshot, Write } from "../../src/datasources/contract.ts";
import { decoyOf } from "../../src/datasources/decoy.ts";
import { isProblem, type Problem, rejected, unavailable } from "../../src/datasources/problems.ts";
import { type OperationsContext, scopeOf, type Viewer } from "../../src/operations/context.ts";
import { follow, lookUp, recheck, unfollow } from "../../src/operations/lookup.ts";
import { settle } from "../../src/operations/settle.ts";
import { submit } from "../../src/operations/submit.ts";
import { timelineOf } from "../../src/store/changes.ts";
import { takeUp } from "../../src/store/intents.ts";
import { listOperations, operationsById } from "../../src/store/operations.ts";
import { replayPage } from "../../src/store/replay.ts";
import type { Reader, Store, Writer } from "../../src/store/store.ts";
import { fulfil, type Intent, reserve } from "../../src/store/writes.ts";
import { tiny } from "../sandbox/tiny.ts";
import { item, learned, read, snapshot } from "../store/learning.ts";
import { engines, openTestStore, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";
import { deferred, kind, operationOf, type Running, running, service, viewer } from "./running.ts";

type Sent = Exchange<AcceptedWrite>;

const outage = unavailable("TINY", "TIMEOUT", "No answer.");
const otto: Viewer = { ...viewer, owner: "otto" };
/** Of another tenant, of which it sees everything. */
const elsewhere: Viewer = { ...service, tenant: "elsewhere", owner: "eve" };

if (tiny.type !== "operation") throw new Error("Expected the tiny provider to be one of operations.");
const { unknownId } = tiny;

for (const engine of engines) {
  describe(engine.name, () => {
    let store: TestStore;
    let here: Running;
    let id: string;
    let count = 0;
    beforeAll(async () => {
      store = await openTestStore(engine);
    });
    beforeEach(() => {
      here = running(store);
      id = `id-${++count}`;
    });
    afterAll(() => store.dispose());

    const answers = (answer: Snapshot | Problem) => here.client.answer(() => answer);
    const asked = () => here.client.calls.length;
    const look = (as: Viewer, naturalId = id, context = here.context) =>
      lookUp(context, as, { kind, naturalId, maxAgeSeconds: 0 });
    const start = (as: Viewer, naturalId = id, context = here.context) =>
      follow(context, as, { kind, naturalId, tags: [] });
    const rows = (naturalId = id) =>
      store.db
        .selectFrom("operations")
        .select(["tenant", "owner", "correlationId"])
        .where("naturalId", "=", naturalId)
        .orderBy("tenant")
        .execute();
    const intentOf = ({ tenant, owner }: Viewer, naturalId = id, parts: Partial<Intent> = {}): Intent => ({
      id: uuidv7(),
      tenant,
      owner,
      provider: "TINY",
      account: "default",
      kind,
      mutation: "startWork",
      naturalId,
      reserves: false,
      snapshot: snapshot("PENDING"),
      correlationId: null,
      tags: [],
      node: "test",
      ...parts,
    });
    const underWay = async (as: Viewer, naturalId = id, parts: Partial<Intent> = {}) => {
      const intent = intentOf(as, naturalId, parts);
      expect(await reserve(store, intent, null)).toEqual({ type: "reserved" });
      return intent;
    };

    /**
     * The same context, and everything that it does with its store and its provider, in order. An id that is named stands
     * there as "…", and so do its decoy and times.
     */
    function watched(): { readonly context: OperationsContext; steps(named: string): string[] } {
      const steps: string[] = [];
      const plugin: KyselyPlugin = {
        transformQuery({ node }) {
          steps.push(JSON.stringify(node));
          return node;
        },
        transformResult: async ({ result }) => result,
      };
      const note = (text: string, parameters: readonly unknown[]) => steps.push(JSON.stringify([text, parameters]));
      /** What is built goes by the plugin; a statement that is text already is given to the handle as it is. */
      const watchedHandle = <On extends Reader | Writer>(on: On): On =>
        new Proxy(on, {
          get(target, name) {
            if (name === "executeQuery") {
              return (query: CompiledQuery) => {
                note(query.sql, query.parameters);
                return target.executeQuery(query);
              };
            }
            const member: unknown = Reflect.get(target, name);
            return typeof member === "function" ? member.bind(target) : member;
          },
        });
      const watching: Store = {
        ...store,
        db: watchedHandle(store.db.withPlugin(plugin)),
        run(statement, parameters) {
          note(statement.text, parameters);
          return store.run(statement, parameters);
        },
        transaction(work) {
          steps.push("transaction");
          return store.transaction((trx, changed) => work(watchedHandle(trx.withPlugin(plugin)), changed));
        },
      };
      const before = asked();
      return {
        context: { ...here.context, store: watching },
        steps: (named) => [
          ...steps.map((step) => hiding(step, named)),
          ...here.client.calls.slice(before).map((call) => hiding(JSON.stringify(call), named)),
        ],
      };
    }

    const unnamed = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
    const hiding = (step: string, named: string) =>
      step.includes("pg_advisory_xact_lock")
        ? "lock" // by a hash of the id
        : step.replaceAll(named, "…").replaceAll(decoyOf(named), "…").replaceAll(unnamed, "<new id>");

    /** What hides an id from a viewer of this tenant who sees all of it. */
    const heldBy: ReadonlyArray<[string, (naturalId: string) => Promise<unknown>]> = [
      ["an operation of another tenant", (naturalId) => read(store, naturalId, snapshot("RUNNING"), elsewhere)],
      [
        "a part of another tenant's operation",
        (naturalId) =>
          read(store, `whole-${naturalId}`, snapshot("RUNNING", { items: [item(0, { key: naturalId })] }), elsewhere),
      ],
      ["a write under way in another tenant", (naturalId) => underWay(elsewhere, naturalId)],
    ];

    describe("who sees own operations alone", () => {
      test("looks up and follows those, and is told what the provider says of them", async () => {
        await read(store, id, snapshot("PENDING"), { ...viewer, follow: false });
        answers(snapshot("RUNNING"));
        expect(operationOf(await look(viewer))).toMatchObject({ owner: "olga", state: "RUNNING" });
        expect(operationOf(await start(viewer))).toMatchObject({ owner: "olga", followed: true });
        expect(asked()).toBe(2);
      });

      const hidden: typeof heldBy = [
        ...heldBy,
        ["somebody else's operation of the tenant", (naturalId) => read(store, naturalId, snapshot("RUNNING"), otto)],
        ["somebody else's write under way in the tenant", (naturalId) => underWay(otto, naturalId)],
        ["nothing, as far as this gateway knows", async () => {}],
      ];
      test.each([
        ["a look-up", look],
        ["a follow", start],
      ])(
        "%s of anything else is NotFound at once: one read of the store, the same words, nothing asked",
        async (_by, go) => {
          const found: Array<[string, unknown, string[]]> = [];
          for (const [what, hold] of hidden) {
            const naturalId = `${id}-${found.length}`;
            await hold(naturalId);
            const { context, steps } = watched();
            found.push([what, await go(viewer, naturalId, context), steps(naturalId)]);
          }
          const [[, , first]] = found as [[string, unknown, string[]]]; // there are six
          expect(first).toHaveLength(1);
          expect(found).toEqual(hidden.map(([what]) => [what, unknownId, first]));
          expect(asked()).toBe(0);
        },
      );

      test("rechecks and unfollows those alone: anything else is NotFound by the same steps and words", async () => {
        const theirs = (await read(store, id, snapshot("RUNNING"), otto)).operation.id;
        const foreign = (await read(store, `${id}-foreign`, snapshot("RUNNING"), elsewhere)).operation.id;
        for (const act of [recheck, unfollow]) {
          const outcomes = [];
          for (const named of [theirs, foreign, uuidv7()]) {
            const { context, steps } = watched();
            outcomes.push({ problem: await act(context, viewer, named), steps: steps(named) });
          }
          const [first] = outcomes;
          expect(first?.steps).toHaveLength(1);
          expect(first?.problem).toMatchObject({ type: "NotFound", code: "NOT_FOUND" });
          expect(outcomes).toEqual([first, first, first]);
        }
        expect(asked()).toBe(0);
      });
    });

    describe("an id that another tenant holds", () => {
      test.each([
        ["a look-up", look],
        ["a follow", start],
      ])("is to %s as one that the provider does not know, by the same steps and words", async (_by, go) => {
        answers(unknownId);
        const unknown = watched();
        expect(await go(service, id, unknown.context)).toEqual(unknownId);
        const steps = unknown.steps(id);
        expect(steps.length).toBeGreaterThan(3);
        const found: Array<[string, unknown, string[]]> = [];
        for (const [what, hold] of heldBy) {
          const naturalId = `${id}-${found.length}`;
          await hold(naturalId);
          // The provider knows what is held; it is asked for what it does not know.
          here.client.answer(({ key }) => (key === naturalId ? snapshot("RUNNING") : unknownId));
          const held = watched();
          found.push([what, await go(service, naturalId, held.context), held.steps(naturalId)]);
          expect((await rows(naturalId)).filter(({ tenant }) => tenant === service.tenant)).toEqual([]);
        }
        expect(found).toEqual(heldBy.map(([what]) => [what, unknownId, steps]));
      });

      test("is never asked for by its name, whatever the provider says of its decoy", async () => {
        await read(store, id, snapshot("RUNNING"), elsewhere);
        answers(snapshot("RUNNING"));
        expect(await look(service)).toEqual(unknownId);
        expect(await start(service)).toEqual(unknownId);
        const decoy = { targets: [{ key: decoyOf(id), fields: null }] };
        expect(here.client.calls).toMatchObject([decoy, decoy]);
        expect(await rows(decoyOf(id))).toEqual([]);
      });

      test("is asked for in its decoy's name: a problem of the provider's is the answer", async () => {
        await read(store, id, snapshot("RUNNING"), elsewhere);
        answers(outage);
        expect(await look(service)).toEqual(outage);
        expect(await start(service)).toEqual(outage);
        expect(asked()).toBe(2);
      });

      test("stays with this tenant where that has it as well", async () => {
        await read(store, id, snapshot("PENDING"), { ...viewer, follow: false });
        await read(store, id, snapshot("PENDING"), elsewhere);
        answers(snapshot("RUNNING"));
        expect(operationOf(await look(service))).toMatchObject({ tenant: "default", owner: "olga", state: "RUNNING" });
        expect(operationOf(await look(viewer))).toMatchObject({ tenant: "default", owner: "olga" });
      });

      test.each([
        ["look up", look],
        ["follow", start],
      ])("that two tenants %s at once is the first one's, and NotFound to the other", async (_by, go) => {
        const answer = deferred<Snapshot>();
        here.client.answer(() => answer.promise);
        // Nobody has it when they ask: only what they record can decide.
        const both = [go(service), go(elsewhere)];
        await until(() => asked() === 2);
        answer.resolve(snapshot("RUNNING"));
        const results = await Promise.all(both);
        expect(results.filter(isProblem)).toEqual([unknownId]);
        expect(await rows()).toHaveLength(1);
      });
    });

    describe("an id that a write of the tenant is under way with", () => {
      test.each([
        ["a look-up", look],
        ["a follow", start],
      ])("is its sender's also by somebody else's %s, with its correlation id", async (_by, go) => {
        await underWay(viewer, id, { correlationId: "c-1" });
        answers(snapshot("RUNNING"));
        expect(operationOf(await go(service))).toMatchObject({ owner: "olga", correlationId: "c-1" });
      });
    });

    describe("a write", () => {
      let sent: number;
      /** What each write was about. */
      let inputs: string[];
      let answer: () => Sent | Promise<Sent>;
      let lostThen: (() => Sent) | null;
      beforeEach(() => {
        sent = 0;
        inputs = [];
        lostThen = null;
        answer = () => accepted(snapshot("RUNNING"));
      });
      const accepted = (made: Snapshot): Sent => ({ type: "answered", value: { key: id, snapshot: made } });
      const write = (whenLost: LostWritePolicy = "read"): Write<string> => ({
        mutation: "startWork",
        whenLost,
        // What is about a decoy says so.
        prepare: (input) => ({
          key: whenLost === "abandon" ? null : (input.split("about ")[1] ?? id),
          snapshot: snapshot("PENDING"),
        }),
        async send(input) {
          sent += 1;
          inputs.push(input);
          return answer();
        },
        about: (input, key) => `${input} about ${key}`,
        ...(lostThen ? { settleLost: async () => settled(lostThen) } : {}),
      });
      const settled = (then: (() => Sent) | null) => {
        const exchange = then?.();
        if (!exchange || exchange.type === "unsent") throw new Error("A lost write was sent.");
        return exchange;
      };
      const send = (
        as: Viewer,
        parts: { whenLost?: LostWritePolicy; key?: string | null; input?: string; context?: OperationsContext } = {},
      ) =>
        submit(parts.context ?? here.context, as, {
          kind,
          write: write(parts.whenLost),
          input: parts.input ?? "work",
          asked: parts.input ?? "work",
          correlationId: null,
          tags: [],
          idempotencyKey: parts.key ?? null,
        });
      const keys = () => store.db.selectFrom("idempotencyKeys").select("key").where("key", "=", id).execute();

      const refused = (problem: Problem): Sent => ({ type: "refused", problem });
      const anywhere = async () => ({
        intents: (await store.db.selectFrom("intents").select("naturalId").execute()).length,
        operations: (await store.db.selectFrom("operations").select("id").execute()).length,
        keys: (await keys()).length,
      });

      test("of an id that another tenant holds is sent about its decoy, by the same steps and words as of an unknown one", async () => {
        answer = () => refused(unknownId);
        const unknown = watched();
        expect(await send(service, { key: id, context: unknown.context })).toEqual(unknownId);
        const steps = unknown.steps(id);
        // The look, then the key, the lock, the holders and the intent, and what takes intent and key away.
        expect(steps.length).toBeGreaterThan(6);
        expect(inputs).toEqual(["work"]);
        const first = id;
        for (const [what, hold] of heldBy) {
          id = `${first}-${inputs.length}`;
          await hold(id);
          const before = await anywhere();
          const held = watched();
          const given = await send(service, { key: id, context: held.context });
          const withoutMark = held.steps(id).map((step) => step.replace(/,?\\?"decoy\\?":true/, ""));
          expect([what, given, withoutMark]).toEqual([what, unknownId, steps]);
          expect(inputs.at(-1)).toBe(`work about ${decoyOf(id)}`);
          expect(await anywhere()).toEqual(before);
        }
        expect(asked()).toBe(0);
      });

      test("that another tenant is faster with than its look for it is sent about the decoy", async () => {
        answer = () => refused(unknownId);
        let looks = 0;
        const late: Store = {
          ...store,
          async transaction(work) {
            // The first thing that is recorded comes after the look.
            if (++looks === 1) await read(store, id, snapshot("RUNNING"), elsewhere);
            return store.transaction(work);
          },
        };
        expect(await send(service, { key: id, context: { ...here.context, store: late } })).toEqual(unknownId);
        expect(inputs).toEqual([`work about ${decoyOf(id)}`]);
        expect(await keys()).toEqual([]);
      });

      const unavailableFor = rejected("TINY", "T1", "Never.");
      const unsure = { type: "WriteUnconfirmed", code: "WRITE_UNCONFIRMED" };
      test.each<[string, () => Sent, (() => Sent) | null, object, number]>([
        ["is taken after all", () => accepted(snapshot("RUNNING")), null, unknownId, 0],
        ["is refused for another reason", () => refused(unavailableFor), null, unavailableFor, 0],
        ["is lost", () => ({ type: "lost", problem: outage }), null, unsure, 1],
        [
          "is lost, and settled by a read",
          () => ({ type: "lost", problem: outage }),
          () => refused(unknownId),
          unknownId,
          0,
        ],
        [
          "is lost, and a read is too",
          () => ({ type: "lost", problem: outage }),
          () => ({ type: "lost", problem: outage }),
          unsure,
          1,
        ],
      ])("about a decoy that %s leaves no operation and no intent", async (_what, comes, then, problem, reads) => {
        await read(store, id, snapshot("RUNNING"), elsewhere);
        const before = await anywhere();
        answer = comes;
        lostThen = then;
        answers(outage);
        expect(await send(service)).toMatchObject(problem);
        expect({ sent, asked: asked() }).toEqual({ sent: 1, asked: reads });
        expect(await anywhere()).toEqual(before);
      });

      test("about a decoy whose gateway has died leaves nothing either", async () => {
        await read(store, id, snapshot("RUNNING"), elsewhere);
        const before = await anywhere();
        const dying = deferred<Sent>();
        answer = () => dying.promise;
        const sending = send(service);
        await until(() => sent === 1);
        const [left] = await takeUp(store, {
          node: "another",
          ages: new Map([["startWork", 0]]),
          underWay: [],
          alone: true,
          failed: { resting: [], again: [] },
          limit: 20,
        }).then((all) => all.filter(({ prepared }) => prepared.key === decoyOf(id)));
        if (!left) throw new Error("Expected the decoy's intent to be taken up.");
        answers(outage);
        const tinyKind = here.context.kinds.get(kind);
        if (!tinyKind) throw new Error("Expected the tiny kind to be running.");
        const unsettled = { ...left, kind: tinyKind, write: write(), intentId: left.id, viewer: service } as const;
        const lost = { type: "lost", problem: outage } as const;
        expect(await settle(here.context, { ...unsettled, witness: "successor" }, lost)).toMatchObject(unsure);
        expect(await anywhere()).toEqual(before);
        dying.resolve(refused(unknownId));
        expect(await sending).toEqual(unknownId);
        expect(await anywhere()).toEqual(before);
      });

      test("of an id that does not exist leaves its key as free as one of another tenant's id does", async () => {
        const again = async () => [await send(service, { key: id }), await send(service, { key: id, input: "else" })];
        answer = () => ({ type: "refused", problem: unknownId });
        const unknown = await again();
        await read(store, id, snapshot("RUNNING"), elsewhere);
        expect(await again()).toEqual(unknown);
        expect(unknown).toEqual([unknownId, unknownId]);
        expect(sent).toBe(4);
      });

      test("that begins while another tenant waits for a look-up's answer has the id, and the look-up finds nothing", async () => {
        const seen = deferred<Snapshot>();
        here.client.answer(() => seen.promise);
        const looking = look(elsewhere);
        await until(() => asked() === 1);
        const written = deferred<Sent>();
        answer = () => written.promise;
        const writing = send(service);
        await until(() => sent === 1);
        seen.resolve(snapshot("RUNNING"));
        expect(await looking).toEqual(unknownId);
        written.resolve(accepted(snapshot("RUNNING")));
        operationOf(await writing);
        expect((await rows()).map(({ tenant }) => tenant)).toEqual([service.tenant]);
      });

      test("makes its sender the owner, also of what somebody else has looked up meanwhile, and streams and lists agree", async () => {
        answer = async () => {
          // The provider has named the id, and its answer is not here yet.
          answers(snapshot("RUNNING"));
          expect(operationOf(await start(service)).owner).toBe("sam");
          return accepted(snapshot("RUNNING"));
        };
        const operation = operationOf(await send(viewer, { whenLost: "abandon" }));
        expect(operation).toMatchObject({ owner: "olga", revision: 2 });
        const [seen] = await operationsById(store, scopeOf(viewer), [operation.id]);
        expect(seen).toEqual(operation);
        const list = async (owner: string) => {
          const scope = { tenant: viewer.tenant, owner };
          const found = await listOperations(store, { scope, filter: {}, limit: 500, after: null });
          return found.filter(({ naturalId }) => naturalId === id).length;
        };
        expect([await list("olga"), await list("sam")]).toEqual([1, 0]);
        const replayed = async (owner: string) => {
          const { changes } = await replayPage(store, { tenant: viewer.tenant, owner, operationIds: null }, 0, 500);
          return changes.flatMap(({ naturalId, revision }) => (naturalId === id ? [revision] : []));
        };
        expect([await replayed("olga"), await replayed("sam")]).toEqual([[1, 2], []]);
        const changes = await timelineOf(store, operation.id, null, 10);
        expect(changes.map(({ owner, operation: then }) => [owner, then.owner])).toEqual([
          ["olga", "olga"],
          ["olga", "olga"],
        ]);
        expect(changes.at(-1)).toMatchObject({ place: operation.place, revision: 2, at: operation.changedAt });
      });

      test("that is recorded once more does not take the operation back from the sender of a later one", async () => {
        const event = { type: "begun", snapshot: snapshot("RUNNING"), unconfirmed: null, read: false } as const;
        const [first, second] = [await underWay(viewer), await underWay(otto)];
        const record = ({ owner, id: intentId }: Intent) =>
          fulfil(store, intentId, null, learned(id, event, null, { owner }), "sender");
        await record(first);
        expect((await record(second))?.operation.owner).toBe("otto");
        expect(await record(first)).toMatchObject({ changed: false, operation: { owner: "otto" } });
      });

      test("is repeated by its key to who may see its operation, and to nobody else", async () => {
        const first = operationOf(await send(viewer, { key: id }));
        expect(operationOf(await send(viewer, { key: id })).id).toBe(first.id);
        expect(operationOf(await send(otto))).toMatchObject({ id: first.id, owner: "otto" });
        const unknown = await recheck(here.context, viewer, uuidv7());
        expect(await send(viewer, { key: id })).toEqual(unknown);
        expect(operationOf(await send({ ...viewer, seesTenant: true }, { key: id })).id).toBe(first.id);
        expect(sent).toBe(2);
      });

      test("that is refused for another reason keeps its key, whatever the id", async () => {
        const refusal = rejected("TINY", "T1", "Never.");
        answer = () => ({ type: "refused", problem: refusal });
        for (let time = 0; time < 2; time += 1) expect(await send(service, { key: id })).toEqual(refusal);
        expect(sent).toBe(1);
      });
    });
  });
}
