/**
 * What the conformance suite must know of a provider to judge it: how its answers look on the wire. Each registered
 * provider has one, in <id>.ts beside this file; every documented word of it appears in a fixture there.
 */

import type { CallOptions, Exchange, Item, Outcome, State, Upstream } from "../../../src/datasources/contract.ts";
import type { Problem } from "../../../src/datasources/problems.ts";
import type { DocumentedError } from "./documented-errors.ts";

/** An HTTP answer that the suite's server gives. A string is sent as it is, anything else as JSON. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What was seen of one key. Decisions (access) have no state: for them `state` is null. */
export interface Observed {
  readonly state: State | null;
  readonly outcome: Outcome | null;
  readonly providerStatus: string | null;
  readonly items: readonly Item[];
  /** Absent where work is asked for, which is no decision. */
  readonly decision?: Decision;
  /** All of what was made of the answer, for finding secrets in it. */
  readonly whole: unknown;
}

export interface Decision {
  readonly accessGranted: boolean;
  readonly grantType: string | null;
}

export interface WordFixture {
  /** "status processing", "content.status OPEN": which documented word it shows. */
  readonly word: string;
  readonly reply: (received: Received) => Reply;
  readonly expected: {
    readonly state: State | null;
    readonly outcome: Outcome | null;
    readonly providerStatus?: string | null;
    /** Of each item, in their order; empty for what has none. */
    readonly items: ReadonlyArray<Pick<Item, "status" | "disposition">>;
    /** Of access alone. */
    readonly decision?: Decision;
  };
}

/** A provider, connected to a server. */
export interface Connected {
  ask(keys: readonly string[], options: CallOptions): Promise<ReadonlyArray<Observed | Problem>>;
  /** Sends a good write of a mutation; absent for a provider without writes. */
  write?(mutation: string, options: CallOptions): Promise<Exchange<unknown>>;
}

export interface Subject {
  /** The definition's id; a registered provider without a subject fails the suite. */
  readonly id: string;
  /** Strings inside the settings or keys that must be in no error and no log line. */
  readonly secrets: readonly string[];
  connect(origin: string, upstream: Upstream): Connected;
  /** A new natural id, different for each number. For access: an offer id. */
  key(n: number): string;
  /** Answers what is not a read of the work itself (a token endpoint); null for the rest. */
  aside?(received: Received): Reply | null;
  /** A good answer to any read of the work (access: to the whole batch). */
  good(received: Received): Reply;
  /** How many HTTP requests (without `aside`) reading n keys must cost. */
  requestsFor(n: number): number;
  /** The answer for ids that the provider does not know. */
  absent(received: Received): Reply;
  /** Valid JSON from which nothing can be read. */
  wrongShape: Reply;
  /** How an error looks on the wire: `error.status` is its HTTP status. */
  refuse(error: DocumentedError, received: Received): Reply;
  /** Every word that the vendor documents. */
  words: readonly WordFixture[];
  /** A word that nobody documents, and how it must survive. */
  unknownWord: {
    readonly word: string;
    readonly reply: (received: Received) => Reply;
    readonly check: (observed: Observed | Problem) => void;
  };
  /** One bad row among good ones; null for a provider that answers a single row (then `why`). */
  malformedRow:
    | {
        readonly reply: (received: Received) => Reply;
        readonly check: (observed: ReadonlyArray<Observed | Problem>) => void;
      }
    | { readonly why: string };
}
