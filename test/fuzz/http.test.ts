/** Bad requests at the HTTP door, the short form: see docs/fuzzing.md. */
import { expect, test } from "@jest/globals";
import { fuzzHttp } from "./http/run.ts";
import { expectNothingFound, short } from "./short.ts";

test("whatever is sent, each whole request is answered in words, and the gateway goes on", async () => {
  const runs = 1_000;
  const figures = await fuzzHttp(short(runs));
  expectNothingFound(figures, runs);
  const labels = ["200 data", "200 GRAPHQL_VALIDATION_FAILED", "400 BAD_USER_INPUT", "400 GRAPHQL_PARSE_FAILED"];
  expect([...figures.results.keys()]).toEqual(expect.arrayContaining(labels));
});
