/** Cleeng access: decisions, in a batch over JSON-RPC and one by one over REST. Nothing settles; granting is what must be proven. */
import type { AccessClient, AccessDecision, AccessKey } from "../../../src/datasources/cleeng-access/client.ts";
import { cleengAccess } from "../../../src/datasources/cleeng-access/index.ts";
import { isProblem, type Problem } from "../../../src/datasources/problems.ts";
import type { Told } from "./answer.ts";
import { broken, labelOfProblem, marker, problemComplaint } from "./judge.ts";
import { hasWord, jsonOf, listOf, own, succeeded, textOf } from "./proof.ts";
import { json } from "./server.ts";
import { type Called, document, type WireSubject } from "./subject.ts";

const customerToken = "fuzz-customer-token";
const offers = ["S100000001_US", "S100000002", "S100000003"] as const;
const keys = offers.map((offerId): AccessKey => ({ offerId, customerToken, ipAddress: null }));

const granted = {
  accessGranted: true,
  grantType: "direct-purchase",
  expiresAt: 1_893_456_000,
  purchasedDirectly: true,
};
const denied = { accessGranted: false, grantType: null, expiresAt: null, purchasedDirectly: false };
const row = (id: number, result: unknown, error: unknown = null) => ({ result, id: String(id), error, jsonrpc: "2.0" });

const batches = [
  document("granted, granted, granted", [row(1, granted), row(2, granted), row(3, granted)]),
  document("granted, denied, granted", [row(3, granted), row(1, granted), row(2, denied)]),
  document("NotFound, denied, denied", [row(1, null, { code: 4, message: marker }), row(2, denied), row(3, denied)]),
  document("ProviderUnavailable (the provider's code) three times", {
    ...row(0, null, { code: -32603, message: marker }),
  }),
] as const;

const entitlements = [
  document("granted", { responseData: { accessGranted: true, expiresAt: 1_893_456_000 }, errors: [] }),
  document("denied", { responseData: { accessGranted: false, expiresAt: null }, errors: [] }),
  document("ProviderRejected (the provider's code)", { errors: [{ code: "AUTH0002", message: marker }] }, 401),
] as const;

/** By id: of exactly one row with it, and no error beside the decision. A lone object is a batch of one. */
function grantsInBatch(told: Told, place: number): boolean {
  const value = jsonOf(told);
  const rows = Array.isArray(value) ? value : [value];
  const ours = rows.filter((each) => textOf(own(each, "id")) === String(place + 1));
  return ours.length === 1 && own(ours[0], "result", "accessGranted") === true && !own(ours[0], "error");
}

function grantsAlone(told: Told): boolean {
  const value = jsonOf(told);
  return own(value, "responseData", "accessGranted") === true && listOf(own(value, "errors")).length === 0;
}

function called(
  results: ReadonlyArray<AccessDecision | Problem>,
  asked: readonly AccessKey[],
  grants: (told: Told, place: number) => boolean,
): Called {
  if (results.length !== asked.length) return broken(`expected ${asked.length} results; got ${results.length}`);
  const labels = results.map((one) =>
    isProblem(one) ? labelOfProblem(one) : one.accessGranted ? "granted" : "denied",
  );
  const alike = labels.length > 1 && isProblem(results[0]) && labels.every((label) => label === labels[0]);
  return {
    label: alike ? `${labels[0]} three times` : labels.join(", "),
    judge(told) {
      for (const [place, one] of results.entries()) {
        const wrong = isProblem(one) ? problemComplaint(one) : decisionComplaint(one, asked[place]?.offerId ?? "");
        if (wrong !== null) return wrong;
        if (!isProblem(one) && one.accessGranted && !(hasWord(told, "true") && grants(told, place))) {
          return `access to ${one.offerId} was granted by an answer that does not say so`;
        }
      }
      return null;
    },
  };
}

function decisionComplaint(
  { offerId, accessGranted, grantType, expiresAt }: AccessDecision,
  wanted: string,
): string | null {
  if (offerId !== wanted) return `expected a decision on ${wanted}; got one on ${offerId}`;
  if (typeof accessGranted !== "boolean") return `expected a decision; got ${String(accessGranted)}`;
  if (grantType !== null && typeof grantType !== "string") return "expected a grant type as text, or none";
  return expiresAt === null || /^\d{4}-\d\d-\d\dT/.test(expiresAt) ? null : `expected an instant; got ${expiresAt}`;
}

export const subject: WireSubject = {
  id: "cleeng-access",
  vocabulary: {
    keys: [
      '"id"',
      '"result"',
      '"error"',
      '"accessGranted"',
      '"grantType"',
      '"expiresAt"',
      '"responseData"',
      '"errors"',
    ],
    values: [
      ...["true", "false", '"true"', "1", "2", '"1"', '"2"', '"01"', "1.0", "-32603", "4", '"4"', '"AUTH0001"'],
      ...[`"${marker}"`, '"direct-purchase"', "253402300800", '"2099-01-01"', '"1893456000"', '{"accessGranted":true}'],
      ...['{"__proto__":{"accessGranted":true}}', '{"id":"1","result":{"accessGranted":true},"error":null}'],
    ],
  },
  foreign: JSON.stringify([row(1, granted), row(2, granted), row(3, granted)]),
  good: () => json([row(1, denied), row(2, denied), row(3, denied)]),

  connect(origin, upstream) {
    const connect = (transport: "json-rpc" | "rest"): AccessClient =>
      cleengAccess.connect(
        cleengAccess.settings.parse({
          CLEENG_ACCESS_TRANSPORT: transport,
          CLEENG_API_URL: `${origin}/3.0/json-rpc`,
          CLEENG_ENTITLEMENTS_URL: origin,
        }),
        upstream,
      );
    const [rpc, rest] = [connect("json-rpc"), connect("rest")];
    const one = keys.slice(0, 1);
    return [
      {
        name: "access over JSON-RPC",
        documents: batches,
        aims: () => true,
        call: async () =>
          called(
            await rpc.checkMany(keys, { priority: "lookup" }),
            keys,
            (told, place) => told.status < 500 && grantsInBatch(told, place),
          ),
      },
      {
        name: "access over REST",
        documents: entitlements,
        aims: () => true,
        call: async () =>
          called(
            await rest.checkMany(one, { priority: "lookup" }),
            one,
            (told) => succeeded(told) && grantsAlone(told),
          ),
      },
    ];
  },
};
