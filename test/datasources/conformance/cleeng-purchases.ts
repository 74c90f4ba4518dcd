/** Cleeng purchases, as the conformance suite sees them. */
import { expect } from "@jest/globals";
import { cleengPurchases } from "../../../src/datasources/cleeng-purchases/index.ts";
import type { Reading } from "../../../src/datasources/contract.ts";
import { isProblem, type Problem } from "../../../src/datasources/problems.ts";
import type { Observed, Reply, Subject, WordFixture } from "./subject.ts";

const publisherToken = "conformance-publisher-token";
const purchase = {
  customerId: "100000001",
  transactionId: "2000000123456789",
  ipAddress: "203.0.113.7",
  correlationId: null,
};

function observe(reading: Reading | Problem): Observed | Problem {
  if (isProblem(reading)) return reading;
  const whole = reading.compose({ snapshot: null, elsewhere: new Map() });
  const { standing, providerStatus, items } = whole;
  const outcome = standing.state === "SETTLED" ? standing.outcome : null;
  return { state: standing.state, outcome, providerStatus, items, whole };
}

const running = (status: string): Reply => ({ body: { status, correlationId: "conformance" } });
const finalized = (accessGranted: boolean, result?: string): Reply => ({
  body: {
    status: "finalized",
    accessGranted,
    ...(accessGranted ? { offerId: "S580476507_US" } : {}),
    ...(result === undefined ? {} : { result }),
  },
});

const fixture = (
  word: string,
  reply: Reply,
  state: WordFixture["expected"]["state"],
  outcome: WordFixture["expected"]["outcome"] = null,
  providerStatus = "finalized",
): WordFixture => ({ word, reply: () => reply, expected: { state, outcome, providerStatus, items: [] } });

export const subject: Subject = {
  id: "cleeng-purchases",
  secrets: [publisherToken],

  connect(origin, upstream) {
    const settings = cleengPurchases.settings.parse({
      CLEENG_INAPP_URL: `${origin}/storekit2`,
      CLEENG_PUBLISHER_TOKEN: publisherToken,
    });
    const client = cleengPurchases.connect(settings, upstream);
    return {
      ask: async (keys, options) => {
        const targets = keys.map((key) => ({ key, fields: null }));
        return (await client.fetchMany(targets, options)).map(observe);
      },
      write: (mutation, options) => {
        const write = [client.register, client.transfer].find((one) => one.mutation === mutation);
        if (!write) throw new Error(`Expected a mutation of Cleeng purchases; got ${mutation}.`);
        return write.send(purchase, write.prepare(purchase), options);
      },
    };
  },

  key: (n) => `conformance-${n}`,
  good: () => running("processing"),
  requestsFor: (n) => n,
  absent: () => ({ status: 404, body: { code: "REQ0100", message: "Entity not found" } }),
  refuse: ({ code, status }) => ({ status, body: { code, message: "Refused" } }),
  wrongShape: { body: { synchronizations: [{ state: "finalized" }] } },

  words: [
    fixture("status processing", running("processing"), "RUNNING", null, "processing"),
    fixture("status retrying", running("retrying"), "RETRYING", null, "retrying"),
    fixture("status finalized, accessGranted true", finalized(true), "SETTLED", "SUCCEEDED"),
    fixture("status finalized, accessGranted false", finalized(false), "SETTLED", "FAILED"),
    fixture("result RECEIVED_EXPIRED_PURCHASE", finalized(false, "RECEIVED_EXPIRED_PURCHASE"), "SETTLED", "FAILED"),
    fixture("result TRANSACTION_ID_NOT_FOUND", finalized(false, "TRANSACTION_ID_NOT_FOUND"), "SETTLED", "FAILED"),
    fixture(
      "result PURCHASE_OWNERSHIP_TRANSFERRED",
      finalized(true, "PURCHASE_OWNERSHIP_TRANSFERRED"),
      "SETTLED",
      "SUCCEEDED",
    ),
    fixture(
      "result PURCHASE_OWNERSHIP_UNCHANGED",
      finalized(false, "PURCHASE_OWNERSHIP_UNCHANGED"),
      "SETTLED",
      "FAILED",
    ),
  ],

  unknownWord: {
    word: "status hibernating",
    reply: () => running("hibernating"),
    check: (observed) =>
      expect(observed).toMatchObject({ state: "RUNNING", outcome: null, providerStatus: "hibernating" }),
  },

  malformedRow: { why: "An answer of Cleeng's holds one synchronization, so there is no other row to spoil." },
};
