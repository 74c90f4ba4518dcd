/** Holds every registered provider to the same promises. See conformance/checks.ts for what they are. */
import { describe, expect, test } from "@jest/globals";
import { providers } from "../../src/datasources/index.ts";
import { type CheckId, checks } from "./conformance/checks.ts";
import { documentedErrors } from "./conformance/documented-errors.ts";
import { loadSubject } from "./conformance/harness.ts";
import { runs } from "./conformance/run.ts";
import { vocabulary } from "./conformance/vocabulary.ts";

const ids = Object.keys(checks) as CheckId[]; // `checks` is a literal: it has these keys and no other
const ran = new Map<string, CheckId[]>();

describe.each(providers.map(({ id }) => id))("%s", (id) => {
  test.each(ids.map((check) => [check, checks[check]] as const))("%s: %s", async (check) => {
    const subject = await loadSubject(id);
    await runs[check](subject);
    ran.set(id, [...(ran.get(id) ?? []), check]);
  });
});

describe("the suite itself", () => {
  test("a registered provider without a subject fails, in words", async () => {
    await expect(loadSubject("nobody")).rejects.toThrow(
      'The provider "nobody" is registered and has no subject. Write test/datasources/conformance/nobody.ts',
    );
  });

  test("the vocabulary, of words and of errors, is that of the registered providers", () => {
    const ids = providers.map(({ id }) => id).sort();
    expect(Object.keys(vocabulary).sort()).toEqual(ids);
    expect(Object.keys(documentedErrors).sort()).toEqual(ids);
  });

  test("ran every check of every provider", () => {
    const count = [...ran.values()].reduce((sum, { length }) => sum + length, 0);
    expect(providers.length).toBeGreaterThan(0);
    expect([count, [...ran.keys()].sort()]).toEqual([
      providers.length * ids.length,
      providers.map(({ id }) => id).sort(),
    ]);
  });
});
