/** Runs once after all suites. */
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { dumpVariable, programVariable } from "./variables.ts";

export default async function globalTeardown(): Promise<void> {
  const dump = process.env[dumpVariable];
  if (dump) await rm(dirname(dump), { recursive: true, force: true });
  const program = process.env[programVariable];
  if (program) await rm(program, { recursive: true, force: true });
}
