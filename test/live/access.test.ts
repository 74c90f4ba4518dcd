import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { AccessClient } from "../../src/datasources/cleeng-access/client.ts";
import type { AccessDecision, AccessKey } from "../../src/datasources/cleeng-access/status.ts";
import type { Priority } from "../../src/datasources/contract.ts";
import { notFound, type Problem, rateLimited, rejected, unavailable } from "../../src/datasources/problems.ts";
import { type AccessTold, type AccessWatch, createAccessWatch } from "../../src/live/access.ts";
import { memoryBus } from "../../src/live/bus.ts";
import type { Hub } from "../../src/live/hub.ts";
import type { Queue } from "../../src/live/queue.ts";
import { deferred } from "../operations/running.ts";
import { read, snapshot, succeeded } from "../store/learning.ts";
import { ManualClock } from "../support/clock.ts";
import { engines, openTestStore, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";
import { all, hubOf, take } from "./listening.ts";

const token = "customer-token";
const outage = unavailable("CLEENG", "TIMEOUT", "No answer.");
const decision = (offerId: string, accessGranted: boolean, more: Partial<AccessDecision> = {}): AccessDecision => ({
  offerId,
  country: null,
  accessGranted,
  grantType: null,
  expiresAt: null,
  purchasedDirectly: null,
  ...more,
});
type Checked = AccessDecision | Problem;

for (const engine of engines) {
  describe(engine.name, () => {
    const bus = memoryBus();
    let store: TestStore;
    let hub: Hub;
    let clock: ManualClock;
    let watch: AccessWatch;
    let calls: Array<{
      readonly keys: readonly AccessKey[];
      readonly priority: Priority;
      readonly signal: AbortSignal | null;
    }>;
    let answer: (offerId: string) => Checked | Promise<Checked>;
    const client: AccessClient = {
      checkMany(keys, { priority, signal = null }) {
        calls.push({ keys, priority, signal });
        return Promise.all(keys.map(async ({ offerId }) => answer(offerId)));
      },
    };
    beforeAll(async () => {
      store = await openTestStore(engine, { onChange: bus.announce });
    });
    beforeEach(() => {
      hub = hubOf(store, bus);
      clock = new ManualClock();
      calls = [];
      answer = (offerId) => decision(offerId, false);
      watch = createAccessWatch({ hub, clock, random: () => 0.5, everySeconds: 300, purchaseKind: "PURCHASE_SYNC" });
    });
    afterEach(async () => {
      await watch.dispose();
      expect(clock.sleeping).toBe(0);
      await hub.dispose();
    });
    afterAll(() => store.dispose());

    const open = (...offerIds: string[]): Promise<Queue<AccessTold>> =>
      watch.open(client, { offerIds, customerToken: token, viewer: { tenant: "default", owner: "olga" } });
    const line = ({ kind, offerId, result }: AccessTold) =>
      `${kind} ${offerId} ${"type" in result ? result.code : result.accessGranted}`;
    /** The next background check, to its end. */
    const nextCheck = async () => {
      const before = calls.length;
      await until(() => clock.sleeping > 0);
      await clock.advance(300_000);
      await until(() => calls.length > before && clock.sleeping > 0);
    };

    test("tells each decision once at first, and then only what has changed", async () => {
      const decisions = new Map<string, Checked>();
      answer = (offerId) => decisions.get(offerId) ?? decision(offerId, false);
      const stream = await open("A", "B", "A");
      expect((await take(stream, 2)).map(line)).toEqual(["SNAPSHOT A false", "SNAPSHOT B false"]);
      await nextCheck();
      const expiresAt = "2026-02-01T00:00:00.000Z";
      const moves: Array<[string, Checked]> = [
        ["B", decision("B", true)],
        ["B", decision("B", true, { grantType: "direct-purchase" })],
        ["B", decision("B", true, { grantType: "direct-purchase", expiresAt })],
        ["A", notFound("No such offer.", "4")],
        ["A", decision("A", true)],
      ];
      for (const [offerId, moved] of moves) {
        decisions.set(offerId, moved);
        await nextCheck();
        await nextCheck();
      }
      const told = await take(stream, moves.length);
      expect(told.map(({ kind }) => kind)).toEqual(moves.map(() => "CHANGED"));
      expect(told.map(({ offerId, result }) => [offerId, result])).toEqual(moves);
      expect(told[0]?.at.getTime()).toBe(Date.parse("2026-01-01T00:00:00Z") + 600_000);
      await stream.return();
    });

    test("asks once for all offers, at first as somebody who waits, then in the background, and never with an address", async () => {
      const offers = Array.from({ length: 30 }, (_, index) => `S${index}`);
      const stream = await open(...offers);
      await take(stream, 30);
      await nextCheck();
      expect(calls.map(({ priority }) => priority)).toEqual(["lookup", "background"]);
      for (const { keys } of calls) {
        expect(keys).toEqual(offers.map((offerId) => ({ offerId, customerToken: token, ipAddress: null })));
      }
      await stream.return();
    });

    test("asks no sooner than every five minutes, give or take a tenth", async () => {
      const stream = await open("A");
      await take(stream, 1);
      await until(() => clock.sleeping === 1);
      await clock.advance(269_000);
      expect(calls).toHaveLength(1);
      await clock.advance(61_000);
      expect(calls).toHaveLength(2);
      await stream.return();
    });

    test("an outage is no change, and what holds after it is told only where it differs", async () => {
      const answers: Checked[] = [decision("A", true), outage, decision("A", true), outage, decision("A", false)];
      answer = () => answers.shift() ?? outage;
      const stream = await open("A");
      for (let check = 0; check < 4; check += 1) await nextCheck();
      expect((await take(stream, 2)).map(line)).toEqual(["SNAPSHOT A true", "CHANGED A false"]);
      await stream.return();
    });

    test("an outage from the start is told once, and then the first decision, soon after it is over", async () => {
      answer = () => outage;
      const stream = await open("A");
      /** When it asks, in seconds from the start. */
      const times: number[] = [];
      const start = clock.now();
      answer = () => {
        times.push((clock.now() - start) / 1000);
        if (times.length === 8) return rateLimited("CLEENG", "THROTTLED", "Later.", 400);
        return times.length > 8 ? decision("A", true) : outage;
      };
      for (let check = 0; check < 8; check += 1) {
        const before = calls.length;
        await until(async () => {
          if (clock.sleeping > 0) await clock.advance(1000);
          return calls.length > before;
        });
      }
      expect(times).toEqual([1, 3, 7, 15, 31, 63, 123, 183]);
      await until(() => clock.sleeping > 0);
      await clock.advance(399_000);
      expect(times).toHaveLength(8);
      await clock.advance(1000);
      expect((await take(stream, 2)).map(line)).toEqual(["SNAPSHOT A TIMEOUT", "CHANGED A true"]);
      await stream.return();
    });

    test("a token that is refused is told once for each offer, and nothing is asked any more", async () => {
      const answers: Checked[] = [decision("A", true), decision("B", true)];
      const refused = rejected("CLEENG", "AUTH0001", "Get a new token.");
      answer = () => answers.shift() ?? refused;
      const stream = await open("A", "B");
      await take(stream, 2);
      await until(() => clock.sleeping === 1);
      await clock.advance(300_000);
      // Nobody has read the refusal yet, and still it is the last that is asked.
      await until(() => calls.length === 2);
      await clock.advance(3_000_000);
      expect(calls).toHaveLength(2);
      expect((await all(stream)).map(line)).toEqual(["CHANGED A AUTH0001", "CHANGED B AUTH0001"]);
    });

    test("a purchase of the same viewer that settles asks at once; nobody else's does, nor other work", async () => {
      const stream = await open("A");
      await take(stream, 1);
      await until(() => clock.sleeping === 1);
      const purchase = { kind: "PURCHASE_SYNC", owner: "olga" };
      await read(store, `p-${engine.name}`, snapshot("RUNNING"), purchase);
      await read(store, `q-${engine.name}`, snapshot(succeeded), { ...purchase, owner: "otto" });
      await read(store, `r-${engine.name}`, snapshot(succeeded), { ...purchase, tenant: "other" });
      await read(store, `s-${engine.name}`, snapshot(succeeded), { ...purchase, kind: "BULK_CALL" });
      answer = (offerId) => decision(offerId, true);
      await read(store, `p-${engine.name}`, snapshot(succeeded), purchase);
      expect((await take(stream, 1)).map(line)).toEqual(["CHANGED A true"]);
      expect(calls.map(({ priority }) => priority)).toEqual(["lookup", "watched"]);
      await stream.return();
    });

    test("a purchase that settles while a check is under way asks again after it", async () => {
      const slow = deferred<Checked>();
      answer = () => slow.promise;
      const stream = await open("A");
      const purchase = { kind: "PURCHASE_SYNC", owner: "olga" };
      let hear = () => {};
      const heard = new Promise<void>((resolve) => {
        hear = resolve;
      });
      const leave = await hub.join({ tenant: "default", operationIds: null, hear, miss: () => {} });
      await read(store, `during-${engine.name}`, snapshot(succeeded), purchase);
      await heard;
      leave();
      answer = (offerId) => decision(offerId, true);
      slow.resolve(decision("A", false));
      expect((await take(stream, 2)).map(line)).toEqual(["SNAPSHOT A false", "CHANGED A true"]);
      await stream.return();
    });

    test("a stream that is left asks no more, and what is under way is aborted", async () => {
      const never = deferred<Checked>();
      answer = () => never.promise;
      const stream = await open("A");
      await until(() => calls.length === 1);
      const pending = stream.next();
      await stream.return();
      expect(await pending).toEqual({ done: true, value: undefined });
      expect(calls[0]?.signal?.aborted).toBe(true);
      never.resolve(decision("A", true));
      await clock.advance(600_000);
      expect(calls).toHaveLength(1);
    });

    test("a mistake in the client fails its stream, and no other", async () => {
      answer = () => {
        throw new Error("a mistake in a client");
      };
      const broken = await open("A");
      await until(() => calls.length === 1);
      await clock.advance(10);
      answer = (offerId) => decision(offerId, true);
      const sound = await open("B");
      expect((await take(sound, 1)).map(line)).toEqual(["SNAPSHOT B true"]);
      await expect(broken.next()).rejects.toThrow("a mistake in a client");
      await sound.return();
    });
  });
}
