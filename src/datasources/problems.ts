/**
 * What can be expected to go wrong with a provider, as data. The GraphQL types of the same names are made from these.
 * A problem never holds a token, a URL or an upstream body: its sentences are ours, its code may be the provider's.
 */

/** The codes that are this gateway's own; docs/errors.md explains each. */
export const ownCodes = [
  "NOT_FOUND",
  "INVALID_INPUT",
  "IDEMPOTENCY_KEY_REUSED",
  "CORRELATION_ID_IN_USE",
  "ALREADY_RUNNING",
  "ALREADY_FINAL",
  "DEADLINE_PASSED",
  "GONE_AT_PROVIDER",
  "WRITE_UNCONFIRMED",
  "TIMEOUT",
  "UNREACHABLE",
  "CIRCUIT_OPEN",
  "UNREADABLE_ANSWER",
  "PROVIDER_ERROR",
  "THROTTLED",
  "BUDGET_EXHAUSTED",
  "NOT_CONFIGURED",
  "NOT_ALLOWED",
] as const;
export type OwnCode = (typeof ownCodes)[number];

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
