/** floLIVE: the pages of a bulk call's status, and the answer to a bulk write, whose id comes in a header. */
import type { Known } from "../../../src/datasources/contract.ts";
import { flolive } from "../../../src/datasources/flolive/index.ts";
import type { Told } from "./answer.ts";
import { calledRead, calledWrite, marker } from "./judge.ts";
import { hasWord, jsonOf, listOf, own, succeeded, textOf } from "./proof.ts";
import { json } from "./server.ts";
import { document, type Proof, type WireSubject } from "./subject.ts";

const key = "77022d89-8a5b-4ecb-a118-000000000001";
const nodes = ["425190123456789", "425190123456790"] as const;
const bulk = {
  action: "SUBSCRIBER_STATUS",
  nodes: nodes.map((identifier) => ({ identifierType: "IMSI" as const, identifier, status: "SUSPEND" as const })),
} as const;

const page = (...content: readonly unknown[]) => ({
  errorCode: "",
  errorMessage: "",
  content,
  pageable: { page: 0, size: 200, totalPages: 1, totalElements: content.length },
});
const row = (n: number, status: string) => ({ requestId: `${key}-${n}`, status });
const refused = (errorCode: string) => ({ errorCode, errorMessage: marker, content: "", pageable: null });

export const documents = [
  document("RUNNING", page(row(1, "OPEN"))),
  document("SETTLED SUCCEEDED", page(row(1, "SUCCESS"), row(2, "SUCCESS"))),
  document("SETTLED FAILED", page(row(1, "FAILURE"), row(2, "INTERNAL_ERROR"))),
  document("SETTLED PARTIAL", page(row(1, "SUCCESS"), row(2, "FAILURE"))),
  document("RUNNING", page(row(1, "SUCCESS"), row(2, "OPEN"))),
  document("SETTLED SUCCEEDED", page({ status: "SUCCESS" }, { status: "SUCCESS" })),
  document("NotFound", refused("GLOBAL_1003"), 404),
  document("ProviderUnavailable (the provider's code)", refused("GLOBAL_1001"), 503),
] as const;

const named = (n: number, more: object) => ({
  errorCode: "",
  errorMessage: "",
  requestId: `${key}-${n}`,
  subscriberIdentifiers: { type: "IMSI", value: nodes[n - 1] },
  content: {},
  ...more,
});
const acceptances = [
  document("accepted", { bulk: [named(1, {}), named(2, {})], pageable: null }, 200, { "request-id": key }),
  document(
    "refused ProviderRejected (the provider's code)",
    { bulk: [named(2, { errorCode: "GLOBAL_2001", errorMessage: marker, requestId: "" })], pageable: null },
    400,
  ),
] as const;

/** The documented final words of a row. */
const final = ["SUCCESS", "FAILURE", "INTERNAL_ERROR"] as const;

/** The words of the rows, of which the last with an id counts. Undefined stands for a row without a word. */
function wordsOf(told: Told): readonly unknown[] {
  const rows = listOf(own(jsonOf(told), "content"));
  const last = new Map(rows.map((each, n) => [nameOf(each) ?? n, own(each, "status")]));
  return [...last.values()];
}

function nameOf(row: unknown): string | null {
  return textOf(own(row, "requestId")) || null;
}

const refuses = (told: Told): boolean => /^[A-Z]+_\d+$/.test(textOf(own(jsonOf(told), "errorCode")) ?? "");

export const proof: Proof = {
  settled(told) {
    const words = wordsOf(told);
    const all = words.every((word) => final.some((one) => one === word));
    return hasWord(told, ...final) && words.length > 0 && all && !refuses(told);
  },
  succeeded: (told) => hasWord(told, "SUCCESS") && wordsOf(told).every((word) => word === "SUCCESS"),
};

export const subject: WireSubject = {
  id: "flolive",
  vocabulary: {
    keys: ['"requestId"', '"status"', '"content"', '"errorCode"', '"pageable"', '"totalPages"', '"size"', '"bulk"'],
    values: [
      ...['"OPEN"', '"SUCCESS"', '"FAILURE"', '"INTERNAL_ERROR"', '"success"', '"ON_HOLD"', '"GLOBAL_1001"', '"ok"'],
      ...[`"${marker}"`, `"${key}-1"`, `"${key}-2"`, `"${key}"`, "3", '"425190123456789"', '"MSISDN"'],
      ...['{"requestId":"a","status":"SUCCESS"}', '{"__proto__":{"status":"SUCCESS"}}', '[{"status":"SUCCESS"}]'],
    ],
  },
  foreign: JSON.stringify(page(row(1, "SUCCESS"))),
  // Read, it is a page beyond the last.
  good: ({ method }) =>
    method === "GET" ? json(page()) : json({ bulk: [], pageable: null }, 200, { "request-id": key }),

  connect(origin, upstream) {
    const { fetchMany, submit } = flolive.connect(flolive.settings.parse({ FLOLIVE_URL: origin }), upstream);
    const prepared = submit.prepare(bulk);
    const elsewhere = new Map(prepared.snapshot.items.map((item, n) => [`${key}-${n + 1}`, item] as const));
    const { unknownId } = flolive;
    const known: readonly Known[] = [
      { snapshot: null, elsewhere: new Map() },
      { snapshot: prepared.snapshot, elsewhere: new Map() },
      {
        snapshot: {
          ...prepared.snapshot,
          items: prepared.snapshot.items.map((item, n) => ({ ...item, key: `${key}-${n + 1}` })),
        },
        elsewhere,
      },
    ];
    return [
      {
        name: "bulkCall",
        documents,
        // Of pages without an end three are enough: the fourth is empty.
        aims: ({ url }) => Number(/page=(\d+)/.exec(url)?.[1] ?? 0) < 3,
        call: async () =>
          calledRead(await fetchMany([{ key, fields: null }], { priority: "lookup" }), { known, proof, unknownId }),
      },
      {
        name: "submitBulkCall",
        documents: acceptances,
        aims: () => true,
        call: async () =>
          calledWrite(await submit.send(bulk, prepared, { priority: "write" }), {
            isWrite: ({ method }) => method === "PUT",
            most: () => 1,
            accepted: ({ key: given, snapshot }, told) => {
              if (!succeeded(told) || told.headers["request-id"]?.trim() !== given)
                return `accepted as ${given}, which was not answered`;
              return snapshot.standing.state === "PENDING" ? null : "an acceptance settled it";
            },
          }),
      },
    ];
  },
};
