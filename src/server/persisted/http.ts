/**
 * Persisted documents over HTTP: what a request names is put into it before Apollo sees it, and what is refused is
 * answered here. It reads a request exactly as Apollo does, so that nothing can look different to the two.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { GraphQLError } from "graphql";
import type { Asked, Persisted } from "./documents.ts";
import type { PersistedDocument } from "./manifest.ts";

export interface PersistedDoor {
  /** A preHandler of the route that Apollo answers. */
  preHandler(request: FastifyRequest, reply: FastifyReply, done: () => void): void;
  /** What the request named; null where it brought its document, or was refused. */
  documentOf(request: FastifyRequest): PersistedDocument | null;
}

export function createPersistedDoor(persisted: Persisted): PersistedDoor {
  const named = new WeakMap<FastifyRequest, PersistedDocument>();
  return {
    documentOf: (request) => named.get(request) ?? null,
    preHandler(request, reply, done) {
      const read = request.method === "POST" ? readBody(request) : readAddress(request);
      // Not even the form of a request: Apollo says what is wrong with it.
      if (read === null) return done();
      const resolved = persisted.resolve(read.asked);
      if (resolved.type === "refused") return void refuse(request, reply, resolved.error);
      if (resolved.type === "document" && resolved.persisted !== null) {
        named.set(request, resolved.persisted);
        read.putIn(resolved.text);
      }
      done();
    },
  };
}

interface Read {
  readonly asked: Asked;
  putIn(text: string): void;
}

/** Null for a body that is no object. */
function readBody(request: FastifyRequest): Read | null {
  const { body } = request;
  if (typeof body !== "object" || body === null || Array.isArray(body)) return null;
  const asked: Asked = body;
  return {
    asked,
    putIn: (query) => {
      const { documentId: _id, ...rest } = asked;
      request.body = { ...rest, query };
    },
  };
}

/** The address alone; null where it names a part several times, which Apollo refuses for all but documentId. */
function readAddress(request: FastifyRequest): Read {
  // The scheme and host are Apollo's adapter's to know; the rest of the address is read as it reads it.
  const url = new URL(request.url, "http://gateway");
  const { searchParams } = url;
  const ids = searchParams.getAll("documentId");
  const asked: Asked = {
    // Apollo refuses several of these, but only after a document that is not wanted here at all is.
    query: searchParams.getAll("query").find((query) => query !== ""),
    documentId: ids.length > 1 ? ids : ids[0],
    extensions: extensionsOf(searchParams),
  };
  return {
    asked,
    putIn: (query) => {
      searchParams.delete("documentId");
      searchParams.set("query", query);
      request.raw.url = `${url.pathname}${url.search}`;
    },
  };
}

function extensionsOf(searchParams: URLSearchParams): unknown {
  try {
    return JSON.parse(searchParams.get("extensions") ?? "null");
  } catch {
    return null;
  }
}

const graphqlResponse = "application/graphql-response+json";

/** With 400 for every reader: it is the request that is refused, and no document that was executed. */
function refuse(request: FastifyRequest, reply: FastifyReply, error: GraphQLError): FastifyReply {
  const type = request.headers.accept?.includes(graphqlResponse) ? graphqlResponse : "application/json";
  const { message, extensions } = error;
  return reply
    .code(400)
    .type(`${type}; charset=utf-8`)
    .send({ errors: [{ message, extensions }] });
}
