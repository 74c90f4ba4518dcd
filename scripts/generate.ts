/**
 * Writes every file that is made from the code.
 *
 *     tsx scripts/generate.ts
 */
import { writeFileSync } from "node:fs";
import { generatedFiles, pathOf } from "./generated.ts";

for (const { path, text } of generatedFiles) {
  writeFileSync(pathOf(path), text());
  process.stdout.write(`${path}\n`);
}
