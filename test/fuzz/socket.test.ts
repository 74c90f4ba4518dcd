/** Bad frames and sequences at the WebSocket door, the short form: see docs/fuzzing.md. */
import { expect, test } from "@jest/globals";
import { expectNothingFound, short } from "./short.ts";
import { fuzzSockets } from "./socket/run.ts";

test("whatever is sent, sockets keep to the protocol or are closed with a code that says why", async () => {
  const runs = 600;
  const figures = await fuzzSockets(short(runs));
  expectNothingFound(figures, runs);
  const labels = ["message next", "message error", "closed with 4400", "closed with 4409", "closed with 1002"];
  expect([...figures.results.keys()]).toEqual(expect.arrayContaining(labels));
});
