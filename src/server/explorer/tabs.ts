/** The example documents as GraphiQL's tabs: a folder of files in, texts out. It judges no GraphQL. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** One tab, as GraphiQL's `defaultTabs` has it. */
export interface ExampleTab {
  readonly query: string;
  /** JSON, as it stands in the editor. */
  readonly variables: string | null;
  /** JSON, as it stands in the editor. */
  readonly headers: string | null;
}

const extension = ".graphql";
/** The one example about all providers; it reads best after those of each. */
const lastName = "operations";

const welcome: ExampleTab = {
  query: `# This installation has no example documents. The book at the left side of the page shows the schema.

query Providers {
  providers {
    provider
    configured
    sandbox
  }
}
`,
  variables: null,
  headers: null,
};

/**
 * One tab for each <name>.graphql, with <name>.variables.json and <name>.headers.json where they exist, by name. One tab
 * of welcome where there is no such folder or nothing in it.
 */
export async function readExampleTabs(folder: string): Promise<readonly ExampleTab[]> {
  const files = new Set(await namesIn(folder));
  const textOf = (name: string) => readFile(join(folder, name), "utf8");
  const names = [...files]
    .filter((file) => file.endsWith(extension))
    .map((file) => file.slice(0, -extension.length))
    .sort(byPlace);
  const tabs = names.map(async (name): Promise<ExampleTab> => {
    const optional = (file: string) => (files.has(file) ? textOf(file) : null);
    const [query, variables, headers] = await Promise.all([
      textOf(`${name}${extension}`),
      optional(`${name}.variables.json`),
      optional(`${name}.headers.json`),
    ]);
    return { query, variables, headers };
  });
  return tabs.length > 0 ? Promise.all(tabs) : [welcome];
}

function byPlace(a: string, b: string): number {
  if (a === lastName || b === lastName) return Number(a === lastName) - Number(b === lastName);
  return a < b ? -1 : 1;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
