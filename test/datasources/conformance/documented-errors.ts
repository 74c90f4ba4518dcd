/**
 * The error codes that the vendors document, and which problem each is here. Written from their documentation and not
 * from the providers' code, as ./vocabulary.ts is.
 */
import type { Problem } from "../../../src/datasources/problems.ts";

export interface DocumentedError {
  /** As the vendor writes it; where it documents a status alone, a code that a subject may put into the body. */
  readonly code: string;
  /** The HTTP status that it comes with. */
  readonly status: number;
  /** What was asked: a read of the work, or the write of this mutation. */
  readonly asked: "read" | (string & {});
  readonly problem: Problem["type"];
  /** The problem's code, where it is not the vendor's. */
  readonly becomes?: string;
}

const at =
  (...asked: readonly DocumentedError["asked"][]) =>
  (status: number, problem: Problem["type"], ...codes: readonly string[]): readonly DocumentedError[] =>
    codes.flatMap((code) => asked.map((one) => ({ code, status, asked: one, problem })));

const register = at("registerPurchase");
const transfer = at("transferPurchase");
const eitherPurchase = at("registerPurchase", "transferPurchase");
const read = at("read");
const bulk = at("submitBulkCall");
const clients = at("createPartnerClients");
const setStatus = at("setSurveyTransactionStatus");
const readOrSetStatus = at("read", "setSurveyTransactionStatus");

/** By the definition's id. */
export const documentedErrors: Readonly<Record<string, readonly DocumentedError[]>> = {
  "cleeng-access": [
    // 1 is about the viewer's token, not about credentials of ours.
    ...read(200, "ProviderRejected", "1", "14", "16"),
    ...read(200, "NotFound", "4"),
  ],
  "cleeng-purchases": [
    ...read(400, "ProviderRejected", "REQ0003", "REQ0004"),
    ...read(404, "NotFound", "REQ0100"),
    ...read(401, "ProviderUnavailable", "AUTH0001", "AUTH0002", "AUTH0003"),
    ...read(500, "ProviderUnavailable", "S0001"),
    ...eitherPurchase(400, "ProviderRejected", "REQ0001", "REQ0004"),
    ...register(409, "AlreadyRunning", "SK2C0101"),
    ...transfer(409, "AlreadyRunning", "SK2C0103", "SK2C0104"),
    ...eitherPurchase(422, "ProviderRejected", "SK2C0100", "SK2C0005"),
    ...eitherPurchase(500, "ProviderUnavailable", "SK2C0004"),
    ...eitherPurchase(401, "ProviderUnavailable", "AUTH0001", "AUTH0002", "AUTH0003"),
  ],
  // With which HTTP status an error comes is not published.
  flolive: [200, 400, 404, 503].flatMap((status) => [
    ...read(status, "ProviderUnavailable", "GLOBAL_1001"),
    ...read(status, "NotFound", "GLOBAL_1003"),
    ...bulk(status, "ProviderUnavailable", "GLOBAL_1001"),
    // Of a node: one bad node refuses the call. The vendor lists no codes of nodes.
    ...bulk(status, "ProviderRejected", "INVALID_SUBSCRIBER"),
  ]),
  // No codes are documented, only what is refused.
  liberis: [
    { code: "STATUS_404", status: 404, asked: "read", problem: "NotFound", becomes: "NOT_FOUND" },
    ...read(403, "ProviderUnavailable", "STATUS_403"),
    ...clients(400, "ProviderRejected", "STATUS_400"),
    ...clients(409, "ProviderRejected", "STATUS_409"),
    ...clients(422, "ProviderRejected", "STATUS_422"),
    ...clients(403, "ProviderUnavailable", "STATUS_403"),
  ],
  purespectrum: [
    ...readOrSetStatus(400, "NotFound", "1004"),
    ...setStatus(400, "ProviderRejected", "1001", "1002", "1005"),
    ...setStatus(400, "AlreadyFinal", "1003"),
    ...readOrSetStatus(401, "ProviderUnavailable", "1000"),
    ...readOrSetStatus(403, "ProviderUnavailable", "1000"),
  ],
};
