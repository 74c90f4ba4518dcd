/** PureSpectrum, as the conformance suite must see it. Every status code that is published has its fixture here. */
import { expect } from "@jest/globals";
import { isProblem } from "../../../src/datasources/problems.ts";
import { purespectrum, surveyKey } from "../../../src/datasources/purespectrum/index.ts";
import type { Received, Reply, Subject, WordFixture } from "./subject.ts";

const token = "conformance-access-token-5c1f";
const change = { surveyId: "100", transactionId: "conformance-1", status: "COMPLETE", quotaIds: ["1"] } as const;

function rowFor({ url }: Received, code: unknown, description: string | null): object {
  const transactionId = decodeURIComponent(url.split("/").at(-1) ?? "");
  return {
    "Transaction ID": transactionId,
    "Respondent Status Code": code,
    "Respondent Status Description": description,
    "Reconciliation Status": null,
  };
}

function replyOf(code: unknown, description: string | null) {
  return (received: Received): Reply => ({ body: [rowFor(received, code, description)] });
}

const running = { state: "RUNNING", outcome: null, items: [] } as const;
const succeeded = { state: "SETTLED", outcome: "SUCCEEDED", items: [] } as const;
const failed = { state: "SETTLED", outcome: "FAILED", items: [] } as const;

const published: ReadonlyArray<readonly [number, string, WordFixture["expected"]]> = [
  [11, "PS Drop", failed],
  [12, "PS Quota Full", failed],
  [13, "PS Termination", failed],
  [14, "PS In Progress", running],
  [15, "PS Quality Termination", failed],
  [16, "Buyer Side In Progress", running],
  [17, "Buyer Quota Full", failed],
  [18, "Buyer Termination", failed],
  [19, "Buyer Drop", running],
  [20, "Buyer Quality Termination", failed],
  [21, "Complete", succeeded],
  [22, "Survey Closed", failed],
  [23, "Survey Paused", failed],
  [24, "Unopened Quota", failed],
  [25, "Allocation Full", failed],
  [26, "Past Participation", running],
  [28, "Invalid Survey", failed],
  [29, "PS LOI Threshold", running],
  [30, "Buyer Dedupe", failed],
  [31, "Hash Failure", failed],
  [32, "Grouping Termination", failed],
  [33, "Reconciliation Reject", failed],
  [70, "Not Eligible", failed],
  [74, "Not Eligible", failed],
];

export const subject: Subject = {
  id: "purespectrum",
  secrets: [token],
  connect(origin, upstream) {
    const settings = purespectrum.settings.parse({
      PURESPECTRUM_URL: `${origin}/buyers/v2`,
      PURESPECTRUM_ACCESS_TOKEN: token,
    });
    const client = purespectrum.connect(settings, upstream);
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
      write: (_mutation, options) => client.setStatus.send(change, client.setStatus.prepare(change), options),
    };
  },
  key: (n) => surveyKey("100", `conformance-${n}`),
  good: replyOf(21, "Complete"),
  requestsFor: (n) => n,
  absent: () => ({ body: [] }),
  refuse: ({ code, status }) => ({
    status,
    body: { ps_error_code: Number(code), ps_error_message: "Refused" },
  }),
  wrongShape: { body: { surprise: [1, 2, 3] } },
  words: [
    ...published.map(([code, description, expected]) => ({
      word: `Respondent Status Code ${code}`,
      reply: replyOf(code, description),
      expected: { ...expected, providerStatus: description },
    })),
    {
      word: "Respondent Status Code as text, without a description",
      reply: replyOf("18", null),
      expected: { ...failed, providerStatus: "18" },
    },
  ],
  unknownWord: {
    word: "Respondent Status Code 99",
    reply: replyOf(99, "Abducted"),
    check(observed) {
      expect(observed).toMatchObject({ ...running, providerStatus: "Abducted" });
    },
  },
  malformedRow: {
    reply: (received) => ({
      body: [
        null,
        "x",
        { "Transaction ID": ["?"] },
        rowFor(received, 21, "Complete"),
        { "Respondent Status Code": 11 },
      ],
    }),
    check(observed) {
      expect(observed.length).toBeGreaterThan(0);
      for (const one of observed) expect(one).toMatchObject(succeeded);
    },
  },
};
