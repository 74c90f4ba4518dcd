/**
 * What may be kept of GraphQL's answers: that of a persisted document by GET, by its caller's own browser alone and asked
 * about each time; never one that may hold a decision about access, which is true at the moment that it is made.
 */
import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import {
  type DocumentNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type { PersistedDocument } from "./persisted/manifest.ts";

export interface Answered {
  readonly method: string;
  readonly status: number;
  /** Of the persisted document that was asked for by its id; null where the request brought its own. */
  readonly document: DocumentNode | null;
  readonly hasErrors: boolean;
}

const kept = "private, max-age=0, must-revalidate";
export const notKept = "no-store";
/** What an answer depends on besides its address: who asks, for which customer, in which form, and from which page. */
export const variesBy = "Accept, Authorization, Origin, X-Cleeng-Customer-Token";

const decisionName = "AccessCheck";
const decisionField = "accessGranted";

/** A schema without the decision, as a test may have, holds none. */
export function createCachePolicy(schema: GraphQLSchema): (answered: Answered) => string {
  const decision = decisionOf(schema);
  const judged = new WeakMap<DocumentNode, boolean>();

  /** In any of its operations and fragments, at any depth, whatever is selected of it. */
  function mayDecide(document: DocumentNode): boolean {
    const known = judged.get(document);
    if (known !== undefined) return known;
    let found = false;
    const types = new TypeInfo(schema);
    visit(
      document,
      visitWithTypeInfo(types, {
        Field: ({ name }) => {
          // An operation may bear one as well: whether a purchase gave access.
          if (name.value === decisionField) found = true;
          const type = getNamedType(types.getType());
          if (decision === null) return;
          if (type === decision || (isAbstractType(type) && schema.isSubType(type, decision))) found = true;
        },
      }),
    );
    judged.set(document, found);
    return found;
  }

  return ({ method, status, document, hasErrors }) =>
    method === "GET" && status === 200 && document !== null && !hasErrors && !mayDecide(document) ? kept : notKept;
}

function decisionOf(schema: GraphQLSchema): GraphQLObjectType | null {
  const type = schema.getType(decisionName);
  return isObjectType(type) ? type : null;
}

/** For every answer of /graphql, also those of a request that was refused before GraphQL saw it. */
export function registerCaching(
  app: FastifyInstance,
  {
    schema,
    documentOf,
  }: { readonly schema: GraphQLSchema; readonly documentOf: (request: FastifyRequest) => PersistedDocument | null },
): void {
  const policyOf = createCachePolicy(schema);
  app.addHook("onSend", (request, reply, payload: unknown, done) => {
    if (request.routeOptions.url !== "/graphql") return done(null, payload);
    const document = documentOf(request)?.document ?? null;
    const hasErrors = document === null || typeof payload !== "string" || bearsErrors(payload);
    const cacheControl = policyOf({ method: request.method, status: reply.statusCode, document, hasErrors });
    reply.headers({ vary: variesBy, "cache-control": cacheControl });
    if (cacheControl !== kept || typeof payload !== "string") return done(null, payload);
    const tag = tagOf(payload, reply.getHeader("content-type"));
    reply.header("etag", tag);
    if (!names(request.headers["if-none-match"], tag)) return done(null, payload);
    reply.code(304).removeHeader("content-type").removeHeader("content-length");
    done(null, null);
  });
}

/** True too for what is no answer of GraphQL's. */
function bearsErrors(payload: string): boolean {
  try {
    const answer: unknown = JSON.parse(payload);
    return typeof answer !== "object" || answer === null || !("data" in answer) || "errors" in answer;
  } catch {
    return true;
  }
}

/** Strong: the same bytes in the same form. */
function tagOf(payload: string, contentType: unknown): string {
  return `"${createHash("sha256").update(`${contentType}\n${payload}`).digest("base64url")}"`;
}

/** Compared weakly, as If-None-Match is: a proxy that packs an answer makes its tag weak. */
function names(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === tag);
}
