/**
 * The variables of the ways in: which pages may use the gateway, which documents it takes, where its figures are. Opens
 * nothing, and reads no manifest.
 */
import { z } from "zod";
import { normalOrigin } from "../server/origin.ts";
import { own } from "./own.ts";
import { oneOf, type Variable, type VariableReader, wholeNumber, word } from "./variable.ts";

export interface Doors {
  /** Each once, in its normal form: see normalOrigin. */
  readonly allowedOrigins: readonly string[];
  readonly persisted: PersistedConfig;
  readonly metrics:
    | { readonly type: "samePort" }
    /** A server of their own. */
    | { readonly type: "ownPort"; readonly host: string; readonly port: number };
}

export type PersistedConfig =
  /** Documents are sent whole. */
  | { readonly mode: "off" }
  /** Persisted ones may be named, or are all that is taken. */
  | { readonly mode: "on" | "only"; readonly manifest: string };

const origins: z.ZodType<readonly string[], string> = z.string().transform((text, context) => {
  const read = text.split(",").map((one) => normalOrigin(one.trim()));
  if (read.every((origin) => origin !== null)) return [...new Set(read)];
  context.addIssue(
    'expected origins such as https://app.example.com, with commas between them: scheme, host and port alone, no *, no "null"',
  );
  return z.NEVER;
});

/** Lets the compiler infer what each variable reads to. */
function variable<T>(one: Variable<T>): Variable<T> {
  return one;
}

const server = own.host.group;
const graphql = own.introspection.group;

export const doors = {
  allowedOrigins: variable({
    name: "ALLOWED_ORIGINS",
    group: server,
    schema: origins,
    default: null,
    rule: "none but the gateway's own; pages of the same machine too, at a loopback HOST outside production",
    description:
      "The pages that may use the gateway from a browser, by their origins, over HTTP (CORS) and WebSocket alike. Others are refused. Programs, which send no Origin, are not.",
    example: "https://app.example.com,https://admin.example.com:8443",
  }),
  persistedDocuments: variable({
    name: "PERSISTED_DOCUMENTS",
    group: graphql,
    schema: oneOf("off", "on", "only"),
    default: "off",
    description:
      "`on`: a request may name a document of PERSISTED_MANIFEST by its `documentId`. `only`: it must. Over HTTP and WebSocket alike.",
    example: "only",
  }),
  persistedManifest: variable({
    name: "PERSISTED_MANIFEST",
    group: graphql,
    schema: word("the path of a file", /^[^\0]+$/),
    default: null,
    description:
      'A JSON file, `{"documentId": "document", …}`, as GraphQL Code Generator writes it (persisted-documents.json). Read once, at the start.',
    example: "./persisted-documents.json",
  }),
  metricsPort: variable({
    name: "METRICS_PORT",
    group: server,
    schema: wholeNumber(0, 65_535),
    default: null,
    rule: "the same port",
    description:
      "A port of its own for /metrics, which then needs no credentials: let nobody reach it but who collects them. 0 takes any free one.",
    example: "9464",
  }),
  metricsHost: variable({
    name: "METRICS_HOST",
    group: server,
    schema: own.host.schema,
    default: null,
    rule: "HOST",
    description: "The address to listen at with METRICS_PORT.",
    example: "127.0.0.1",
  }),
} as const;

/** What is wrong has been complained of; then what comes back is for nobody. */
export function readDoors(
  reader: VariableReader,
  host: string | null,
): { readonly doors: Doors; readonly warnings: readonly string[] } {
  const [port, metricsHost] = [reader.read(doors.metricsPort), reader.read(doors.metricsHost)];
  const { persisted, warnings } = readPersisted(reader);
  return {
    doors: {
      allowedOrigins: reader.read(doors.allowedOrigins) ?? [],
      persisted,
      metrics: port === null ? { type: "samePort" } : { type: "ownPort", port, host: metricsHost ?? host ?? "" },
    },
    warnings,
  };
}

function readPersisted(reader: VariableReader): {
  readonly persisted: PersistedConfig;
  readonly warnings: readonly string[];
} {
  const { name, example } = doors.persistedManifest;
  const mode = reader.read(doors.persistedDocuments) ?? "off";
  const manifest = reader.read(doors.persistedManifest);
  if (mode === "off") {
    const unused = `${name} is set, and PERSISTED_DOCUMENTS is off: no document of it is served. Set PERSISTED_DOCUMENTS to on or only.`;
    return { persisted: { mode }, warnings: manifest === null ? [] : [unused] };
  }
  if (manifest !== null) return { persisted: { mode, manifest }, warnings: [] };
  reader.complain(name, `expected the path of a file, for PERSISTED_DOCUMENTS is ${mode}`, { got: null, example });
  return { persisted: { mode: "off" }, warnings: [] };
}
