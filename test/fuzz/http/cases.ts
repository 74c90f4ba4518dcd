/** What is thrown at the HTTP door: requests in whatever form, as bytes, and how many answers each must get. */
import fc from "fast-check";
import { type Body, body, bytesOf, kindsOf } from "../body/body.ts";
import { choose } from "../body/edits.ts";
import { treeOf } from "../body/tree.ts";
import { documentOf } from "../graphql/documents.ts";
import { requests, vocabulary } from "../graphql/requests.ts";
import { tape } from "../graphql/tape.ts";
import type { Sending } from "./client.ts";
import { malformed } from "./malformed.ts";

export type HttpCase =
  /** A request that a front end makes, edited. */
  | { readonly type: "body"; readonly body: Body; readonly dress: Dress }
  /** A document that was made up. */
  | { readonly type: "document"; readonly tape: readonly number[]; readonly byGet: boolean; readonly dress: Dress }
  /** An address with a query, of an edited request. */
  | { readonly type: "address"; readonly body: Body; readonly at: number; readonly dress: Dress }
  /** Nothing that is HTTP, or not quite. */
  | { readonly type: "malformed"; readonly variant: number; readonly at: number };

/** Method, path and headers, each the usual one for nearly all. */
interface Dress {
  readonly method: number;
  readonly path: number;
  readonly type: number;
  readonly accept: number;
  readonly more: number;
  readonly framing: number;
}

/** 0 is the usual choice. */
const seldom = (most: number) =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(most) });
const dress: fc.Arbitrary<Dress> = fc.record({
  method: seldom(99),
  path: seldom(99),
  type: seldom(99),
  accept: fc.oneof({ weight: 12, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(5) }),
  more: seldom(99),
  framing: seldom(9),
});

export const httpCase: fc.Arbitrary<HttpCase> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("body" as const), body, dress }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constant("document" as const), tape, byGet: fc.boolean(), dress }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("address" as const), body, at: fc.nat(999), dress }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("malformed" as const), variant: fc.nat(999), at: fc.nat(9_999) }),
  },
);

export interface Made {
  readonly sending: Omit<Sending, "patienceMs">;
  /** Whether it is GraphQL's address that answers, so that the answer is in GraphQL's form. */
  readonly graphql: boolean;
  readonly kinds: readonly string[];
}

const methods = ["POST", "GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "MKCOL"];
const paths = [
  ...["/graphql", "/graphql?", "/graphql?a=b", "/graphql#a", "/graphql?query=%", "/graphql?query=%00&query=b"],
  ...["/graphql/", "//graphql", "/GRAPHQL", "/%67raphql", "/graphql%00", "/graphql;a=b", "/graphql/..;/healthz"],
  ...[
    "/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/graphiql",
    "/graphiql/assets/boot.js",
    "/graphiql/assets/../../package.json",
  ],
  ...[
    "/graphiql/assets/%2e%2e%2fpackage.json",
    "/%",
    "/%c0%ae%c0%ae/",
    "/__proto__",
    "/constructor",
    `/${"a".repeat(9_000)}`,
  ],
];
const contentTypes = [
  ...[
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=utf-16",
    "application/graphql+json",
  ],
  ...["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql", ""],
  ...[
    "application/json, text/plain",
    "APPLICATION/JSON",
    'application/json; a="',
    "image/png",
    "application/json\tx",
    "*/*",
  ],
];
const accepts = [
  ...[
    "application/json",
    "application/graphql-response+json",
    "*/*",
    "application/graphql-response+json, application/json;q=0.5",
  ],
  ...["text/html", "image/png;q=0, nothing"],
];
const more: readonly string[] = [
  "",
  "accept-encoding: gzip, br\r\n",
  "content-encoding: gzip\r\n",
  "expect: 100-continue\r\n",
  "expect: the unexpected\r\n",
  "x-forwarded-for: 203.0.113.7, __proto__, 999.999.999.999\r\n",
  "origin: http://evil.example\r\n",
  "origin: null\r\n",
  "authorization: Bearer abc\r\n",
  "authorization: \u00ff\r\n",
  "x-cleeng-customer-token: \r\n",
  `x-cleeng-customer-token: ${"x".repeat(5_000)}\r\n`,
  "x-cleeng-customer-token: a\r\nx-cleeng-customer-token: b\r\n",
  "cookie: a=b; __proto__=c\r\n",
  "__proto__: 1\r\nconstructor: 2\r\n",
  "x-http-method-override: DELETE\r\n",
  "apollo-require-preflight: 1\r\n",
  "if-none-match: *\r\nrange: bytes=0-1\r\n",
  "te: trailers\r\n",
  Array.from({ length: 60 }, (_, n) => `x-${n}: ${"y".repeat(100)}\r\n`).join(""),
];

const trees = requests.map(treeOf);

export function make(one: HttpCase): Made {
  switch (one.type) {
    case "body":
      return dressed(bytesOf(one.body, trees, vocabulary), null, one.dress, ["a request", ...kindsOf(one.body)]);
    case "document": {
      const query = documentOf(one.tape, ["query", "query", "query", "mutation", "subscription"]);
      const text = `query=${encodeURIComponent(query.toWellFormed())}`;
      // An address longer than Node takes would only tell that.
      if (one.byGet && text.length < 7_000)
        return dressed(Buffer.alloc(0), `/graphql?${text}`, one.dress, ["a document, by GET"]);
      return dressed(Buffer.from(JSON.stringify({ query })), null, one.dress, ["a document"]);
    }
    case "address": {
      const address = queryOf(choose(requests, one.at), bytesOf(one.body, trees, vocabulary));
      return dressed(Buffer.alloc(0), `/graphql?${address}`, one.dress, ["an address", ...kindsOf(one.body)]);
    }
    case "malformed": {
      const { name, bytes } = malformed(one.variant, one.at);
      const sending = { bytes, answers: 0, isHead: false, ends: true };
      return { sending, graphql: false, kinds: [`malformed: ${name}`] };
    }
  }
}

/** The members of an edited request, as far as it is still one, each in its own parameter; else the whole text in one. */
function queryOf({ query }: { readonly query: string }, bytes: Buffer): string {
  const text = bytes.toString("utf8").slice(0, 5_000);
  const pair = (name: string, value: string) => `${name}=${encodeURIComponent(value.toWellFormed()).slice(0, 6_000)}`;
  return [
    pair("query", query),
    pair("variables", text),
    ...(bytes.length % 3 === 0 ? [pair("extensions", text.slice(0, 300))] : []),
  ]
    .join("&")
    .slice(0, 7_500);
}

function dressed(content: Buffer, address: string | null, dress: Dress, kinds: readonly string[]): Made {
  const usual = address === null ? 0 : 1;
  const method = choose(methods, dress.method + usual);
  const path = dress.path === 0 ? (address ?? "/graphql") : choose(paths, dress.path);
  const extra = choose(more, dress.more);
  const type = choose(contentTypes, dress.type);
  const chunked = dress.framing > 6;
  const frame = chunked
    ? Buffer.concat([Buffer.from(`${content.length.toString(16)}\r\n`), content, Buffer.from("\r\n0\r\n\r\n")])
    : content;
  const head =
    `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: ${choose(accepts, dress.accept)}\r\n` +
    `${type === "" ? "" : `content-type: ${type}\r\n`}${extra}` +
    `${content.length === 0 ? "" : chunked ? "transfer-encoding: chunked\r\n" : `content-length: ${content.length}\r\n`}connection: close\r\n\r\n`;
  const names = [...kinds];
  if (dress.method > 0) names.push(method);
  if (dress.path > 0) names.push("another path");
  if (dress.type > 0) names.push("another content type");
  if (dress.more > 0) names.push("more headers");
  return {
    sending: {
      bytes: Buffer.concat([Buffer.from(head, "latin1"), content.length === 0 ? content : frame]),
      answers: 1,
      isHead: method === "HEAD",
      ends: false,
    },
    graphql: /^\/graphql($|\?)/.test(path) && method !== "HEAD",
    kinds: names,
  };
}
