/** The README's few lines on resuming, run as they stand there. */
import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "@jest/globals";
import { createClient } from "graphql-ws";
import { engines } from "../support/store.ts";
import { until } from "../support/until.ts";
import { startChanging } from "./changing.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const [, lines = ""] = /^```js\n(.*?)^```$/ms.exec(readme) ?? [];
const address = "ws://127.0.0.1:4000/graphql";

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
}, 120_000);

test("a cut loses nothing, and nothing comes twice", async () => {
  expect(lines.split(address)).toHaveLength(2);
  const [engine] = engines;
  if (!engine) throw new Error("There is always the embedded one.");
  const database = await engine.createDatabase();
  undo.push(() => database.dispose());
  const changing = await startChanging(database);
  undo.push(() => changing.dispose());

  const revisions: number[] = [];
  const show = ({ revision }: { revision: number }) => revisions.push(revision);
  const run = new Function(
    "createClient",
    "show",
    `${lines.replace(address, `ws://127.0.0.1:${changing.proxy.port}/graphql`)}\nreturn client;`,
  );
  let connected = false;
  const client = run((options: Parameters<typeof createClient>[0]) => {
    const made = createClient(options);
    made.on("connected", () => {
      connected = true;
    });
    return made;
  }, show);
  // Terminated alone it would come back, again and again, and keep the process.
  undo.push(() => client.dispose());
  await until(() => connected);
  // The stream begins a little after the socket, and with what changes next.
  await until(async () => {
    if (revisions.length === 0) await changing.register(1);
    return revisions.length > 0;
  });
  const registered = (await changing.truth()).length;
  const before = revisions.length;
  expect(before).toBeGreaterThan(0);
  await until(() => revisions.at(-1) === 2);
  changing.proxy.cut();
  await changing.change(3);
  changing.proxy.mend();
  await changing.settle();
  await until(() => revisions.filter((revision) => revision === 6).length === registered);
  for (const revision of [3, 4, 5, 6]) expect(revisions.filter((one) => one === revision)).toHaveLength(registered);
}, 120_000);
