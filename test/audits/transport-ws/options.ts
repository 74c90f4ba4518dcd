/** What is asked for on the command line: the server, what it lets in, and the documents that it can answer. */
import { parseArgs } from "node:util";
import type { Target, Waits } from "./target.ts";

export interface AuditOptions {
  readonly target: Target;
  /** Ids of audits; all where there are none. */
  readonly only: readonly string[];
}

export const usage = `npm run audit:transport-ws -- ws://HOST:PORT/PATH [--param NAME=VALUE …] [--query DOCUMENT] …

--param NAME=VALUE           of each connection_init: a payload with this (again for more)
--header NAME=VALUE          of each handshake (again for more)
--bad-param NAME=VALUE       credentials that let nobody in, as --param
--expiring-param NAME=VALUE  credentials that end some seconds from now, as --param
--query DOCUMENT             answered by one result ({ __typename })
--mutation DOCUMENT          answered by one result; with no effect that would matter
--subscription DOCUMENT      goes on until it is completed
--trigger DOCUMENT           makes the subscription give an event; sent with the variable n, another text each time
                             ({ __typename } where it gives events by itself)
--ending DOCUMENT            a subscription that gives an event or some, and completes by itself
--message-limit BYTES        the largest message that the server takes
--only ID                    this audit alone (again for more)
--patience MS                what must come may take so long (10000)
--quiet MS                   what must not come is listened for so long (200)
--init-wait MS               the server may wait so long for connection_init (15000)
--expiry-wait MS             expiring credentials may be good so long (60000)

What an audit needs and is not given is not run. Exit code 0: every MUST that was run holds; 1: one does not; 2: it could
not begin.`;

const text = { type: "string" } as const;
const texts = { type: "string", multiple: true } as const;

/** Throws a sentence where the command line can't be read. */
export function readOptions(argv: readonly string[]): AuditOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      param: texts,
      header: texts,
      "bad-param": texts,
      "expiring-param": texts,
      query: { ...text, default: "{ __typename }" },
      mutation: text,
      subscription: text,
      trigger: text,
      ending: text,
      "message-limit": text,
      only: texts,
      patience: text,
      quiet: text,
      "init-wait": text,
      "expiry-wait": text,
    },
  });
  const [address, ...others] = positionals;
  if (address === undefined || others.length > 0 || !isSocketAddress(address)) {
    throw new RangeError(`Expected one address such as ws://127.0.0.1:4000/graphql; got "${positionals.join(" ")}".`);
  }
  const pairs = (name: "param" | "header" | "bad-param" | "expiring-param") => readPairs(name, values[name]);
  const number = (name: "message-limit" | "patience" | "quiet" | "init-wait" | "expiry-wait") =>
    readNumber(name, values[name]);
  const { query, mutation, subscription, trigger, ending, only = [] } = values;
  const expiring = pairs("expiring-param");
  const target = {
    url: address,
    headers: pairs("header"),
    connectionParams: pairs("param"),
    badConnectionParams: pairs("bad-param"),
    expiringConnectionParams: expiring && (() => expiring),
    messageLimitBytes: number("message-limit"),
    documents: given({ query, mutation, subscription, trigger, ending }),
    waits: given({
      patienceMs: number("patience"),
      quietMs: number("quiet"),
      initMs: number("init-wait"),
      expiryMs: number("expiry-wait"),
    }) satisfies Partial<Waits>,
  };
  return { target: given(target), only };
}

function isSocketAddress(address: string): boolean {
  return /^wss?:$/.test(URL.parse(address)?.protocol ?? "");
}

function readPairs(name: string, list: readonly string[] | undefined): Record<string, string> | undefined {
  if (!list) return undefined;
  return Object.fromEntries(
    list.map((pair) => {
      const [, key, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      if (key === undefined || value === undefined) {
        throw new RangeError(`--${name}: expected NAME=VALUE, such as authorization=Bearer…; got something else.`);
      }
      return [key, value];
    }),
  );
}

function readNumber(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new RangeError(`--${name}: expected a whole number above 0; got "${value}".`);
}

type Given<T> = { [Name in keyof T as undefined extends T[Name] ? never : Name]: T[Name] } & {
  [Name in keyof T as undefined extends T[Name] ? Name : never]?: Exclude<T[Name], undefined>;
};

/** Without what was not given. */
function given<T extends object>(all: T): Given<T> {
  // What is left has no undefined in it.
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Given<T>;
}
