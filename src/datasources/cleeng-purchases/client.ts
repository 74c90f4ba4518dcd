/**
 * Asks Cleeng's StoreKit 2 host: registers and transfers purchases, and reads how their synchronization goes. Sends
 * and reads; what the answers mean is ./status.ts.
 */
import type {
  Answer,
  CallOptions,
  Exchange,
  OperationClient,
  PreparedWrite,
  Reader,
  Reading,
  Target,
  Upstream,
  Write,
} from "../contract.ts";
import type { Problem } from "../problems.ts";
import { failureOfWrite } from "../write-failure.ts";
import { synchronizationId } from "./input.ts";
import {
  explainedWithoutAddress,
  pending,
  problemOf,
  snapshotOf,
  submittedIn,
  unknownId,
  unreadable,
} from "./status.ts";
import { acceptance, readBody, readErrorCode, synchronization } from "./wire.ts";

export interface PurchaseInput {
  readonly customerId: string;
  readonly transactionId: string;
  readonly ipAddress: string | null;
  readonly correlationId: string | null;
}

export interface PurchaseClient extends OperationClient {
  /** Cleeng demands the viewer's address from a server, and a publisher token is what makes us one. */
  readonly addressRequired: boolean;
  readonly register: Write<PurchaseInput>;
  readonly transfer: Write<PurchaseInput>;
}

export interface PurchaseClientOptions {
  /** The `/storekit2` base, with or without a slash at its end. */
  readonly base: URL;
  readonly publisherToken: string | null;
  readonly upstream: Upstream;
  /** A new id that nobody has used: it becomes the synchronization id of a write without a correlation id. */
  readonly newId: () => string;
}

export function createPurchaseClient({ base, publisherToken, upstream, newId }: PurchaseClientOptions): PurchaseClient {
  const root = `${base.origin}${base.pathname.replace(/\/+$/, "")}`;
  const credentials: Record<string, string> = publisherToken === null ? {} : { "x-publisher-token": publisherToken };

  async function read(key: string, options: CallOptions): Promise<Reading | Problem> {
    // Such a key can't stand in a path, so it can't be Cleeng's either.
    if (!synchronizationId.safeParse(key).success) return unknownId;
    const url = new URL(`${root}/purchases/synchronizations/${encodeURIComponent(key)}`);
    const headers = { accept: "application/json", ...credentials };
    const exchange = await upstream.exchange(
      { method: "GET", url, headers, effect: "read" },
      options,
      statusReader(key),
    );
    return exchange.type === "answered" ? exchange.value : exchange.problem;
  }

  function write(mutation: string, path: string, transfer: boolean): Write<PurchaseInput> {
    const prepare = (input: PurchaseInput): PreparedWrite => {
      const key = input.correlationId ?? newId();
      const submitted = { customerId: input.customerId, storeTransactionId: input.transactionId, transfer };
      return { key, snapshot: pending(key, submitted) };
    };

    return {
      mutation,
      whenLost: "follow",
      prepare,
      send: async (input, prepared, options) => {
        if (prepared.key === null) throw new Error("A purchase has its id before it is sent; this one has none.");
        const body = JSON.stringify({
          cleengCustomerId: Number(input.customerId),
          transactionId: input.transactionId,
          ...(input.ipAddress === null ? {} : { ipAddress: input.ipAddress }),
        });
        const headers = {
          accept: "application/json",
          "content-type": "application/json",
          "correlation-id": prepared.key,
          ...credentials,
        };
        const url = new URL(`${root}${path}`);
        const exchange = await upstream.exchange(
          { method: "POST", url, headers, body, effect: "write" },
          options,
          readAcceptance,
        );
        if (exchange.type === "refused" && input.ipAddress === null) {
          return { type: "refused", problem: explainedWithoutAddress(exchange.problem) };
        }
        if (exchange.type !== "answered") return exchange;
        const key = exchange.value;
        return { type: "answered", value: { key, snapshot: pending(key, submittedIn(prepared.snapshot.fields)) } };
      },
    };
  }

  const register = write("registerPurchase", "/purchases", false);
  const transfer = write("transferPurchase", "/purchases/transfers", true);
  return {
    addressRequired: publisherToken !== null,
    fetchMany: (targets: readonly Target[], options) => Promise.all(targets.map(({ key }) => read(key, options))),
    writes: [register, transfer],
    register,
    transfer,
  };
}

const succeeded = ({ status }: Answer) => status >= 200 && status < 300;

/** The id under which Cleeng accepted a write. It should be the Correlation-Id sent; where it is not, Cleeng's holds. */
const readAcceptance: Reader<string> = (answer) => {
  const body = readBody(answer.text);
  if (succeeded(answer)) {
    const parsed = acceptance.safeParse(body);
    // An id that can't be asked for is as good as none: then ours is followed.
    return parsed.success && synchronizationId.safeParse(parsed.data.synchronizationId).success
      ? { type: "answered", value: parsed.data.synchronizationId }
      : { type: "lost", problem: unreadable("whether it accepted the purchase") };
  }
  const code = readErrorCode(body);
  const problem = problemOf(answer.status, code, "write");
  return { type: failureOfWrite(answer) ?? "refused", problem };
};

function statusReader(key: string): Reader<Reading> {
  return (answer): Exclude<Exchange<Reading>, { type: "unsent" }> => {
    const body = readBody(answer.text);
    if (!succeeded(answer)) {
      return { type: "refused", problem: problemOf(answer.status, readErrorCode(body), "read") };
    }
    const parsed = synchronization.safeParse(body);
    if (!parsed.success) return { type: "lost", problem: unreadable("the status of the synchronization") };
    const compose = snapshotOf(key, parsed.data);
    if (compose === null) return { type: "lost", problem: unreadable("whether access was granted") };
    return {
      type: "answered",
      value: { itemKeys: [], compose: ({ snapshot }) => compose(submittedIn(snapshot?.fields ?? null)) },
    };
  };
}
