/** docs/sandbox.md from the magic ids of the definitions, the faults, and the journal's limits. Pure. */
import type { AnyProvider, MagicId } from "../src/datasources/contract.ts";
import { faults } from "../src/sandbox/faults.ts";
import { journalLimits } from "../src/sandbox/journal.ts";
import { code, generatedHeader, page, table } from "./markdown.ts";

interface Described {
  readonly id: string;
  readonly title: string;
  readonly sandbox: { readonly magic: readonly MagicId[] };
}

const figure = (count: number): string => count.toLocaleString("en-GB");

export function renderSandbox(providers: ReadonlyArray<Described & Pick<AnyProvider, "id">>): string {
  return page(
    generatedHeader("the magic ids in src/datasources and the faults in src/sandbox"),
    "# The sandbox",
    "A sandbox stands in for a provider: a real HTTP server on a free port of 127.0.0.1 that answers as the provider " +
      "documents it, and that the gateway reaches as it would reach the provider. `SANDBOX` says which providers have " +
      "one (see [configuration](configuration.md)). Its state is in memory and ends with the process.",
    "Work settles after 3 to 20 s, by chance. `SANDBOX_SPEED` divides every time: with 10 it takes 0.3 to 2 s. Some ids " +
      "choose what happens; they are listed below for each provider.",
    "## What it saw, and what was true",
    "Each sandbox tells of itself at its own address, which the log names at the start:",
    table(
      ["Address", "Answer"],
      [
        [
          code("GET /__sandbox/journal"),
          "`requests`: each with `at`, `method`, `path`, `end`, `status`, `ms`. `changes`: each state that work truly went through, with `at`, `entity`, `value`. Times are ms since 1970.",
        ],
        [
          code("GET /__sandbox/journal?since=…&entity=…"),
          "The same from a time on, with the changes of one entity alone.",
        ],
        [code("GET /__sandbox/magic"), "The ids below."],
      ],
    ),
    "`end` is `answered`, `cut` (by the sandbox, as a fault), `closed` (by the caller, before the whole answer was there) " +
      "or `open`. Headers, bodies and whatever looks like a credential in an address are not kept.",
    `Memory is bounded: the latest ${figure(journalLimits.requests)} requests and ${figure(journalLimits.changes)} changes are kept, those still ahead included.`,
    "## Faults",
    "An id that contains `fault-` and one of these names makes each read of the status fail so; `fault-write-` makes the " +
      "write fail so. Providers whose ids are numbers have numbers for them, below.",
    table(
      ["Name", "What happens"],
      Object.entries(faults).map(([name, effect]) => [code(name), effect]),
    ),
    ...providers.flatMap(({ title, sandbox }) => [`## ${title}`, ...magicOf(sandbox.magic)]),
  );
}

/** A table for each place that ids go to. */
function magicOf(magic: readonly MagicId[]): readonly string[] {
  const places = [...new Set(magic.map(({ argument }) => argument))];
  return places.flatMap((place) => [
    `In ${place.split(", ").map(code).join(", ")}:`,
    table(
      ["Id", "What happens"],
      magic.filter(({ argument }) => argument === place).map(({ id, effect }) => [code(id), effect]),
    ),
  ]);
}
