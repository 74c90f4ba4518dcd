/** Whose address a provider is told: the viewer's own, as far as proxies are trusted, by one rule for both doors. */
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { WebSocket } from "ws";
import { type AccessSimulator, startAccess } from "../simulators/cleeng.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets } from "../support/sockets.ts";

let access: AccessSimulator;
let direct: TestGateway;
let proxied: TestGateway;
let offer = 100_000_000;

beforeAll(async () => {
  access = await startAccess();
  [direct, proxied] = await Promise.all([
    startTestGateway({ env: access.env }),
    startTestGateway({ env: { ...access.env, TRUST_PROXY: "1" } }),
  ]);
});
afterEach(() => {
  offer += 1;
});
afterAll(async () => {
  await Promise.all([direct.dispose(), proxied.dispose()]);
  await access.dispose();
});

const query = (more = "") => `{ access(offerId: "S${offer}", customerToken: "t" ${more}) { __typename } }`;
/** What the latest check told Cleeng. */
const told = () => JSON.parse(access.received.at(-1)?.body ?? "[]")[0].params.ipAddress;

async function byHttp(gateway: TestGateway, forwarded: string, more = ""): Promise<unknown> {
  await gateway.request(query(more), {}, { "x-forwarded-for": forwarded });
  return told();
}

async function bySocket(gateway: TestGateway, forwarded: string): Promise<unknown> {
  class Forwarded extends WebSocket {
    constructor(url: string | URL, protocols: string | string[]) {
      super(url, protocols, { headers: { "x-forwarded-for": forwarded } });
    }
  }
  const sockets = openSockets(gateway, { webSocketImpl: Forwarded });
  await sockets.watch(query()).rest();
  await sockets.dispose();
  return told();
}

test.each([
  ["HTTP", byHttp],
  ["WebSocket", bySocket],
] as const)("over %s", async (_door, ask) => {
  // Nobody is trusted: the header is the caller's own word, and a loopback address is nobody's.
  expect(await ask(direct, "8.8.8.8")).toBeUndefined();
  // One proxy is: the last entry is its word, those before are the caller's.
  expect(await ask(proxied, "8.8.8.8")).toBe("8.8.8.8");
  offer += 1;
  expect(await ask(proxied, "1.1.1.1, 8.8.4.4")).toBe("8.8.4.4");
  // Addresses that would use up the places of every customer are not sent.
  for (const address of ["10.0.0.1", "127.0.0.1", "2001:4860:4860::8888", "nonsense", "169.254.1.1"]) {
    offer += 1;
    expect([address, await ask(proxied, address)]).toEqual([address, undefined]);
  }
});

test("an address in the argument goes before the connection's", async () => {
  expect(await byHttp(proxied, "8.8.8.8", `, ipAddress: "9.9.9.9"`)).toBe("9.9.9.9");
});
