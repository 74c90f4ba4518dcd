/** The tables as kysely sees them. Columns are snake_case in SQL and camelCase here (CamelCasePlugin). */
import type { ColumnType, Generated, Selectable } from "kysely";
import type { JsonFields, Outcome, Snapshot, State } from "../datasources/contract.ts";
import type { Problem } from "../datasources/problems.ts";

/** jsonb is read as a value and written as its text: an array as a parameter would become a PostgreSQL array. */
type Jsonb<T> = ColumnType<T, string, string>;

/** Counts of an operation's items; an operation without items counts as one. */
export interface Progress {
  readonly total: number;
  readonly done: number;
  readonly succeeded: number;
  readonly failed: number;
}

export interface OperationsTable {
  /** UUIDv7. */
  id: string;
  tenant: string;
  owner: string;
  provider: string;
  /** The provider account; "default" for now. */
  account: string;
  kind: string;
  /** The provider's own id. Null only where the answer to our write never came. */
  naturalId: string | null;
  state: State;
  outcome: Outcome | null;
  providerStatus: string | null;
  revision: number;
  /** Where its latest change stands in the log. */
  place: number;
  correlationId: string | null;
  tags: string[];
  /** The kind's own fields, in the schema's names. */
  fields: Jsonb<JsonFields>;
  progress: Jsonb<Progress>;
  /** How many items have each status. */
  itemCounts: Jsonb<Readonly<Record<string, number>>>;
  /** Why it settled as it did. */
  problem: Jsonb<Problem | null> | null;
  /** What the latest check ran into; null after one that went well. */
  checkProblem: Jsonb<Problem | null> | null;
  createdAt: Date;
  /** When its work began; null for what was seen first when it was under way. */
  startedAt: Date | null;
  changedAt: Date;
  checkedAt: Date | null;
  settledAt: Date | null;
  deadlineAt: Date | null;
  followed: boolean;
  nextCheckAt: Date | null;
  /**
   * When the request was begun whose answer was recorded last, in microseconds since 1970 by the database's clock: an
   * earlier one is not recorded any more. A number, because a Date would cut two requests of one millisecond to one.
   */
  begun: number | null;
  /** How many checks in a row the provider said it does not know the id, and since when. */
  goneCount: number;
  goneSince: Date | null;
  /** Who is asking the provider at the moment, and until when that may be believed. */
  leaseNode: string | null;
  leaseUntil: Date | null;
}

export interface OperationItemsTable {
  operationId: string;
  position: number;
  key: string | null;
  status: string;
  providerStatus: string | null;
  disposition: "open" | "succeeded" | "failed";
  fields: Jsonb<JsonFields>;
  /** The operation's revision with which it last changed. */
  revision: number;
}

export interface ChangesTable {
  /** Commit-ordered: no change becomes visible below one that was visible before. See changes.ts. */
  place: number;
  operationId: string;
  tenant: string;
  owner: string;
  provider: string;
  account: string;
  kind: string;
  naturalId: string | null;
  revision: number;
  at: Date;
  previousState: State | null;
  state: State;
  outcome: Outcome | null;
  /** The operation's row as it stood at this revision, without items. */
  operation: Jsonb<SerializedOperation>;
}

export interface LogTable {
  id: Generated<boolean>;
  /** Random; new with each new or restored store. Cursors of another epoch are void. */
  epoch: string;
  /** The place of the latest change that was trimmed. */
  floor: number;
}

export interface IntentsTable {
  id: string;
  tenant: string;
  owner: string;
  provider: string;
  account: string;
  kind: string;
  mutation: string;
  /** The natural id, where it is known before the call. */
  naturalId: string | null;
  /** Whether nobody else may use that id: it is made by us. */
  reserves: boolean;
  /** The operation as it stands once the write is accepted: what a later start needs to go on from here. */
  operation: Jsonb<Snapshot>;
  correlationId: string | null;
  tags: string[];
  begunAt: Date;
  node: string;
  /** The caller's idempotency key, where one came: together with tenant, owner and mutation it names the key's row. */
  idempotencyKey: string | null;
}

export interface GatewaysTable {
  /** As in leases and intents. */
  node: string;
  /** By the database's clock. */
  heartbeatAt: Date;
  /** Whether it shares budgets by Redis at the moment. */
  redis: boolean;
}

export interface UpstreamHoldsTable {
  /** The upstream's id. */
  upstream: string;
  /** Nobody asks it before. */
  until: Date;
}

export interface IdempotencyKeysTable {
  tenant: string;
  owner: string;
  mutation: string;
  key: string;
  inputHash: string;
  operationId: string | null;
  refusal: Jsonb<Problem | null> | null;
  createdAt: Date;
  /** Null while the first call is still under way. */
  answeredAt: Date | null;
}

export interface RevocationsTable {
  tenant: string;
  owner: string;
  issuedUntil: Date;
}

/** What one gateway saw settle within some seconds. */
export interface SettleTimesTable {
  id: Generated<number>;
  kind: string;
  /** Whether ages count from the work's beginning, or from when it was seen first. */
  sinceStart: boolean;
  seenAt: Date;
  count: number;
  /** Pairs of ages in ms: not settled at the first, settled by the second; null where it never was. */
  samples: Jsonb<ReadonlyArray<readonly [number, number | null]>>;
}

export interface Database {
  operations: OperationsTable;
  operationItems: OperationItemsTable;
  changes: ChangesTable;
  log: LogTable;
  intents: IntentsTable;
  idempotencyKeys: IdempotencyKeysTable;
  gateways: GatewaysTable;
  upstreamHolds: UpstreamHoldsTable;
  revocations: RevocationsTable;
  settleTimes: SettleTimesTable;
}

export type StoredOperation = Selectable<OperationsTable>;
export type StoredItem = Selectable<OperationItemsTable>;
export type StoredChange = Selectable<ChangesTable>;

/** A StoredOperation in JSON: its dates are RFC 3339 texts. */
export type SerializedOperation = {
  readonly [K in keyof StoredOperation]: StoredOperation[K] extends Date
    ? string
    : StoredOperation[K] extends Date | null
      ? string | null
      : StoredOperation[K];
};
