/** What became of operations: their results, and how each ended. */
import { Breach, expectThat, isObject, shown } from "./breach.ts";
import { type Message, nextButPong, type Peer, subscribe } from "./peer.ts";
import type { Target } from "./target.ts";

export interface Outcome {
  /** The payloads of its `next`, in order. */
  readonly results: readonly unknown[];
  /** The `complete` or `error` that ended it. */
  readonly end: Message;
}

/** Of an operation that ends. */
const mostResults = 1_000;

/** Reads until each of these has ended. A message of any other is a breach. */
export async function outcomesOf(peer: Peer, ids: readonly string[]): Promise<ReadonlyMap<string, Outcome>> {
  const results = new Map(ids.map((id): [string, unknown[]] => [id, []]));
  const ended = new Map<string, Outcome>();
  while (ended.size < results.size) {
    const message = await nextButPong(peer, `next, error or complete of ${shown(ids)}`);
    const { type, id, payload } = message;
    const mine = typeof id === "string" ? results.get(id) : undefined;
    if (typeof id !== "string" || !mine)
      throw new Breach(`Expected a message of ${shown(ids)}; got ${shown(message)}.`);
    expectThat(!ended.has(id), `Expected nothing of ${shown(id)} after its end; got ${shown(message)}.`);
    if (type === "next") {
      mine.push(payload);
      expectThat(mine.length <= mostResults, `Expected ${shown(id)} to end; got more than ${mostResults} results.`);
    } else if (type === "complete" || type === "error") {
      ended.set(id, { results: mine, end: message });
    } else {
      throw new Breach(`Expected next, error or complete; got ${shown(message)}.`);
    }
  }
  return ended;
}

export async function outcomeOf(peer: Peer, id: string): Promise<Outcome> {
  const outcome = (await outcomesOf(peer, [id])).get(id);
  if (!outcome) throw new Error("Every id has an outcome by now.");
  return outcome;
}

/** Its only result's data: `next` once, then `complete`. */
export async function dataOf(peer: Peer, id: string): Promise<Readonly<Record<string, unknown>>> {
  const { results, end } = await outcomeOf(peer, id);
  expectThat(end.type === "complete", `Expected next, then complete; got ${shown(end)}.`);
  expectThat(results.length === 1, `Expected next once; got ${shown(results)}.`);
  const [result] = results;
  const data = isObject(result) ? result.data : undefined;
  if (!isObject(data)) throw new Breach(`Expected a result with data; got ${shown(result)}.`);
  return data;
}

/** The connection can be used: a query is answered. */
export async function isUsable(peer: Peer, { documents }: Target, id = "still usable"): Promise<void> {
  peer.send(subscribe(id, documents.query));
  await dataOf(peer, id);
}

/** Like GraphQL errors: at least one, each with a message. */
export function areErrors(payload: unknown): boolean {
  return (
    Array.isArray(payload) &&
    payload.length > 0 &&
    payload.every((error) => isObject(error) && typeof error.message === "string")
  );
}

/** The `error` that ends the operation, before any result of it. */
export async function errorOf(peer: Peer, id: string): Promise<Message> {
  const { results, end } = await outcomeOf(peer, id);
  expectThat(end.type === "error" && results.length === 0, `Expected error alone; got ${shown([...results, end])}.`);
  return end;
}
