/** Telling a store what was learned of an operation, in a line; for suites of whatever stands on the store. */
import type { Item, JsonFields, Snapshot, Standing } from "../../src/datasources/contract.ts";
import type { Problem } from "../../src/datasources/problems.ts";
import type { Event, Terms } from "../../src/operations/advance.ts";
import { beginRequest, type Learned, type LearnedByNaturalId, type Recorded, record } from "../../src/store/record.ts";
import type { Store } from "../../src/store/store.ts";
import { unlearned } from "../support/schedule.ts";

export const succeeded: Standing = { state: "SETTLED", outcome: "SUCCEEDED", problem: null };

/** As of a kind of which nothing is known. */
export function waitOf(random: number) {
  return unlearned(() => random).wait(false);
}

export interface SnapshotParts {
  readonly providerStatus?: string | null;
  readonly fields?: JsonFields;
  readonly items?: readonly Item[];
}

export function snapshot(standing: Standing | "PENDING" | "RUNNING" | "RETRYING", parts: SnapshotParts = {}): Snapshot {
  return {
    standing: typeof standing === "string" ? { state: standing } : standing,
    providerStatus: parts.providerStatus ?? null,
    fields: parts.fields ?? {},
    items: parts.items ?? [],
  };
}

export function item(position: number, parts: Partial<Item> = {}): Item {
  return { position, key: null, status: "OPEN", providerStatus: null, disposition: "open", fields: {}, ...parts };
}

export interface Telling {
  readonly tenant?: string;
  readonly owner?: string;
  readonly provider?: string;
  readonly kind?: string;
  readonly correlationId?: string | null;
  readonly tags?: readonly string[];
  /** Now, unless given. */
  readonly begun?: number | null;
  readonly follow?: boolean;
  readonly terms?: Partial<Terms>;
  readonly ends?: Learned["ends"];
  readonly itemKeys?: readonly string[];
}

/** What `record` takes. */
export function learned(
  naturalId: string | null,
  event: Event | Learned["event"],
  begun: number | null,
  telling: Telling = {},
): LearnedByNaturalId {
  return {
    subject: {
      by: "naturalId",
      tenant: telling.tenant ?? "default",
      provider: telling.provider ?? "TINY",
      account: "default",
      kind: telling.kind ?? "TINY_WORK",
      naturalId,
      newcomer: { owner: telling.owner ?? "anonymous", correlationId: telling.correlationId ?? null },
    },
    begun,
    itemKeys: telling.itemKeys ?? [],
    event: typeof event === "function" ? event : () => event,
    terms: {
      wait: waitOf(0.5),
      deadlineSeconds: 3600,
      follow: telling.follow ?? true,
      settledMayChange: false,
      ...telling.terms,
    },
    tags: telling.tags ?? [],
    ends: telling.ends ?? null,
  };
}

async function tell(store: Store, naturalId: string, event: Event, telling: Telling): Promise<Recorded> {
  const begun = telling.begun === undefined ? await beginRequest(store) : telling.begun;
  const recorded = await record(store, learned(naturalId, event, begun, telling));
  if (!recorded) throw new Error("Expected the operation to be recorded by its natural id; nothing was.");
  return recorded;
}

/** The provider was asked just now, and answered. Followed from then on, unless told otherwise. */
export function read(store: Store, naturalId: string, answer: Snapshot, telling: Telling = {}): Promise<Recorded> {
  return tell(store, naturalId, { type: "read", snapshot: answer }, telling);
}

/** The provider was asked just now, in vain. */
export function failed(store: Store, naturalId: string, problem: Problem, telling: Telling = {}): Promise<Recorded> {
  return tell(store, naturalId, { type: "failed", problem }, { follow: false, ...telling });
}

export function unfollowed(store: Store, naturalId: string, telling: Telling = {}): Promise<Recorded> {
  return tell(store, naturalId, { type: "unfollowed" }, { begun: null, follow: false, ...telling });
}
