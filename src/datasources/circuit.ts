/**
 * When an upstream that fails is left alone, and how gently it is asked again. It sees verdicts, never a call.
 *
 * cockatiel counts and keeps the states. It measures its pause by Date.now, so its own pause is none at all, and the
 * real one is kept here, by the Clock's monotonic time: a machine whose time is set must leave nobody alone for longer.
 */
import { CircuitState, ConsecutiveBreaker, circuitBreaker, DelegateBackoff, handleWhenResult } from "cockatiel";
import type { Clock } from "../clock.ts";

export const failuresToOpen = 5;
const firstPause = 10_000;
const longestPause = 60_000;

export type Verdict =
  /** The upstream works. */
  | "sound"
  /** It answered, and badly: a 5xx, or what can't be read. That may be about what was asked alone. */
  | "faulty"
  /** No answer came: unreachable, cut, a time-out. That is about the upstream, whatever was asked. */
  | "failed"
  /** The call proved nothing, such as one that its caller gave up. */
  | "unknown";

/** One call that was let through. */
export interface Permit {
  /** Whether this call decides if the circuit closes. No other is let through meanwhile. */
  readonly probe: boolean;
  /** Must be called once. Resolves when the circuit has taken the verdict in. */
  end(verdict: Verdict): Promise<void>;
}

export interface Circuit {
  /** HALF_OPEN also when the pause is over and the next call will be a probe. */
  readonly state: "CLOSED" | "HALF_OPEN" | "OPEN";
  /** Null if a call may begin; else the seconds until that is worth another try, at least 1. */
  refusal(): number | null;
  /** Only where refusal() is null. `target` is what the call asks about: two calls about the same one share it. */
  begin(target: string): Permit;
}

/**
 * It opens at 5 failures without a success between them. Of the faulty answers about one target only the first counts:
 * an operation that can't be read is asked for again and again, and five such answers would say nothing of the others,
 * whose reads and writes would be refused.
 */
export function createCircuit(options: {
  readonly clock: Pick<Clock, "monotonic">;
  onChange(state: Circuit["state"]): void;
}): Circuit {
  const { clock, onChange } = options;
  let openUntil = Number.NEGATIVE_INFINITY;
  let pause = firstPause;
  /** Whether the probe that just ended told nothing new. */
  let stale = false;
  /** Targets of faulty answers since the last success. At most those that opened the circuit: none is added later. */
  const faulty = new Set<string>();

  const policy = circuitBreaker(
    handleWhenResult((result) => result === "failed"),
    {
      breaker: new ConsecutiveBreaker(failuresToOpen),
      halfOpenAfter: new DelegateBackoff(({ attempt }) => {
        pause = attempt === 1 || stale ? firstPause : Math.min(longestPause, pause * 2);
        openUntil = clock.monotonic() + pause;
        return Number.NEGATIVE_INFINITY;
      }),
    },
  );
  policy.onStateChange(() => onChange(state()));

  function state(): Circuit["state"] {
    if (policy.state === CircuitState.Closed) return "CLOSED";
    return policy.state === CircuitState.Open && clock.monotonic() < openUntil ? "OPEN" : "HALF_OPEN";
  }

  function refusal(): number | null {
    if (policy.state === CircuitState.Closed) return null;
    if (policy.state === CircuitState.HalfOpen) return 1;
    const left = openUntil - clock.monotonic();
    return left > 0 ? Math.ceil(left / 1000) : null;
  }

  function begin(target: string): Permit {
    const probe = policy.state !== CircuitState.Closed;
    let conclude: (verdict: Verdict) => void = () => {};
    const verdict = new Promise<Verdict>((resolve) => {
      conclude = resolve;
    });
    const execution = policy.execute(async () => {
      const given = await verdict;
      if (given === "sound") {
        faulty.clear();
        return given;
      }
      const known = given === "faulty" && faulty.has(target);
      if (probe) {
        // The probe is any call, and often about the very target that failed before: that it still does is no reason to
        // keep all others waiting longer. Nor is it a success, for the host may be down, so the first pause is kept.
        stale = known;
        return "failed";
      }
      // An error that the policy doesn't handle leaves a closed circuit as it is. It would close a half-open one, and a
      // probe that proved nothing must not: that one opens again.
      if (given === "unknown" || known) throw new Inconclusive();
      if (given === "faulty" && policy.state === CircuitState.Closed) faulty.add(target);
      return "failed";
    });
    const done = execution.then(
      () => {},
      (error: unknown) => {
        if (!(error instanceof Inconclusive)) throw error;
      },
    );
    return {
      probe,
      end: (given) => {
        conclude(given);
        return done;
      },
    };
  }

  return {
    get state() {
      return state();
    },
    refusal,
    begin,
  };
}

class Inconclusive extends Error {}
