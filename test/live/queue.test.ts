import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createQueue, type Queue } from "../../src/live/queue.ts";

const over = { done: true, value: undefined };

async function rest<T>(queue: Queue<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of queue) values.push(value);
  return values;
}

describe("a queue", () => {
  test("delivers what was pushed, in order, then its end, however reading and pushing alternate", async () => {
    const steps = fc.array(fc.constantFrom("push", "read"), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, async (made) => {
        let left = 0;
        const queue = createQueue<number>(() => {
          left += 1;
        });
        let pushed = 0;
        const reads: Array<Promise<IteratorResult<number>>> = [];
        for (const step of made) {
          if (step === "push") queue.push(pushed++);
          else reads.push(queue.next());
        }
        queue.end();
        queue.push(-1);
        while (reads.length <= pushed) reads.push(queue.next());
        const results = await Promise.all(reads);
        const values = results.filter(({ done }) => !done).map(({ value }) => value);
        expect(values).toEqual(Array.from({ length: pushed }, (_, index) => index));
        expect(results.slice(pushed).every(({ done }) => done)).toBe(true);
        expect(left).toBe(1);
      }),
    );
  });

  test.each([0, 1, 3])(
    "that fails delivers what is queued (%i) first, rejects once, and is over then",
    async (queued) => {
      const queue = createQueue<number>(() => {});
      for (let value = 0; value < queued; value += 1) queue.push(value);
      queue.fail(new Error("the log is gone"));
      queue.push(99);
      for (let value = 0; value < queued; value += 1) expect(await queue.next()).toEqual({ done: false, value });
      await expect(queue.next()).rejects.toThrow("the log is gone");
      expect(await queue.next()).toEqual(over);
    },
  );

  test("that fails rejects who is waiting", async () => {
    const queue = createQueue<number>(() => {});
    const waiting = queue.next();
    queue.fail(new Error("the log is gone"));
    await expect(waiting).rejects.toThrow("the log is gone");
    expect(await queue.next()).toEqual(over);
  });

  test("can be left while a read is pending and nothing comes: the read ends at once, and what is queued goes", async () => {
    let left = 0;
    const queue = createQueue<number>(() => {
      left += 1;
    });
    const [first, second] = [queue.next(), queue.next()];
    expect(await queue.return()).toEqual(over);
    expect(await Promise.all([first, second])).toEqual([over, over]);
    queue.push(1);
    queue.fail(new Error("too late"));
    expect(await queue.next()).toEqual(over);
    await queue.return();
    expect(left).toBe(1);

    const full = createQueue<number>(() => {});
    full.push(1);
    await full.return();
    expect(await rest(full)).toEqual([]);
  });

  test("ends once: what comes after its end changes nothing", async () => {
    const queue = createQueue<number>(() => {});
    queue.push(1);
    queue.end();
    queue.fail(new Error("too late"));
    expect(await rest(queue)).toEqual([1]);
  });
});
