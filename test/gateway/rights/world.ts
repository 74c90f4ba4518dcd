/** A gateway that takes tokens, its providers, and operations of many owners in it. Each is asked through both doors alike. */
import { v7 as uuidv7 } from "uuid";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "../../support/gateway.ts";
import { openSockets, type Sockets } from "../../support/sockets.ts";
import { bearer, jwtEnv } from "../../support/tokens.ts";
import { type Providers, startProviders } from "./providers.ts";
import { asMaker, claimsOf, type Owner, type Viewer } from "./roles.ts";

export type Kind = "PurchaseSync" | "BulkCall" | "PartnerBatch" | "SurveyTransaction";

/** An operation, or a name for none. */
export interface Target {
  /** The gateway's id. */
  readonly id: string;
  /** The provider's. */
  readonly naturalId: string;
  /** Null where there is no such operation, neither here nor at the provider. */
  readonly owner: Owner | null;
}

export interface Answer {
  /** Of HTTP. */
  readonly status?: number;
  // Answers are as various as the documents: each test reads what it asked for.
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  readonly data: any;
  readonly errors: ReadonlyArray<{ readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }>;
}

export type Variables = Record<string, unknown>;

export interface Door {
  readonly name: "HTTP" | "WebSocket";
  ask(viewer: Viewer, document: string, variables?: Variables): Promise<Answer>;
}

export interface World {
  readonly gateway: TestGateway;
  readonly providers: Providers;
  readonly http: Door;
  readonly webSocket: Door;
  /** One connection for each viewer. */
  sockets(viewer: Viewer): Promise<Sockets>;
  /** Operations under way that nobody follows, so that nobody but who is asked asks their providers. */
  plant(kind: Kind, owner: Owner, count: number): Promise<Target[]>;
  /** A name for nothing. */
  nobodys(): Target;
  /** Whose operations a text tells of, by any of their ids. */
  ownersIn(text: string): Owner[];
  dispose(): Promise<void>;
}

const wide = {
  LIMIT_REQUESTS_PER_MINUTE: "1000000",
  LIMIT_TOKENS: "100000",
  LIMIT_ALIASES: "100000",
  LIMIT_COST: "1000000000",
  LIMIT_DEPTH: "100",
};

/** Surveys are no secret; their transactions are whose they are. */
export const surveyId = "a-survey";

const lookUps: Readonly<Record<Kind, (naturalId: string) => string>> = {
  PurchaseSync: (id) => `purchaseSync(synchronizationId: "${id}") { ... on PurchaseSync { id } }`,
  BulkCall: (id) => `bulkCall(requestId: "${id}") { ... on BulkCall { id } }`,
  PartnerBatch: (id) => `partnerBatch(statusCheckId: "${id}") { ... on PartnerBatch { id } }`,
  SurveyTransaction: (id) =>
    `surveyTransaction(surveyId: "${surveyId}", transactionId: "${id}") { ... on SurveyTransaction { id } }`,
};

export async function startWorld(options: TestGatewayOptions = {}): Promise<World> {
  const providers = await startProviders();
  const gateway = await startTestGateway({
    ...options,
    env: { ...jwtEnv, ...providers.env, ...wide, SANDBOX: "off", ...options.env },
  });
  const opened = new Map<string, Promise<Sockets>>();
  const tokens = new Map<string, Promise<{ authorization: string }>>();
  const headersOf = (viewer: Viewer) => {
    const key = JSON.stringify(viewer);
    const headers = tokens.get(key) ?? bearer(claimsOf(viewer));
    tokens.set(key, headers);
    return headers;
  };
  const ownersById = new Map<string, Owner>();
  let names = 0;

  const http: Door = {
    name: "HTTP",
    async ask(viewer, document, variables = {}) {
      const { status, data, errors = [] } = await gateway.request(document, variables, await headersOf(viewer));
      return { status, data: data ?? null, errors };
    },
  };
  const sockets = (viewer: Viewer) => {
    const key = JSON.stringify(viewer);
    const connection =
      opened.get(key) ?? headersOf(viewer).then((connectionParams) => openSockets(gateway, { connectionParams, lazy: false }));
    opened.set(key, connection);
    return connection;
  };
  const webSocket: Door = {
    name: "WebSocket",
    async ask(viewer, document, variables = {}) {
      const watch = (await sockets(viewer)).watch(document, variables);
      return { ...answerOf(await watch.result().catch(refusalIn)) };
    },
  };

  return {
    gateway,
    providers,
    http,
    webSocket,
    sockets,
    async plant(kind, owner, count) {
      const naturalIds = Array.from({ length: count }, () => `of.${owner.tenant}.${owner.sub}.${++names}.`);
      const asked = naturalIds.map((naturalId, place) => `n${place}: ${lookUps[kind](naturalId)}`);
      const { data, errors } = await http.ask(asMaker(owner), `{ ${asked.join(" ")} }`);
      if (errors.length > 0) throw new Error(`Expected operations to be planted; got ${JSON.stringify(errors)}.`);
      return naturalIds.map((naturalId, place) => {
        const id: unknown = data[`n${place}`].id;
        if (typeof id !== "string") throw new Error(`Expected ${naturalId} to be looked up; got ${JSON.stringify(data)}.`);
        ownersById.set(id, owner);
        return { id, naturalId, owner };
      });
    },
    nobodys: () => ({ id: uuidv7(), naturalId: `none.${++names}.`, owner: null }),
    ownersIn(text) {
      const byName = [...text.matchAll(/of\.([a-z-]+)\.([a-z-]+)\.\d+\./g)].map(([, tenant = "", sub = ""]) => ({ tenant, sub }));
      const byId = [...text.matchAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g)].flatMap(([id]) => ownersById.get(id) ?? []);
      return [...byName, ...byId];
    },
    async dispose() {
      await Promise.all([...opened.values()].map(async (one) => (await one).dispose()));
      await gateway.dispose();
      await providers.dispose();
    },
  };
}

/** The official client gives a refusal as a list of errors; anything else is a fault of the test's. */
export function refusalIn(thrown: unknown): Pick<Answer, "data" | "errors"> {
  if (Array.isArray(thrown)) return { data: null, errors: thrown };
  throw thrown;
}

function answerOf({ data, errors }: { readonly data?: unknown; readonly errors?: unknown }): Answer {
  return { data: data ?? null, errors: Array.isArray(errors) ? errors : [] };
}
