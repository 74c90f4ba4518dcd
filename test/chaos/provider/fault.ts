/** What can become of a request to a provider. Pure data: front.ts does it, ../plan.ts chooses it. */

export const faults = {
  error: "5xx with JSON; not passed on",
  gatewayError: "502 with a page; passed on every other time",
  hang: "no answer; not passed on",
  late: "passed on; the answer does not come in time",
  garbage: "passed on; the answer can't be read",
  truncated: "passed on; the answer is cut in the middle",
  cut: "cut; not passed on",
  cutAfter: "passed on, then cut",
  throttled: "429 with Retry-After; not passed on",
  unavailable: "503 with Retry-After; not passed on",
} as const;
export type Fault = keyof typeof faults;

/** Those that make others wait: one of them is enough at a time. */
export const holding: ReadonlySet<Fault> = new Set<Fault>(["throttled", "unavailable"]);

export const upstreams = ["cleeng-access", "cleeng-purchases", "flolive", "liberis", "purespectrum"] as const;
export type UpstreamId = (typeof upstreams)[number];

/** How an upstream behaves from now on. */
export interface Weather {
  /** Chance of a fault, a request. */
  readonly share: number;
  readonly faults: readonly [Fault, ...Fault[]];
  /** Those that must come, one at each third request, in this order; what did not come yet outlasts other weather. */
  readonly must?: readonly Fault[];
}

export const fair: Weather = { share: 0, faults: ["error"] };

/** One request as it came. */
export interface Seen {
  /** In ms since 1970, with a fraction. */
  readonly at: number;
  readonly what: string;
  /** Which gateway asked: each has an address of its own. */
  readonly node: number;
}

/** One write as it came, and what became of it. */
export interface SeenWrite {
  readonly at: number;
  readonly upstream: UpstreamId;
  /** Which piece of work it was for. */
  readonly work: string;
  readonly fault: Fault | null;
  /** Whether the provider took it. */
  readonly taken: boolean;
}

/** A Retry-After that was sent. */
export interface Hold {
  /** Which gateway was told. */
  readonly node: number;
  readonly from: number;
  readonly until: number;
  readonly status: number;
}

export interface Facts {
  readonly requests: Readonly<Record<UpstreamId, readonly Seen[]>>;
  readonly holds: Readonly<Record<UpstreamId, readonly Hold[]>>;
  readonly writes: readonly SeenWrite[];
  readonly faults: Readonly<Record<string, number>>;
  /** The longest time for which this process did nothing, in ms: so far its stamps may be off. */
  readonly lagMs: number;
}

/** What an entity truly is, asked of the provider itself, past every fault. */
export interface Truth {
  readonly known: boolean;
  readonly outcome: "SUCCEEDED" | "PARTIAL" | "FAILED" | null;
  /** What it truly went through, in the provider's words; empty where that is not told. */
  readonly history: ReadonlyArray<readonly [at: number, word: string]>;
}
