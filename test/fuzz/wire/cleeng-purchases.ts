/** Cleeng purchases: a synchronization's status, and the acceptance of a purchase or a transfer. */
import { cleengPurchases } from "../../../src/datasources/cleeng-purchases/index.ts";
import type { Known } from "../../../src/datasources/contract.ts";
import { calledRead, calledWrite, marker } from "./judge.ts";
import { hasWord, jsonOf, own } from "./proof.ts";
import { json } from "./server.ts";
import { document, type Proof, type WireSubject } from "./subject.ts";

export const key = "fuzz-synchronization";
const purchase = { customerId: "100000001", transactionId: "t", ipAddress: null, correlationId: "fuzz-correlation" };

const results = [
  "RECEIVED_EXPIRED_PURCHASE",
  "TRANSACTION_ID_NOT_FOUND",
  "PURCHASE_OWNERSHIP_TRANSFERRED",
  "PURCHASE_OWNERSHIP_UNCHANGED",
] as const;

export const documents = [
  document("RUNNING", { status: "processing", correlationId: key }),
  document("RETRYING", { status: "retrying", correlationId: key }),
  document("SETTLED SUCCEEDED", { status: "finalized", accessGranted: true, offerId: "S580476507_US" }),
  document("SETTLED FAILED", { status: "finalized", accessGranted: false }),
  ...results.map((result) => document("SETTLED FAILED", { status: "finalized", accessGranted: false, result })),
  document("NotFound", { code: "REQ0100", message: marker }, 404),
  document("ProviderUnavailable PROVIDER_ERROR", { errors: [{ message: marker }] }, 500),
] as const;

const acceptances = [
  document("accepted", { synchronizationId: key }, 202),
  document(
    "refused ProviderRejected (the provider's code)",
    { code: "REQ0001", message: marker, errors: [{ code: "REQ0001" }] },
    400,
  ),
  document("refused AlreadyRunning (the provider's code)", { code: "SK2C0101", message: marker }, 409),
] as const;

export const proof: Proof = {
  settled(told) {
    const value = jsonOf(told);
    const says = typeof own(value, "accessGranted") === "boolean" || typeof own(value, "result") === "string";
    return hasWord(told, "finalized") && own(value, "status") === "finalized" && says;
  },
  succeeded: (told) => hasWord(told, "true") && own(jsonOf(told), "accessGranted") === true,
};

export const subject: WireSubject = {
  id: "cleeng-purchases",
  vocabulary: {
    keys: ['"status"', '"accessGranted"', '"offerId"', '"result"', '"code"', '"synchronizationId"', '"STATUS"'],
    values: [
      ...[
        '"finalized"',
        '"Finalized"',
        '" finalized"',
        '"processing"',
        '"retrying"',
        "true",
        "false",
        '"true"',
        "null",
      ],
      ...['"S0001"', '"REQ0100"', `"${marker}"`, '"PURCHASE_OWNERSHIP_TRANSFERRED"', '{"status":"finalized"}'],
      ...['{"__proto__":{"status":"finalized","accessGranted":true}}', '"."', '".."', '"a/b"'],
    ],
  },
  foreign: JSON.stringify({ status: "finalized", accessGranted: true, offerId: "S000000001" }),
  good: ({ method }) => (method === "GET" ? json({ status: "processing" }) : json({ synchronizationId: key }, 202)),

  connect(origin, upstream) {
    const settings = cleengPurchases.settings.parse({ CLEENG_INAPP_URL: `${origin}/storekit2` });
    const client = cleengPurchases.connect(settings, upstream);
    const { register, transfer } = client;
    const elsewhere = new Map();
    const { unknownId } = cleengPurchases;
    const known: readonly Known[] = [
      { snapshot: null, elsewhere },
      { snapshot: register.prepare(purchase).snapshot, elsewhere },
    ];
    const writing = (write: typeof register) => ({
      name: write.mutation,
      documents: acceptances,
      aims: () => true,
      call: async () =>
        calledWrite(await write.send(purchase, write.prepare(purchase), { priority: "write" }), {
          isWrite: ({ method }) => method === "POST",
          most: () => 1,
          accepted: ({ key: given, snapshot }, told) => {
            if (own(jsonOf(told), "synchronizationId") !== given) return `accepted as ${given}, which was not answered`;
            return snapshot.standing.state === "PENDING" ? null : "an acceptance settled it";
          },
        }),
    });
    return [
      {
        name: "purchaseSync",
        documents,
        aims: () => true,
        call: async () =>
          calledRead(await client.fetchMany([{ key, fields: null }], { priority: "lookup" }), {
            known,
            proof,
            unknownId,
          }),
      },
      writing(register),
      writing(transfer),
    ];
  },
};
