/**
 * A server of graphql-transport-ws of our own that does all of it right, but for the fault that it is told to have. It shows
 * that the audits can fail.
 */
import { once } from "node:events";
import { type ExecutionResult, execute, GraphQLError, getOperationAST, parse, subscribe, validate } from "graphql";
import { CloseCode, handleProtocols, type Message, MessageType, parseMessage, type SubscribeMessage } from "graphql-ws";
import { type WebSocket, WebSocketServer } from "ws";
import type { Fault } from "./faults.ts";
import { createTicking } from "./schema.ts";

export interface AuditedServer {
  readonly url: string;
  dispose(): Promise<void>;
}

export const messageLimitBytes = 65_536;
/** Of connection_init: nobody gets in with it. */
export const badParams = { good: false };
/** Of connection_init: somebody gets in for a while. */
export const expiringParams = { forMs: 200 };

const initWaitMs = 300;
type Payload = SubscribeMessage["payload"];
type Events = AsyncIterator<ExecutionResult>;

export async function startServer(fault: Fault | null): Promise<AuditedServer> {
  const has = (one: Fault) => fault === one;
  const ticking = createTicking();
  const maxPayload = has("takes in all") ? 0 : has("reads short messages alone") ? 1_000 : messageLimitBytes;
  const sockets = new WebSocketServer({
    host: "127.0.0.1",
    port: 0,
    maxPayload,
    skipUTF8Validation: has("ignores what it can't read"),
    handleProtocols: (offered) => {
      if (has("chooses no subprotocol")) return false;
      return has("takes any subprotocol") ? ([...offered][0] ?? false) : handleProtocols(offered);
    },
  });
  await once(sockets, "listening");
  const address = sockets.address();
  if (address === null || typeof address === "string") throw new Error("The server has no TCP address.");

  const firstWith = new Map<string, WebSocket>();
  let fallen = false;

  sockets.on("connection", (socket) => {
    const timers = new Set<NodeJS.Timeout>();
    const active = new Map<string, { events: Events | null }>();
    let state: "silent" | "begun" | "acknowledged" = "silent";
    let latestId = "";
    let queue = Promise.resolve();

    const close = (code: number) => socket.close(code);
    const later = (ms: number, run: () => void) => timers.add(setTimeout(run, ms));
    const send = (message: object, to = socket) => {
      if (!fallen && to.readyState === to.OPEN) {
        to.send(JSON.stringify(message), { binary: has("sends binary frames") });
      }
    };
    const tell = (message: { readonly id: string; readonly type: string; readonly payload?: unknown }) => {
      const id = has("mixes ids up") ? latestId : message.id;
      send({ ...message, id }, has("shares ids among sockets") ? firstWith.get(id) : socket);
    };

    if (!has("takes any subprotocol") && socket.protocol === "") return close(CloseCode.SubprotocolNotAcceptable);
    if (has("speaks first")) send({ type: "welcome" });
    if (!has("waits for ever")) {
      later(initWaitMs, () => state === "silent" && close(CloseCode.ConnectionInitialisationTimeout));
    }
    socket.on("error", () => {});
    socket.on("close", () => {
      for (const timer of timers) clearTimeout(timer);
      for (const { events } of active.values()) void events?.return?.();
      if (has("falls with the first that goes")) fallen = true;
    });
    socket.on("message", (data) => {
      let message: Message;
      try {
        message = parseMessage(String(data));
      } catch {
        if (has("closes all for the fault of one")) for (const one of sockets.clients) one.close(CloseCode.BadRequest);
        if (!has("ignores what it can't read")) close(CloseCode.BadRequest);
        return;
      }
      heed(message);
    });

    function heed(message: Message) {
      switch (message.type) {
        case MessageType.ConnectionInit:
          return begin(message.payload ?? null);
        case MessageType.Ping: {
          if (has("ignores pings")) return;
          const keeps = message.payload && !has("forgets a ping's payload");
          return send({ type: "pong", ...(keeps ? { payload: message.payload } : {}) });
        }
        case MessageType.Pong:
          return has("takes no pong") ? close(CloseCode.BadRequest) : undefined;
        case MessageType.Complete:
          return leave(message.id);
        case MessageType.Subscribe:
          return enter(message);
        default:
          if (!has("ignores what it can't read")) close(CloseCode.BadRequest);
      }
    }

    function begin(params: Readonly<Record<string, unknown>> | null) {
      if (state !== "silent" && !has("begins as often as one likes"))
        return close(CloseCode.TooManyInitialisationRequests);
      if (params === null && has("wants a payload of connection_init")) return close(CloseCode.BadRequest);
      state = "begun";
      if (!has("asks for no credentials")) {
        if (params?.good === false) return close(CloseCode.Forbidden);
        if (typeof params?.forMs === "number") later(params.forMs, () => close(CloseCode.Forbidden));
      }
      state = "acknowledged";
      send({ type: "connection_ack", ...(has("acknowledges with a text") ? { payload: "Welcome." } : {}) });
      if (has("acknowledges twice")) send({ type: "connection_ack" });
    }

    function leave(id: string) {
      const operation = active.get(id);
      if (!operation) return has("trips over unknown ids") ? close(CloseCode.BadRequest) : undefined;
      if (has("goes on after complete") || has("sends late results")) return;
      if (!has("keeps ids for ever")) active.delete(id);
      void operation.events?.return?.();
    }

    function enter({ id, payload }: SubscribeMessage) {
      if (state !== "acknowledged" && !has("executes before the beginning")) return close(CloseCode.Unauthorized);
      const isName = has("takes ids for names") && id in {};
      if (isName || (active.has(id) && !has("takes an id twice"))) return close(CloseCode.SubscriberAlreadyExists);
      if (has("takes no extensions") && "extensions" in payload) return close(CloseCode.BadRequest);
      latestId = id;
      if (!firstWith.has(id)) firstWith.set(id, socket);
      const operation = { events: null };
      active.set(id, operation);
      const before = queue;
      const run = async () => {
        if (has("does one thing at a time")) await before;
        await perform(id, payload, operation);
        if (active.get(id) === operation && !has("keeps ids for ever")) active.delete(id);
      };
      queue = run();
    }

    /** Tells what becomes of an operation, for as long as it is the one of that id. */
    async function perform(id: string, payload: Payload, operation: { events: Events | null }): Promise<void> {
      const isActive = () => active.get(id) === operation;
      const outcome = await begun(payload);
      if (Array.isArray(outcome)) return isActive() ? refuse(id, outcome) : undefined;
      if (has("sends late results")) await new Promise((resolve) => later(50, () => resolve(null)));
      if (!(Symbol.asyncIterator in outcome)) {
        if (!isActive()) return;
        tell({ id, type: "next", payload: outcome });
        if (has("answers twice")) tell({ id, type: "next", payload: outcome });
        return end(id);
      }
      operation.events = outcome;
      for await (const result of outcome) {
        if (!isActive()) return;
        tell({ id, type: "next", payload: has("sends events without a result") ? {} : result });
      }
      if (isActive() && !has("never completes")) end(id);
    }

    function end(id: string) {
      tell({ id, type: "complete" });
      if (has("ends twice")) tell({ id, type: "complete" });
    }

    function refuse(id: string, errors: readonly GraphQLError[]) {
      if (has("closes on errors")) return close(CloseCode.InternalServerError);
      if (has("sends errors as results")) {
        tell({ id, type: "next", payload: { errors } });
        return end(id);
      }
      tell({ id, type: "error", payload: has("sends an error alone") ? errors[0] : errors });
      if (has("completes after an error")) tell({ id, type: "complete" });
    }

    async function begun({ query, variables, operationName }: Payload) {
      const { schema, roots } = ticking;
      try {
        const document = parse(query);
        const errors = validate(schema, document);
        if (errors.length > 0) return errors;
        const alone = has("reads the query alone");
        const first = document.definitions.find((one) => one.kind === "OperationDefinition");
        const name = alone ? first?.name?.value : operationName;
        const operation = getOperationAST(document, name);
        if (!operation) return [new GraphQLError("There is no such operation.")];
        const rootValue = roots[operation.operation];
        const variableValues = alone ? null : (variables ?? null);
        const args = { schema, document, rootValue, variableValues, operationName: name ?? null };
        return await (operation.operation === "subscription" ? subscribe(args) : execute(args));
      } catch (error) {
        return [error instanceof GraphQLError ? error : new GraphQLError("The document can't be read.")];
      }
    }
  });

  return {
    url: `ws://127.0.0.1:${address.port}`,
    async dispose() {
      for (const socket of sockets.clients) socket.terminate();
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
    },
  };
}
