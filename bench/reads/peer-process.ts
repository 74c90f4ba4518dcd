/** A peer: stock Apollo Server on Express, GraphQL Yoga or Mercurius with JIT, resolving from plain objects in memory. */
import { createServer } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { ApolloServer } from "@apollo/server";
import { expressMiddleware } from "@as-integrations/express5";
import express from "express";
import Fastify from "fastify";
import { createSchema, createYoga } from "graphql-yoga";
import mercurius from "mercurius";
import { createdAt, cursorOf, idOf, operations, typeDefs } from "./documents.ts";

interface Plain {
  readonly __typename: "BulkCall";
  readonly id: string;
  readonly revision: number;
  readonly [name: string]: unknown;
}

function make(n: number, revision: number): Plain {
  return {
    __typename: "BulkCall",
    id: idOf(n),
    kind: "BULK_CALL",
    provider: "FLOLIVE",
    state: "RUNNING",
    outcome: null,
    revision,
    changedAt: new Date(createdAt(n).getTime() + revision * 1000).toISOString(),
    progress: { total: 12, done: revision % 10, succeeded: revision % 10, failed: 0 },
    requestId: `request-${n}`,
    counts: { open: 12 - (revision % 10), success: revision % 10, failure: 0, total: 12 },
  };
}

const all: Plain[] = Array.from({ length: operations }, (_, n) => make(n, 1));
const byId = new Map(all.map((one, n) => [one.id, n]));
const byCursor = new Map(all.map((_, n) => [cursorOf(n), n]));

function change(): void {
  all.forEach(({ revision }, n) => {
    all[n] = make(n, revision + 1);
  });
}

function find(id: string): Plain | null {
  return all[byId.get(id) ?? -1] ?? null;
}

const resolvers = {
  Query: {
    node: (_root: unknown, { id }: { id: string }) => find(id),
    nodes: (_root: unknown, { ids }: { ids: string[] }) => ids.map(find),
    operations: (_root: unknown, { first, after }: { first: number; after?: string | null }) => {
      const from = after ? (byCursor.get(after) ?? -1) + 1 : 0;
      const nodes = all.slice(from, from + first);
      const hasNextPage = from + first < all.length;
      return { nodes, pageInfo: { hasNextPage, endCursor: cursorOf(from + nodes.length - 1) } };
    },
  },
};

const servers: Readonly<Record<string, () => Promise<Server>>> = {
  async apollo() {
    const server = new ApolloServer({ typeDefs, resolvers });
    await server.start();
    const app = express();
    app.use("/graphql", express.json(), expressMiddleware(server));
    return createServer(app).listen(0, "127.0.0.1");
  },
  async yoga() {
    const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), logging: false });
    return createServer(yoga).listen(0, "127.0.0.1");
  },
  async mercurius() {
    const app = Fastify();
    await app.register(mercurius, { schema: typeDefs, resolvers, jit: 1 });
    await app.listen({ port: 0, host: "127.0.0.1" });
    return app.server;
  },
};

const name = process.argv[2] ?? "";
const start = servers[name];
if (!start) throw new Error(`Expected the name of a peer (${Object.keys(servers).join(", ")}); got "${name}".`);
const server = await start();
if (!server.listening) await new Promise((resolve) => server.once("listening", resolve));
process.on("message", () => {
  change();
  process.send?.({ changed: operations });
});
process.on("disconnect", () => process.exit());
const { port } = server.address() as AddressInfo;
process.send?.({ url: `http://127.0.0.1:${port}` });
