/** Whose an operation is, by each way that leads to one: what is not the viewer's can't be told from what does not exist. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { v7 as uuidv7 } from "uuid";
import type { AcceptedWrite, Exchange, LostWritePolicy, Snapshot, Write } from "../../src/datasources/contract.ts";
import { isProblem, type Problem, rejected, unavailable } from "../../src/datasources/problems.ts";
import { type OperationsContext, scopeOf, type Viewer } from "../../src/operations/context.ts";
import { follow, lookUp, recheck, unfollow } from "../../src/operations/lookup.ts";
import { submit } from "../../src/operations/submit.ts";
import { timelineOf } from "../../src/store/changes.ts";
import { listOperations, operationsById } from "../../src/store/operations.ts";
import { replayPage } from "../../src/store/replay.ts";
import type { Store } from "../../src/store/store.ts";
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
     * there as "…", and so do times.
     */
    function watched(): { readonly context: OperationsContext; steps(named: string): string[] } {
      const steps: string[] = [];
      const watching: Store = {
        ...store,
        db: store.db.withPlugin({
          transformQuery({ node }) {
            steps.push(JSON.stringify(node));
            return node;
          },
          transformResult: async ({ result }) => result,
        }),
        transaction(work) {
          steps.push("transaction");
          return store.transaction(work);
        },
      };
      const before = asked();
      return {
        context: { ...here.context, store: watching },
        steps: (named) => [
          ...steps.map((step) => step.replaceAll(named, "…")),
          ...here.client.calls.slice(before).map((call) => JSON.stringify(call).replaceAll(named, "…")),
        ],
      };
    }

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
        answers(snapshot("RUNNING"));
        const found: Array<[string, unknown, string[]]> = [];
        for (const [what, hold] of heldBy) {
          const naturalId = `${id}-${found.length}`;
          await hold(naturalId);
          const held = watched();
          found.push([what, await go(service, naturalId, held.context), held.steps(naturalId)]);
          expect((await rows(naturalId)).filter(({ tenant }) => tenant === service.tenant)).toEqual([]);
        }
        expect(found).toEqual(heldBy.map(([what]) => [what, unknownId, steps]));
      });

      test("is asked for all the same: a problem of the provider's is the answer", async () => {
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
      let answer: () => Sent | Promise<Sent>;
      beforeEach(() => {
        sent = 0;
        answer = () => accepted(snapshot("RUNNING"));
      });
      const accepted = (made: Snapshot): Sent => ({ type: "answered", value: { key: id, snapshot: made } });
      const write = (whenLost: LostWritePolicy = "read"): Write<string> => ({
        mutation: "startWork",
        whenLost,
        prepare: () => ({ key: whenLost === "abandon" ? null : id, snapshot: snapshot("PENDING") }),
        async send() {
          sent += 1;
          return answer();
        },
      });
      const send = (as: Viewer, parts: { whenLost?: LostWritePolicy; key?: string | null; input?: string } = {}) =>
        submit(here.context, as, {
          kind,
          write: write(parts.whenLost),
          input: parts.input ?? "work",
          asked: parts.input ?? "work",
          correlationId: null,
          tags: [],
          idempotencyKey: parts.key ?? null,
        });
      const intents = () => store.db.selectFrom("intents").select("id").where("naturalId", "=", id).execute();
      const keys = () => store.db.selectFrom("idempotencyKeys").select("key").where("key", "=", id).execute();

      test.each(heldBy)(
        "of an id that is held by %s is not sent, but read, and says that it is not known",
        async (_by, hold) => {
          await hold(id);
          const before = (await intents()).length;
          answers(snapshot("RUNNING"));
          expect(await send(service, { key: id })).toEqual(unknownId);
          expect({ sent, asked: asked() }).toEqual({ sent: 0, asked: 1 });
          expect(here.client.calls[0]).toMatchObject({
            targets: [{ key: id, fields: null }],
            options: { priority: "write" },
          });
          expect({ intents: (await intents()).length, keys: await keys() }).toEqual({ intents: before, keys: [] });
          expect((await rows()).filter(({ tenant }) => tenant === service.tenant)).toEqual([]);
        },
      );

      test("of an id that another tenant holds is answered with the problem where that can't be read", async () => {
        await read(store, id, snapshot("RUNNING"), elsewhere);
        answers(outage);
        expect(await send(service)).toEqual(outage);
        expect(sent).toBe(0);
      });

      test("of an id that does not exist leaves its key as free as one of another tenant's id does", async () => {
        const again = async () => [await send(service, { key: id }), await send(service, { key: id, input: "else" })];
        answer = () => ({ type: "refused", problem: unknownId });
        const unknown = await again();
        await read(store, id, snapshot("RUNNING"), elsewhere);
        answers(snapshot("RUNNING"));
        expect(await again()).toEqual(unknown);
        expect(unknown).toEqual([unknownId, unknownId]);
        expect(sent).toBe(2);
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
