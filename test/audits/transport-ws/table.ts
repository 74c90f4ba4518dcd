/** What the audits found, for people: a line an audit, the reasons of those that failed, and a last line that counts. */
import type { Result } from "./audit.ts";

const marks = { ok: "ok", failed: "FAILED", "not run": "not run" } as const;

export function lineOf({ audit, status }: Result): string {
  // The name begins with the level.
  return `${audit.id}  ${marks[status].padEnd(7)}  ${audit.name}`;
}

export function summaryOf(results: readonly Result[]): string {
  const count = (status: Result["status"], level?: string) =>
    results.filter((one) => one.status === status && (level === undefined || one.audit.level === level)).length;
  const reasons = results.flatMap((one) => (one.status === "failed" ? [`${one.audit.id}  ${one.reason}`] : []));
  const needs = new Set(results.flatMap((one) => (one.status === "not run" ? one.needs : [])));
  return [
    ...reasons,
    ...(needs.size === 0 ? [] : [`Not run for want of ${[...needs].map((need) => `--${need}`).join(", ")}.`]),
    `${count("ok")} ok, ${count("failed", "MUST")} MUST failed, ${count("failed", "SHOULD")} SHOULD failed, ${count("not run")} not run`,
  ].join("\n");
}

/** For the exit code. */
export function isBroken(results: readonly Result[]): boolean {
  return results.some(({ audit, status }) => status === "failed" && audit.level === "MUST");
}
