/** Liberis, as the conformance suite must see it. Every documented word of a batch and of an item has its fixture here. */
import { expect } from "@jest/globals";
import { liberis } from "../../../src/datasources/liberis/index.ts";
import { isProblem } from "../../../src/datasources/problems.ts";
import type { Received, Reply, Subject, WordFixture } from "./subject.ts";

const secret = "conformance-client-secret-93ab";
const token = "conformance-token-17d2";
const batch = {
  clients: [{ partnerClientId: "client-1", clientStartDate: null, entityType: "SoleTrader", otherIdentifiers: null }],
};

const rowOf = (state: unknown, id = "client-1") => ({
  data: { partner_client_id: id, entity_type: "SoleTrader" },
  status: { state, validation_errors: state === "Completed" || state === "Pending" ? null : "Why it was not stored." },
});
const replyOf =
  (status: unknown, ...rows: unknown[]) =>
  (): Reply => ({ body: { status, result: rows } });

const running = { state: "RUNNING", outcome: null } as const;
const succeeded = { state: "SETTLED", outcome: "SUCCEEDED", providerStatus: "Completed" } as const;
const partial = { state: "SETTLED", outcome: "PARTIAL", providerStatus: "Completed" } as const;
const failed = { state: "SETTLED", outcome: "FAILED", providerStatus: "Completed" } as const;

const pendingItem = { status: "PENDING", disposition: "open" } as const;
const completedItem = { status: "COMPLETED", disposition: "succeeded" } as const;

const words: readonly WordFixture[] = [
  {
    word: "status Pending",
    reply: replyOf("Pending", rowOf("Pending")),
    expected: { ...running, providerStatus: "Pending", items: [pendingItem] },
  },
  {
    word: "status Completed",
    reply: replyOf("Completed", rowOf("Completed")),
    expected: { ...succeeded, items: [completedItem] },
  },
  {
    word: "status.state Pending",
    reply: replyOf("Completed", rowOf("Completed"), rowOf("Pending", "2")),
    expected: { ...partial, items: [completedItem, pendingItem] },
  },
  {
    word: "status.state Duplicate",
    reply: replyOf("Completed", rowOf("Duplicate")),
    expected: { ...failed, items: [{ status: "DUPLICATE", disposition: "failed" }] },
  },
  {
    word: "status.state Conflict",
    reply: replyOf("Completed", rowOf("Conflict"), rowOf("Conflict")),
    expected: {
      ...failed,
      items: [
        { status: "CONFLICT", disposition: "failed" },
        { status: "CONFLICT", disposition: "failed" },
      ],
    },
  },
  {
    word: "status.state Failed",
    reply: replyOf("Completed", rowOf("Failed"), rowOf("Completed", "2")),
    expected: { ...partial, items: [{ status: "FAILED", disposition: "failed" }, completedItem] },
  },
  {
    word: "status.state Completed",
    reply: replyOf("Pending", rowOf("Completed"), rowOf("Pending", "2")),
    expected: { ...running, providerStatus: "Pending", items: [completedItem, pendingItem] },
  },
];

export const subject: Subject = {
  id: "liberis",
  secrets: [secret, token],
  connect(origin, upstream) {
    const settings = liberis.settings.parse({
      LIBERIS_URL: origin,
      LIBERIS_TOKEN_URL: `${origin}/oauth/token`,
      LIBERIS_CLIENT_ID: "conformance-client",
      LIBERIS_CLIENT_SECRET: secret,
    });
    const client = liberis.connect(settings, upstream);
    return {
      async ask(keys, options) {
        const targets = keys.map((key) => ({ key, fields: null }));
        const results = await client.fetchMany(targets, options);
        return results.map((result) => {
          if (isProblem(result)) return result;
          const snapshot = result.compose({ snapshot: null, elsewhere: new Map() });
          const { standing, providerStatus, items } = snapshot;
          const outcome = standing.state === "SETTLED" ? standing.outcome : null;
          return { state: standing.state, outcome, providerStatus, items, whole: snapshot };
        });
      },
      write: (_mutation, options) => client.create.send(batch, client.create.prepare(batch), options),
    };
  },
  key: (n) => `5e1f0c00-0000-4000-8000-${String(n).padStart(12, "0")}`,
  aside: ({ method, url }: Received) =>
    method === "POST" && url === "/oauth/token"
      ? { body: { access_token: token, token_type: "Bearer", expires_in: 3600 } }
      : null,
  good: replyOf("Completed", rowOf("Completed"), rowOf("Completed", "client-2")),
  requestsFor: (n) => n,
  absent: () => ({ status: 404, body: { code: "NOT_FOUND", message: "There is no such status check." } }),
  refuse: ({ code, status }) => ({ status, body: { code, message: "Refused" } }),
  wrongShape: { body: { surprise: [1, 2, 3] } },
  words,
  unknownWord: {
    word: "status.state Deferred",
    reply: replyOf("Completed", rowOf("Completed"), rowOf("Deferred", "client-2")),
    check(observed) {
      expect(observed).toMatchObject({
        ...partial,
        items: [
          { status: "COMPLETED", providerStatus: "Completed" },
          { status: "UNKNOWN", providerStatus: "Deferred" },
        ],
      });
    },
  },
  malformedRow: {
    reply: replyOf("Completed", rowOf("Completed"), { data: 7, status: "?" }, rowOf("Completed", "client-3")),
    check(observed) {
      expect(observed.length).toBeGreaterThan(0);
      for (const one of observed) {
        expect(one).toMatchObject({
          ...partial,
          items: [{ status: "COMPLETED" }, { status: "UNKNOWN", providerStatus: null }, { status: "COMPLETED" }],
        });
      }
    },
  },
};
