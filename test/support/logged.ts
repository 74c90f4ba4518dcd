/**
 * What the gateways of all suites have logged, searched for secrets at the end of a run. The suites write it down, each
 * process to a file of its own; global-teardown.ts reads them all.
 */
import { appendFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { foreignSecret, secret } from "./tokens.ts";

/** A directory, for as long as a run lasts. */
export const logsVariable = "STATUSGRAPH_TEST_LOGS";

/** What the suites' simulators and issuers keep between themselves and a gateway. */
export const knownSecrets: readonly string[] = [
  secret,
  foreignSecret,
  "publisher-token-secret",
  "flolive-token-secret",
  "liberis-access-token-secret",
  "liberis-client-secret",
  "purespectrum-token-secret",
  "customer-token-secret",
];

/** What looks like a secret, whoever's it is. */
const shapes: ReadonlyArray<readonly [name: string, shape: RegExp]> = [
  ["a JWT", /\beyJ[\w-]{6,}\.[\w-]{4,}/],
  ["a bearer token", /\bBearer\s+(?!\[redacted\]|and a token)[\w.~+/=-]{4,}/i],
  ["a password in an address", /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"\\]*:(?!\[redacted\])[^\s/@"\\]+@/i],
];

/** One line: a gateway that was started, or all that one has logged. */
type Entry = { readonly suite: string; readonly log: string | null };

function write(entry: Entry): void {
  const directory = process.env[logsVariable];
  if (directory) appendFileSync(join(directory, `${process.pid}.jsonl`), `${JSON.stringify(entry)}\n`);
}

/** To be called for each gateway that a suite starts. */
export function noteGateway(suite: string): void {
  write({ suite, log: null });
}

/** To be called once a gateway has ended. */
export function keepLog(suite: string, log: string): void {
  write({ suite, log });
}

export interface Searched {
  /** How many gateways were started, and how many of those have left their log. */
  readonly gateways: number;
  readonly logs: number;
  readonly suites: number;
  readonly characters: number;
  /** A sentence for each secret that was found in a suite's logs. */
  readonly found: readonly string[];
}

export async function searchLogs(directory: string): Promise<Searched> {
  const suites = new Set<string>();
  const found = new Map<string, string>();
  let [gateways, logs, characters] = [0, 0, 0];
  for (const file of await readdir(directory)) {
    for (const line of (await readFile(join(directory, file), "utf8")).split("\n")) {
      if (line === "") continue;
      const { suite, log }: Entry = JSON.parse(line);
      if (log === null) {
        gateways += 1;
        continue;
      }
      suites.add(suite);
      logs += 1;
      characters += log.length;
      for (const [name, place] of secretsIn(log)) {
        const excerpt = log.slice(Math.max(0, place - 200), place + 60);
        found.set(`${suite} ${name}`, `${basename(suite)}: ${name} was logged: …${excerpt}…`);
      }
    }
  }
  return { gateways, logs, suites: suites.size, characters, found: [...found.values()] };
}

function* secretsIn(log: string): Generator<readonly [name: string, place: number]> {
  for (const known of knownSecrets) {
    for (const form of [
      known,
      Buffer.from(known)
        .toString("base64")
        .replace(/.{0,2}={0,2}$/, ""),
    ]) {
      const place = log.indexOf(form);
      if (place >= 0) yield [`"${known}"`, place];
    }
  }
  for (const [name, shape] of shapes) {
    const place = log.search(shape);
    if (place >= 0) yield [name, place];
  }
}

/** What is wrong with a run, as a text; null where nothing is. */
export function faultOf({ gateways, logs, characters, found }: Searched): string | null {
  if (found.length > 0) return `Secrets were logged:\n${found.join("\n")}`;
  // Of none at all the search would find nothing, whatever is in it.
  if (gateways > 0 && (logs === 0 || characters === 0)) {
    return `Expected the logs of ${gateways} gateways to search for secrets; none was kept.`;
  }
  return null;
}
