/** A gateway that takes tokens, its providers, and operations of many owners in it. Each is asked through both doors alike. */
import { type Client, createClient } from "graphql-ws";
import { v7 as uuidv7 } from "uuid";
import { WebSocket } from "ws";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "../support/gateway.ts";
import { bearer, jwtEnv } from "../support/tokens.ts";
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

/** What came of a subscription, up to where it was left. */
export interface Told {
  readonly events: readonly Answer["data"][];
  /** What it was refused with, or ended with; or what the last event bore, after which nothing more was read. */
  readonly errors: Answer["errors"];
  /** Whether they came in an event, where a refusal has no place. */
  readonly inEvent: boolean;
}

export interface World {
  readonly gateway: TestGateway;
  /** For a further gateway beside it. */
  readonly env: Readonly<Record<string, string>>;
  readonly providers: Providers;
  readonly http: Door;
  readonly webSocket: Door;
  /** A subscription's events until one is enough, or there are no more. */
  listen(
    viewer: Viewer,
    document: string,
    variables: Variables,
    isEnough: (data: Answer["data"]) => boolean,
  ): Promise<Told>;
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
  LIMIT_TOKENS: "20000",
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
  const env = { ...jwtEnv, ...providers.env, ...wide, SANDBOX: "off", ...options.env };
  const gateway = await startTestGateway({ ...options, env }).catch(async (error: unknown) => {
    await providers.dispose();
    throw error;
  });
  const clients = new Map<string, Client>();
  const tokens = new Map<string, Promise<{ authorization: string }>>();
  const headersOf = (viewer: Viewer) => {
    const key = JSON.stringify(viewer);
    // By the gateway's own clock: a token of a time ahead is none.
    const now = options.clock ? { now: options.clock.now() } : {};
    const headers = tokens.get(key) ?? bearer({ ...claimsOf(viewer), ...now });
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
  /** One connection for each viewer. */
  const clientOf = async (viewer: Viewer): Promise<Client> => {
    const key = JSON.stringify(viewer);
    const connectionParams = await headersOf(viewer);
    const url = `${gateway.url.replace(/^http/, "ws")}/graphql`;
    const client =
      clients.get(key) ?? createClient({ url, connectionParams, webSocketImpl: WebSocket, retryAttempts: 0 });
    clients.set(key, client);
    return client;
  };
  const listen: World["listen"] = async (viewer, query, variables, isEnough) => {
    const client = await clientOf(viewer);
    const events: Answer["data"][] = [];
    try {
      for await (const { data, errors } of client.iterate<Answer["data"]>({ query, variables })) {
        if (errors) return { events, errors: errorsIn(errors), inEvent: true };
        events.push(data);
        if (isEnough(data)) break;
      }
      return { events, errors: [], inEvent: false };
    } catch (thrown) {
      return { events, errors: errorsIn(thrown), inEvent: false };
    }
  };
  const webSocket: Door = {
    name: "WebSocket",
    async ask(viewer, document, variables = {}) {
      const { events, errors } = await listen(viewer, document, variables, () => true);
      return { data: events[0] ?? null, errors };
    },
  };

  return {
    gateway,
    env,
    providers,
    http,
    webSocket,
    listen,
    async plant(kind, owner, count) {
      const naturalIds = Array.from({ length: count }, () => `of.${owner.tenant}.${owner.sub}.${++names}.`);
      const asked = naturalIds.map((naturalId, place) => `n${place}: ${lookUps[kind](naturalId)}`);
      const { data, errors } = await http.ask(asMaker(owner), `{ ${asked.join(" ")} }`);
      if (errors.length > 0) throw new Error(`Expected operations to be planted; got ${JSON.stringify(errors)}.`);
      return naturalIds.map((naturalId, place) => {
        const id: unknown = data[`n${place}`].id;
        if (typeof id !== "string")
          throw new Error(`Expected ${naturalId} to be looked up; got ${JSON.stringify(data)}.`);
        ownersById.set(id, owner);
        return { id, naturalId, owner };
      });
    },
    nobodys: () => ({ id: uuidv7(), naturalId: `none.${++names}.`, owner: null }),
    ownersIn(text) {
      const byName = [...text.matchAll(/of\.([a-z-]+)\.([a-z-]+)\.\d+\./g)].map(([, tenant = "", sub = ""]) => ({
        tenant,
        sub,
      }));
      const byId = [...text.matchAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g)].flatMap(
        ([id]) => ownersById.get(id) ?? [],
      );
      return [...byName, ...byId];
    },
    async dispose() {
      await Promise.all([...clients.values()].map((client) => client.dispose()));
      await gateway.dispose();
      await providers.dispose();
    },
  };
}

/** The official client gives a refusal as a list of errors; anything else is a fault of the test's. */
function errorsIn(thrown: unknown): Answer["errors"] {
  if (Array.isArray(thrown)) return thrown;
  throw thrown;
}
