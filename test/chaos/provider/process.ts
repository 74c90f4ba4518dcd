/**
 * The provider side, a process of its own: so its stamps don't wait for two hundred subscribers. Five sandboxes, a front
 * before each, and whoever started it asks by messages.
 */
import { systemClock } from "../../../src/clock.ts";
import { providers } from "../../../src/datasources/index.ts";
import { type RunningSandbox, startSandbox } from "../../../src/sandbox/index.ts";
import { journalLimits } from "../../../src/sandbox/journal.ts";
import { createRandom } from "../random.ts";
import { type Facts, type UpstreamId, upstreams, type Weather } from "./fault.ts";
import { type Front, now, startFront } from "./front.ts";
import { type Asked, createWitness } from "./truth.ts";

export type Call =
  | { readonly type: "weather"; readonly upstream: UpstreamId; readonly weather: Weather }
  | { readonly type: "truth"; readonly asked: readonly Asked[] }
  | { readonly type: "elsewhere"; readonly kind: "PURCHASE_SYNC" | "PARTNER_BATCH"; readonly work: string }
  | { readonly type: "facts" };

const [seedText = "0", speedText = "1", nodesText = "1"] = process.argv.slice(2);
const nodes = Number(nodesText);
const random = createRandom(Number(seedText));
const sandboxes = new Map<string, RunningSandbox>();
const fronts = new Map<UpstreamId, Front>();
/** What each gateway must be told. */
const settings = Array.from({ length: nodes }, (): Record<string, string> => ({}));

for (const definition of providers) {
  const id = upstreams.find((known) => known === definition.id);
  if (!id) throw new Error(`Expected an upstream that the suite knows; got "${definition.id}". Add it to fault.ts.`);
  const chance = random.fork();
  const options = { clock: systemClock, random: chance.next, speed: Number(speedText) };
  const sandbox = await startSandbox(definition, options);
  const front = await startFront({ id, target: sandbox.origin, random: random.fork(), nodes });
  sandboxes.set(id, sandbox);
  fronts.set(id, front);
  front.origins.forEach((origin, node) => {
    Object.assign(settings[node] ?? {}, definition.sandbox.settings(origin));
  });
}
const witness = createWitness(sandboxes, settings[0] ?? {});

let lagMs = 0;
let last = now();
setInterval(() => {
  lagMs = Math.max(lagMs, now() - last - 20);
  last = now();
}, 20);

function facts(): Facts {
  for (const { id, journal } of sandboxes.values()) {
    if (journal.changes().length >= journalLimits.changes) {
      throw new Error(`The journal of ${id} is full, so what is true is not known. Run with fewer operations.`);
    }
  }
  const each = <T>(read: (front: Front) => T) =>
    Object.fromEntries([...fronts].map(([id, front]) => [id, read(front)])) as Record<UpstreamId, T>;
  const counts: Record<string, number> = {};
  for (const front of fronts.values()) {
    for (const [fault, count] of front.counts) counts[fault] = (counts[fault] ?? 0) + count;
  }
  return {
    requests: each(({ requests }) => requests),
    holds: each(({ holds }) => holds),
    writes: [...fronts.values()].flatMap(({ writes }) => writes),
    faults: counts,
    lagMs,
  };
}

async function answer(call: Call): Promise<unknown> {
  switch (call.type) {
    case "weather":
      fronts.get(call.upstream)?.weather(call.weather);
      return null;
    case "truth": {
      const all = [];
      for (const asked of call.asked) all.push(await witness.truthOf(asked));
      return all;
    }
    case "elsewhere":
      return witness.beginElsewhere(call.kind, call.work);
    case "facts":
      return facts();
  }
}

process.on("message", ({ id, call }: { id: number; call: Call }) => {
  answer(call).then(
    (value) => process.send?.({ id, value }),
    (error: unknown) => process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : "?" }),
  );
});
// Whoever started it has gone, however that came about.
process.on("disconnect", () => process.exit(0));
process.send?.({ id: 0, value: settings });
