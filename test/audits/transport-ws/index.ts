/** The suite as a whole: every audit, against a server that speaks graphql-transport-ws at some address. */
import { type Result, type RunOptions, runAudits } from "./audit.ts";
import { audits } from "./audits/index.ts";
import type { Target } from "./target.ts";

export type { Audit, Level, Result } from "./audit.ts";
export type { Documents, Need, Target, Waits } from "./target.ts";
export { audits };

export interface SuiteOptions extends RunOptions {
  /** The ids of those that are run; all, unless given. */
  readonly only?: readonly string[];
}

export function auditTransportWs(target: Target, { only, ...options }: SuiteOptions = {}): Promise<Result[]> {
  const unknown = (only ?? []).filter((id) => audits.every((audit) => audit.id !== id));
  if (unknown.length > 0) {
    throw new RangeError(`Expected ids of audits; there is none called ${unknown.join(", ")}. README.md lists them.`);
  }
  const chosen = audits.filter(({ id }) => only === undefined || only.includes(id));
  return runAudits(chosen, target, options);
}
