/** Every mutation with an upstream effect, sent to gateways that are processes of their own, so that they can be killed. */
import { type CleengSimulator, granted, processing, startCleeng } from "../simulators/cleeng.ts";
import { type FloliveSimulator, startFlolive } from "../simulators/flolive.ts";
import { type LiberisSimulator, startLiberis } from "../simulators/liberis.ts";
import { type PureSpectrumSimulator, startPureSpectrum } from "../simulators/purespectrum.ts";

export interface Providers {
  readonly cleeng: CleengSimulator;
  readonly flolive: FloliveSimulator;
  readonly liberis: LiberisSimulator;
  readonly purespectrum: PureSpectrumSimulator;
  readonly env: Readonly<Record<string, string>>;
  /** Every write that any of them has received. */
  writes(): number;
  dispose(): Promise<void>;
}

export async function startProviders(timeoutMs: number): Promise<Providers> {
  const [cleeng, flolive, liberis, purespectrum] = await Promise.all([
    startCleeng(),
    startFlolive(),
    startLiberis(),
    startPureSpectrum(),
  ]);
  const all = [cleeng, flolive, liberis, purespectrum];
  const limits = ["CLEENG", "FLOLIVE", "LIBERIS", "PURESPECTRUM"].flatMap((name) => [
    [`${name}_TIMEOUT_MS`, String(timeoutMs)],
    [`${name}_RATE_PER_SECOND`, "1000"],
    [`${name}_CONCURRENCY`, "50"],
  ]);
  return {
    cleeng,
    flolive,
    liberis,
    purespectrum,
    env: { ...cleeng.env, ...flolive.env, ...liberis.env, ...purespectrum.env, ...Object.fromEntries(limits) },
    writes: () => all.reduce((sum, simulator) => sum + simulator.writes().length, 0),
    dispose: async () => void (await Promise.all(all.map((simulator) => simulator.dispose()))),
  };
}

export interface Mutation {
  readonly name: string;
  readonly type: string;
  readonly input: Readonly<Record<string, unknown>>;
}

const own: Readonly<Record<string, string>> = {
  PurchaseSync: "... on PurchaseSync { synchronizationId }",
  BulkCall: "... on BulkCall { requestId }",
  PartnerBatch: "... on PartnerBatch { statusCheckId }",
  SurveyTransaction: "... on SurveyTransaction { statusCode } ... on AlreadyFinal { operation { statusCode } }",
};

function documentOf({ name, type }: Mutation): string {
  return `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) {
    __typename ... on Operation { id state outcome followed problem { __typename code } } ... on Problem { code }
    ${own[type]} } }`;
}

/** What the caller says of each; the address and the identifiers must appear in no log. */
export const mutations = {
  register: {
    name: "registerPurchase",
    type: "PurchaseSync",
    input: { customerId: "123456789", transactionId: "r", ipAddress: "8.8.4.4", correlationId: "sync-r" },
  },
  transfer: {
    name: "transferPurchase",
    type: "PurchaseSync",
    input: { customerId: "123456789", transactionId: "t", ipAddress: "8.8.4.4", correlationId: "sync-t" },
  },
  bulk: {
    name: "submitBulkCall",
    type: "BulkCall",
    input: { action: "RESET_ACTIVATION_TIME", nodes: [{ identifierType: "IMSI", identifier: "001010000000001" }] },
  },
  batch: { name: "createPartnerClients", type: "PartnerBatch", input: { clients: [{ partnerClientId: "private-1" }] } },
  taken: survey("taken"),
  overtaken: survey("overtaken"),
  untouched: survey("untouched"),
} as const satisfies Readonly<Record<string, Mutation>>;
export type Name = keyof typeof mutations;
export const names = Object.keys(mutations) as readonly Name[];

function survey(transactionId: string): Mutation {
  const input = { surveyId: "s", transactionId, status: "COMPLETE" };
  return { name: "setSurveyTransactionStatus", type: "SurveyTransaction", input };
}

/** What each provider shows once the gateway asks it what became of its write. */
export function scriptOutcomes({ cleeng, purespectrum }: Providers): void {
  for (const id of ["sync-r", "sync-t"]) cleeng.statuses.set(id, [processing, granted]);
  purespectrum.codes.set("taken", [21]);
  purespectrum.codes.set("overtaken", [18]);
  purespectrum.codes.set("untouched", [16]);
}

/** As design.md says under "Writes whose answer is lost". */
export const outcomes: Readonly<Record<Name, object>> = {
  register: { __typename: "PurchaseSync", synchronizationId: "sync-r" },
  transfer: { __typename: "PurchaseSync", synchronizationId: "sync-t" },
  bulk: unconfirmed({ __typename: "BulkCall", requestId: null }),
  batch: unconfirmed({ __typename: "PartnerBatch", statusCheckId: null }),
  taken: { __typename: "SurveyTransaction", state: "SETTLED", outcome: "SUCCEEDED", statusCode: 21, problem: null },
  overtaken: { __typename: "AlreadyFinal", code: "ALREADY_FINAL", operation: { statusCode: 18 } },
  untouched: { __typename: "SurveyTransaction", state: "RUNNING", followed: true, statusCode: 16 },
};

function unconfirmed(more: object): object {
  const problem = { __typename: "WriteUnconfirmed", code: "WRITE_UNCONFIRMED" };
  return { ...more, state: "SETTLED", outcome: "ABANDONED", followed: false, problem };
}

/** What comes, of whatever type; null where the gateway died over it. */
// biome-ignore lint/suspicious/noExplicitAny: answers are as various as the documents: each test reads what it asked for.
export async function send(url: string, name: Name, more: Readonly<Record<string, unknown>> = {}): Promise<any> {
  const mutation = mutations[name];
  try {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        query: documentOf(mutation),
        variables: { input: { idempotencyKey: name, ...mutation.input, ...more } },
      }),
    });
    const { data, errors } = (await response.json()) as {
      readonly data?: Readonly<Record<string, unknown>>;
      readonly errors?: readonly unknown[];
    };
    return data?.[mutation.name] ?? { errors };
  } catch {
    return null;
  }
}

/** The answer under a key whose first call died, as soon as there is one. */
export async function answer(url: string, name: Name): ReturnType<typeof send> {
  for (;;) {
    const came = await send(url, name);
    if (came.__typename !== "AlreadyRunning") return came;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
