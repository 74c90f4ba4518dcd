import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { type AnyProvider, defineDecisionProvider, defineOperationProvider } from "../../src/datasources/contract.ts";
import { notFound } from "../../src/datasources/problems.ts";
import { createRegistry } from "../../src/datasources/registry.ts";

const shared = {
  title: "Acme",
  envPrefix: "ACME",
  settings: z.object({ ACME_URL: z.string() }),
  configuredBy: "ACME_URL",
  secrets: [],
  sandbox: { magic: [], routes: () => {}, settings: (origin: string) => ({ ACME_URL: origin }) },
};

function operation(id: string, provider: string, kind: string): AnyProvider {
  const connect = () => ({ fetchMany: async () => [] });
  const unknownId = notFound("Acme knows no such work.");
  return defineOperationProvider({ ...shared, id, provider, kind, unknownId, deadlineSeconds: 60, connect });
}
function decision(id: string, provider: string): AnyProvider {
  return defineDecisionProvider({ ...shared, id, provider, connect: () => ({}) });
}

describe("the registry", () => {
  test("finds definitions by id, by vendor and by kind", () => {
    const gate = decision("acme-gate", "ACME");
    const works = operation("acme-works", "ACME", "ACME_WORK");
    const bolt = operation("bolt", "BOLT", "BOLT_JOB");
    const { byId, byProvider, operationProviderByKind } = createRegistry([gate, works, bolt]);
    expect([...byId]).toEqual([
      ["acme-gate", gate],
      ["acme-works", works],
      ["bolt", bolt],
    ]);
    expect([...byProvider]).toEqual([
      ["ACME", [gate, works]],
      ["BOLT", [bolt]],
    ]);
    expect([...operationProviderByKind]).toEqual([
      ["ACME_WORK", works],
      ["BOLT_JOB", bolt],
    ]);
  });

  test("refuses two definitions of one id", () => {
    expect(() => createRegistry([decision("acme", "ACME"), operation("acme", "BOLT", "BOLT_JOB")])).toThrow(
      'Two providers have the id "acme". An id names one definition: rename or unregister one of them.',
    );
  });

  test("refuses two definitions of one kind", () => {
    expect(() => createRegistry([operation("one", "ACME", "WORK"), operation("two", "BOLT", "WORK")])).toThrow(
      'The providers "one" and "two" both claim the kind WORK. A kind belongs to one of them.',
    );
  });
});
