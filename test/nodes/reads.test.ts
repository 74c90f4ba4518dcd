/** Two whole gateways on one PostgreSQL: no answer from one's memory outlives a change that the other has told of. */
import { afterEach, expect, test } from "@jest/globals";
import { processing, startCleeng } from "../simulators/cleeng.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { hasRedisServer, startRedisServer } from "../support/redis-server.ts";
import { postgresEngines } from "../support/store.ts";

const disposals: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0).reverse()) await dispose();
}, 60_000);

function disposed<T extends { dispose(): Promise<void> }>(one: T): T {
  disposals.push(() => one.dispose());
  return one;
}

const shown = "id ... on Operation { revision followed }";
const follow = `mutation { changed: followPurchaseSync(synchronizationId: "moved") { ... on PurchaseSync { ${shown} } ... on Problem { code } } }`;
const unfollow = `mutation ($id: ID!) { changed: unfollow(id: $id) { ... on PurchaseSync { ${shown} } ... on Problem { code } } }`;
const one = `query ($id: ID!) { node(id: $id) { ${shown} } }`;
const page = `{ operations(first: 10) { nodes { ${shown} } } }`;

/** Written through one, and read through the other as soon as that has answered. Returns how often. */
async function writeAndRead(writer: TestGateway, reader: TestGateway, times: number): Promise<number> {
  let { changed } = (await writer.request(follow)).data;
  const { id } = changed;
  for (let n = 0; n < times; n += 1) {
    // Kept by the reader as it was.
    for (let time = 0; time < 3; time += 1) await Promise.all([reader.request(one, { id }), reader.request(page)]);
    const before = changed.revision;
    changed = (await writer.request(changed.followed ? unfollow : follow, changed.followed ? { id } : {})).data.changed;
    expect([n, changed.code]).toEqual([n, undefined]);
    expect(changed.revision).toBeGreaterThan(before);
    const [byId, listed] = await Promise.all([reader.request(one, { id }), reader.request(page)]);
    expect([n, byId.data.node]).toEqual([n, changed]);
    expect([n, listed.data.operations.nodes]).toEqual([n, [changed]]);
  }
  return times;
}

for (const engine of postgresEngines) {
  async function startBoth(env: Readonly<Record<string, string>>) {
    const database = disposed(await engine.createDatabase());
    const cleeng = disposed(await startCleeng());
    cleeng.statuses.set("moved", [processing]);
    const all = { ...cleeng.env, CLEENG_RATE_PER_SECOND: "1000", ...env };
    const writer = disposed(await startTestGateway({ database, env: all }));
    return { writer, reader: disposed(await startTestGateway({ database, env: all })) };
  }

  test("without Redis", async () => {
    const { writer, reader } = await startBoth({});
    expect(await writeAndRead(writer, reader, 40)).toBe(40);
  }, 120_000);

  (hasRedisServer() ? test : test.skip)(
    "with Redis, while it stands still, is gone, and is back",
    async () => {
      const redis = disposed(await startRedisServer());
      const { writer, reader } = await startBoth({ REDIS_URL: redis.url });
      await writeAndRead(writer, reader, 15);
      redis.freeze();
      await writeAndRead(writer, reader, 3);
      redis.thaw();
      await redis.kill();
      await writeAndRead(writer, reader, 15);
      await redis.start();
      expect(await writeAndRead(writer, reader, 15)).toBe(15);
    },
    120_000,
  );
}
