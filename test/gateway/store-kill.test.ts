/** kill -9 of a gateway on the embedded store, again and again in the middle of writes: what was answered is kept. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { sql } from "kysely";
import { openStore } from "../../src/store/store.ts";
import { type Build, buildProgram, type Program, post, runProgram } from "../support/program.ts";
import { until } from "../support/until.ts";

const kills = 20;
const writers = 6;

let directory: string;
let build: Build;
let running: Program | null = null;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "statusgraph-kill-"));
  build = await buildProgram();
}, 120_000);
afterAll(async () => {
  running?.process.kill("SIGKILL");
  await running?.ended;
  await build.dispose();
  await rm(directory, { recursive: true, force: true });
});

const register = `mutation ($id: String!) {
  registerPurchase(input: { customerId: "123456789", transactionId: $id, ipAddress: "203.0.113.7" }) {
    ... on PurchaseSync { id revision } } }`;

test(`none of ${kills} kills loses a write that was answered, and no revision is missing from the log`, async () => {
  const env = {
    PORT: "0",
    DATABASE_URL: join(directory, "store"),
    SANDBOX_SPEED: "50",
    CLEENG_RATE_PER_SECOND: "1000",
    CLEENG_CONCURRENCY: "32",
    LOG_LEVEL: "info",
  };
  /** Every operation that a client was told of, and the revision that it was told. */
  const answered = new Map<string, number>();
  const lost: string[] = [];
  const inTheMiddle: number[] = [];

  const check = async (url: string) => {
    const ids = [...answered.keys()];
    for (let from = 0; from < ids.length; from += 100) {
      const page = ids.slice(from, from + 100);
      const { operations } = await post(
        url,
        "query ($ids: [ID!]) { operations(filter: { ids: $ids }, first: 100) { nodes { id revision } } }",
        { ids: page },
      );
      const known = new Map<string, number>(
        operations.nodes.map(({ id, revision }: { id: string; revision: number }) => [id, revision]),
      );
      lost.push(...page.filter((id) => (known.get(id) ?? 0) < (answered.get(id) ?? 0)));
    }
  };

  for (let kill = 0; kill < kills; kill += 1) {
    const program = runProgram(build, env);
    running = program;
    const url = await program.url;
    await check(url);
    let alive = true;
    let [underWay, before] = [0, answered.size];
    const load = Array.from({ length: writers }, async (_, writer) => {
      for (let count = 0; alive; count += 1) {
        underWay += 1;
        try {
          const data = await post(url, register, { id: `${kill}-${writer}-${count}` });
          if (data?.registerPurchase?.id) answered.set(data.registerPurchase.id, data.registerPurchase.revision);
        } catch {
          // The connection ended with the program: that write was not answered.
        }
        underWay -= 1;
      }
    });
    // Some are answered, others under way; how far they are is chance.
    await until(() => answered.size >= before + writers);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
    inTheMiddle.push(underWay);
    before = answered.size;
    program.process.kill("SIGKILL");
    alive = false;
    await program.ended;
    await Promise.all(load);
  }

  const last = runProgram(build, env);
  running = last;
  await check(await last.url);
  last.process.kill("SIGTERM");
  expect((await last.ended).code).toBe(0);
  expect(lost).toEqual([]);
  expect(answered.size).toBeGreaterThanOrEqual(kills * writers);
  expect(inTheMiddle.filter((count) => count > 0).length).toBeGreaterThan(kills / 2);

  const store = await openStore({ database: { type: "embedded", directory: env.DATABASE_URL } });
  const { rows: gaps } = await sql`
    select operations.id from operations left join changes on changes.operation_id = operations.id
    group by operations.id
    having count(*) <> operations.revision or max(changes.revision) <> operations.revision
      or min(changes.revision) <> 1 or max(changes.place) <> operations.place`.execute(store.db);
  expect(gaps).toEqual([]);
  await store.dispose();
}, 900_000);
