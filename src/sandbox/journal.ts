/**
 * What a sandbox saw and what it truly was: every request, and every change of every scripted entity. It knows no
 * provider and no HTTP server. Its memory is bounded: the latest 10,000 requests and 100,000 changes are kept.
 */
import type { Clock } from "../clock.ts";
import type { Script } from "../datasources/contract.ts";

/** How many requests and changes a journal keeps; older ones are forgotten first. Changes still ahead are counted too. */
export const journalLimits = { requests: 10_000, changes: 100_000 } as const;

/**
 * How a request ended. `answered`: in full. `cut`: by the sandbox, on purpose (a fault). `closed`: by the caller,
 * before the whole answer was there. `open`: not yet.
 */
export type RequestEnd = "open" | "answered" | "cut" | "closed";

export interface JournalRequest {
  /** When it came, in ms since 1970. */
  readonly at: number;
  readonly method: string;
  /** Path and query, with whatever looks like a credential taken out. Headers and bodies are never kept. */
  readonly path: string;
  readonly end: RequestEnd;
  /** The status sent; null where none was. */
  readonly status: number | null;
  /** How long it was open, in ms; null while it is. */
  readonly ms: number | null;
}

export interface JournalChange {
  /** When it came true, in ms since 1970. */
  readonly at: number;
  readonly entity: string;
  readonly value: string;
}

export interface Journal {
  /** Requests that came at `since` or later, in the order in which they came. */
  requests(filter?: { readonly since?: number }): readonly JournalRequest[];
  /** Changes that have come true by now, at `since` or later, of one entity or of all, in order of time. */
  changes(filter?: { readonly since?: number; readonly entity?: string }): readonly JournalChange[];
}

export interface JournalWriter extends Journal {
  /** Notes a request, and gives back what notes its end. */
  begin(method: string, url: string): (end: Exclude<RequestEnd, "open">, status: number | null) => void;
  /** Notes what an entity goes through. Of an earlier script of the same entity, what has come true stays. */
  script(entity: string, script: Script): void;
}

export function createJournal(
  clock: Clock,
  limits: { requests: number; changes: number } = journalLimits,
): JournalWriter {
  const requests: JournalRequest[] = [];
  const byEntity = new Map<string, JournalChange[]>();
  let count = 0;

  /** Sorting costs, so it is done once for every tenth of the limit; reading never shows more than the limit. */
  function forgetOldest(): void {
    if (count <= limits.changes * 1.1) return;
    const times = [...byEntity.values()].flat().map(({ at }) => at);
    times.sort((a, b) => a - b);
    const oldest = times[count - limits.changes] ?? 0;
    for (const [entity, changes] of byEntity) {
      const kept = changes.filter(({ at }) => at >= oldest);
      count -= changes.length - kept.length;
      if (kept.length === 0) byEntity.delete(entity);
      else byEntity.set(entity, kept);
    }
  }

  return {
    begin(method, url) {
      const at = clock.now();
      let request: JournalRequest = { at, method, path: withoutSecrets(url), end: "open", status: null, ms: null };
      requests.push(request);
      if (requests.length > limits.requests) requests.shift();
      return (end, status) => {
        const place = requests.lastIndexOf(request);
        request = { ...request, end, status, ms: clock.now() - at };
        if (place >= 0) requests[place] = request;
      };
    },

    script(entity, script) {
      checkScript(entity, script);
      const now = clock.now();
      const before = byEntity.get(entity) ?? [];
      const merged = mergeScript(entity, before, script, now);
      byEntity.set(entity, merged);
      count += merged.length - before.length;
      forgetOldest();
    },

    requests({ since = 0 } = {}) {
      return requests.filter(({ at }) => at >= since);
    },

    changes({ since = 0, entity } = {}) {
      const now = clock.now();
      const all = entity === undefined ? [...byEntity.values()].flat() : (byEntity.get(entity) ?? []);
      return all
        .filter(({ at }) => at >= since && at <= now)
        .sort((a, b) => a.at - b.at)
        .slice(-limits.changes);
    },
  };
}

function checkScript(entity: string, script: Script): void {
  if (script.length === 0) throw new Error(`The script of ${entity} needs at least one step; it has none.`);
  script.forEach(([at], index) => {
    const earlier = script[index - 1]?.[0];
    if (earlier !== undefined && at < earlier) {
      throw new Error(`The script of ${entity} must be in order of time; step ${index} lies before the one above it.`);
    }
  });
}

/**
 * What was true stays true: of the new script only what lies ahead counts, and the value that it has in force now,
 * which came true now and not at the time that the script claims for it.
 */
function mergeScript(entity: string, before: readonly JournalChange[], script: Script, now: number): JournalChange[] {
  const steps = script.map(([at, value]): JournalChange => ({ at, entity, value }));
  if (before.length === 0) return withoutRepeats(steps);
  const inForce = steps.findLast(({ at }) => at <= now);
  return withoutRepeats([
    ...before.filter(({ at }) => at <= now),
    ...(inForce ? [{ ...inForce, at: now }] : []),
    ...steps.filter(({ at }) => at > now),
  ]);
}

/** A step to the value that is already in force changes nothing. */
function withoutRepeats(changes: readonly JournalChange[]): JournalChange[] {
  return changes.filter(({ value }, index) => value !== changes[index - 1]?.value);
}

const secretName = /token|secret|password|key|auth|credential|signature|jwt/i;
const jwt = /ey[\w-]{8,}\.[\w-]+\.[\w-]*/g;
const longestPath = 512;

/** A journal is read by people and by tests, so nothing that opens a door may be in it. */
export function withoutSecrets(url: string): string {
  const [path = "", ...rest] = url.split("?");
  const query = rest
    .join("?")
    .split("&")
    .map((pair) => {
      const name = pair.split("=", 1)[0] ?? "";
      return secretName.test(name) ? `${name}=[redacted]` : pair;
    })
    .join("&");
  const shown = (rest.length > 0 ? `${path}?${query}` : path).replace(jwt, "[redacted]");
  return shown.length > longestPath ? `${shown.slice(0, longestPath)}…` : shown;
}
