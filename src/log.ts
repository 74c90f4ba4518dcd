/**
 * The logger: pino, with every credential taken out before a line is written. It knows no caller; what looks like a
 * secret is one, wherever it stands.
 */
import { types } from "node:util";
import {
  type Bindings,
  type ChildLoggerOptions,
  type DestinationStream,
  destination as fileDestination,
  type Logger,
  pino,
  stdTimeFunctions,
} from "pino";
import { prettyFactory } from "pino-pretty";

export type { Logger } from "pino";

export interface LoggerOptions {
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";
  /** Lines for people, or one JSON object a line. */
  readonly format: "pretty" | "json";
  /** Standard output unless given. */
  readonly destination?: DestinationStream;
}

/** Lines are written at once and in this process: none is lost at its end, and no thread is left over. */
export function createLogger({ level, format, destination }: LoggerOptions): Logger {
  const out = destination ?? fileDestination({ fd: 1, sync: true });
  const log = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      // `formatters` see the whole object, so a secret is found at any depth; pino's own `redact` wants each path named.
      formatters: {
        level: (label) => ({ level: label }),
        log: scrubFields,
      },
      // Errors have been made plain by then; pino's own serializer would follow their causes.
      serializers: { err: (value: unknown) => value },
      hooks: { streamWrite: scrubText },
    },
    format === "json" ? out : prettyStream(out, destination === undefined && process.stdout.isTTY),
  );
  return scrubBindings(log);
}

/** pino forgets `formatters.bindings` with every child, so the two ways in are guarded here. Children inherit the guard. */
function scrubBindings(log: Logger): Logger {
  const child: (this: Logger, bindings: Bindings, options?: ChildLoggerOptions) => Logger = log.child;
  const { setBindings } = log;
  return Object.assign(log, {
    child(this: Logger, bindings: Bindings, options?: ChildLoggerOptions): Logger {
      return child.call(this, scrubFields(bindings), options);
    },
    setBindings(this: Logger, bindings: Bindings): void {
      setBindings.call(this, scrubFields(bindings));
    },
  });
}

function prettyStream(out: DestinationStream, colorize: boolean): DestinationStream {
  const pretty = prettyFactory({ colorize, translateTime: "SYS:HH:MM:ss.l", singleLine: true });
  return { write: (line) => out.write(pretty(line)) };
}

// ------------------------------------------------------------------ what must not be written

export const redacted = "[redacted]";
const deepest = 8;

/** Names as they are compared: in lower case, letters and digits alone. */
const secretNames =
  /authorization|token|secret|password|passwd|passphrase|apikey|accesskey|privatekey|credential|cookie|connectionparams|databaseurl|connectionstring|rawheaders|jwt/;

function isSecret(name: string, value: unknown): boolean {
  // `maxTokens: 1000` and `hasToken: true` are no secrets.
  if (typeof value === "number" || typeof value === "boolean" || value === null || value === undefined) return false;
  return secretNames.test(name.toLowerCase().replace(/[^a-z0-9]/g, ""));
}

function scrubFields(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, isSecret(name, value) ? redacted : scrub(value, 1)]),
  );
}

/** A copy without secrets, as plain as JSON. */
function scrub(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  // Not `instanceof` alone: errors of Node's own may come from another realm.
  if (types.isNativeError(value) || value instanceof Error) return plainError(value);
  if (depth > deepest) return "[deeper]";
  if (value instanceof Date) return value;
  if (value instanceof URL) return `${value.origin}${value.pathname}`;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map((one) => scrub(one, depth + 1));
  if ("toJSON" in value && typeof value.toJSON === "function") return scrub(value.toJSON(), depth + 1);
  // A socket, a request or a pool holds half the process, and credentials under names that nobody chose for a log.
  if (!isPlain(value)) return `[${value.constructor.name}]`;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, isSecret(name, one) ? redacted : scrub(one, depth + 1)]),
  );
}

/** A literal, of this realm or another, or an object without a prototype, as graphql-js makes them. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string;
  /** What it came from, by name and code alone: its message may be an upstream's. */
  readonly cause?: { readonly name: string; readonly code?: string | number };
}

/**
 * Name, message, code and stack. What else libraries hang on an error (a body, headers, a request) is left out, and of
 * its cause the message too: these are where an upstream's own words and credentials are.
 */
function plainError(error: Error): PlainError {
  const { name, cause } = error;
  const [message, stack] = [unquoted(error.message), error.stack && unquoted(error.stack)];
  const plain = { name, message, ...codeOf(error), ...(stack === undefined ? {} : { stack }) };
  if (types.isNativeError(cause) || cause instanceof Error) {
    return { ...plain, cause: { name: cause.name, ...codeOf(cause) } };
  }
  return plain;
}

/** JSON.parse quotes what it could not read: an upstream's body, from its beginning on. */
function unquoted(text: string): string {
  return text.replace(/(?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON/s, "this is not valid JSON");
}

function codeOf(error: Error): { code?: string | number } {
  const code: unknown = "code" in error ? error.code : undefined;
  return typeof code === "string" || typeof code === "number" ? { code } : {};
}

/**
 * The last look, at the line as text: credentials inside sentences and stacks. The patterns end at quotes and
 * backslashes, so the line stays JSON.
 */
function scrubText(line: string): string {
  return line
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]{4,}/gi, `$1 ${redacted}`)
    .replace(/\bey[\w-]{8,}\.[\w-]+\.[\w-]*/g, redacted)
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/"\\@]+@/gi, `$1${redacted}@`)
    .replace(/([?&][\w.-]*(?:token|secret|password|key|auth|credential)[\w.-]*=)[^\s&"'\\]+/gi, `$1${redacted}`);
}
