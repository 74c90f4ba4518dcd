/** What the store says when it can't be used: in words at the start, and by which errors it is known at run time. */
import { isNativeError } from "node:util/types";

export class StoreError extends Error {
  override readonly name = "StoreError";
}

/** A server that took a statement and never answered. */
export class StoreTimeout extends Error {
  override readonly name = "StoreTimeout";
  constructor(ms: number) {
    super(`The database gave no answer within ${ms / 1000} s; the connection was given up.`);
  }
}

/** Too little room on the embedded store's disk: nothing is written until there is more. */
export class StoreFull extends Error {
  override readonly name = "StoreFull";
  constructor(directory: string, leftBytes: number, neededBytes: number) {
    super(
      `The embedded store in ${directory} needs ${megabytes(neededBytes)} MB of free room on its disk; ` +
        `${megabytes(leftBytes)} MB are left. Free some, or name another directory in DATABASE_URL.`,
    );
  }
}

/** A limit on the size of this process' files that the embedded store's would meet. */
export class StoreFileLimit extends StoreError {
  constructor(directory: string, limitBytes: number, neededBytes: number) {
    super(
      `The embedded store in ${directory} needs files of up to ${megabytes(neededBytes)} MB; this process may write ` +
        `${megabytes(limitBytes)} MB to one. Raise its limit (ulimit -f unlimited, or LimitFSIZE=infinity for systemd).`,
    );
  }
}

/** A server that answers and takes no writes: a standby, or a database that is set to be read only. */
export class StoreReadOnly extends Error {
  override readonly name = "StoreReadOnly";
  constructor() {
    super("The database can only be read: it is a standby, or set to default_transaction_read_only.");
  }
}

const megabytes = (bytes: number) => Math.floor(bytes / 1024 / 1024);

/**
 * SQLSTATEs: 08 connection, 25006 read only (a standby, after a fail-over), 25P03 idle in a transaction for too long
 * (this process stood still), 40 serialization and deadlock, 53 no room (disk, memory, connections), 55P03 and 57014 a
 * lock or a statement that took too long, 57P shutdown and start, 58 the server's disk, XX000 its inside.
 */
const readOnly = "25006";
const unavailable = /^(08|25006$|25P03$|40|53|55P03$|57014$|57P|58|XX000$)/;
const ofTheNetwork = new Set(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EPIPE"]);
const unreachable = new Set(["EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "ENETDOWN"]);
/** Of pg, its pool, kysely and PGlite, which give these no code. */
const messages = [
  "timeout exceeded when trying to connect",
  "Connection terminated",
  "connection has been discarded",
  "driver has already been destroyed",
  "not queryable",
  "PGlite is clos",
];

/** Whether an error means that the database can't be reached or used now, and a repeat may succeed. */
export function isStoreFailure(error: unknown): boolean {
  if (!isError(error)) return false;
  if (error instanceof StoreTimeout || error instanceof StoreFull || error instanceof StoreReadOnly) return true;
  if ("errors" in error && Array.isArray(error.errors)) return error.errors.some(isStoreFailure);
  if (messages.some((message) => error.message.includes(message))) return true;
  if (!("code" in error) || typeof error.code !== "string") return false;
  return unavailable.test(error.code) || ofTheNetwork.has(error.code) || unreachable.has(error.code);
}

/** Whether the server refused to write, and would refuse it on this connection for as long as that is open. */
export function isReadOnly(error: unknown): boolean {
  return isError(error) && "code" in error && error.code === readOnly;
}

/** Why, as far as anybody said. */
export function messageOf(error: unknown): string {
  if (!isError(error)) return "no reason was given";
  // Several addresses were tried, each with an error of its own.
  if ("errors" in error && Array.isArray(error.errors)) return error.errors.map(messageOf).join("; ");
  return error.message || "no reason was given";
}

/** Not `instanceof` alone: errors of Node's own may come from another realm. */
function isError(error: unknown): error is Error {
  return isNativeError(error) || error instanceof Error;
}
