/** Cleeng access over JSON-RPC, as the conformance suite sees it. */
import { expect } from "@jest/globals";
import { cleengAccess } from "../../../src/datasources/cleeng-access/index.ts";
import type { AccessDecision } from "../../../src/datasources/cleeng-access/status.ts";
import { isProblem, type Problem } from "../../../src/datasources/problems.ts";
import type { Decision, Observed, Received, Reply, Subject, WordFixture } from "./subject.ts";

const customerToken = "conformance-customer-token";

/** A decision has no state of its own: all of it is in `whole`. */
function observe(checked: AccessDecision | Problem): Observed | Problem {
  if (isProblem(checked)) return checked;
  const { accessGranted, grantType } = checked;
  const decision = { accessGranted, grantType };
  return { state: null, outcome: null, providerStatus: null, items: [], decision, whole: checked };
}

const granted = {
  accessGranted: true,
  grantType: "direct-purchase",
  expiresAt: 1_893_456_000,
  purchasedDirectly: true,
};
const notGranted = { accessGranted: false, grantType: null, expiresAt: null, purchasedDirectly: false };

/** The answer to a batch: a row for each call, made from its place. */
function batch(received: Received, row: (index: number) => object): Reply {
  const calls: readonly { readonly id: number }[] = JSON.parse(received.body);
  const rows = calls.map(({ id }, index) => ({
    result: null,
    id: String(id),
    error: null,
    jsonrpc: "2.0",
    ...row(index),
  }));
  return { body: rows };
}
const results = (result: object) => (received: Received) => batch(received, () => ({ result }));
const fixture = (word: string, result: object, decision: Decision): WordFixture => ({
  word,
  reply: results(result),
  expected: { state: null, outcome: null, items: [], decision },
});

export const subject: Subject = {
  id: "cleeng-access",
  secrets: [customerToken],

  connect(origin, upstream) {
    const settings = cleengAccess.settings.parse({ CLEENG_API_URL: `${origin}/3.0/json-rpc` });
    const client = cleengAccess.connect(settings, upstream);
    return {
      ask: async (keys, options) => {
        const asked = keys.map((offerId) => ({ offerId, customerToken, ipAddress: null }));
        return (await client.checkMany(asked, options)).map(observe);
      },
    };
  },

  key: (n) => `S${100_000_000 + n}`,
  good: results(granted),
  requestsFor: (n) => Math.ceil(n / 25),
  absent: (received) => batch(received, () => ({ error: { code: 4, message: "Offer not found" } })),
  refuse: ({ code, status }, received) => ({
    ...batch(received, () => ({ error: { code: Number(code), message: "Refused" } })),
    status,
  }),
  wrongShape: { body: [{ id: "1", result: { granted: "yes" } }] },

  words: [
    fixture("accessGranted true", { accessGranted: true }, { accessGranted: true, grantType: null }),
    fixture("accessGranted false", notGranted, { accessGranted: false, grantType: null }),
    fixture("grantType direct-purchase", granted, { accessGranted: true, grantType: "direct-purchase" }),
  ],

  unknownWord: {
    word: "grantType gift",
    reply: results({ ...granted, grantType: "gift" }),
    check: (observed) => expect(observed).toMatchObject({ whole: { accessGranted: true, grantType: "gift" } }),
  },

  malformedRow: {
    reply: (received) =>
      batch(received, (index) => (index === 1 ? { result: { accessGranted: "perhaps" } } : { result: granted })),
    check: (observed) => {
      expect(observed[1]).toMatchObject({ type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" });
      const others = observed.filter((_one, index) => index !== 1);
      expect(others.length).toBeGreaterThan(0);
      for (const one of others) expect(one).toMatchObject({ whole: { accessGranted: true } });
    },
  },
};
