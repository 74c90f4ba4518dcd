/** What an audit is, and how a list of them is run against a server. */
import { Breach } from "./breach.ts";
import { lacking, type Need, type Target } from "./target.ts";

export type Level = "MUST" | "SHOULD";

export interface Audit {
  /** Four characters that never change their meaning: a new meaning gets a new id. */
  readonly id: string;
  readonly level: Level;
  /** What the server must do, in the protocol's terms; it begins with the level. */
  readonly name: string;
  readonly needs: readonly Need[];
  /** Rejects with a Breach where the server doesn't. */
  readonly fn: (target: Target) => Promise<void>;
}

export type Result =
  | { readonly audit: Audit; readonly status: "ok" }
  | { readonly audit: Audit; readonly status: "failed"; readonly reason: string }
  /** For want of something that the target did not give. */
  | { readonly audit: Audit; readonly status: "not run"; readonly needs: readonly Need[] };

type Rest = readonly [id: string, name: string, fn: Audit["fn"], ...needs: Need[]];

export function must(...[id, name, fn, ...needs]: Rest): Audit {
  return { id, level: "MUST", name: `MUST ${name}`, needs, fn };
}

export function should(...[id, name, fn, ...needs]: Rest): Audit {
  return { id, level: "SHOULD", name: `SHOULD ${name}`, needs, fn };
}

export interface RunOptions {
  /** How many run at the same time, each on sockets of its own: one, unless given. */
  readonly atOnce?: number;
  readonly onResult?: (result: Result) => void;
}

/** One result an audit, in their order. Rejects where an audit itself is at fault. */
export async function runAudits(
  audits: readonly Audit[],
  target: Target,
  { atOnce = 1, onResult = () => {} }: RunOptions = {},
): Promise<Result[]> {
  const results = new Map<Audit, Result>();
  const waiting = [...audits];
  const work = async () => {
    for (let audit = waiting.shift(); audit; audit = waiting.shift()) {
      const result = await runAudit(audit, target);
      results.set(audit, result);
      onResult(result);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return audits.flatMap((audit) => results.get(audit) ?? []);
}

async function runAudit(audit: Audit, target: Target): Promise<Result> {
  const needs = lacking(target, audit.needs);
  if (needs.length > 0) return { audit, status: "not run", needs };
  try {
    await audit.fn(target);
    return { audit, status: "ok" };
  } catch (error) {
    if (error instanceof Breach) return { audit, status: "failed", reason: error.message };
    throw error;
  }
}
