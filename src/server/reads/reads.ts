/**
 * Reads that follow from revisions, answered from memory in front of Apollo. A request comes here once it has been admitted
 * like any other, and leaves with a text that is what Apollo would have answered at one moment after it came, or with null:
 * then Apollo answers. Nothing that has an error in it is made here.
 */
import { LRUCache } from "lru-cache";
import type { Limits } from "../../config/limits.ts";
import { holds, type Rights } from "../../operations/rights.ts";
import { presentRevision } from "../../resolvers/present.ts";
import type { Scope } from "../../store/operations.ts";
import type { Store } from "../../store/store.ts";
import { createListings } from "./listings.ts";
import { createMirror } from "./mirror.ts";
import type { Prepared } from "./requests.ts";
import { type Basis, type Composed, compose, type Sources, stands } from "./sources.ts";

export interface Asking {
  readonly prepared: Prepared;
  readonly scope: Scope;
  readonly rights: Rights;
}

export interface Answer {
  readonly text: string;
  /** How long it is as UTF-8. As many as it has characters, and it is ASCII. */
  readonly bytes: number;
}

export interface Reads {
  answer(asking: Asking): Answer | null | Promise<Answer | null>;
  dispose(): void;
}

export interface ReadsOptions {
  readonly store: Store;
  readonly limits: Pick<Limits, "ids" | "pageSize">;
}

interface Kept extends Answer {
  readonly basis: Basis;
}

const mostBytes = 64 * 1024 * 1024;
/** So often what is missing is read, and found to have changed again, before it is left to Apollo. */
const mostLoads = 3;
/** What is asked for once, and again only after a change, need not be kept. */
const mostSeen = 10_000;

export function createReads({ store, limits }: ReadsOptions): Reads {
  const mirror = createMirror({ store, show: presentRevision });
  const sources: Sources = { mirror, limits, listings: createListings(store, mirror) };
  const answers = new LRUCache<string, Kept>({ maxSize: mostBytes, sizeCalculation: sizeOf });
  /** By the same key: as of which change it was made last. */
  const seen = new LRUCache<string, number>({ max: mostSeen });

  const fromMemory = (key: string, { prepared, scope }: Asking): Answer | Exclude<Composed, { type: "text" }> => {
    const known = answers.get(key);
    if (known) {
      if (stands(known.basis)) return known;
      answers.delete(key);
    }
    const composed = compose(sources, prepared.plan, scope);
    if (composed.type !== "text") return composed;
    const { text, basis } = composed;
    const kept: Kept = { text, basis, bytes: Buffer.byteLength(text) };
    if (seen.get(key) === mirror.version) answers.set(key, kept);
    else seen.set(key, mirror.version);
    return kept;
  };

  const slowly = async (key: string, asking: Asking, ready: Promise<void> | null): Promise<Answer | null> => {
    try {
      await ready;
      for (let loads = 0; loads <= mostLoads; loads += 1) {
        const found = fromMemory(key, asking);
        if ("text" in found) return found;
        if (found.type !== "missing") return null;
        if (found.ids.length > 0) await mirror.load(found.ids);
        await Promise.all(found.pages.map((page) => sources.listings.load(page)));
        await mirror.caughtUp();
      }
      return null;
    } catch {
      // The store does not answer, or not in time: Apollo has the words for that.
      return null;
    }
  };

  return {
    answer(asking) {
      const { prepared, scope, rights } = asking;
      if (!prepared.plan.rights.every((right) => holds(rights, right))) return null;
      const key = `${prepared.serial} ${nameOf(scope)}`;
      const ready = mirror.caughtUp();
      if (ready === null) {
        const found = fromMemory(key, asking);
        if ("text" in found) return found;
        if (found.type === "unusual") return null;
      }
      return slowly(key, asking, ready);
    },
    dispose: () => mirror.dispose(),
  };
}

const names = new WeakMap<Scope, string>();

function nameOf(scope: Scope): string {
  const known = names.get(scope);
  if (known !== undefined) return known;
  const name = JSON.stringify([scope.tenant, scope.owner]);
  names.set(scope, name);
  return name;
}

function sizeOf({ text, basis }: Kept): number {
  return 256 + text.length * 2 + basis.cells.length * 16;
}
