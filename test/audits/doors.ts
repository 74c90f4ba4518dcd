/** One document over HTTP and over WebSocket, and what each says to it, in one form. */
import type { TestGateway } from "../support/gateway.ts";
import { openSockets, type Sockets } from "../support/sockets.ts";

export interface Answer {
  /** Absent where nothing was executed. */
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: ReadonlyArray<{
    readonly message: string;
    readonly extensions?: Readonly<Record<string, unknown>>;
  }>;
  readonly extensions?: unknown;
}

export interface Door {
  readonly name: "HTTP" | "WebSocket";
  ask(query: string, variables?: Record<string, unknown>): Promise<Answer>;
}

export interface Doors {
  readonly both: readonly Door[];
  dispose(): Promise<void>;
}

/** `headers` go with each request, and are the parameters of the connection. */
export function openDoors(gateway: TestGateway, headers: Record<string, string> = {}): Doors {
  const sockets = openSockets(gateway, { connectionParams: headers });
  return {
    both: [
      {
        name: "HTTP",
        async ask(query, variables) {
          const { status: _status, ...answer } = await gateway.request(query, variables, headers);
          return answer;
        },
      },
      { name: "WebSocket", ask: (query, variables) => bySocket(sockets, query, variables) },
    ],
    dispose: () => sockets.dispose(),
  };
}

async function bySocket(sockets: Sockets, query: string, variables?: Record<string, unknown>): Promise<Answer> {
  const watch = sockets.watch(query, variables);
  try {
    return (await watch.result()) as Answer;
  } catch (errors) {
    if (Array.isArray(errors)) return { errors };
    throw errors;
  } finally {
    await watch.leave();
  }
}
