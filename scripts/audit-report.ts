/** What a report of `npm audit --json` says: pure, for npm itself ends with 1 both for findings and for want of a report. */
import { z } from "zod";

const report = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(z.string(), z.object({ severity: z.string(), via: z.array(z.unknown()) })),
  metadata: z.object({ dependencies: z.object({ prod: z.number() }) }),
});

export type Judgement =
  | { readonly type: "clean"; readonly sentence: string }
  | { readonly type: "found"; readonly sentence: string }
  /** There is no report: nothing was looked at. */
  | { readonly type: "unavailable"; readonly sentence: string };

const serious = new Set(["high", "critical"]);

export function judgeAudit(text: string): Judgement {
  const read = report.safeParse(parsed(text));
  if (!read.success) {
    const sentence = "NOT RUN: npm audit gave no report, so no advisory was looked at. Its registry may answer none.";
    return { type: "unavailable", sentence };
  }
  const { vulnerabilities, metadata } = read.data;
  const looked = metadata.dependencies.prod;
  if (looked === 0) return { type: "unavailable", sentence: "NOT RUN: npm audit looked at no dependency." };
  const found = Object.entries(vulnerabilities).filter(([, { severity }]) => serious.has(severity));
  if (found.length === 0) {
    return { type: "clean", sentence: `${looked} production dependencies, without a high or critical advisory.` };
  }
  const names = found.map(([name, { severity }]) => `${name} (${severity})`).sort();
  return { type: "found", sentence: `Expected no high or critical advisory; got ${names.join(", ")}. See npm audit.` };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
