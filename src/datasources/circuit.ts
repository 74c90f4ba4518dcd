/**
 * When an upstream that fails is left alone, and how gently it is asked again. It sees verdicts, never a call.
 *
 * cockatiel counts and keeps the states. It measures its pause by Date.now, so its own pause is none at all, and the
 * real one is kept here, by the Clock.
 */
import { CircuitState, ConsecutiveBreaker, circuitBreaker, DelegateBackoff, handleWhenResult } from "cockatiel";
import type { Clock } from "../clock.ts";

export const failuresToOpen = 5;
const firstPause = 10_000;
const longestPause = 60_000;

/** sound: the upstream works. unknown: the call proved nothing, such as one that its caller gave up. */
export type Verdict = "sound" | "failed" | "unknown";

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
  /** Only where refusal() is null. */
  begin(): Permit;
}

export function createCircuit(options: { readonly clock: Clock; onChange(state: Circuit["state"]): void }): Circuit {
  const { clock, onChange } = options;
  let openUntil = Number.NEGATIVE_INFINITY;

  const policy = circuitBreaker(
    handleWhenResult((verdict) => verdict === "failed"),
    {
      breaker: new ConsecutiveBreaker(failuresToOpen),
      halfOpenAfter: new DelegateBackoff(({ attempt }) => {
        openUntil = clock.now() + Math.min(longestPause, firstPause * 2 ** (attempt - 1));
        return Number.NEGATIVE_INFINITY;
      }),
    },
  );
  policy.onStateChange(() => onChange(state()));

  function state(): Circuit["state"] {
    if (policy.state === CircuitState.Closed) return "CLOSED";
    return policy.state === CircuitState.Open && clock.now() < openUntil ? "OPEN" : "HALF_OPEN";
  }

  function refusal(): number | null {
    if (policy.state === CircuitState.Closed) return null;
    if (policy.state === CircuitState.HalfOpen) return 1;
    const left = openUntil - clock.now();
    return left > 0 ? Math.ceil(left / 1000) : null;
  }

  function begin(): Permit {
    const probe = policy.state !== CircuitState.Closed;
    let conclude: (verdict: Verdict) => void = () => {};
    const verdict = new Promise<Verdict>((resolve) => {
      conclude = resolve;
    });
    const execution = policy.execute(async () => {
      const given = await verdict;
      if (given !== "unknown") return given;
      // An error that the policy doesn't handle leaves a closed circuit as it is. It would close a half-open one, and a
      // probe that proved nothing must not: that one opens again.
      if (!probe) throw new Inconclusive();
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
