/** The audits of graphql-http, the reference of GraphQL over HTTP: every one, also the optional, with and without tokens. */
import { afterEach, expect, test } from "@jest/globals";
import { type AuditResult, serverAudits } from "graphql-http";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { bearer, jwtEnv } from "../support/tokens.ts";

let gateway: TestGateway | null = null;
afterEach(async () => {
  await gateway?.dispose();
  gateway = null;
});

async function complaintsOf({ url }: TestGateway, headers: Record<string, string> = {}): Promise<string[]> {
  const fetchFn = (address: string, init: RequestInit = {}) =>
    fetch(address, { ...init, headers: { ...init.headers, ...headers } });
  const audits = serverAudits({ url: `${url}/graphql`, fetchFn });
  expect(audits.length).toBeGreaterThanOrEqual(61);
  const complaints: string[] = [];
  for (const audit of audits) {
    const result: AuditResult = await audit.fn();
    if (result.status === "ok") continue;
    complaints.push(`${result.id} ${result.name}: ${result.status}, ${result.reason}`);
    // Else its connection is left open, and the gateway's end waits for it.
    await result.response.body?.cancel();
  }
  return complaints;
}

test("passes all of them without authentication", async () => {
  gateway = await startTestGateway();
  expect(await complaintsOf(gateway)).toEqual([]);
});

test("passes all of them with tokens", async () => {
  gateway = await startTestGateway({ env: jwtEnv });
  expect(await complaintsOf(gateway, await bearer({ scope: "operations:read" }))).toEqual([]);
});

test("passes all with introspection off, but for four whose own document asks about the schema", async () => {
  gateway = await startTestGateway({ env: { INTROSPECTION: "off", GRAPHIQL: "off" } });
  const complaints = await complaintsOf(gateway);
  expect(complaints.map((complaint) => complaint.slice(0, 4)).toSorted()).toEqual(["28B9", "2EA1", "6A70", "D6D5"]);
  for (const complaint of complaints) expect(complaint).toContain("{variables}");
});
