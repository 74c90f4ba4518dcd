/** Runs once after all suites: takes down what global-setup.ts put up, and searches what was logged meanwhile for secrets. */
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { faultOf, logsVariable, searchLogs } from "./logged.ts";
import { dumpVariable, programVariable } from "./variables.ts";

export default async function globalTeardown(): Promise<void> {
  const dump = process.env[dumpVariable];
  if (dump) await rm(dirname(dump), { recursive: true, force: true });
  const program = process.env[programVariable];
  if (program) await rm(program, { recursive: true, force: true });
  const logs = process.env[logsVariable];
  if (!logs) throw new Error(`Expected ${logsVariable}, set by test/support/global-setup.ts.`);
  const searched = await searchLogs(logs).finally(() => rm(logs, { recursive: true, force: true }));
  const fault = faultOf(searched);
  // Thrown here it fails the run, as a failed test does.
  if (fault !== null) throw new Error(fault);
  const { characters, gateways, suites } = searched;
  if (gateways === 0) return;
  const size = `${Math.ceil(characters / 1024)} KB`;
  process.stderr.write(
    `\nNo secret in the ${size} that the gateways of ${suites} suites logged (${gateways} were started).\n`,
  );
}
