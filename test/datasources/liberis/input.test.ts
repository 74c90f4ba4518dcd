/** What createPartnerClients takes, and what is sent for it. */
import { describe, expect, test } from "@jest/globals";
import { parseInput } from "../../../src/datasources/input.ts";
import { MAX_CLIENTS, partnerClientsInput, toWire } from "../../../src/datasources/liberis/input.ts";

const full = {
  partnerClientId: "client-1",
  clientStartDate: new Date("2024-03-31T10:00:00Z"),
  entityType: "SoleTrader",
  otherIdentifiers: [{ key: "vat", values: ["GB1", "GB2"] }],
};

function pathsOf(value: unknown): string[] {
  const parsed = parseInput(partnerClientsInput, value);
  return parsed.ok ? [] : parsed.problem.fields.map(({ path }) => path);
}

function sent(...clients: unknown[]) {
  const parsed = parseInput(partnerClientsInput, { clients });
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return toWire(parsed.value.clients);
}

test("a full client is sent in Liberis' names, its date in ISO 8601", () => {
  expect(sent(full)).toEqual([
    {
      partner_client_id: "client-1",
      client_start_date: "2024-03-31T10:00:00.000Z",
      entity_type: "SoleTrader",
      other_identifiers: [{ key: "vat", values: ["GB1", "GB2"] }],
    },
  ]);
});

test("what was not given is not sent, neither null nor absent", () => {
  const nulls = { partnerClientId: "a", clientStartDate: null, entityType: null, otherIdentifiers: null };
  expect(sent(nulls, { partnerClientId: "b" })).toEqual([{ partner_client_id: "a" }, { partner_client_id: "b" }]);
});

test("an empty list of identifiers was given, and is sent", () => {
  expect(sent({ partnerClientId: "a", otherIdentifiers: [] })).toEqual([
    { partner_client_id: "a", other_identifiers: [] },
  ]);
});

test.each(["2024-03-31", "2024-03-31T10:00:00Z", "2024-03-31T10:00:00.123+02:00"])(
  "the date %s is sent as it is",
  (date) => {
    expect(sent({ partnerClientId: "a", clientStartDate: date })).toEqual([
      { partner_client_id: "a", client_start_date: date },
    ]);
  },
);

test("the same partnerClientId twice is Liberis' to judge", () => {
  expect(sent(full, full)).toHaveLength(2);
});

describe("each bad field is named by its path:", () => {
  const bad = (client: object) => ({ clients: [full, full, full, { ...full, ...client }] });
  test.each([
    [{}, "clients"],
    [{ clients: [] }, "clients"],
    [{ clients: ["x"] }, "clients.0"],
    [bad({ partnerClientId: "" }), "clients.3.partnerClientId"],
    [bad({ partnerClientId: "x".repeat(257) }), "clients.3.partnerClientId"],
    [bad({ partnerClientId: 7 }), "clients.3.partnerClientId"],
    [bad({ partnerClientId: "a\0b" }), "clients.3.partnerClientId"],
    [bad({ partnerClientId: "a\uD800" }), "clients.3.partnerClientId"],
    [bad({ clientStartDate: "31/03/2024" }), "clients.3.clientStartDate"],
    [bad({ clientStartDate: new Date(Number.NaN) }), "clients.3.clientStartDate"],
    [bad({ entityType: "" }), "clients.3.entityType"],
    [bad({ otherIdentifiers: "x" }), "clients.3.otherIdentifiers"],
    [bad({ otherIdentifiers: [{ key: "", values: [] }] }), "clients.3.otherIdentifiers.0.key"],
    [bad({ otherIdentifiers: [{ key: "k", values: ["a", 7] }] }), "clients.3.otherIdentifiers.0.values.1"],
  ])("%j", (value, path) => {
    expect(pathsOf(value)).toEqual([path]);
  });

  test("all of them in one go", () => {
    const clients = [{ ...full, partnerClientId: "" }, full, { ...full, entityType: "", clientStartDate: "soon" }];
    expect(pathsOf({ clients }).sort()).toEqual([
      "clients.0.partnerClientId",
      "clients.2.clientStartDate",
      "clients.2.entityType",
    ]);
  });
});

test("10,000 clients are taken, one more is not, and is one complaint", () => {
  const many = Array.from({ length: MAX_CLIENTS }, (_, n) => ({ partnerClientId: `client-${n}` }));
  expect(sent(...many)).toHaveLength(10_000);
  expect(pathsOf({ clients: [...many.map(() => ({})), {}] })).toEqual(["clients"]);
});

test("a partnerClientId of 256 characters is taken", () => {
  expect(sent({ partnerClientId: "x".repeat(256) })).toHaveLength(1);
});
