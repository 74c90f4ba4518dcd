/** A budget that is too short for all that is followed makes a call dearer, and with that all are asked for less often. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type CleengSimulator, processing, startCleeng } from "../simulators/cleeng.ts";
import { fastClock } from "../support/fast-clock.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { until } from "../support/until.ts";

let gateway: TestGateway;
let cleeng: CleengSimulator;

beforeAll(async () => {
  cleeng = await startCleeng();
  gateway = await startTestGateway({
    env: { ...cleeng.env, LEASE_SECONDS: "600", CLEENG_RATE_PER_SECOND: "2" },
    clock: fastClock(),
  });
});
afterAll(async () => {
  await gateway.dispose();
  await cleeng.dispose();
});

async function price(upstream: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`statusgraph_poll_price{upstream="${upstream}"}`));
  return Number(line?.split(" ")[1]);
}

test("while more is followed than the budget lets ask for, a call is dearer, and of no other provider", async () => {
  expect(await price("cleeng-purchases")).toBe(1);
  for (let i = 0; i < 20; i += 1) {
    cleeng.statuses.set(`sync-${i}`, [processing]);
    await gateway.request(`mutation { followPurchaseSync(synchronizationId: "sync-${i}") { __typename } }`);
  }
  await until(async () => (await price("cleeng-purchases")) > 1.5);
  expect(await price("flolive")).toBe(1);
});
