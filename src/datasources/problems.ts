/**
 * What can be expected to go wrong with a provider, as data. The GraphQL types of the same names are made from these.
 * A problem never holds a token, a URL or an upstream body: its sentences are ours, its code may be the provider's.
 */

/** A code's line in docs/errors.md, which is made from these. */
export interface CodeDoc {
  readonly means: string;
  /** What a client should do. */
  readonly advice: string;
  /** Kept for what is not there yet: nothing gives it. */
  readonly reserved?: true;
}

/** The codes of problems that are this gateway's own. A further one needs its line here. */
export const ownCodes = {
  NOT_FOUND: {
    means: "Neither this gateway nor the provider knows the id, as far as the viewer may see.",
    advice: "Compare the id with the one that was given out. Asking again with the same one is of no use.",
  },
  INVALID_INPUT: {
    means: "The input was refused by this gateway, and nothing was sent. `fields` name each bad part by its path.",
    advice: "Mend what `fields` name, and send it again.",
  },
  IDEMPOTENCY_KEY_REUSED: {
    means: "The idempotency key was used before, with other input.",
    advice: "Take a new key for new work; for a repeat, send the very same input.",
  },
  CORRELATION_ID_IN_USE: {
    means: "The correlation id was used before. For Cleeng it becomes the synchronization's id, so it serves once.",
    advice: "Send another one, or none. To ask for the earlier work, look its id up.",
  },
  ALREADY_RUNNING: {
    means: "The first call with this idempotency key is still under way. (A provider's own lock has its own code.)",
    advice: "Ask again in a moment, with the same key and input. Where `operation` is given, follow that.",
  },
  ALREADY_FINAL: {
    means: "The transaction has a final status that the write can't change.",
    advice: "Take `operation` for the answer; where it is null, look the transaction up.",
  },
  DEADLINE_PASSED: {
    means: "The provider had not finished by the deadline. The operation is SETTLED, ABANDONED.",
    advice: "Follow it again to go on waiting, with a new deadline; or recheck it once.",
  },
  GONE_AT_PROVIDER: {
    means: "The provider says, again and again, that it does not know the id. The operation is SETTLED, ABANDONED.",
    advice: "Look at the provider. Recheck or follow it where the id should be known after all.",
  },
  WRITE_UNCONFIRMED: {
    means: "A write was sent and its answer never seen: the provider may have accepted it.",
    advice: "Look there before sending it again. The gateway never sends it twice by itself.",
  },
  TIMEOUT: {
    means: "The provider did not answer in time, or the call was given up before its answer came.",
    advice: "Reads: ask again. Writes: the operation says what became of it; where there is none, it was not sent.",
  },
  UNREACHABLE: {
    means: "No connection to the provider, or one that was cut before it answered.",
    advice: "Ask again later. If it lasts, the operator has to look at the provider's address and network.",
  },
  CIRCUIT_OPEN: {
    means: "The provider failed several times in a row and is left alone for a while. Nothing was sent.",
    advice: "Ask again after `retryAfterSeconds`.",
  },
  UNREADABLE_ANSWER: {
    means: "The provider answered with what can't be read: cut, too large, a redirect, of a wrong shape.",
    advice: "Ask again later. If it lasts, the operator has to look: the provider may have changed its answers.",
  },
  PROVIDER_ERROR: {
    means: "The provider failed or refused without a code of its own. The type of the problem says which.",
    advice: "Go by the type: ProviderUnavailable may be asked again, ProviderRejected needs another request.",
  },
  THROTTLED: {
    means: "The provider refuses calls for now: too many were made (429).",
    advice: "Ask again after `retryAfterSeconds`. Nothing was accepted, and an idempotency key is free again.",
  },
  BUDGET_EXHAUSTED: {
    means: "This gateway's own budget for the provider had no room for the call within 5 s. Nothing was sent.",
    advice: "Ask again after `retryAfterSeconds`; if it happens often, the operator may raise the budget.",
  },
  NOT_CONFIGURED: {
    means: "This gateway runs without that provider.",
    advice: "Nothing a client can do: the operator has to set the variable that the message names.",
  },
  NOT_ALLOWED: {
    means:
      "The viewer may not do this: its token lacks a right that the message names, or names another customer. Also Cleeng's " +
      "refusal of a customer's token that came without a code.",
    advice: "Ask with a token that has the right; or get a new token for the customer.",
  },
} as const satisfies Readonly<Record<string, CodeDoc>>;
export type OwnCode = keyof typeof ownCodes;

export interface InvalidField {
  /** Path into the input, such as `clients.3.entityType`. */
  readonly path: string;
  readonly message: string;
}

interface Base<T extends string> {
  readonly type: T;
  /** One or more sentences: what was expected, what came, what to do. */
  readonly message: string;
  /** The provider's code where it gave one, else an OwnCode. */
  readonly code: string;
}

export type NotFound = Base<"NotFound">;
export interface InvalidInput extends Base<"InvalidInput"> {
  readonly fields: readonly InvalidField[];
}
export interface ProviderRejected extends Base<"ProviderRejected"> {
  readonly provider: string;
  readonly fields: readonly InvalidField[];
}
export interface ProviderUnavailable extends Base<"ProviderUnavailable"> {
  readonly provider: string;
  readonly retryAfterSeconds: number | null;
}
export interface RateLimited extends Base<"RateLimited"> {
  readonly provider: string;
  readonly retryAfterSeconds: number | null;
}
export interface ProviderNotConfigured extends Base<"ProviderNotConfigured"> {
  readonly provider: string;
}
/** The same work is under way already. `operationId` is ours for it, where we know it. */
export interface AlreadyRunning extends Base<"AlreadyRunning"> {
  readonly operationId: string | null;
}
export interface AlreadyFinal extends Base<"AlreadyFinal"> {
  readonly operationId: string | null;
}
export interface WriteUnconfirmed extends Base<"WriteUnconfirmed"> {
  readonly provider: string;
}
export type DeadlinePassed = Base<"DeadlinePassed">;
export type NotAllowed = Base<"NotAllowed">;

export type Problem =
  | NotFound
  | InvalidInput
  | ProviderRejected
  | ProviderUnavailable
  | RateLimited
  | ProviderNotConfigured
  | AlreadyRunning
  | AlreadyFinal
  | WriteUnconfirmed
  | DeadlinePassed
  | NotAllowed;

export function notFound(message: string, code: string = "NOT_FOUND"): NotFound {
  return { type: "NotFound", message, code };
}
export function invalidInput(fields: readonly InvalidField[], code: OwnCode = "INVALID_INPUT"): InvalidInput {
  const message = fields.map(({ path, message }) => `${path}: ${message}`).join(" ");
  return { type: "InvalidInput", message, code, fields };
}
export function rejected(
  provider: string,
  code: string,
  message: string,
  fields: readonly InvalidField[] = [],
): ProviderRejected {
  return { type: "ProviderRejected", message, code, provider, fields };
}
export function unavailable(
  provider: string,
  code: string,
  message: string,
  retryAfterSeconds: number | null = null,
): ProviderUnavailable {
  return { type: "ProviderUnavailable", message, code, provider, retryAfterSeconds };
}
export function rateLimited(
  provider: string,
  code: "THROTTLED" | "BUDGET_EXHAUSTED",
  message: string,
  retryAfterSeconds: number | null,
): RateLimited {
  return { type: "RateLimited", message, code, provider, retryAfterSeconds };
}
export function notConfigured(provider: string, variable: string): ProviderNotConfigured {
  const message = `This gateway runs without ${provider}. Set ${variable}, or SANDBOX=on, to reach it.`;
  return { type: "ProviderNotConfigured", message, code: "NOT_CONFIGURED", provider };
}
export function alreadyRunning(
  message: string,
  operationId: string | null,
  code: string = "ALREADY_RUNNING",
): AlreadyRunning {
  return { type: "AlreadyRunning", message, code, operationId };
}
export function alreadyFinal(message: string, code: string = "ALREADY_FINAL"): AlreadyFinal {
  return { type: "AlreadyFinal", message, code, operationId: null };
}
export function writeUnconfirmed(provider: string): WriteUnconfirmed {
  const message =
    `The request was sent to ${provider} and its answer never came, so it may have been accepted. ` +
    "Look there before sending it again.";
  return { type: "WriteUnconfirmed", message, code: "WRITE_UNCONFIRMED", provider };
}

export function notAllowed(message: string): NotAllowed {
  return { type: "NotAllowed", message, code: "NOT_ALLOWED" };
}

const types: Record<Problem["type"], true> = {
  NotFound: true,
  InvalidInput: true,
  ProviderRejected: true,
  ProviderUnavailable: true,
  RateLimited: true,
  ProviderNotConfigured: true,
  AlreadyRunning: true,
  AlreadyFinal: true,
  WriteUnconfirmed: true,
  DeadlinePassed: true,
  NotAllowed: true,
};

/** Tells a problem from a value: every problem, and nothing else in this code base, carries one of these `type`s. */
export function isProblem(value: unknown): value is Problem {
  return (
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    typeof value.type === "string" &&
    Object.hasOwn(types, value.type)
  );
}
