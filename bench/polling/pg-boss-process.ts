/** pg-boss: fetches a batch of jobs that are due, asks for each, and puts each back for later. */
import { PgBoss } from "pg-boss";
import { againAfterSeconds, concurrency, createCall, idOf, serve } from "./peer.ts";

const [database = "", provider = "", jobs = "0"] = process.argv.slice(2);
const queue = "polls";
const boss = new PgBoss({ connectionString: database, supervise: false, schedule: false });
boss.on("error", (error) => process.stderr.write(`${error.message}\n`));
await boss.start();
await boss.createQueue(queue);
for (let first = 0; first < Number(jobs); first += 5_000) {
  const all = Array.from({ length: Math.min(5_000, Number(jobs) - first) }, (_, index) => ({
    data: { id: idOf(first + index) },
  }));
  await boss.insert(queue, all);
}
const call = createCall(provider);

/** Two at a time: while the one asks, the other fetches or puts back. */
async function batches(paused: AbortSignal): Promise<void> {
  while (!paused.aborted) {
    const fetched = await boss.fetch<{ id: string }>(queue, { batchSize: concurrency });
    if (fetched.length === 0) return;
    await Promise.all(fetched.map(({ data }) => call(data.id)));
    await boss.insert(
      queue,
      fetched.map(({ data }) => ({ data, startAfter: againAfterSeconds })),
    );
    await boss.complete(
      queue,
      fetched.map(({ id }) => id),
    );
  }
}

serve(async (paused) => {
  await Promise.all([batches(paused), batches(paused)]);
});
