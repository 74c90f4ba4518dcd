/**
 * One subscriber on the official client, with that client's own retry: `variables.after` moves on with each message, and
 * the next connection goes to the next node. All that it was sent is kept, for judge/subscribers.ts.
 */
import { type Client, createClient } from "graphql-ws";
import WebSocket from "ws";
import type { Random } from "./random.ts";

/** One message, in little room: there will be hundreds of thousands. */
export interface Message {
  readonly kind: "SNAPSHOT" | "CHANGED" | "RESET";
  readonly operation: string;
  readonly revision: number;
  readonly cursor: string;
  /** What the change says, and what its operation does: both must be the log's. */
  readonly change: string;
  readonly shown: string;
  /** In ms since 1970. */
  readonly at: number;
  /** Which node sent it. */
  readonly node: number;
}

export interface Filter {
  readonly kinds?: readonly string[];
  readonly providers?: readonly string[];
  readonly states?: readonly string[];
  readonly outcomes?: readonly string[];
  readonly tags?: readonly string[];
}

export type Interest =
  | { readonly type: "ids"; readonly ids: readonly string[] }
  | { readonly type: "all"; readonly filter: Filter };

/** One subscription, over all its connections. */
export interface Session {
  readonly interest: Interest;
  /** What it began with. */
  readonly after: string | null;
  readonly messages: readonly Message[];
  readonly completed: boolean;
  /** How often it was sent anew. */
  readonly attempts: number;
  /** What it ended or was refused with, and no fault explains. */
  readonly strange: readonly string[];
}

export interface Subscriber {
  readonly sessions: readonly Session[];
  /** Resolves when the server completes it, or the subscriber is disposed of. */
  watch(interest: Interest, after: string | null): Promise<void>;
  /** Ends the connection as a network does. */
  cut(): void;
  /** Reads nothing for a while. */
  stall(ms: number): Promise<void>;
  dispose(): Promise<void>;
}

const fields = `kind cursor revision state outcome providerStatus progress { done total }
  operation { id revision state outcome providerStatus progress { done total } }`;
const documents = {
  ids: `subscription ($ids: [ID!]!, $after: Cursor) { operationChanged(ids: $ids, after: $after) { ${fields} } }`,
  all: `subscription ($filter: OperationFilter, $after: Cursor) { operationsChanged(filter: $filter, after: $after) { ${fields} } }`,
};
/** GraphQL errors that a fault explains: the subscriber comes back with the cursor that it has. */
const expectedCodes = new Set(["STORE_UNAVAILABLE", "SHUTTING_DOWN"]);

interface Facts {
  readonly state: string;
  readonly outcome: string | null;
  readonly providerStatus: string | null;
  readonly progress: { readonly done: number; readonly total: number };
}

/** What is compared with the log, as one text. */
export function told({ state, outcome, providerStatus, progress }: Facts): string {
  return `${state} ${outcome ?? "-"} ${providerStatus ?? "-"} ${progress.done}/${progress.total}`;
}

export function createSubscriber(urls: readonly string[], first: number, random: Random): Subscriber {
  const sessions: Session[] = [];
  let socket: WebSocket | null = null;
  let node = first;
  let turn = first - 1;
  let left = false;

  const client: Client = createClient({
    url: () => {
      turn += 1;
      node = turn % urls.length;
      return `${urls[node]?.replace(/^http/, "ws")}/graphql`;
    },
    webSocketImpl: WebSocket,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, random.between(20, 1_200))),
    on: {
      opened: (opened) => {
        socket = opened as WebSocket;
      },
      closed: () => {
        socket = null;
      },
    },
  });

  async function watch(interest: Interest, after: string | null): Promise<void> {
    const messages: Message[] = [];
    const strange: string[] = [];
    const session = { interest, after, messages, completed: false, attempts: 0, strange };
    sessions.push(session);
    // The client sends this very object again on each retry: moving `after` on is what makes it resume.
    const variables: Record<string, unknown> = {
      ...(interest.type === "ids" ? { ids: interest.ids } : { filter: interest.filter }),
      ...(after === null ? {} : { after }),
    };
    const payload = { query: documents[interest.type], variables };
    const once = (): Promise<"completed" | "failed"> =>
      new Promise((resolve) => {
        session.attempts += 1;
        client.subscribe<
          Record<
            string,
            Facts & {
              kind: Message["kind"];
              cursor: string;
              revision: number;
              operation: Facts & { id: string; revision: number };
            }
          >
        >(payload, {
          next: ({ data, errors }) => {
            const change = data && Object.values(data)[0];
            if (errors || !change) {
              strange.push(`a message with errors: ${JSON.stringify(errors)}`);
              return;
            }
            const { kind, cursor, revision, operation } = change;
            variables.after = cursor;
            const at = performance.timeOrigin + performance.now();
            if (operation.revision !== revision) strange.push(`revision ${revision} shows ${operation.revision}`);
            messages.push({
              kind,
              cursor,
              revision,
              operation: operation.id,
              change: told(change),
              shown: told(operation),
              at,
              node,
            });
          },
          error: (error) => {
            const codes = Array.isArray(error) ? error.map(({ extensions }) => extensions?.code) : [];
            const explained = codes.length > 0 && codes.every((code) => expectedCodes.has(String(code)));
            if (!explained && !left) strange.push(describe(error));
            resolve("failed");
          },
          complete: () => resolve("completed"),
        });
      });
    while (!left) {
      const end = await once();
      if (end === "completed") {
        session.completed = !left;
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, random.between(100, 500)));
    }
  }

  return {
    sessions,
    watch,
    cut: () => socket?.terminate(),
    async stall(ms) {
      const stalled = socket;
      if (stalled?.readyState !== WebSocket.OPEN) return;
      stalled.pause();
      await new Promise((resolve) => setTimeout(resolve, ms));
      stalled.resume();
    },
    async dispose() {
      left = true;
      // It rejects with the end of a connection that was still being made.
      await Promise.resolve(client.dispose()).catch(() => {});
    },
  };
}

function describe(error: unknown): string {
  if (Array.isArray(error)) return JSON.stringify(error).slice(0, 300);
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  const { code, reason } = (error ?? {}) as { code?: number; reason?: string };
  return `closed with ${code}: ${reason}`;
}
