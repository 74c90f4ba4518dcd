/** What is made of npm's report of advisories: what is serious fails, and no report is never taken for a clean one. */
import { expect, test } from "@jest/globals";
import { judgeAudit } from "../../scripts/audit-report.ts";

const reportOf = (severities: Readonly<Record<string, string>>, prod = 120) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: Object.fromEntries(
      Object.entries(severities).map(([name, severity]) => [name, { name, severity, via: ["x"], effects: [] }]),
    ),
    metadata: { vulnerabilities: {}, dependencies: { prod, dev: 300, total: 420 } },
  });

test.each<[string, string, string, RegExp]>([
  ["nothing", reportOf({}), "clean", /^120 production dependencies/],
  ["what is moderate or less", reportOf({ a: "moderate", b: "low", c: "info" }), "clean", /^120/],
  ["a high one", reportOf({ a: "low", b: "high" }), "found", /got b \(high\)\./],
  ["critical ones", reportOf({ z: "critical", b: "high" }), "found", /got b \(high\), z \(critical\)\./],
  [
    "a registry that answers none",
    JSON.stringify({ message: "405 Method Not Allowed", statusCode: 405 }),
    "unavailable",
    /NOT RUN/,
  ],
  ["a report of another form", JSON.stringify({ auditReportVersion: 3 }), "unavailable", /NOT RUN/],
  ["no output", "", "unavailable", /NOT RUN/],
  ["a look at nothing", reportOf({}, 0), "unavailable", /NOT RUN/],
])("%s", (_name, text, type, sentence) => {
  const judged = judgeAudit(text);
  expect([judged.type, judged.sentence]).toEqual([type, expect.stringMatching(sentence)]);
});
