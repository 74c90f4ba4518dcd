/** The walk from end to end: what a visitor does first. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startTestGateway, type TestGateway } from "./support/gateway.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.dispose());

test("answers what it knows of its providers", async () => {
  const { status, data, errors } = await gateway.request("{ providers { provider sandbox configured circuit } }");
  expect(errors).toBeUndefined();
  expect(status).toBe(200);
  expect(data.providers.map(({ provider }: { provider: string }) => provider)).toEqual([
    "CLEENG",
    "FLOLIVE",
    "LIBERIS",
    "PURESPECTRUM",
  ]);
});
