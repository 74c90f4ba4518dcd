/** Runs once after all suites. */
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { dumpVariable } from "./global-setup.ts";

export default async function globalTeardown(): Promise<void> {
  const dump = process.env[dumpVariable];
  if (dump) await rm(dirname(dump), { recursive: true, force: true });
}
