/**
 * Measures the project's promises of performance, P1 to P8, beside its peers. Installs them, builds the gateway where dist
 * is stale, runs the parts one by one, prints one table, and composes docs/performance.md.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Distribution } from "./economy/distributions.ts";
import { readDistribution } from "./economy/files.ts";
import { type Flags, partNames, readFlags, usage } from "./flags.ts";
import type { Measured, Part } from "./part.ts";
import { composed, type Failure, measuredText, plainTable, type Result, summary } from "./report.ts";
import { environment, peerVersions } from "./support/machine.ts";
import { canPin, pinSelf, program } from "./support/pinned.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** As `npm ci` leaves it: what was installed from the lock as it is now. A second run has nothing to wait for. */
function installPeers(): void {
  const installed = here("node_modules/.package-lock.json");
  if (existsSync(installed) && sameLock(installed)) return;
  tell("npm ci of the peers");
  run("npm", ["ci", "--no-audit", "--no-fund"], here("."));
}

function sameLock(installed: string): boolean {
  const packages = (file: string) => {
    const all = (JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, { version?: string }> }).packages;
    return new Map(Object.entries(all).map(([path, { version }]) => [path, version]));
  };
  const wanted = packages(here("package-lock.json"));
  // Optional ones are in the lock for every platform, and installed for this one alone.
  return (
    [...packages(installed)].every(([path, version]) => wanted.get(path) === version) &&
    [...peerVersions().keys()].every((name) => existsSync(here(`node_modules/${name}/package.json`)))
  );
}

function buildGateway(): void {
  if (process.env.BENCH_PROGRAM !== undefined) {
    tell(`Measures ${program}, as BENCH_PROGRAM says.`);
    return;
  }
  const built = here("../dist/main.js");
  const newest = Math.max(
    ...readdirSync(here("../src"), { recursive: true, encoding: "utf8" }).map(
      (file) => statSync(here(`../src/${file}`)).mtimeMs,
    ),
  );
  const info = here("../dist/.tsbuildinfo");
  if (existsSync(built) && existsSync(info) && statSync(info).mtimeMs >= newest) return;
  tell("npm run build");
  run("npm", ["run", "--silent", "build"], here(".."));
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, signal } = spawnSync(command, args, { cwd, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status ?? signal}.`);
}

type Outcome = Failure | (Result & Pick<Measured, "plots">);

async function measure(
  name: string,
  { runs, short }: Flags,
  distributions: readonly Distribution[] | undefined,
): Promise<Outcome> {
  let title = name;
  try {
    const { part } = (await import(`./parts/${name}.ts`)) as { part: Part };
    title = part.title;
    tell(`\n=== ${title}`);
    const own = distributions ? { distributions } : {};
    const { rows, details, plots } = await part.measure({ runs, short, tell, ...own });
    if (distributions) tell(`\n${details}`);
    return { name, title, rows, details, runs, ...(await environment()), ...(plots ? { plots } : {}) };
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    tell(error instanceof Error ? (error.stack ?? failed) : failed);
    return { name, title, failed };
  }
}

/** A result of its own file for each part, so that one can be measured anew. */
async function publish(outcomes: readonly Outcome[]): Promise<void> {
  await mkdir(here("results"), { recursive: true });
  await mkdir(here("../docs/performance"), { recursive: true });
  for (const outcome of outcomes) {
    if ("failed" in outcome) continue;
    const { plots = new Map<string, string>(), ...result } = outcome;
    await writeFile(here(`results/${result.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
    for (const [name, svg] of plots) await writeFile(here(`../docs/performance/${name}`), svg);
  }
  const kept = partNames
    .map((name) => here(`results/${name}.json`))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, "utf8")) as Result);
  const page = here("../docs/performance.md");
  await writeFile(page, composed(await readFile(page, "utf8"), measuredText(kept, peerVersions())));
}

async function main(flags: Flags, distributions: readonly Distribution[] | undefined): Promise<void> {
  process.chdir(here("."));
  // One's own distributions need neither a peer nor a gateway.
  if (distributions === undefined) {
    installPeers();
    buildGateway();
  }
  if (!canPin) tell("taskset is missing, or there is one core: nothing is pinned, and the figures say less.");
  pinSelf();
  const outcomes: Outcome[] = [];
  for (const name of flags.parts) outcomes.push(await measure(name, flags, distributions));
  const table = flags.short ? "Short: everything was seen to work, and the figures say nothing." : summary(outcomes);
  process.stdout.write(`\n${plainTable(outcomes)}\n\n${table}\n`);
  if (flags.write && process.env.BENCH_PROGRAM === undefined) await publish(outcomes);
  // What a part has left over would keep this process up.
  process.exit(outcomes.some((outcome) => "failed" in outcome) ? 1 : 0);
}

/** Exit code 2, as for a command line that makes no sense. */
function refuse(sentence: string): void {
  tell(sentence);
  process.exitCode = 2;
}

/** From where the command was given; npm runs this one in bench/. */
async function ownDistributions(files: readonly string[]): Promise<Distribution[] | string> {
  const from = process.env.INIT_CWD ?? process.cwd();
  const own: Distribution[] = [];
  for (const file of files) {
    const one = await readDistribution(file, from);
    if (typeof one === "string") return one;
    own.push(one);
  }
  return own;
}

const flags = readFlags(process.argv.slice(2));
if (typeof flags === "string") {
  refuse(`${flags}\n\n${usage}`);
} else if (flags.distributions.length > 0) {
  const own = await ownDistributions(flags.distributions);
  if (typeof own === "string") refuse(own);
  else await main(flags, own);
} else {
  await main(flags, undefined);
}
