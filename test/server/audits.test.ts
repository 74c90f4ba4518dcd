/** The audits of graphql-http, the reference of GraphQL over HTTP: every one, also the optional. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { auditServer } from "graphql-http";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.dispose());

test("passes all of them", async () => {
  const results = await auditServer({ url: `${gateway.url}/graphql` });
  expect(results.length).toBeGreaterThanOrEqual(61);
  const complaints = results.flatMap((result) =>
    result.status === "ok" ? [] : [`${result.id} ${result.name}: ${result.status}, ${result.reason}`],
  );
  expect(complaints).toEqual([]);
});
