import { describe, expect, test } from "@jest/globals";
import { type Limits, limits, readLimits } from "../src/config/limits.ts";
import { createReader, docOf } from "../src/config/variable.ts";

const defaults: Readonly<Record<string, [member: keyof Limits, value: number]>> = {
  LIMIT_REQUEST_BYTES: ["requestBytes", 1_048_576],
  LIMIT_TOKENS: ["tokens", 4_000],
  LIMIT_DEPTH: ["depth", 12],
  LIMIT_ALIASES: ["aliases", 100],
  LIMIT_DIRECTIVES: ["directives", 50],
  LIMIT_REPEATED_FIELDS: ["repeatedFields", 50],
  LIMIT_COST: ["cost", 50_000],
  LIMIT_PAGE_SIZE: ["pageSize", 500],
  LIMIT_OFFERS: ["offers", 200],
  LIMIT_IDS: ["ids", 500],
  LIMIT_SUBSCRIPTION_BYTES: ["subscriptionBytes", 65_536],
  LIMIT_SUBSCRIPTIONS_PER_CONNECTION: ["subscriptionsPerConnection", 100],
  LIMIT_SUBSCRIPTIONS_PER_VIEWER: ["subscriptionsPerViewer", 1_000],
  LIMIT_CONNECTIONS_PER_VIEWER: ["connectionsPerViewer", 100],
  LIMIT_CONNECTION_INIT_SECONDS: ["connectionInitSeconds", 3],
  LIMIT_REQUESTS_PER_MINUTE: ["requestsPerMinute", 3_000],
};
const names = Object.keys(defaults);

describe("the limits", () => {
  test("have these names and defaults", () => {
    expect(Object.values(limits).map(({ name }) => name)).toEqual(names);
    expect(readLimits(createReader({}))).toEqual(Object.fromEntries(Object.values(defaults)));
  });

  test("are each read from the variable of its name", () => {
    const env = Object.fromEntries(names.map((name, index) => [name, `${index + 1}`]));
    const expected = Object.values(defaults).map(([member], index) => [member, index + 1]);
    expect(readLimits(createReader(env))).toEqual(Object.fromEntries(expected));
  });

  test.each(names)("%s takes no word, no fraction and nothing below zero, and says so in a line", (name) => {
    for (const wrong of ["many", "1.5", "-1", "99999999999999"]) {
      const reader = createReader({ [name]: wrong });
      expect(readLimits(reader)).toBeNull();
      expect(reader.complaints).toEqual([
        expect.stringMatching(`^${name}: expected a whole number from [01] to \\d+; got`),
      ]);
    }
  });

  test("tell of every wrong one at once", () => {
    const reader = createReader(Object.fromEntries(names.map((name) => [name, "x"])));
    expect(readLimits(reader)).toBeNull();
    expect(reader.complaints).toHaveLength(names.length);
  });

  test("may forbid aliases, directives and repeated fields altogether, and nothing else", () => {
    const zero = names.filter((name) => readLimits(createReader({ [name]: "0" })) !== null);
    expect(zero).toEqual(["LIMIT_ALIASES", "LIMIT_DIRECTIVES", "LIMIT_REPEATED_FIELDS"]);
  });

  test("are documented together, the default as the example, and say where each gateway counts alone", () => {
    const docs = Object.values(limits).map(docOf);
    for (const doc of docs) {
      expect(doc).toMatchObject({ group: "Limits", secret: false, example: doc.default });
      expect(doc.description).toMatch(/^How m.*\.$/);
    }
    const alone = docs.filter(({ description }) => description.includes("each gateway counts its own"));
    expect(alone.map(({ name }) => name)).toEqual([
      "LIMIT_SUBSCRIPTIONS_PER_VIEWER",
      "LIMIT_CONNECTIONS_PER_VIEWER",
      "LIMIT_REQUESTS_PER_MINUTE",
    ]);
  });
});
