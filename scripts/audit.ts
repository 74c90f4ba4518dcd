/**
 * Asks the registry for advisories on the production dependencies, and exits with 1 where one is high or critical. Where
 * the registry tells none at all, it says so and exits with 0: that is the registry's, and no fault of a change.
 *
 *     tsx scripts/audit.ts
 */
import { spawnSync } from "node:child_process";
import { judgeAudit } from "./audit-report.ts";

const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json"], {
  encoding: "utf8",
  timeout: 60_000,
  maxBuffer: 64 * 1024 * 1024,
});
const { type, sentence } = judgeAudit(stdout ?? "");
process.stdout.write(`${sentence}\n`);
if (type === "found") process.exitCode = 1;
