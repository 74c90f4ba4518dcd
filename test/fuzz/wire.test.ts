/** Bad answers at each provider's wire, the short form: see docs/fuzzing.md. */
import { expect, test } from "@jest/globals";
import { expectNothingFound, short } from "./short.ts";
import { fuzzWire } from "./wire/run.ts";
import { fuzzStore } from "./wire/store.ts";
import { subjects } from "./wire/subjects.ts";

const runs = 500;

test.each(subjects.map((subject) => [subject.id, subject] as const))(
  "%s: whatever it answers, no call throws, hangs or ends wrongly",
  async (_id, subject) => {
    const figures = await fuzzWire(subject, short(runs));
    expectNothingFound(figures, runs);
    // Ends are among what came of it: else nothing could have ended wrongly.
    const ends = [...figures.results.keys()].filter((label) => /SUCCEEDED|granted/.test(label));
    expect(ends.length).toBeGreaterThan(0);
    expect(figures.kinds.size).toBeGreaterThan(30);
  },
);

test("through a running gateway: what was settled stays so, and revisions come one after the other", async () => {
  const lives = 40;
  const figures = await fuzzStore(short(lives));
  expectNothingFound(figures, lives);
  expect([...figures.results.keys()]).toEqual(
    expect.arrayContaining(["RUNNING", "SETTLED SUCCEEDED", "SETTLED FAILED"]),
  );
});
