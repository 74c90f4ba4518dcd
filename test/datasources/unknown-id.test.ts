/**
 * What a provider's client says of an id that the provider does not know is what its definition says that it says. By it
 * the gateway answers for ids that are somebody else's, so a word of difference would tell the two apart.
 */
import { describe, expect, test } from "@jest/globals";
import type { AnyOperationProvider } from "../../src/datasources/contract.ts";
import { providers } from "../../src/datasources/index.ts";
import { surveyKey } from "../../src/datasources/purespectrum/index.ts";
import { startSandbox } from "../../src/sandbox/index.ts";
import { ManualClock } from "../support/clock.ts";
import { testUpstream } from "../support/upstream.ts";
import { documentedErrors } from "./conformance/documented-errors.ts";
import { loadSubject, onBench, problemOf } from "./conformance/harness.ts";

const operationProviders = providers.flatMap((one): AnyOperationProvider[] => (one.type === "operation" ? [one] : []));

/** Where a sandbox takes any other id for one that exists. */
const unknownToSandbox: ReadonlyMap<string, string> = new Map([["purespectrum", surveyKey("100", "missing")]]);

test("every registered provider of operations is held to it", () => {
  expect(operationProviders.map(({ kind }) => kind).sort()).toEqual([
    "BULK_CALL",
    "PARTNER_BATCH",
    "PURCHASE_SYNC",
    "SURVEY_TRANSACTION",
  ]);
});

describe.each(operationProviders.map((definition) => [definition.id, definition] as const))("%s", (id, definition) => {
  const { unknownId } = definition;

  test("the sandbox knows no such id", async () => {
    const subject = await loadSubject(id);
    const sandbox = await startSandbox(definition, { clock: new ManualClock(), random: () => 0, speed: 1 });
    const upstream = testUpstream();
    try {
      const client = definition.connect(
        definition.settings.parse(definition.sandbox.settings(sandbox.origin)),
        upstream,
      );
      const key = unknownToSandbox.get(id) ?? subject.key(1);
      expect(await client.fetchMany([{ key, fields: null }], { priority: "lookup" })).toEqual([unknownId]);
    } finally {
      await upstream.dispose();
      await sandbox.dispose();
    }
  });

  test("a decoy is asked for as the id that it stands for: by the same path, and another id in it", async () => {
    const subject = await loadSubject(id);
    const key = subject.key(1);
    const decoy = definition.decoyOf?.(key) ?? "";
    expect(decoy).toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(definition.decoyOf?.(key)).toBe(decoy);
    expect(definition.decoyOf?.(subject.key(2))).not.toBe(decoy);
    const both = { ...subject, key: (n: number) => (n === 1 ? key : decoy) };
    await onBench(both, subject.absent, async ({ ask, reads }) => {
      for (const n of [1, 2]) expect((await ask([n])).map(problemOf)).toEqual([unknownId]);
      expect(reads).toHaveLength(2);
      const [real, asked] = reads.map(({ received }) => received);
      const last = (url = "") => url.split("?", 1)[0]?.split("/").at(-1) ?? "";
      expect(last(asked?.url)).not.toBe(last(real?.url));
      expect(asked?.url.replace(last(asked?.url), "")).toBe(real?.url.replace(last(real?.url), ""));
      expect(asked?.method).toBe(real?.method);
    });
  });

  test("the provider answers as it is documented to, to a read or a write", async () => {
    const subject = await loadSubject(id);
    await onBench(subject, subject.absent, async ({ askOne }) => {
      expect(problemOf(await askOne())).toEqual(unknownId);
    });
    const errors = (documentedErrors[id] ?? []).filter(({ problem }) => problem === "NotFound");
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) {
      await onBench(
        subject,
        (received) => subject.refuse(error, received),
        async ({ askOne, write }) => {
          if (error.asked === "read") expect(problemOf(await askOne())).toEqual(unknownId);
          else expect(await write(error.asked)).toEqual({ type: "refused", problem: unknownId });
        },
      );
    }
  });
});
