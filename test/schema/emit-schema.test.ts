/** schema.graphql at the root: what clients and the generated types are made from, so it must be what the code declares. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { buildSchema, lexicographicSortSchema, printSchema } from "graphql";
import { emittedSchema, schemaDrift, schemaFile } from "../../scripts/emit-schema.ts";
import { buildStatusgraphSchema } from "../../src/resolvers/index.ts";

describe("schema.graphql", () => {
  test("is what the code declares", () => {
    expect(schemaDrift(readFileSync(schemaFile, "utf8"))).toBeNull();
  });

  test("is read back as the same schema, under a line that says where it comes from", () => {
    const text = emittedSchema();
    expect(text).toMatch(/^# Generated .*npm run generate/);
    const sorted = (schema: Parameters<typeof lexicographicSortSchema>[0]) =>
      printSchema(lexicographicSortSchema(schema));
    expect(sorted(buildSchema(text))).toBe(sorted(buildStatusgraphSchema()));
    expect(emittedSchema()).toBe(text);
  });

  test("is missed, or seen to differ, in one sentence that says what to do", () => {
    expect(schemaDrift(null)).toMatch(/there is none.*npm run generate/);
    expect(schemaDrift(emittedSchema().replace("providerStatus: String", "providerStatus: String!"))).toMatch(
      /it differs.*npm run generate/,
    );
  });
});
