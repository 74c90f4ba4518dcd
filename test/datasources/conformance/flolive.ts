/** floLIVE, as the conformance suite sees it. */
import { expect } from "@jest/globals";
import type { Reading } from "../../../src/datasources/contract.ts";
import { flolive } from "../../../src/datasources/flolive/index.ts";
import { isProblem, type Problem } from "../../../src/datasources/problems.ts";
import type { Observed, Received, Reply, Subject, WordFixture } from "./subject.ts";

const token = "conformance-flolive-token";
const bulk = {
  action: "SUBSCRIBER_STATUS",
  nodes: [
    { identifierType: "IMSI", identifier: "425190123456789", status: "SUSPEND" },
    { identifierType: "IMSI", identifier: "425190123456790", status: "SUSPEND" },
  ],
} as const;

function observe(reading: Reading | Problem): Observed | Problem {
  if (isProblem(reading)) return reading;
  const whole = reading.compose({ snapshot: null, elsewhere: new Map() });
  const { standing, providerStatus, items } = whole;
  const outcome = standing.state === "SETTLED" ? standing.outcome : null;
  return { state: standing.state, outcome, providerStatus, items, whole };
}

const page = (...content: unknown[]): Reply => ({
  body: {
    errorCode: "",
    errorMessage: "",
    content,
    pageable: { page: 0, size: 200, totalPages: 1, totalElements: content.length },
  },
});

/** A row of the call that was asked for, so that two calls never share one. */
function row(received: Received, name: string, status: unknown) {
  const id = new URL(received.url, "http://localhost").pathname.split("/").at(-1);
  return { requestId: `${id}-${name}`, status };
}

/** How each documented word counts. */
const counts = { OPEN: "open", SUCCESS: "succeeded", FAILURE: "failed", INTERNAL_ERROR: "failed" } as const;

const fixture = (
  statuses: readonly (keyof typeof counts)[],
  state: WordFixture["expected"]["state"],
  outcome: WordFixture["expected"]["outcome"],
  providerStatus: string,
): WordFixture => ({
  word: `content.status ${statuses.join(" and ")}`,
  reply: (received) => page(...statuses.map((status, n) => row(received, `${n}`, status))),
  expected: {
    state,
    outcome,
    providerStatus,
    items: statuses.map((status) => ({ status, disposition: counts[status] })),
  },
});

export const subject: Subject = {
  id: "flolive",
  secrets: [token],

  connect(origin, upstream) {
    const client = flolive.connect(flolive.settings.parse({ FLOLIVE_URL: origin, FLOLIVE_TOKEN: token }), upstream);
    return {
      ask: async (keys, options) => {
        const targets = keys.map((key) => ({ key, fields: null }));
        return (await client.fetchMany(targets, options)).map(observe);
      },
      write: (_mutation, options) => client.submit.send(bulk, client.submit.prepare(bulk), options),
    };
  },

  key: (n) => `77022d89-8a5b-4ecb-a118-${n.toString(16).padStart(12, "0")}`,
  good: (received) => page(row(received, "a", "SUCCESS"), row(received, "b", "OPEN")),
  requestsFor: (n) => n,
  absent: () => ({
    status: 404,
    body: {
      errorCode: "GLOBAL_1003",
      errorMessage: "Provided request ID does not exist for your account",
      content: "",
      pageable: null,
    },
  }),
  // Of a write the second node alone is listed, as it is the bad one.
  refuse: ({ asked, code, status }) => ({
    status,
    body:
      asked === "read"
        ? { errorCode: code, errorMessage: "Refused", content: "", pageable: null }
        : {
            bulk: [
              {
                errorCode: code,
                errorMessage: "Refused",
                requestId: "",
                subscriberIdentifiers: { type: "IMSI", value: bulk.nodes[1].identifier },
                content: {},
              },
            ],
            pageable: null,
          },
  }),
  wrongShape: { body: { errorCode: "", content: { requestId: "a", status: "SUCCESS" } } },

  words: [
    fixture(["OPEN"], "RUNNING", null, "OPEN"),
    fixture(["SUCCESS"], "SETTLED", "SUCCEEDED", "SUCCESS"),
    fixture(["FAILURE"], "SETTLED", "FAILED", "FAILURE"),
    fixture(["INTERNAL_ERROR"], "SETTLED", "FAILED", "INTERNAL_ERROR"),
    fixture(["SUCCESS", "FAILURE"], "SETTLED", "PARTIAL", "FAILURE, SUCCESS"),
    fixture(["SUCCESS", "OPEN"], "RUNNING", null, "OPEN, SUCCESS"),
  ],

  unknownWord: {
    word: "content.status ON_HOLD",
    reply: (received) => page(row(received, "a", "SUCCESS"), row(received, "b", "ON_HOLD")),
    check: (observed) =>
      expect(observed).toMatchObject({
        state: "RUNNING",
        outcome: null,
        providerStatus: "ON_HOLD, SUCCESS",
        items: [
          { status: "SUCCESS", disposition: "succeeded" },
          { status: "UNKNOWN", providerStatus: "ON_HOLD", disposition: "open" },
        ],
      }),
  },

  malformedRow: {
    reply: (received) => page(row(received, "a", "SUCCESS"), "not a row", row(received, "b", "FAILURE")),
    check: (observed) => {
      expect(observed.length).toBeGreaterThan(0);
      for (const one of observed) {
        expect(one).toMatchObject({
          state: "RUNNING",
          outcome: null,
          items: [{ status: "SUCCESS" }, { status: "UNKNOWN", providerStatus: null }, { status: "FAILURE" }],
        });
      }
    },
  },
};
