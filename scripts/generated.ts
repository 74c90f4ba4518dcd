/** Every file that is made from the code, and whether the committed one still is what the code makes. */
import { readFileSync } from "node:fs";
import { variables } from "../src/config.ts";
import { providers } from "../src/datasources/index.ts";
import { ownCodes } from "../src/datasources/problems.ts";
import { errorCodes } from "../src/resolvers/errors.ts";
import { buildStatusgraphSchema } from "../src/resolvers/index.ts";
import { vocabulary } from "../test/datasources/conformance/vocabulary.ts";
import { renderConfiguration } from "./docs-configuration.ts";
import { renderErrors } from "./docs-errors.ts";
import { renderSandbox } from "./docs-sandbox.ts";
import { renderStatus } from "./docs-status.ts";
import { emittedSchema } from "./emit-schema.ts";

export interface GeneratedFile {
  /** Relative to the project's root. */
  readonly path: string;
  /** The whole text that belongs there. */
  text(): string;
}

export const generatedFiles: readonly GeneratedFile[] = [
  { path: "schema.graphql", text: emittedSchema },
  { path: "docs/configuration.md", text: () => renderConfiguration(variables(providers), providers) },
  { path: "docs/errors.md", text: () => renderErrors(buildStatusgraphSchema(), errorCodes, ownCodes) },
  { path: "docs/sandbox.md", text: () => renderSandbox(providers) },
  { path: "docs/status.md", text: () => renderStatus(providers, vocabulary) },
];

export interface Drift {
  /** How many files were held against the code. */
  readonly compared: number;
  /** A sentence for each file that differs. */
  readonly sentences: readonly string[];
}

/** `committed` gives a file's text, or null where there is none. */
export function findDrift(files: readonly GeneratedFile[], committed: (path: string) => string | null): Drift {
  const sentences = files.flatMap(({ path, text }) => {
    const found = committed(path);
    if (found === text()) return [];
    const what = found === null ? "there is none" : "it differs";
    return [`Expected ${path} to be what the code makes; ${what}. Run \`npm run generate\` and commit the result.`];
  });
  return { compared: files.length, sentences };
}

export function pathOf(file: string): URL {
  return new URL(`../${file}`, import.meta.url);
}

export function readCommitted(file: string): string | null {
  try {
    return readFileSync(pathOf(file), "utf8");
  } catch (error) {
    // Not `instanceof`: under a test runner the error may come from another realm.
    if (typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
