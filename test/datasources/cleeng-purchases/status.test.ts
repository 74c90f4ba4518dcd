import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  pending,
  problemOf,
  snapshotOf,
  submittedIn,
  unknownId,
} from "../../../src/datasources/cleeng-purchases/status.ts";
import { readErrorCode, synchronization } from "../../../src/datasources/cleeng-purchases/wire.ts";
import { isProblem } from "../../../src/datasources/problems.ts";

const nothingSubmitted = submittedIn(null);

/** The snapshot of an answer's body; null where nothing can be read from it. */
function read(body: unknown) {
  const parsed = synchronization.safeParse(body);
  return parsed.success ? (snapshotOf("id", parsed.data)?.(nothingSubmitted) ?? null) : null;
}

describe("how far a synchronization is", () => {
  test.each([
    [{ status: "processing" }, "RUNNING", null],
    [{ status: "retrying" }, "RETRYING", null],
    [{ status: "queued" }, "RUNNING", null],
    [{ status: "Finalized", accessGranted: true }, "RUNNING", null],
    [{ status: "constructor" }, "RUNNING", null],
    [{ status: "finalized", accessGranted: true }, "SETTLED", "SUCCEEDED"],
    [{ status: "finalized", accessGranted: true, result: "PURCHASE_OWNERSHIP_TRANSFERRED" }, "SETTLED", "SUCCEEDED"],
    [{ status: "finalized", accessGranted: false }, "SETTLED", "FAILED"],
    [{ status: "finalized", result: "RECEIVED_EXPIRED_PURCHASE" }, "SETTLED", "FAILED"],
    [{ status: "finalized", accessGranted: null, result: "A_RESULT_OF_TOMORROW" }, "SETTLED", "FAILED"],
  ])("%j", (body, state, outcome) => {
    const snapshot = read(body);
    expect(snapshot?.standing).toMatchObject(outcome === null ? { state } : { state, outcome });
    expect(snapshot?.providerStatus).toBe(body.status);
  });

  test.each([
    null,
    [],
    {},
    { status: "" },
    { status: null },
    { status: 3 },
    { status: "x".repeat(201) },
    { status: "finalized" },
    { status: "finalized", accessGranted: null },
    { status: "finalized", accessGranted: "true" },
    { status: "finalized", accessGranted: 1 },
    { status: "finalized", accessGranted: "false", result: "RECEIVED_EXPIRED_PURCHASE" },
    { status: "finalized", accessGranted: null, result: null },
    { status: "finalized", result: ["RECEIVED_EXPIRED_PURCHASE"] },
    { status: "finalized", result: "" },
  ])("nothing is decided from %j", (body) => {
    expect(read(body)).toBeNull();
  });

  test.each([
    ["RECEIVED_EXPIRED_PURCHASE", /expired/],
    ["TRANSACTION_ID_NOT_FOUND", /does not know this transaction/],
    ["PURCHASE_OWNERSHIP_TRANSFERRED", /owner/],
    ["PURCHASE_OWNERSHIP_UNCHANGED", /owner/],
    ["A_RESULT_OF_TOMORROW", /without granting access/],
    ["toString", /without granting access/],
    [undefined, /no reason/],
  ])("an end without access says why: %s", (result, message) => {
    const snapshot = read({ status: "finalized", accessGranted: false, result, offerId: "S580476507" });
    expect(snapshot?.standing).toMatchObject({
      outcome: "FAILED",
      problem: {
        type: "ProviderRejected",
        provider: "CLEENG",
        code: result ?? "FINALIZED_WITHOUT_ACCESS",
        message: expect.stringMatching(message),
      },
    });
    expect(snapshot?.fields).toMatchObject({ accessGranted: false, offerId: null, result: result ?? null });
  });

  test.each(["<script>", "No access, said they.", "\u0000", "x".repeat(65), "\ud83d\ude00"])(
    "a result that looks like no code is shown as the result, and is no problem's code: %j",
    (result) => {
      const snapshot = read({ status: "finalized", accessGranted: false, result });
      expect(snapshot?.standing).toMatchObject({ outcome: "FAILED", problem: { code: "FINALIZED_WITHOUT_ACCESS" } });
      expect(snapshot?.fields).toMatchObject({ result });
    },
  );

  test.each([{}, { accessGranted: null }])("an end with a result alone is one without access (%j)", (granted) => {
    const snapshot = read({ status: "finalized", result: "TRANSACTION_ID_NOT_FOUND", offerId: "S1", ...granted });
    expect(snapshot?.standing).toMatchObject({ outcome: "FAILED", problem: { code: "TRANSACTION_ID_NOT_FOUND" } });
    expect(snapshot?.fields).toMatchObject({ accessGranted: false, offerId: null, result: "TRANSACTION_ID_NOT_FOUND" });
  });

  test("before the end, access, offer and result are not taken in", () => {
    const fields = read({ status: "processing", accessGranted: true, offerId: "S580476507", result: "X" })?.fields;
    expect(fields).toMatchObject({ accessGranted: null, offerId: null, result: null });
  });

  test("an offer or a result of a wrong type spoils nothing else", () => {
    const snapshot = read({ status: "finalized", accessGranted: true, offerId: 5, result: ["x"] });
    expect(snapshot).toMatchObject({ standing: { outcome: "SUCCEEDED" }, fields: { offerId: null, result: null } });
  });

  test("whatever comes, only finalized with a boolean, or with a result in its place, settles", () => {
    const words = fc.oneof(fc.constantFrom("processing", "retrying", "finalized"), fc.string(), fc.anything());
    const granted = fc.oneof(fc.boolean(), fc.constant(null), fc.anything());
    const bodies = fc.oneof(
      fc.record(
        { status: words, accessGranted: granted, result: fc.oneof(fc.string(), fc.anything()), offerId: fc.anything() },
        { requiredKeys: [] },
      ),
      fc.anything(),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        const snapshot = read(body);
        const { status, accessGranted, result } = (body ?? {}) as Record<string, unknown>; // whatever it is
        const explained = typeof result === "string" && result !== "" && result.length <= 200;
        const decided = typeof accessGranted === "boolean" || ((accessGranted ?? null) === null && explained);
        expect(snapshot?.standing.state === "SETTLED").toBe(status === "finalized" && decided);
      }),
    );
  });
});

describe("what was submitted", () => {
  test("survives the way through a snapshot", () => {
    const submitted = { customerId: "123456789", storeTransactionId: "t", transfer: true };
    expect(submittedIn(pending("id", submitted).fields)).toEqual(submitted);
  });

  test("is read as unknown where it has a wrong type", () => {
    expect(submittedIn({ customerId: 5, storeTransactionId: null, transfer: "yes" })).toEqual(nothingSubmitted);
  });
});

describe("which problem an error is", () => {
  test.each([
    [404, "REQ0100", "read", "NotFound", "REQ0100"],
    [404, null, "read", "NotFound", "REQ0100"],
    [404, "S0404", "read", "NotFound", "REQ0100"],
    [404, null, "write", "ProviderRejected", "PROVIDER_ERROR"],
    [400, "REQ0001", "write", "ProviderRejected", "REQ0001"],
    [400, "REQ0003", "read", "ProviderRejected", "REQ0003"],
    [400, "REQ0004", "read", "ProviderRejected", "REQ0004"],
    [409, "SK2C0101", "write", "AlreadyRunning", "SK2C0101"],
    [409, "SK2C0103", "write", "AlreadyRunning", "SK2C0103"],
    [409, "SK2C0104", "write", "AlreadyRunning", "SK2C0104"],
    [422, "SK2C0100", "write", "ProviderRejected", "SK2C0100"],
    [422, "SK2C0005", "write", "ProviderRejected", "SK2C0005"],
    [500, "SK2C0004", "write", "ProviderUnavailable", "SK2C0004"],
    [401, "AUTH0001", "read", "ProviderUnavailable", "AUTH0001"],
    [401, "AUTH0002", "read", "ProviderUnavailable", "AUTH0002"],
    [401, "AUTH0003", "write", "ProviderUnavailable", "AUTH0003"],
    [401, null, "write", "ProviderUnavailable", "PROVIDER_ERROR"],
    [403, null, "read", "ProviderUnavailable", "PROVIDER_ERROR"],
    [403, "XX0001", "read", "ProviderUnavailable", "XX0001"],
    [418, "NEW0001", "write", "ProviderRejected", "NEW0001"],
    [409, null, "write", "AlreadyRunning", "ALREADY_RUNNING"],
    [409, null, "read", "ProviderRejected", "PROVIDER_ERROR"],
    [409, "NEW0001", "write", "ProviderRejected", "NEW0001"],
    [409, "SK2C0101", "read", "ProviderRejected", "SK2C0101"],
    [500, "S1234", "read", "ProviderUnavailable", "S1234"],
    [500, "REQ0001", "write", "ProviderUnavailable", "REQ0001"],
    [503, null, "read", "ProviderUnavailable", "PROVIDER_ERROR"],
  ] as const)("%i with %s on a %s: %s", (status, code, effect, type, expected) => {
    expect(problemOf(status, code, effect)).toMatchObject({ type, code: expected });
  });

  test("an unknown customer is said of customerId", () => {
    expect(problemOf(422, "SK2C0100", "write")).toMatchObject({ fields: [{ path: "customerId" }] });
  });

  test.each([
    [{ code: "REQ0100", message: "m" }, "REQ0100"],
    [{ errors: [{ code: "REQ0100" }] }, "REQ0100"],
    [{ errors: ["REQ0100"], message: "m" }, "REQ0100"],
    [{ code: 7, errors: [{ code: "REQ0100" }, { code: "REQ0001" }] }, "REQ0100"],
    [{ code: "REQ0001", errors: [{ code: "REQ0100" }] }, "REQ0001"],
    [{ message: "SK2C0101" }, "SK2C0101"],
    [{ message: "Refused with SK2C0101." }, "SK2C0101"],
    [{ errors: ["SK2C0101: Purchase locked"] }, "SK2C0101"],
    [{ errors: [{ message: "SK2C0103: Purchase locked" }] }, "SK2C0103"],
    [{ code: "CONFLICT", errors: [{ code: "SK2C0101" }] }, "SK2C0101"],
    [{ code: "CONFLICT", message: "SK2C0104" }, "SK2C0104"],
    [{ code: "REQ9999", errors: ["REQ0001"] }, "REQ0001"],
    [{ message: "REQ9998 or REQ9999" }, "REQ9998"],
    [{ code: "S0001", errors: [] }, "S0001"],
    [{ code: "CONFLICT", message: "Locked" }, "CONFLICT"],
    [{ errors: {}, message: "AUTH0002" }, "AUTH0002"],
    [{ message: `${"-".repeat(1000)} REQ0001` }, null],
    [{ message: "xREQ0001 REQ00012 req0001" }, null],
    [{ errors: ["Entity not found"] }, null],
    [{ code: "token-abc123" }, null],
    [{ code: "A".repeat(40) }, null],
    [{ errors: [] }, null],
    ["REQ0100", null],
    [undefined, null],
  ])("the code of %j is %s", (body, code) => {
    expect(readErrorCode(body)).toBe(code);
  });

  test("any status and code gives a problem whose sentence is ours", () => {
    const statuses = fc.integer({ min: 400, max: 599 });
    const codes = fc.option(fc.stringMatching(/^[A-Z][A-Z0-9_]{2,31}$/));
    fc.assert(
      fc.property(statuses, codes, fc.constantFrom("read" as const, "write" as const), (status, code, effect) => {
        const problem = problemOf(status, code, effect);
        expect(isProblem(problem)).toBe(true);
        if (problem.type === "NotFound") expect(problem).toEqual(unknownId);
        else if (code !== null) expect(problem.code).toBe(code);
        if (status >= 500) expect(problem.type).toBe("ProviderUnavailable");
      }),
    );
  });
});
