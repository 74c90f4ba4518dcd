/**
 * A GraphQL client as a careful caller writes it: what failed on the way is sent again, with the same idempotency key,
 * to the next node, until there is a definite answer. It knows no document.
 */
import type { Random } from "./random.ts";

export interface Problem {
  readonly type: string;
  readonly code: string;
  readonly message: string;
  readonly retryAfterSeconds: number | null;
}

export interface Found {
  readonly id: string;
  readonly revision: number;
}

/** What a field of a result union came to. */
export type Result =
  | { readonly type: "operation"; readonly operation: Found; readonly node: number; readonly attempts: number }
  | { readonly type: "problem"; readonly problem: Problem }
  /** No definite answer until the time was up. */
  | { readonly type: "none"; readonly last: string };

export interface Call {
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** A write ends with a refusal; whatever else is asked until it can be answered. */
  readonly writes: boolean;
}

export interface Client {
  call(call: Call, startWith?: number): Promise<Result>;
  /** Once, to one node; null where it could not be answered. */
  // Answers are as various as the documents.
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  ask(node: number, document: string, variables: Readonly<Record<string, unknown>>): Promise<any>;
  /** Errors that no client should see, by code and message. */
  readonly strange: ReadonlyMap<string, number>;
}

const answerLimitMs = 20_000;
/** GraphQL errors that a fault explains. */
const expectedCodes = new Set(["STORE_UNAVAILABLE", "SHUTTING_DOWN"]);
/** Nothing was sent, or the first call with the key is under way; where it was sent, the key says so. */
const transientCodes = new Set([
  "TIMEOUT",
  "CIRCUIT_OPEN",
  "UNREACHABLE",
  "ALREADY_RUNNING",
  "BUDGET_EXHAUSTED",
  "THROTTLED",
]);

export function createClient(urls: readonly string[], random: Random, isOver: () => boolean): Client {
  const strange = new Map<string, number>();
  let turn = 0;

  async function post(node: number, document: string, variables: Readonly<Record<string, unknown>>) {
    const response = await fetch(`${urls[node]}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ query: document, variables }),
      signal: AbortSignal.timeout(answerLimitMs),
    });
    const { data, errors } = (await response.json()) as {
      // biome-ignore lint/suspicious/noExplicitAny: as above.
      data?: any;
      errors?: Array<{ message: string; extensions?: { code?: string } }>;
    };
    for (const { message, extensions } of errors ?? []) {
      const code = extensions?.code ?? "(no code)";
      if (expectedCodes.has(code)) continue;
      const key = `${code}: ${message}`;
      strange.set(key, (strange.get(key) ?? 0) + 1);
    }
    return errors || !data ? { failed: JSON.stringify(errors ?? "no data") } : { data };
  }

  async function once(node: number, { document, variables }: Call) {
    try {
      return await post(node, document, variables);
    } catch (error) {
      return { failed: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
    }
  }

  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  return {
    strange,
    async ask(node, document, variables) {
      const { data } = await once(node, { document, variables, writes: false });
      return data ?? null;
    },
    async call(call, startWith) {
      let last = "";
      let node = startWith ?? turn++ % urls.length;
      for (let attempts = 1; !isOver(); attempts += 1) {
        const { data, failed } = await once(node, call);
        if (failed !== undefined) {
          last = failed;
          node = (node + 1) % urls.length;
          await pause(random.between(50, 400));
          continue;
        }
        const result = Object.values(data)[0] as { __typename: string } & Problem & Found;
        if (result.code === undefined) {
          return { type: "operation", operation: { id: result.id, revision: result.revision }, node, attempts };
        }
        const { __typename: type, code, message, retryAfterSeconds = null } = result;
        // As where a provider gave no token: its code is the provider's own, and the key is free again.
        const unsent = message.includes("The call was not sent");
        const waits = unsent || transientCodes.has(code) || (!call.writes && type === "ProviderUnavailable");
        if (!waits && type !== "RateLimited") {
          return { type: "problem", problem: { type, code, message, retryAfterSeconds } };
        }
        last = `${type} ${code}`;
        await pause(Math.min((retryAfterSeconds ?? 0.3) * 1000, 3_000) + random.between(0, 500));
      }
      return { type: "none", last };
    },
  };
}
