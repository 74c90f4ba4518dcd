/** docs/configuration.md from the descriptions that the configuration itself is read by. Pure: it reads no environment. */
import type { VariableDoc } from "../src/config.ts";
import type { AnyProvider } from "../src/datasources/contract.ts";
import { code, generatedHeader, page, table } from "./markdown.ts";

type Named = Pick<AnyProvider, "title" | "configuredBy" | "alsoConfiguredBy">;

export function renderConfiguration(variables: readonly VariableDoc[], providers: readonly Named[]): string {
  const groups = [...new Set(variables.map(({ group }) => group))];
  return page(
    generatedHeader("the variables' descriptions in src/config and src/datasources"),
    "# Configuration",
    "Everything is set by environment variables, read once at the start. An empty variable counts as unset, and space " +
      "around a value is dropped. A wrong value stops the start with one line a variable: its name, what was expected, " +
      "what came, an example. Values of secrets are shown nowhere.",
    "A provider is configured once a variable named below its heading is set. One that is not is served by a sandbox " +
      "or is absent, as `SANDBOX` says; another of its variables without that is a mistake that stops the start. A " +
      "provider that is configured without its credentials is called without them, and a warning says so.",
    ...groups.flatMap((group) => {
      const provider = providers.find(({ title }) => title === group);
      const configuredBy = provider ? [provider.configuredBy, ...(provider.alsoConfiguredBy ?? [])] : [];
      const rows = variables.filter((variable) => variable.group === group).map(rowOf);
      return [
        `## ${group}`,
        configuredBy.length === 0 ? "" : `Configured by ${configuredBy.map(code).join(" or ")}.`,
        table(["Name", "Default", "What it is", "Example"], rows),
      ];
    }),
  );
}

function rowOf({ name, default: value, description, example, secret }: VariableDoc): readonly string[] {
  // A rule is a sentence, a value is what would be typed.
  const standard = value === null ? "" : /\s/.test(value) ? value : code(value);
  return [code(name), standard, secret ? `${description} Secret.` : description, code(example)];
}
