/** The one rule for a 5xx to a write. That each client goes by it is in their own tests. */
import { expect, test } from "@jest/globals";
import { failureOfWrite } from "../../src/datasources/write-failure.ts";

const judged = (status: number, text: string) => failureOfWrite({ status, headers: {}, text });

test.each([200, 202, 302, 400, 409, 429, 499])("an answer of %i is left to the provider's own rules", (status) => {
  expect(judged(status, "<p>Page")).toBeNull();
  expect(judged(status, "")).toBeNull();
});

test.each(["", " \n", "{}", '{"code":"S0001"}', '\uFEFF{"code":"S0001"}', "null", '"text"'])(
  "500, 501 and 503 with %j are the provider's own word",
  (text) => {
    for (const status of [500, 501, 503, 599]) expect(judged(status, text)).toBe("refused");
  },
);

test.each(["<!doctype html><title>Oops</title>", "upstream connect error", '{"code": "S00'])(
  "any 5xx with %j can't be read",
  (text) => {
    for (const status of [500, 502, 503, 504]) expect(judged(status, text)).toBe("lost");
  },
);

test.each(["", "{}", '{"code":"S0001"}'])("502 and 504 come from something in between, also with %j", (text) => {
  expect([judged(502, text), judged(504, text)]).toEqual(["lost", "lost"]);
});
