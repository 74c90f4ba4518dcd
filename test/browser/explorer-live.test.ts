import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { startChromium } from "../support/chromium.ts";
import type { TestGateway } from "../support/gateway.ts";
import { answerOf, openTab, run, stop, untilShown, type Visit, visit, write } from "./explorer-page.ts";
import { type Example, exampleWith, readExamples, send, startSandboxGateway } from "./gateway.ts";

let browser: Browser;
let gateway: TestGateway;
let examples: readonly Example[];
let current: Visit;

beforeAll(async () => {
  examples = await readExamples();
  gateway = await startSandboxGateway();
  browser = await startChromium();
}, 120_000);

afterEach(() => current?.dispose());

afterAll(async () => {
  await browser?.close();
  await gateway?.dispose();
});

/** A new visitor in front of the example that holds the operation. */
async function visitTab(operation: string): Promise<Visit> {
  current = await visit(browser, gateway.url);
  const { title, query } = exampleWith(examples, operation);
  await openTab(current.page, title, query);
  return current;
}

/**
 * Runs the subscription in its tab. What begins after this has longer ways to go, over HTTP and to a sandbox, than the
 * subscription, which lies at the gateway by then.
 */
async function watch(subscription: string): Promise<Visit> {
  const { page } = await visitTab(subscription);
  await run(page, subscription);
  while (sentMessages("subscribe").length === 0) await page.waitForTimeout(10);
  return current;
}

/** The messages of one kind that the page sent over its sockets, oldest first. */
function sentMessages(kind: string): Array<{ readonly payload?: unknown }> {
  return current.framesSent.map((frame) => JSON.parse(frame)).filter(({ type }) => type === kind);
}

describe("a subscription in the browser", () => {
  test.each([
    ["WatchPurchases", "RegisterPurchase"],
    ["WatchBulkCalls", "SubmitBulkCall"],
    ["WatchPartnerBatches", "CreatePartnerClients"],
    ["WatchTransactions", "FollowTransaction"],
    ["WatchEverything", "RegisterPurchaseOnce"],
  ])("%s shows the events of what %s began elsewhere, each as it comes", async (subscription, mutation) => {
    const { page, complaints } = await watch(subscription);
    await gateway.begun(1);
    const { errors } = await send(gateway, exampleWith(examples, mutation), mutation);
    expect(errors).toBeUndefined();
    const shown = await untilShown(page, 2);
    for (const result of shown) {
      expect(result).toEqual({ data: { operationsChanged: expect.objectContaining({ cursor: expect.any(String) }) } });
    }
    expect(new Set(shown.map((result) => JSON.stringify(result))).size).toBe(shown.length);
    await stop(page);
    expect(complaints).toEqual([]);
  });

  test("WatchPurchase, given the id that a mutation answered with, shows the state now, each change, and ends by itself", async () => {
    const { page } = await visitTab("RegisterPurchase");
    const { data } = await answerOf(page, "RegisterPurchase");
    const registered = data?.registerPurchase;
    expect(registered).toEqual(expect.objectContaining({ id: expect.any(String) }));
    const { id } = Object(registered);
    await write(page, "variables", JSON.stringify({ ids: [id] }));
    await run(page, "WatchPurchase");
    await page.getByRole("button", { name: "Stop query (Ctrl-Enter)" }).waitFor();
    await page.getByRole("button", { name: "Execute query (Ctrl-Enter)" }).waitFor();
    const shown = (await untilShown(page, 2)).map(({ data }) => data?.operationChanged);
    expect(shown[0]).toEqual(expect.objectContaining({ kind: "SNAPSHOT" }));
    expect(shown.at(-1)).toEqual(expect.objectContaining({ kind: "CHANGED", state: "SETTLED" }));
  });

  test("WatchAccess shows the decision now, and the other one when it has changed", async () => {
    const { page } = await watch("WatchAccess");
    const shown = (await untilShown(page, 2)).map(({ data }) => data?.accessChanged);
    expect(shown).toEqual([
      expect.objectContaining({ kind: "SNAPSHOT", result: expect.objectContaining({ accessGranted: false }) }),
      expect.objectContaining({ kind: "CHANGED", result: expect.objectContaining({ accessGranted: true }) }),
    ]);
    await stop(page);
  });

  test("its socket bears the headers that stand in the editor, in the names that the gateway reads, and lets go when stopped", async () => {
    const { page, sockets } = await visitTab("WatchAccess");
    for (const token of ["first", "second"]) {
      await write(
        page,
        "headers",
        JSON.stringify({ "X-Cleeng-Customer-Token": token, Authorization: `Bearer ${token}` }),
      );
      await run(page, "WatchAccess");
      await untilShown(page, 1);
      await stop(page);
    }
    expect(sentMessages("connection_init").map(({ payload }) => payload)).toEqual([
      { "x-cleeng-customer-token": "first", authorization: "Bearer first" },
      { "x-cleeng-customer-token": "second", authorization: "Bearer second" },
    ]);
    for (const socket of sockets) if (!socket.isClosed()) await socket.waitForEvent("close");
  });
});
