/** BullMQ: a worker takes jobs that are due, asks for each, and moves each to those that are delayed. */
import { createClient } from "@redis/client";
import { DelayedError, Queue, Worker } from "bullmq";
import { againAfterSeconds, concurrency, createCall, idOf, serve } from "./peer.ts";

const [redis = "", provider = "", jobs = "0"] = process.argv.slice(2);
/** The product's own client, which BullMQ takes as it takes ioredis. */
const connection = createClient({ url: redis });
const queue = new Queue("polls", { connection });
for (let first = 0; first < Number(jobs); first += 5_000) {
  const all = Array.from({ length: Math.min(5_000, Number(jobs) - first) }, (_, index) => ({
    name: "poll",
    data: { id: idOf(first + index) },
  }));
  await queue.addBulk(all);
}
const call = createCall(provider);
const worker = new Worker<{ id: string }>(
  "polls",
  async (job, token) => {
    await call(job.data.id);
    await job.moveToDelayed(Date.now() + againAfterSeconds * 1000, token);
    throw new DelayedError();
  },
  { connection, concurrency, autorun: false },
);
worker.on("error", (error) => process.stderr.write(`${error.message}\n`));
void worker.run();
await worker.pause(true);

serve(async (paused) => {
  worker.resume();
  await new Promise((resolve) => paused.addEventListener("abort", resolve, { once: true }));
  await worker.pause();
});
