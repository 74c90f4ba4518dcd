/** When waiting ends: at the deadline by the provider's word, not in an outage; and how it goes on after that. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type CleengSimulator, granted, processing, retrying, startCleeng } from "../simulators/cleeng.ts";
import { fastClock } from "../support/fast-clock.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets, type Sockets } from "../support/sockets.ts";

let gateway: TestGateway;
let sockets: Sockets;
let cleeng: CleengSimulator;
const clock = fastClock();

beforeAll(async () => {
  cleeng = await startCleeng();
  gateway = await startTestGateway({
    env: {
      ...cleeng.env,
      LEASE_SECONDS: "600",

      CLEENG_DEADLINE_SECONDS: "4",
      CLEENG_RATE_PER_SECOND: "1000",
    },
    clock,
  });
  sockets = openSockets(gateway);
});
afterAll(async () => {
  await sockets.dispose();
  await gateway.dispose();
  await cleeng.dispose();
});

const fields = "id state outcome followed revision createdAt deadlineAt settledAt problem { __typename code }";
const follow = async (id: string) => {
  const { data } = await gateway.request(
    `mutation { followPurchaseSync(synchronizationId: "${id}") { ... on PurchaseSync { ${fields} } } }`,
  );
  return data.followPurchaseSync;
};
const rest = async (id: string) => {
  const events = await sockets
    .watch(`subscription { operationChanged(ids: ["${id}"]) { operation { ${fields} } } }`)
    .rest();
  return events.map(({ operationChanged }) => operationChanged.operation);
};

test("past its deadline it is given up; followed again it has a new one, and may succeed after all", async () => {
  cleeng.statuses.set("slow", [processing]);
  const first = await follow("slow");
  expect(Date.parse(first.deadlineAt) - Date.parse(first.createdAt)).toBe(4000);
  const abandoned = (await rest(first.id)).at(-1);
  expect(abandoned).toMatchObject({
    state: "SETTLED",
    outcome: "ABANDONED",
    followed: false,
    problem: { __typename: "DeadlinePassed", code: "DEADLINE_PASSED" },
  });
  expect(Date.parse(abandoned.settledAt)).toBeGreaterThanOrEqual(Date.parse(first.deadlineAt));

  cleeng.statuses.set("slow", [retrying, granted]);
  const again = await follow("slow");
  expect(again).toMatchObject({
    id: first.id,
    state: "RETRYING",
    outcome: null,
    settledAt: null,
    followed: true,
    problem: null,
  });
  expect(Date.parse(again.deadlineAt)).toBeGreaterThan(Date.parse(first.deadlineAt));
  expect((await rest(first.id)).at(-1)).toMatchObject({ outcome: "SUCCEEDED" });
});

test("what was given up, and ended after all, is told by a recheck as a further revision", async () => {
  cleeng.statuses.set("late", [processing]);
  const { id } = await follow("late");
  const { revision } = (await rest(id)).at(-1);
  const recheck = async () =>
    (await gateway.request(`mutation { recheck(id: "${id}") { ... on Operation { ${fields} } } }`)).data.recheck;
  // Still under way: given up it stays.
  expect(await recheck()).toMatchObject({ outcome: "ABANDONED", revision });
  cleeng.statuses.set("late", [granted]);
  expect(await recheck()).toMatchObject({
    outcome: "SUCCEEDED",
    revision: revision + 1,
    problem: null,
    followed: false,
  });
});

test("an outage ends no wait: past the deadline it goes on, and a success is a success", async () => {
  cleeng.statuses.set("dark", [processing, "cut"]);
  const first = await follow("dark");
  const last = rest(first.id);
  const asked = () => gateway.request(`{ node(id: "${first.id}") { ... on Operation { ${fields} checkedAt } } }`);
  // Reads of this id that failed, each asked twice, until well past the deadline.
  await cleeng.heard(({ url }) => url.endsWith("/dark"), 4);
  while (clock.now() <= Date.parse(first.deadlineAt) + 2000) {
    const { data } = await asked();
    expect(data.node).toMatchObject({ state: "RUNNING", followed: true, revision: 1 });
    const { data: now } = await gateway.request(`mutation { recheck(id: "${first.id}") { __typename } }`);
    expect(now.recheck.__typename).toBe("ProviderUnavailable");
  }
  cleeng.statuses.set("dark", [granted]);
  expect((await last).at(-1)).toMatchObject({ state: "SETTLED", outcome: "SUCCEEDED", revision: 2 });
});
