/**
 * Watching decisions: asked at once, then seldom, for as long as somebody listens, and told only when they change.
 * Each check counts in Cleeng's reports, so the background asks little, and never with an address: an address uses up
 * one of the customer's four.
 */
import type { Clock } from "../clock.ts";
import type { AccessClient } from "../datasources/cleeng-access/client.ts";
import { type AccessDecision, refusesToken } from "../datasources/cleeng-access/status.ts";
import type { Priority } from "../datasources/contract.ts";
import { isProblem, type Problem, type ProviderUnavailable, type RateLimited } from "../datasources/problems.ts";
import type { Hub } from "./hub.ts";
import { createQueue, type Queue } from "./queue.ts";

export interface AccessTold {
  readonly offerId: string;
  readonly kind: "SNAPSHOT" | "CHANGED";
  readonly at: Date;
  readonly result: AccessDecision | Problem;
}

export interface AccessWatchRequest {
  readonly offerIds: readonly string[];
  /** A secret: kept here for as long as the stream lasts, and nowhere else. */
  readonly customerToken: string;
  readonly viewer: { readonly tenant: string; readonly owner: string };
}

export interface AccessWatch {
  open(client: AccessClient, request: AccessWatchRequest): Promise<Queue<AccessTold>>;
  dispose(): Promise<void>;
}

export interface AccessWatchOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly everySeconds: number;
  /** A purchase that settles asks at once. */
  readonly purchaseKind: string;
}

/** While Cleeng can't be asked: after 1 s, 2 s, 4 s … up to this. */
const longestRetrySeconds = 60;

export function createAccessWatch({ hub, clock, random, everySeconds, purchaseKind }: AccessWatchOptions): AccessWatch {
  const running = new Set<{ readonly stop: AbortController; readonly ended: Promise<void> }>();

  return {
    async open(client, { offerIds, customerToken, viewer }) {
      const stop = new AbortController();
      let nap = new AbortController();
      let asked = false;
      const askNow = () => {
        asked = true;
        nap.abort();
      };
      const leave = await hub.join({
        tenant: viewer.tenant,
        operationIds: null,
        hear(change) {
          if (change.kind !== purchaseKind || change.owner !== viewer.owner || change.state !== "SETTLED") return;
          askNow();
        },
        // It may have been such a purchase.
        miss: () => askNow(),
      });
      const queue = createQueue<AccessTold>(() => {
        stop.abort();
        leave();
      });

      const keys = [...new Set(offerIds)].map((offerId) => ({ offerId, customerToken, ipAddress: null }));
      const last = new Map<string, AccessDecision | Problem>();
      /** Gives how many seconds to wait before Cleeng may be asked again, where it could not be asked; else null. */
      const checkOnce = async (priority: Priority): Promise<number | null> => {
        const results = await client.checkMany(keys, { priority, signal: stop.signal });
        if (stop.signal.aborted) return null;
        results.forEach((result, index) => {
          const offerId = keys[index]?.offerId;
          if (offerId === undefined) return;
          const before = last.get(offerId);
          if (before !== undefined && !isNews(before, result)) return;
          last.set(offerId, result);
          queue.push({
            offerId,
            kind: before === undefined ? "SNAPSHOT" : "CHANGED",
            at: new Date(clock.now()),
            result,
          });
        });
        // The token is no good any more: that was told, and nothing else can follow, even if nobody reads it yet.
        if (results.some((result) => isProblem(result) && refusesToken(result))) {
          stop.abort();
          queue.end();
        }
        const passing = results.filter(isPassing).map(({ retryAfterSeconds }) => retryAfterSeconds ?? 0);
        return passing.length === 0 ? null : Math.max(...passing);
      };

      const watch = async () => {
        let priority: Priority = "lookup";
        let failures = 0;
        for (;;) {
          nap = new AbortController();
          const retryAfter = await checkOnce(priority);
          failures = retryAfter === null ? 0 : failures + 1;
          const seconds =
            retryAfter === null
              ? everySeconds
              : Math.max(retryAfter, Math.min(2 ** (failures - 1), longestRetrySeconds));
          const pause = Math.min(seconds, Math.max(everySeconds, retryAfter ?? 0)) * 1000 * (0.9 + 0.2 * random());
          if (!asked) await clock.sleep(pause, AbortSignal.any([stop.signal, nap.signal]));
          if (stop.signal.aborted) return;
          // Many may be waiting for one purchase: that must not use up what interactive look-ups need.
          priority = asked || retryAfter !== null ? "watched" : "background";
          asked = false;
        }
      };
      const entry = {
        stop,
        ended: watch()
          .catch((error: unknown) => queue.fail(error))
          .finally(() => running.delete(entry)),
      };
      running.add(entry);
      return queue;
    },
    async dispose() {
      for (const { stop } of running) stop.abort();
      await Promise.all([...running].map(({ ended }) => ended));
    },
  };
}

/** It can't be asked at the moment. */
function isPassing(result: AccessDecision | Problem): result is ProviderUnavailable | RateLimited {
  return isProblem(result) && (result.type === "ProviderUnavailable" || result.type === "RateLimited");
}

/** A provider that can't be asked for a while is not a change: the last decision stands. */
function isNews(before: AccessDecision | Problem, now: AccessDecision | Problem): boolean {
  if (isProblem(now)) {
    return !isPassing(now) && !(isProblem(before) && before.type === now.type && before.code === now.code);
  }
  return (
    isProblem(before) ||
    before.accessGranted !== now.accessGranted ||
    before.grantType !== now.grantType ||
    before.expiresAt !== now.expiresAt
  );
}
