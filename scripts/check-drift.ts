/**
 * Exits with 1 where a generated file is not what the code makes, and names each one.
 *
 *     tsx scripts/check-drift.ts
 */
import { findDrift, generatedFiles, readCommitted } from "./generated.ts";

/** A check that compares nothing would pass for ever. A file that is added to the list is counted here too. */
const expectedFiles = 5;

const { compared, sentences } = findDrift(generatedFiles, readCommitted);
const miscounted =
  compared === expectedFiles ? [] : [`Expected to compare ${expectedFiles} generated files; compared ${compared}.`];
const complaints = [...miscounted, ...sentences];
if (complaints.length > 0) {
  process.stderr.write(`${complaints.join("\n")}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`${compared} generated files are what the code makes.\n`);
}
