/** PureSpectrum: the rows of a transaction, and the answer to setting its status, which is followed by a read. */
import type { Known } from "../../../src/datasources/contract.ts";
import { purespectrum, surveyKey } from "../../../src/datasources/purespectrum/index.ts";
import { vocabulary } from "../../datasources/conformance/vocabulary.ts";
import type { Told } from "./answer.ts";
import { calledRead, calledWrite, marker } from "./judge.ts";
import { hasNumber, jsonOf, listOf, own, textOf } from "./proof.ts";
import { json } from "./server.ts";
import { type Document, document, type Proof, type WireSubject } from "./subject.ts";

const transactionId = "fuzz-transaction";
const key = surveyKey("fuzz-survey", transactionId);
const change = { surveyId: "fuzz-survey", transactionId, status: "TERMINATED", quotaIds: null } as const;
const sent = 18;

const row = (code: number, description: string | null) => ({
  "Transaction ID": transactionId,
  "Respondent Status Code": code,
  "Respondent Status Description": description,
  "Reconciliation Status": null,
});

export const documents = [
  document("RUNNING", [row(16, "Buyer Side In Progress")]),
  document("SETTLED SUCCEEDED", [row(21, "Complete")]),
  document("SETTLED FAILED", [row(33, "Reconciliation Reject")]),
  document("RUNNING", [row(26, null)]),
  document("NotFound", []),
  document("NotFound", { ps_error_code: 1004, ps_error_message: marker }, 404),
  document("ProviderRejected (the provider's code)", { ps_error_code: 1001, ps_error_message: marker }, 400),
] as const;

/** After the write's yes, whatever is read leaves it accepted. */
const confirmed = (one: Document): Document => ({ ...one, means: "accepted" });
const [running, ...others] = documents;

const acceptances = [
  document("accepted", []),
  document("refused AlreadyFinal (the provider's code)", { ps_error_code: 1003, ps_error_message: marker }, 400),
  document("refused NotFound", { ps_error_code: 1004, ps_error_message: marker }, 404),
] as const;

/** By the documentation: the codes that are an end, and the one that is a success. */
const final = new Set(
  (vocabulary.purespectrum ?? []).flatMap(({ word, state }) => {
    const code = /^Respondent Status Code (\d+)$/.exec(word)?.[1];
    return code !== undefined && state === "SETTLED" ? [Number(code)] : [];
  }),
);
if (final.size < 15)
  throw new Error("Expected the final codes in the conformance suite's vocabulary; they are not there.");
const complete = 21;

function isOurs(told: Told, codes: ReadonlySet<number>): boolean {
  const rows = listOf(jsonOf(told));
  return rows.some((each) => {
    const id = own(each, "Transaction ID") ?? null;
    const ours = id === null ? rows.length === 1 : textOf(id) === transactionId;
    return ours && codes.has(Number(textOf(own(each, "Respondent Status Code")) ?? Number.NaN));
  });
}

export const proof: Proof = {
  settled: (told) => hasNumber(told, final) && isOurs(told, final),
  succeeded: (told) => hasNumber(told, new Set([complete])) && isOurs(told, new Set([complete])),
};

/** The documented yes to a write: nothing, or nothing in it. */
function saysYes(told: Told): boolean {
  const value = jsonOf(told);
  const empty = typeof value === "object" && (value === null || Object.keys(value).length === 0);
  return empty || told.text?.replace(/^\uFEFF/, "").trim() === "";
}

export const subject: WireSubject = {
  id: "purespectrum",
  vocabulary: {
    keys: [
      '"Transaction ID"',
      '"Respondent Status Code"',
      '"Respondent Status Description"',
      '"ps_error_code"',
      '"msg"',
    ],
    values: [
      ...["21", "21.0", "2.1e1", '"21"', '" 21 "', '"021"', "-21", "33", "16", "17", "27", "99", "1004", '"1003"', "0"],
      ...[`"${transactionId}"`, '"another"', `"${marker}"`, '{"Respondent Status Code":21}', "[21]"],
      ...['{"__proto__":{"Respondent Status Code":21}}'],
    ],
  },
  foreign: JSON.stringify([row(21, "Complete")]),
  good: ({ method }) => json(method === "GET" ? [row(16, null)] : []),

  connect(origin, upstream) {
    const settings = purespectrum.settings.parse({ PURESPECTRUM_URL: `${origin}/buyers/v2` });
    const { fetchMany, setStatus } = purespectrum.connect(settings, upstream);
    const prepared = setStatus.prepare(change);
    const elsewhere = new Map();
    const { unknownId } = purespectrum;
    const known: readonly Known[] = [
      { snapshot: null, elsewhere },
      {
        snapshot: {
          ...prepared.snapshot,
          standing: { state: "RUNNING" },
          fields: { ...prepared.snapshot.fields, statusCode: 16 },
        },
        elsewhere,
      },
    ];
    return [
      {
        name: "surveyTransaction",
        documents,
        aims: () => true,
        call: async () =>
          calledRead(await fetchMany([{ key, fields: null }], { priority: "lookup" }), { known, proof, unknownId }),
      },
      {
        name: "setSurveyTransactionStatus",
        documents: acceptances,
        aims: ({ method }) => method === "POST",
        call: async () =>
          calledWrite(await setStatus.send(change, prepared, { priority: "write" }), {
            isWrite: ({ method }) => method === "POST",
            most: () => 1,
            accepted: ({ key: given, snapshot }, told) => {
              if (given !== key) return `accepted as ${given}, which was not what was sent`;
              if (!saysYes(told)) return "accepted by an answer that does not say yes";
              return snapshot.fields.statusCode === sent ? null : "accepted with another status than was sent";
            },
          }),
      },
      {
        name: "the read after a write",
        documents: [confirmed(running), ...others.map(confirmed)],
        aims: ({ method }) => method === "GET",
        call: async () => {
          const exchange = await setStatus.send(change, prepared, { priority: "write" });
          return {
            // Its yes decides; what the read says is more only where that is an end.
            label: exchange.type === "answered" ? "accepted" : exchange.type,
            judge(told) {
              if (exchange.type !== "answered") return `expected the write's yes to stand; it is ${exchange.type}`;
              const { statusCode } = exchange.value.snapshot.fields;
              const proven = told.status < 300 && isOurs(told, new Set([Number(statusCode)]));
              return statusCode === sent || proven ? null : `read as ${String(statusCode)}, which was not answered`;
            },
          };
        },
      },
    ];
  },
};
