/** P2: one query over all providers, which answer in 20 ms. */
import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { assertAnswered, lookUps, offers, queryOf } from "../aggregation/query.ts";
import type { Measured, Part, PartOptions } from "../part.ts";
import { createDatabase } from "../support/database.ts";
import { gatewayCore, pinning, type Spawned, spawnScript, startGateway } from "../support/pinned.ts";
import { digits, inTurn, median, ratios, row } from "../support/statistics.ts";

const latencyMs = 20;
/** Liberis: its token, then the batch. Every other provider is asked once: all of floLIVE's rows are on its first page. */
const longestChain = 2;
/** Each operation by its own address, each 25 offers in one call of JSON-RPC, and one token. */
const leastRequests = 4 * lookUps + offers / 25 + 1;
/** A token is renewed at nine tenths of its life: before each query a new one is due. */
const tokenSeconds = 1;
const pauseMs = 1_100;

/** So many queries before those that count: a process that has answered none runs code that nothing has compiled. */
const warmUps = 12;

interface Sample {
  readonly ms: number;
  readonly requests: number;
}

async function measure({ runs, short, tell }: PartOptions): Promise<Measured> {
  const started: Array<{ dispose(): Promise<void> }> = [];
  const keep = <T extends { dispose(): Promise<void> }>(one: T): T => {
    started.push(one);
    return one;
  };
  try {
    const providers = keep(spawnScript(file("providers-process.ts"), [String(latencyMs), String(tokenSeconds)]));
    const origin = await originOf(providers);
    const database = keep(await createDatabase("aggregation"));
    const embedded = keep(await startGateway({ env: environmentOf(origin) }));
    const served = keep(await startGateway({ env: { ...environmentOf(origin), DATABASE_URL: database.url } }));
    const naive = keep(spawnScript(file("naive-process.ts"), [origin], { core: gatewayCore }));
    const naiveOrigin = await originOf(naive);
    const ask = (url: string) => () => sample(url, origin);
    const contenders = { embedded: ask(embedded.url), served: ask(served.url), naive: ask(naiveOrigin) };
    tell("first queries");
    const first = { embedded: await contenders.embedded(), served: await contenders.served() };
    const taken = await inTurn(runs, contenders, short ? 0 : warmUps);
    const chainMs = longestChain * latencyMs;
    const times = (samples: readonly Sample[]) => samples.map(({ ms }) => ms);
    const counts = (samples: readonly Sample[]) => samples.map(({ requests }) => requests);
    const bare = await bareRoundTrips(origin);
    return {
      rows: [
        row(
          `P2 aggregation, embedded store: wall time to the longest chain (${longestChain} × ${latencyMs} ms)`,
          times(taken.embedded).map((ms) => ms / chainMs),
          { atMost: 1.25 },
        ),
        row(
          "P2 aggregation, PostgreSQL: wall time to the longest chain",
          times(taken.served).map((ms) => ms / chainMs),
          { atMost: 1.25 },
        ),
        row(
          "P2 upstream requests to the least that the work needs",
          counts([...taken.embedded, ...taken.served]).map((count) => count / leastRequests),
          { atMost: 1 },
        ),
        row("P2 wall time to that of a naive peer", ratios(times(taken.embedded), times(taken.naive)), null),
        row("P2 upstream requests to those of a naive peer", ratios(counts(taken.embedded), counts(taken.naive)), null),
      ],
      details: [
        `One query asks for ${offers} decisions about access (\`accessMany\`) and for ${lookUps} operations of each of the four kinds, by ids that were never asked for: each is looked for in the store, asked for at its provider, and recorded as an operation with its items and its first change. Providers answer ${latencyMs} ms after a request; a bare request to them takes ${digits(median(bare))} ms. Budgets are wide; ${pinning}.`,
        `**The longest chain** is Liberis': its access token (at its end before each query), then the batch: ${longestChain} round trips. Cleeng purchases, PureSpectrum and Cleeng access are one each; so is floLIVE, whose first page holds all rows of a call. **The least requests** are ${leastRequests}: ${4 * lookUps} operations at their own addresses, ${offers / 25} calls of 25 offers, one token.`,
        "**The naive peer** is stock @apollo/server over Express with the same part of the schema: one request a field, awaited where it stands, a token a batch, nothing shared, and nothing stored.",
        [
          "| | wall time, median | upstream requests |",
          "| --- | ---: | ---: |",
          line("embedded store", taken.embedded),
          line("PostgreSQL", taken.served),
          line("naive peer", taken.naive),
          line("embedded store, the first query of its process", [first.embedded]),
          line("PostgreSQL, the first query of its process", [first.served]),
        ].join("\n"),
      ].join("\n\n"),
    };
  } finally {
    for (const one of started.toReversed()) await one.dispose();
  }
}

function line(name: string, samples: readonly Sample[]): string {
  const ms = median(samples.map((one) => one.ms));
  return `| ${name} | ${digits(ms)} ms | ${median(samples.map(({ requests }) => requests))} |`;
}

const file = (name: string) => new URL(`../aggregation/${name}`, import.meta.url);

async function originOf(process: Spawned): Promise<string> {
  return `http://127.0.0.1:${(await process.message<{ port: number }>()).port}`;
}

/** Limits and budgets that this query does not meet: what is measured is the way, not who bars it. */
export function environmentOf(origin: string): Record<string, string> {
  const budgets = ["CLEENG", "FLOLIVE", "LIBERIS", "PURESPECTRUM"].flatMap((name) => [
    [`${name}_RATE_PER_SECOND`, "10000"],
    [`${name}_CONCURRENCY`, "200"],
  ]);
  return {
    ...Object.fromEntries(budgets),
    CLEENG_API_URL: `${origin}/access`,
    CLEENG_INAPP_URL: `${origin}/storekit2`,
    CLEENG_PUBLISHER_TOKEN: "publisher-token",
    FLOLIVE_URL: `${origin}/flolive`,
    FLOLIVE_TOKEN: "flolive-token",
    LIBERIS_URL: `${origin}/liberis`,
    LIBERIS_TOKEN_URL: `${origin}/token`,
    LIBERIS_CLIENT_ID: "client",
    LIBERIS_CLIENT_SECRET: "liberis-secret",
    PURESPECTRUM_URL: `${origin}/buyers/v2`,
    PURESPECTRUM_READ_URL: `${origin}/buyers/v3`,
    PURESPECTRUM_ACCESS_TOKEN: "purespectrum-token",
    LIMIT_TOKENS: "20000",
    LIMIT_ALIASES: "1000",
    LIMIT_COST: "1000000",
    AUTH: "none",
  };
}

async function sample(url: string, providers: string): Promise<Sample> {
  const body = JSON.stringify(queryOf(randomBytes(6).toString("hex")));
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
  await send(`${providers}/count`);
  const began = performance.now();
  const text = await send(`${url}/graphql`, body);
  const ms = performance.now() - began;
  assertAnswered(JSON.parse(text));
  return { ms, requests: Number(await send(`${providers}/count`)) };
}

async function bareRoundTrips(providers: string): Promise<number[]> {
  const taken: number[] = [];
  for (let count = 0; count < 20; count += 1) {
    const began = performance.now();
    await send(`${providers}/token`, "grant_type=client_credentials");
    taken.push(performance.now() - began);
  }
  return taken;
}

const agent = new Agent({ keepAlive: true });

function send(url: string, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers =
      body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = request(url, { agent, method: body === undefined ? "GET" : "POST", headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (more: string) => {
        text += more;
      });
      response.on("end", () => resolve(text)).on("error", reject);
    });
    sent.on("error", reject).end(body);
  });
}

export const part: Part = { name: "aggregation", title: "P2 Aggregation", measure };
