import { expect, test } from "@jest/globals";
import {
  type BulkAction,
  bulkCallInput,
  type SubscriberIdentifierType,
} from "../../../src/datasources/flolive/input.ts";
import { parseInput } from "../../../src/datasources/input.ts";

const types = ["IMSI", "ICCID", "MSISDN", "IMEI", "IMEISV"] as const;
const imsi = { identifierType: "IMSI", identifier: "425010000000001" };
const active = { ...imsi, status: "ACTIVE" };

function paths(value: unknown): readonly string[] {
  const parsed = parseInput(bulkCallInput, value);
  return parsed.ok ? [] : parsed.problem.fields.map(({ path }) => path);
}

test.each([
  ["SUBSCRIBER_STATUS", { status: "SUSPEND" }, ["IMSI", "ICCID", "MSISDN", "IMEI"]],
  ["SUBSCRIBER_PCRF", { throttlingGroupId: "17" }, ["IMSI"]],
  ["RESET_ACTIVATION_TIME", {}, types],
] as const)("%s takes its identifier types and no others", (action: BulkAction, content, taken) => {
  for (const identifierType of types) {
    const found = paths({ action, nodes: [{ ...imsi, ...content, identifierType }] });
    const takes: readonly SubscriberIdentifierType[] = taken;
    expect(found).toEqual(takes.includes(identifierType) ? [] : ["nodes.0.identifierType"]);
  }
});

test.each(["ACTIVE", "SUSPEND", "INACTIVE", "TERMINATED"])("the status %s is taken", (status) => {
  expect(paths({ action: "SUBSCRIBER_STATUS", nodes: [{ ...imsi, status }] })).toEqual([]);
});

test("a field is refused where it does not belong, and missed where it does; null is none", () => {
  const group = { ...imsi, throttlingGroupId: "17" };
  expect(
    paths({ action: "SUBSCRIBER_STATUS", nodes: [active, imsi, group, { ...active, throttlingGroupId: null }] }),
  ).toEqual(["nodes.1.status", "nodes.2.status", "nodes.2.throttlingGroupId"]);
  expect(paths({ action: "SUBSCRIBER_PCRF", nodes: [group, { ...imsi, throttlingGroupId: null }, active] })).toEqual([
    "nodes.1.throttlingGroupId",
    "nodes.2.status",
    "nodes.2.throttlingGroupId",
  ]);
  expect(paths({ action: "RESET_ACTIVATION_TIME", nodes: [imsi, active, group] })).toEqual([
    "nodes.1.status",
    "nodes.2.throttlingGroupId",
  ]);
});

test("every bad node is named in one go, and the sentence says what is wrong", () => {
  const nodes = [
    active,
    { ...active, identifier: "" },
    { ...active, identifierType: "IMEISV" },
    { ...active, identifier: "1".repeat(65) },
    { ...active, identifier: "1\n2" },
    { ...active, identifier: "\ud800" },
    { ...active, identifier: " 12" },
    imsi,
  ];
  const parsed = parseInput(bulkCallInput, { action: "SUBSCRIBER_STATUS", nodes });
  expect(parsed).toMatchObject({ ok: false, problem: { type: "InvalidInput", code: "INVALID_INPUT" } });
  expect([...paths({ action: "SUBSCRIBER_STATUS", nodes })].sort()).toEqual([
    "nodes.1.identifier",
    "nodes.2.identifierType",
    "nodes.3.identifier",
    "nodes.4.identifier",
    "nodes.5.identifier",
    "nodes.6.identifier",
    "nodes.7.status",
  ]);
  expect(parsed.ok ? "" : parsed.problem.message).toContain(
    "nodes.1.identifier: Expected 1 to 64 characters; it is empty.",
  );
});

test("1 to 200 nodes are taken, more are refused as a whole", () => {
  const action = "SUBSCRIBER_STATUS";
  expect(paths({ action, nodes: [] })).toEqual(["nodes"]);
  expect(paths({ action, nodes: Array.from({ length: 200 }, () => active) })).toEqual([]);
  expect(paths({ action, nodes: Array.from({ length: 201 }, () => ({ ...active, identifier: "" })) })).toEqual([
    "nodes",
  ]);
});
