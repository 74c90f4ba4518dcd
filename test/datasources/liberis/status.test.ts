/** What answers mean: a table of words, and properties that hold whatever comes. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { JsonFields, Snapshot } from "../../../src/datasources/contract.ts";
import { acceptedBatch, pendingBatch, readBatch } from "../../../src/datasources/liberis/status.ts";
import { type BatchAnswer, type ItemState, itemStates, type Row } from "../../../src/datasources/liberis/wire.ts";

const client = (id: string, more: JsonFields = {}): JsonFields => ({ partner_client_id: id, ...more });
const row = (data: JsonFields | null, state: string | null, ...validationErrors: string[]): Row => ({
  data,
  state,
  validationErrors,
});
const answer = (status: string, ...rows: Row[]): BatchAnswer => ({ status, rows });

function compose(batch: BatchAnswer, snapshot: Snapshot | null = null): Snapshot {
  return readBatch("check-1", batch).compose({ snapshot, elsewhere: new Map() });
}
function created(...clients: JsonFields[]): Snapshot {
  return acceptedBatch(pendingBatch(clients), "check-1", "/s/check-1");
}
const statuses = ({ items }: Snapshot) => items.map(({ status }) => status);
const outcome = ({ standing }: Snapshot) => (standing.state === "SETTLED" ? standing.outcome : standing.state);

describe("before it is read, a created batch", () => {
  test("is PENDING, with every client as it was sent", () => {
    expect(pendingBatch([client("a"), client("b", { entity_type: "SoleTrader" })])).toEqual({
      standing: { state: "PENDING" },
      providerStatus: null,
      fields: { statusCheckId: null },
      items: [
        {
          position: 0,
          key: null,
          status: "PENDING",
          providerStatus: null,
          disposition: "open",
          fields: { partnerClientId: "a", validationErrors: [], data: { partner_client_id: "a" } },
        },
        {
          position: 1,
          key: null,
          status: "PENDING",
          providerStatus: null,
          disposition: "open",
          fields: {
            partnerClientId: "b",
            validationErrors: [],
            data: { partner_client_id: "b", entity_type: "SoleTrader" },
          },
        },
      ],
    });
  });

  test("keeps Liberis' id and address once it is accepted", () => {
    expect(created(client("a")).fields).toEqual({ statusCheckId: "check-1", statusCheckUri: "/s/check-1" });
    expect(acceptedBatch(pendingBatch([]), "check-1", null).fields).toEqual({ statusCheckId: "check-1" });
  });
});

describe("an item", () => {
  test.each([
    ["Pending", "PENDING", "open"],
    ["Duplicate", "DUPLICATE", "failed"],
    ["Conflict", "CONFLICT", "failed"],
    ["Failed", "FAILED", "failed"],
    ["Completed", "COMPLETED", "succeeded"],
    ["Deferred", "UNKNOWN", "open"],
    ["COMPLETED", "COMPLETED", "succeeded"],
    ["constructor", "UNKNOWN", "open"],
  ])("%s is %s, %s, and keeps the raw word", (word, status, disposition) => {
    const [item] = compose(answer("Pending", row(client("a"), word, "why"))).items;
    expect(item).toEqual({
      position: 0,
      key: null,
      status,
      providerStatus: word,
      disposition,
      fields: { partnerClientId: "a", validationErrors: ["why"], data: { partner_client_id: "a" } },
    });
  });

  test("that can't be read is UNKNOWN without a word, and only that one", () => {
    const { items } = compose(
      answer("Pending", row(client("a"), "Completed"), row(null, null), row(client("c"), "Failed")),
    );
    expect(items.map(({ status, providerStatus }) => [status, providerStatus])).toEqual([
      ["COMPLETED", "Completed"],
      ["UNKNOWN", null],
      ["FAILED", "Failed"],
    ]);
    expect(items[1]?.fields).toEqual({ partnerClientId: null, validationErrors: [], data: {} });
  });
});

describe("a batch", () => {
  const done = row(client("a"), "Completed");
  const duplicate = row(client("b"), "Duplicate", "seen");
  const conflict = row(client("c"), "Conflict", "other data");
  const failed = row(client("d"), "Failed", "bad");

  test.each<[string, BatchAnswer, string]>([
    ["Pending", answer("Pending", row(client("a"), "Pending")), "RUNNING"],
    ["Pending with finished items", answer("Pending", done, failed), "RUNNING"],
    ["Pending without items", answer("Pending"), "RUNNING"],
    ["Completed, all Completed", answer("Completed", done, done), "SUCCEEDED"],
    ["Completed, none Completed", answer("Completed", duplicate, conflict, failed), "FAILED"],
    ["Completed, some Completed", answer("Completed", done, failed), "PARTIAL"],
    ["Completed with a Pending item", answer("Completed", done, row(client("x"), "Pending")), "PARTIAL"],
    ["Completed with Pending items alone", answer("Completed", row(client("x"), "Pending")), "PARTIAL"],
    ["Completed with an unknown item", answer("Completed", done, row(client("x"), "Deferred")), "PARTIAL"],
    ["Completed with an unreadable item", answer("Completed", done, row(null, null)), "PARTIAL"],
    ["Completed with unreadable items alone", answer("Completed", row(null, null)), "PARTIAL"],
    ["Completed without items", answer("Completed"), "RUNNING"],
    ["completed in another case", answer("COMPLETED", done), "SUCCEEDED"],
    ["an unknown word", answer("Archived", done), "RUNNING"],
    ["a word that objects have", answer("toString", done), "RUNNING"],
  ])("%s", (_name, batch, expected) => {
    const snapshot = compose(batch);
    expect(outcome(snapshot)).toBe(expected);
    expect(snapshot.providerStatus).toBe(batch.status);
  });

  test.each([
    [[duplicate, duplicate], "Duplicate", "2 Duplicate"],
    [[conflict], "Conflict", "1 Conflict"],
    [[failed, failed, failed], "Failed", "3 Failed"],
    [[duplicate, conflict, failed], "Failed", "1 Duplicate, 1 Conflict, 1 Failed"],
  ])("that failed says why: %#", (rows, code, list) => {
    expect(compose(answer("Completed", ...rows)).standing).toMatchObject({
      state: "SETTLED",
      outcome: "FAILED",
      problem: { type: "ProviderRejected", provider: "LIBERIS", code, message: expect.stringContaining(`(${list})`) },
    });
  });

  test("that did not fail has no problem", () => {
    expect(compose(answer("Completed", done, failed)).standing).toEqual({
      state: "SETTLED",
      outcome: "PARTIAL",
      problem: null,
    });
    expect(compose(answer("Completed", done)).standing).toEqual({
      state: "SETTLED",
      outcome: "SUCCEEDED",
      problem: null,
    });
  });

  test("not created here gets its items from the answer, and its id from the question", () => {
    const snapshot = compose(answer("Completed", done, failed));
    expect(snapshot.fields).toEqual({ statusCheckId: "check-1" });
    expect(snapshot.items.map(({ position }) => position)).toEqual([0, 1]);
  });

  test("created here keeps the address of its status check", () => {
    expect(compose(answer("Pending"), created(client("a"))).fields).toEqual({
      statusCheckId: "check-1",
      statusCheckUri: "/s/check-1",
    });
  });

  test("Completed without items, where some were sent, runs on and loses none", () => {
    const snapshot = compose(answer("Completed"), created(client("a"), client("b")));
    expect(outcome(snapshot)).toBe("RUNNING");
    expect(statuses(snapshot)).toEqual(["PENDING", "PENDING"]);
  });
});

describe("items and rows are matched", () => {
  test("by equal data, whatever the order of rows and of fields", () => {
    const known = created(client("a", { x: 1, y: { p: 1, q: 2 } }), client("b"), client("c"));
    const rows = [
      row(client("c"), "Failed"),
      row({ y: { q: 2, p: 1 }, x: 1, partner_client_id: "a" }, "Completed"),
      row(client("b"), "Duplicate"),
    ];
    expect(statuses(compose(answer("Completed", ...rows), known))).toEqual(["COMPLETED", "DUPLICATE", "FAILED"]);
  });

  test("the n-th of equals to the n-th", () => {
    const known = created(client("a"), client("b"), client("a"));
    const rows = [row(client("a"), "Completed"), row(client("a"), "Duplicate"), row(client("b"), "Failed")];
    expect(statuses(compose(answer("Completed", ...rows), known))).toEqual(["COMPLETED", "FAILED", "DUPLICATE"]);
  });

  test("of equals the row at an item's own place goes before one that says as much elsewhere", () => {
    // Another form of what was sent: only the ids are equal, and tell nothing.
    const sent = created(client("a", { x: 1 }), client("a", { x: 2 }));
    const echo = (x: number, state: ItemState) => row(client("a", { x, y: null }), state);
    const pending = compose(answer("Pending", echo(1, "Pending"), echo(2, "Pending")), sent);
    const first = compose(answer("Pending", echo(1, "Completed"), echo(2, "Pending")), pending);
    expect(statuses(first)).toEqual(["COMPLETED", "PENDING"]);
    expect(statuses(compose(answer("Completed", echo(1, "Completed"), echo(2, "Failed")), first))).toEqual([
      "COMPLETED",
      "FAILED",
    ]);
  });

  test("so that the same answer again is no change, also where it holds more of one id than were sent", () => {
    const sent = created(client("b"), client("a"), client("d"), client("a"));
    const other = client("d", { x: 1 });
    const one = answer("Pending", row(null, null), row(other, "Failed"), row(other, "Failed"), row(client("b"), null));
    const once = compose(one, sent);
    expect(compose(one, once)).toEqual(once);
  });

  test("and a row without a word says nothing that was known", () => {
    const sent = created(client("a"), client("a"));
    const snapshot = compose(answer("Pending", row(client("a"), "Completed"), row(client("a"), null)), sent);
    expect(statuses(snapshot)).toEqual(["COMPLETED", "UNKNOWN"]);
  });

  test("by partner_client_id where Liberis wrote the data in another form, and the data stay as they were sent", () => {
    const sent = [client("a", { client_start_date: "2024-03-31T00:00:00.000Z" }), client("b")];
    const echo = [
      row(client("b", { entity_type: null }), "Failed"),
      row(client("a", { client_start_date: "2024-03-31" }), "Completed"),
    ];
    const snapshot = compose(answer("Completed", ...echo), created(...sent));
    expect(statuses(snapshot)).toEqual(["COMPLETED", "FAILED"]);
    expect(snapshot.items.map(({ fields }) => fields.data)).toEqual(sent);
  });

  test("by place where nothing else tells", () => {
    const known = created(client("a"), client("b"), client("c"));
    const rows = [row(client("C"), "Failed"), row(null, "Duplicate"), row(client("a"), "Completed")];
    expect(statuses(compose(answer("Completed", ...rows), known))).toEqual(["COMPLETED", "DUPLICATE", "FAILED"]);
  });

  test("so that an unreadable row costs no other row its item", () => {
    const known = created(client("a"), client("b"));
    const snapshot = compose(answer("Pending", row(client("b"), "Completed"), row(null, null)), known);
    expect(statuses(snapshot)).toEqual(["UNKNOWN", "COMPLETED"]);
    expect(snapshot.items[0]?.fields.partnerClientId).toBe("a");
  });

  test("and one that the answer lacks stays as it was", () => {
    const known = compose(answer("Pending", row(client("a"), "Completed"), row(client("b"), "Pending")));
    const snapshot = compose(answer("Completed", row(client("b"), "Completed")), known);
    expect(statuses(snapshot)).toEqual(["COMPLETED", "COMPLETED"]);
    expect(outcome(snapshot)).toBe("SUCCEEDED");
    expect(
      outcome(compose(answer("Completed", row(client("a"), "Completed")), created(client("a"), client("b")))),
    ).toBe("PARTIAL");
  });

  test("and one too many gets the place after the last", () => {
    const snapshot = compose(
      answer("Pending", row(client("z"), "Failed"), row(client("a"), "Completed")),
      created(client("a")),
    );
    expect(snapshot.items.map(({ position, status }) => [position, status])).toEqual([
      [0, "COMPLETED"],
      [1, "FAILED"],
    ]);
  });

  test("and one first seen unreadable gets its data when they are", () => {
    const known = compose(answer("Pending", row(null, null)));
    const [item] = compose(answer("Pending", row(client("a"), "Pending")), known).items;
    expect(item?.fields).toEqual({ partnerClientId: "a", validationErrors: [], data: { partner_client_id: "a" } });
  });
});

describe("whatever comes,", () => {
  const id = fc.constantFrom("a", "b", "c", "d");
  const anyClient = fc.record({ partner_client_id: id, entity_type: fc.constantFrom("SoleTrader", "Other") });
  const anyRow = fc.record({
    data: fc.option(anyClient, { nil: null }),
    state: fc.option(fc.constantFrom<string>(...itemStates, "Deferred"), { nil: null }),
    validationErrors: fc.array(fc.constantFrom("x", "y"), { maxLength: 2 }),
  });
  const anyAnswer = fc.record({
    status: fc.constantFrom("Pending", "Completed", "Archived"),
    rows: fc.array(anyRow, { maxLength: 8 }),
  });

  test("no item vanishes, positions count from 0, and the data sent stay", () => {
    fc.assert(
      fc.property(fc.array(anyClient, { maxLength: 8 }), fc.array(anyAnswer, { maxLength: 4 }), (sent, answers) => {
        let snapshot = created(...sent);
        for (const one of answers) {
          const before = snapshot.items.length;
          snapshot = compose(one, snapshot);
          expect(snapshot.items.length).toBeGreaterThanOrEqual(before);
          expect(snapshot.items.map(({ position }) => position)).toEqual([...snapshot.items.keys()]);
          expect(snapshot.items.slice(0, sent.length).map(({ fields }) => fields.data)).toEqual(sent);
        }
      }),
    );
  });

  test("the same answer again is no change", () => {
    fc.assert(
      fc.property(fc.array(anyClient, { maxLength: 8 }), anyAnswer, (sent, { status, rows }) => {
        // Created here, with an answer about no more than was sent; or not created here.
        const one = { status, rows: sent.length === 0 ? rows : rows.slice(0, sent.length) };
        const once = compose(one, sent.length === 0 ? null : created(...sent));
        expect(compose(one, once)).toEqual(once);
      }),
    );
  });

  test("another order of rows is no change, for rows that differ in data", () => {
    const distinct = fc.uniqueArray(anyClient, {
      selector: (data) => JSON.stringify(data),
      minLength: 1,
      maxLength: 8,
    });
    const rows = distinct.chain((clients) =>
      fc.record({
        clients: fc.constant(clients),
        rows: fc.tuple(...clients.map((data) => anyRow.map((any) => ({ ...any, data })))),
        order: fc.shuffledSubarray([...clients.keys()], { minLength: clients.length }),
        status: fc.constantFrom("Pending", "Completed"),
      }),
    );
    fc.assert(
      fc.property(rows, ({ clients, rows, order, status }) => {
        const shuffled = order.flatMap((index) => rows[index] ?? []);
        const known = created(...clients);
        const once = compose({ status, rows }, known);
        expect(compose({ status, rows: shuffled }, known)).toEqual(once);
        expect(compose({ status, rows: shuffled }, once)).toEqual(once);
      }),
    );
  });

  test("and none for rows of equal data, once each is known", () => {
    const twins = fc.array(fc.constantFrom(client("a"), client("a", { x: 1 }), client("b")), {
      minLength: 1,
      maxLength: 6,
    });
    const cases = twins.chain((clients) =>
      fc.record({
        clients: fc.constant(clients),
        rows: fc.tuple(
          ...clients.map((data) => anyRow.map((any) => ({ ...any, data, state: any.state ?? "Pending" }))),
        ),
        order: fc.shuffledSubarray([...clients.keys()], { minLength: clients.length }),
        echo: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(cases, ({ clients, rows, order, echo }) => {
        // Liberis may write the data in another form, so that only their ids are equal.
        const seen = rows.map((one) =>
          echo ? { ...one, data: client(String(one.data.partner_client_id), { y: null }) } : one,
        );
        const once = compose({ status: "Pending", rows: seen }, created(...clients));
        const shuffled = order.flatMap((index) => seen[index] ?? []);
        expect(compose({ status: "Pending", rows: shuffled }, once)).toEqual(once);
      }),
    );
  });

  test("SUCCEEDED says that every item is COMPLETED, FAILED that none is and that all have ended", () => {
    fc.assert(
      fc.property(fc.array(anyClient, { maxLength: 4 }), anyAnswer, (sent, one) => {
        const snapshot = compose(one, created(...sent));
        const dispositions = new Set(snapshot.items.map(({ disposition }) => disposition));
        if (outcome(snapshot) === "SUCCEEDED") expect([...dispositions]).toEqual(["succeeded"]);
        if (outcome(snapshot) === "FAILED") expect([...dispositions]).toEqual(["failed"]);
        if (one.status !== "Completed") expect(outcome(snapshot)).toBe("RUNNING");
      }),
    );
  });
});
