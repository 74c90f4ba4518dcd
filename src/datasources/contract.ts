/**
 * What every provider folder promises, and what it is given. A provider knows its wire and nothing else: no GraphQL,
 * no store, no poller. A sixth provider implements this file and is registered in ./index.ts.
 */
import type { FastifyInstance } from "fastify";
import type { z } from "zod";
import type { Clock } from "../clock.ts";
import type { NotFound, Problem, WriteUnconfirmed } from "./problems.ts";
import type { SendBy } from "./send-by.ts";

// ------------------------------------------------------------------ what a provider says of an operation

export type State = "PENDING" | "RUNNING" | "RETRYING" | "SETTLED";
export type Outcome = "SUCCEEDED" | "PARTIAL" | "FAILED" | "ABANDONED";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonFields = { readonly [key: string]: Json };

/** How far, and how it ended. A settled operation has an outcome; one that failed says why. */
export type Standing =
  | { readonly state: "PENDING" | "RUNNING" | "RETRYING" }
  | {
      readonly state: "SETTLED";
      readonly outcome: "SUCCEEDED" | "PARTIAL" | "FAILED";
      /** Why it failed; null when it did not. */
      readonly problem: Problem | null;
    }
  /**
   * What was read is of other work than the write that it was read for, so that nobody knows what became of that. All else
   * that is ABANDONED is the gateway's to say, never a provider's.
   */
  | { readonly state: "SETTLED"; readonly outcome: "ABANDONED"; readonly problem: WriteUnconfirmed };

/** One part of an operation, such as a node of a bulk call. */
export interface Item {
  /** Place in the request, from 0, where it was sent through this gateway; else in the provider's answer. */
  readonly position: number;
  /** The provider's id of this item alone, where it has one: another operation may be about the same item. */
  readonly key: string | null;
  /** A member of the kind's item enum in the schema; UNKNOWN for a word that is not documented. */
  readonly status: string;
  /** The provider's own word, unmapped; null until it has been read, or where it can't be read. */
  readonly providerStatus: string | null;
  /** How the item counts in the operation's progress. */
  readonly disposition: "open" | "succeeded" | "failed";
  /** What else the schema shows of it, in the schema's names. */
  readonly fields: JsonFields;
}

/** What the provider says of an operation at one time, in this gateway's words. */
export interface Snapshot {
  readonly standing: Standing;
  /** The provider's own word for its status, unmapped; null until it has been read once. */
  readonly providerStatus: string | null;
  /** The kind's own fields, in the schema's names, as plain JSON. Counts of items are derived and do not belong here. */
  readonly fields: JsonFields;
  /** Every item there is, in order of position; empty for a kind without items. */
  readonly items: readonly Item[];
}

/** What this gateway knows of an operation before an answer is taken in. */
export interface Known {
  /** Null for an operation that is seen for the first time. */
  readonly snapshot: Snapshot | null;
  /** Items of other operations of the same tenant and provider, by key, for the keys that the reading asked for. */
  readonly elsewhere: ReadonlyMap<string, Item>;
}

/** An answer, read from the wire, still to be joined with what is known. `compose` is pure. */
export interface Reading {
  /** Keys of the items in the answer; what other operations know of them comes in `Known.elsewhere`. */
  readonly itemKeys: readonly string[];
  compose(known: Known): Snapshot;
}

// ------------------------------------------------------------------ the transport that a provider is given

/** Who asks: a budget serves them in this order. */
export type Priority = "write" | "lookup" | "watched" | "background";

export interface CallOptions {
  readonly priority: Priority;
  /** Aborts the call, and closes its socket. */
  readonly signal?: AbortSignal;
  /**
   * What has not begun to be sent by then never is. A process that was stopped and goes on must not send what others
   * have given up meanwhile.
   */
  readonly sendBy?: SendBy;
  /** Told when it was the call's turn: until then nothing was sent. */
  readonly onBegin?: () => void;
}

export interface UpstreamRequest {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /**
   * What its body or address bears that nobody else may see. An answer that echoes one is read without it, and so is one
   * that echoes a credential of a header, which need not be named here: see echoes.ts.
   */
  readonly secrets?: readonly string[];
  /** A read may be sent again, once; a write never is. */
  readonly effect: "read" | "write";
  /** "batch": the answer is about many items and may be as large as MAX_BATCH_STATUS_BYTES; else MAX_ANSWER_BYTES. */
  readonly size?: "batch";
  /** Cap on the answer's size in bytes, where it is smaller than both. */
  readonly maxBytes?: number;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case. A repeated header has its values joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What became of one call. */
export type Exchange<T> =
  /** The provider answered, and the answer could be read. */
  | { readonly type: "answered"; readonly value: T }
  /** The provider answered, and said no, or said that it can't. Nothing was accepted. */
  | { readonly type: "refused"; readonly problem: Problem }
  /** Nothing was sent: budget, open circuit, connection refused. */
  | { readonly type: "unsent"; readonly problem: Problem }
  /** It was sent, and no usable answer came: time-out, cut, too large, unreadable. The provider may have accepted it. */
  | { readonly type: "lost"; readonly problem: Problem };

/** How a provider reads an answer. 429 and 3xx are judged by the transport and never get here. */
export type Reader<T> = (answer: Answer) => Exclude<Exchange<T>, { type: "unsent" }>;

/** One outside system as this process reaches it: pool, time-out, budget, circuit. See http.ts. */
export interface Upstream {
  /** Never rejects but for a bug: every failure is an Exchange. */
  exchange<T>(request: UpstreamRequest, options: CallOptions, read: Reader<T>): Promise<Exchange<T>>;
}

// ------------------------------------------------------------------ what a provider implements

/** What to read: the operation's natural id, the provider's own, and what is known of it (Liberis: its status URI). */
export interface Target {
  readonly key: string;
  /** The kind's fields as last recorded; null for an operation that is not known yet. */
  readonly fields: JsonFields | null;
}

export interface OperationClient {
  /** One result a target, in their order. A target's failure is its own. */
  fetchMany(targets: readonly Target[], options: CallOptions): Promise<ReadonlyArray<Reading | Problem>>;
  /** Every write that it can send, for those that a crash left without an answer. Absent where there is none. */
  readonly writes?: readonly IntendedWrite[];
}

/** What a write is before it is sent. */
export interface PreparedWrite {
  /** The natural id, where it is known before the call (Cleeng: the Correlation-Id that we send). */
  readonly key: string | null;
  /** The operation as it stands once the provider has accepted it, as far as that is known before the call. */
  readonly snapshot: Snapshot;
}

export interface AcceptedWrite {
  readonly key: string;
  /** Set where the snapshot was read after the write, and is not only what its acceptance means. */
  readonly read?: true;
  readonly snapshot: Snapshot;
}

/** What to do when a write was sent and its answer never came. It is never sent again. */
export type LostWritePolicy =
  /** Its id was known before the call: follow that. */
  | "follow"
  /** The provider can be asked by the natural id what became of it: `settleLost` reads it. */
  | "read"
  /** Its id was never seen: it becomes an operation without one, SETTLED, ABANDONED. */
  | "abandon";

/** A write as its intent knows it: enough to settle it where its answer is lost, also for a caller that has died. */
export interface IntendedWrite {
  /** The GraphQL mutation, which is also the scope of its idempotency keys. */
  readonly mutation: string;
  readonly whenLost: LostWritePolicy;
  /**
   * For `whenLost: "read"`: decides by reading whether the write was taken. `refused` where it was not. All that it
   * knows of the write is in `prepared`, which has been stored meanwhile.
   */
  settleLost?(
    prepared: PreparedWrite,
    options: CallOptions,
  ): Promise<Exclude<Exchange<AcceptedWrite>, { type: "unsent" }>>;
  /** For `whenLost: "read"`: what is known of the operation when neither the write nor a read was answered. Pure. */
  unread?(prepared: PreparedWrite): Snapshot;
}

/** One write that a provider accepts. */
export interface Write<Input> extends IntendedWrite {
  /** Pure: what will be sent, and what it is known by. Its snapshot is stored: it holds no secret and no address. */
  prepare(input: Input): PreparedWrite;
  send(input: Input, prepared: PreparedWrite, options: CallOptions): Promise<Exchange<AcceptedWrite>>;
  /**
   * Pure: the same input about the natural id `key`. For writes of what exists at the provider already, whose id may be
   * another tenant's: then it is sent about a decoy.
   */
  about?(input: Input, key: string): Input;
}

interface Definition<Settings, Client> {
  /** The folder's name; also in logs, metrics and the sandbox's addresses. */
  readonly id: string;
  /** Member of the schema's Provider enum. Two definitions may share one (Cleeng's two hosts). */
  readonly provider: string;
  /** For sentences: "Cleeng purchases". */
  readonly title: string;
  /** Prefix of `_RATE_PER_SECOND`, `_CONCURRENCY`, `_TIMEOUT_MS` and `_DEADLINE_SECONDS`. */
  readonly envPrefix: string;
  /**
   * Its environment variables. Keys are their names; `.describe()` and `.meta({ example })` make the documentation.
   * An address says in `.meta({ address })` how it is taken: as a "base" that paths are joined to, or as it is ("exact").
   */
  readonly settings: z.ZodObject & z.ZodType<Settings>;
  /** The variable whose presence means that the provider is configured. */
  readonly configuredBy: string;
  /** Others that configure it as well, where it can be reached in more than one way. `settings` says which way needs which. */
  readonly alsoConfiguredBy?: readonly string[];
  /** Variables that say how it is asked, and not where: they hold for its sandbox too. */
  readonly sandboxHeeds?: readonly string[];
  /** The variables whose values must never be seen. */
  readonly secrets: readonly string[];
  connect(settings: Settings, upstream: Upstream): Client;
  readonly sandbox: Sandbox<Settings>;
}

/** A provider of work that settles later. */
export interface OperationProvider<Settings, Client extends OperationClient> extends Definition<Settings, Client> {
  readonly type: "operation";
  /** Member of the schema's OperationKind enum. */
  readonly kind: string;
  /**
   * What its client answers, to a read and to a write, where the provider does not know the id. Word for word the same
   * each time: an id that is not the viewer's to see is answered with it too, and must not be told apart.
   */
  readonly unknownId: NotFound;
  /**
   * The natural id of a decoy, to ask for in place of `naturalId`: of its form, and such that the provider can't have it;
   * the same for the same id (./decoy.ts). Absent: that of the whole id, which is a UUID in form.
   */
  decoyOf?(naturalId: string): string;
  /** Seconds until the gateway gives up waiting, unless configured. */
  readonly deadlineSeconds: number;
  /** About how many seconds its work takes: a guess, by which it is asked for until that has been seen. Absent: ten. */
  readonly usualSeconds?: number;
  /** Whether the provider may change its mind after it settled (a survey's reconciliation). Absent: it does not. */
  readonly settledMayChange?: boolean;
}

/** A provider of decisions that hold now and settle nothing (Cleeng access). */
export interface DecisionProvider<Settings, Client> extends Definition<Settings, Client> {
  readonly type: "decision";
}

export type AnyOperationProvider = OperationProvider<object, OperationClient>;
export type AnyProvider = AnyOperationProvider | DecisionProvider<object, unknown>;

export function defineOperationProvider<Settings, Client extends OperationClient>(
  definition: Omit<OperationProvider<Settings, Client>, "type">,
): OperationProvider<Settings, Client> {
  return { type: "operation", ...definition };
}

export function defineDecisionProvider<Settings, Client>(
  definition: Omit<DecisionProvider<Settings, Client>, "type">,
): DecisionProvider<Settings, Client> {
  return { type: "decision", ...definition };
}

// ------------------------------------------------------------------ the sandbox of a provider

/** A value that changes at given times: [time in ms since 1970, value], in order of time. The first is in force from its time on. */
export type Script = ReadonlyArray<readonly [at: number, value: string]>;

export interface SandboxContext {
  readonly clock: Clock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Divides a time in ms by SANDBOX_SPEED. */
  scaled(ms: number): number;
  /** Random time until work settles, 3 to 20 s divided by SANDBOX_SPEED, in ms. */
  settleTime(): number;
  /** Notes the states that `entity` really goes through, for the journal. A later script of the same entity replaces what lies ahead. */
  script(entity: string, script: Script): void;
}

/** An id that chooses what the sandbox does. docs/sandbox.md lists them. */
export interface MagicId {
  /** Where it goes, in the schema's names: "registerPurchase.transactionId". */
  readonly argument: string;
  /** The id, or the part that it must contain. */
  readonly id: string;
  readonly effect: string;
}

export interface Sandbox<Settings> {
  readonly magic: readonly MagicId[];
  /** Adds the provider's routes to an HTTP server that serves nothing else. State lives in this call's closure. */
  routes(app: FastifyInstance, context: SandboxContext): void;
  /** The settings of a gateway that talks to it. `origin` is like http://127.0.0.1:50123, without a slash at the end. */
  settings(origin: string): Settings;
}
