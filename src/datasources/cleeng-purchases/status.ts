/**
 * Cleeng's words → this gateway's: how far a synchronization is, how it ended, and which problem an error is. Pure.
 */
import type { JsonFields, Snapshot, Standing } from "../contract.ts";
import {
  alreadyRunning,
  type InvalidField,
  type NotFound,
  notFound,
  type Problem,
  rejected,
  unavailable,
  writeUnconfirmed,
} from "../problems.ts";
import type { DocumentedCode, Synchronization } from "./wire.ts";

export const provider = "CLEENG";

// ------------------------------------------------------------------ how far

/** The words that Cleeng documents. Any other leaves the operation running, its raw word kept. */
const states: Record<"processing" | "retrying", "RUNNING" | "RETRYING"> = {
  processing: "RUNNING",
  retrying: "RETRYING",
};

/** The results that Cleeng publishes; the list is open. They explain an end without access, and never decide it. */
type KnownResult =
  | "RECEIVED_EXPIRED_PURCHASE"
  | "TRANSACTION_ID_NOT_FOUND"
  | "PURCHASE_OWNERSHIP_TRANSFERRED"
  | "PURCHASE_OWNERSHIP_UNCHANGED";

const sentences: Record<KnownResult, string> = {
  RECEIVED_EXPIRED_PURCHASE: "The purchase had expired before Cleeng received it, so it gives no access.",
  TRANSACTION_ID_NOT_FOUND:
    "The store does not know this transaction. Check the transaction id and the app it is from.",
  PURCHASE_OWNERSHIP_TRANSFERRED: "The purchase changed its owner, and the customer has no access by it.",
  PURCHASE_OWNERSHIP_UNCHANGED: "The purchase stays with the owner it had, and the customer has no access by it.",
};

/** What looks like one of Cleeng's results: a problem's code is no place for any text. */
const looksLikeResult = /^[A-Za-z0-9_-]{1,64}$/;

function withoutAccess(result: string | null): Problem {
  if (result === null) {
    return rejected(
      provider,
      "FINALIZED_WITHOUT_ACCESS",
      "Cleeng finished without granting access, and gave no reason.",
    );
  }
  const sentence = Object.hasOwn(sentences, result)
    ? sentences[result as KnownResult] // hasOwn has just shown that it is one
    : "Cleeng finished without granting access. Its result says why.";
  return rejected(provider, looksLikeResult.test(result) ? result : "FINALIZED_WITHOUT_ACCESS", sentence);
}

/** Where the synchronization stands; null where it says that it is over, but not how it ended. */
function standingOf(answer: Synchronization): Standing | null {
  if (answer.status !== "finalized") {
    const known = Object.hasOwn(states, answer.status);
    return { state: known ? states[answer.status as keyof typeof states] : "RUNNING" }; // hasOwn has shown the key
  }
  const { accessGranted, result } = answer;
  // Without a word on access, a result is what tells an end without it from an answer that lost its half.
  if (accessGranted === "unreadable" || (accessGranted === null && result === null)) return null;
  return accessGranted
    ? { state: "SETTLED", outcome: "SUCCEEDED", problem: null }
    : { state: "SETTLED", outcome: "FAILED", problem: withoutAccess(result) };
}

/** What was given at the write: only this gateway knows it, Cleeng's answers don't repeat it. */
export interface Submitted {
  readonly customerId: string | null;
  readonly storeTransactionId: string | null;
  readonly transfer: boolean | null;
}

/** What an earlier snapshot says was submitted; all null for work that was started elsewhere. */
export function submittedIn(fields: JsonFields | null): Submitted {
  const { customerId, storeTransactionId, transfer } = fields ?? {};
  return {
    customerId: typeof customerId === "string" ? customerId : null,
    storeTransactionId: typeof storeTransactionId === "string" ? storeTransactionId : null,
    transfer: typeof transfer === "boolean" ? transfer : null,
  };
}

/** The operation as it stands before Cleeng has said anything of it. */
export function pending(synchronizationId: string, submitted: Submitted): Snapshot {
  return {
    standing: { state: "PENDING" },
    providerStatus: null,
    fields: { synchronizationId, ...submitted, accessGranted: null, offerId: null, result: null },
    items: [],
  };
}

/**
 * The snapshot of an answer, by what was submitted; null where the state can't be read from it, which is never taken
 * for an end. What Cleeng says before the end of access, offer and result is not taken in: it documents them for
 * `finalized` alone, and an offer for the entitled alone.
 */
export function snapshotOf(
  synchronizationId: string,
  answer: Synchronization,
): ((submitted: Submitted) => Snapshot) | null {
  const standing = standingOf(answer);
  if (standing === null) return null;
  const settled = standing.state === "SETTLED";
  const fields = {
    accessGranted: settled ? answer.accessGranted === true : null,
    offerId: settled && answer.accessGranted === true ? answer.offerId : null,
    result: settled ? answer.result : null,
  };
  return (submitted) =>
    isOfAnother(answer, submitted)
      ? notOurs(synchronizationId, submitted)
      : {
          standing,
          providerStatus: answer.status,
          fields: { synchronizationId, ...submitted, ...fields },
          items: [],
        };
}

/**
 * Whether the answer is about another purchase than the one that was submitted: a write whose answer was lost is followed by
 * an id that its caller chose, and that may have been somebody's before. What Cleeng does not tell, or was not submitted
 * here, says nothing. Until a transfer has ended, its purchase may still be another's.
 */
function isOfAnother(answer: Synchronization, { customerId, storeTransactionId, transfer }: Submitted): boolean {
  const told = answer.cleengCustomerId ?? answer.customerId;
  const isSettled = answer.status === "finalized";
  const anothersCustomer = customerId !== null && told !== null && told !== customerId;
  const anotherTransaction =
    storeTransactionId !== null && answer.transactionId !== null && answer.transactionId !== storeTransactionId.trim();
  return anotherTransaction || (anothersCustomer && (isSettled || transfer !== true));
}

/** What became of the write is not known, and of the other one nothing is shown. */
function notOurs(synchronizationId: string, submitted: Submitted): Snapshot {
  const problem = writeUnconfirmed(provider);
  return { ...pending(synchronizationId, submitted), standing: { state: "SETTLED", outcome: "ABANDONED", problem } };
}

// ------------------------------------------------------------------ what an error is

/** By Cleeng's code, also where its 404 bears another one or none. */
export const unknownId: NotFound = notFound("Cleeng knows no synchronization by this id.", "REQ0100");

const runningAlready = (code?: string) =>
  alreadyRunning(
    "Cleeng is still working on an earlier request for this transaction. Follow that one, or try again once it has ended.",
    null,
    code,
  );
const refuses =
  (message: string, ...fields: readonly InvalidField[]) =>
  (code: string) =>
    rejected(provider, code, message, fields);
const refusesUs = (code: string) =>
  unavailable(
    provider,
    code,
    "Cleeng refused this gateway's own credentials. Its operator has to check CLEENG_PUBLISHER_TOKEN.",
  );

const problems: Record<DocumentedCode, (code: string) => Problem> = {
  REQ0001: refuses("Cleeng could not accept the request's body. Check customerId, transactionId and ipAddress."),
  REQ0003: refuses("Cleeng does not take this for a synchronization id.", {
    path: "synchronizationId",
    message: "Expected an id that Cleeng gave, or the correlation id of the write.",
  }),
  REQ0004: refuses("Cleeng could not accept the request's headers. Check correlationId.", {
    path: "correlationId",
    message: "Expected at most 256 characters that were not used before.",
  }),
  REQ0100: () => unknownId,
  SK2C0004: (code) =>
    unavailable(
      provider,
      code,
      "The StoreKit 2 integration is not switched on at Cleeng. Sending it again won't help: have it switched on first.",
    ),
  SK2C0005: refuses("Cleeng is migrating this purchase at the moment. Try again once the migration is over."),
  SK2C0100: refuses("Cleeng knows no such customer.", {
    path: "customerId",
    message: "Expected the id of a customer that Cleeng knows.",
  }),
  SK2C0101: runningAlready,
  SK2C0103: runningAlready,
  SK2C0104: runningAlready,
  AUTH0001: refusesUs,
  AUTH0002: refusesUs,
  AUTH0003: refusesUs,
};

/** The problem of an answer that is no success. `code` is what could be read of it; the code goes before the status. */
export function problemOf(status: number, code: string | null, effect: "read" | "write"): Problem {
  if (status >= 500) {
    if (code === "SK2C0004") return problems[code](code);
    const message = `Cleeng met an error of its own (HTTP ${status}). Try again later.`;
    return unavailable(provider, code ?? "PROVIDER_ERROR", message);
  }
  if (code !== null && Object.hasOwn(problems, code)) {
    const problem = problems[code as DocumentedCode](code); // hasOwn: it is one
    // Locks are documented for writes alone: whoever only reads has nothing that could be running already.
    if (effect === "write" || problem.type !== "AlreadyRunning") return problem;
  }
  // Every conflict that Cleeng documents for a write is a lock.
  if (status === 409 && effect === "write" && code === null) return runningAlready();
  if (status === 401 || status === 403) return refusesUs(code ?? "PROVIDER_ERROR");
  if (status === 404 && effect === "read") return unknownId;
  return rejected(provider, code ?? "PROVIDER_ERROR", `Cleeng refused the request (HTTP ${status}).`);
}

/**
 * The refusal of a write that was sent without a viewer's address. Cleeng's code for a bad body does not name the bad
 * part, and what is missing is the likeliest.
 */
export function explainedWithoutAddress(problem: Problem): Problem {
  if (problem.type !== "ProviderRejected" || problem.code !== "REQ0001") return problem;
  const message =
    "Expected the viewer's public IPv4 address; none was sent, for none was given or known. Send it here.";
  return { ...problem, fields: [...problem.fields, { path: "ipAddress", message }] };
}

/** The problem of an answer that can't be understood. */
export function unreadable(what: string): Problem {
  return unavailable(provider, "UNREADABLE_ANSWER", `Cleeng answered, but ${what} can't be read from its answer.`);
}
