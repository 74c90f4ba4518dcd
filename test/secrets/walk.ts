/** The ways through a gateway, well and badly: every root field while the providers do what they like, and what callers do wrong. */
import { isInterfaceType } from "graphql";
import { buildStatusgraphSchema } from "../../src/resolvers/index.ts";
import type { Answered, Caller, Headers } from "./caller.ts";
import { type Given, type RootField, rootFields } from "./fields.ts";
import type { Front, Mode } from "./front.ts";
import type { Scene } from "./scene.ts";

const schema = buildStatusgraphSchema();
export const fields = rootFields(schema);
const problem = schema.getType("Problem");
const problems = new Set(isInterfaceType(problem) ? schema.getPossibleTypes(problem).map(({ name }) => name) : []);

/** How often each root field was answered with what it is for, and how often it failed. */
export interface Tally {
  readonly answered: Map<string, number>;
  readonly failed: Map<string, number>;
  /** How many requests reached the providers in each mode, by their path. */
  readonly reached: Map<string, number>;
}

function count(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

export interface Walker {
  readonly caller: Caller;
  readonly front: Front;
  readonly headers: Headers;
  readonly tally: Tally;
  /** Of operations that there are; grows as they are seen. */
  readonly ids: string[];
  readonly customerToken: string;
}

/** One who may do everything. */
export async function createWalker(scene: Scene, caller: Caller): Promise<Walker> {
  const token = await scene.tokenFor("the admin's token", { sub: "an-admin", scope: "admin service" });
  return {
    caller,
    front: scene.front,
    headers: [["authorization", `Bearer ${token}`]],
    tally: { answered: new Map(), failed: new Map(), reached: new Map() },
    ids: [],
    customerToken: scene.markers.plant("a customer's token", "code"),
  };
}

let unique = 0;
/** An id that no provider has given out before. */
export const fresh = () => {
  unique += 1;
  return `id-${unique}`;
};

export function given({ ids, customerToken }: Pick<Walker, "ids" | "customerToken">): Given {
  return { ids: ids.toReversed(), customerToken, fresh };
}

/** Asks it once over HTTP. */
export async function ask(walker: Walker, field: RootField): Promise<Answered> {
  const { caller, headers } = walker;
  const answered = await caller.ask({ query: field.document, variables: field.variables(given(walker)) }, headers);
  note(walker, field, answered.json);
  return answered;
}

interface Result {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly unknown[];
}

/** What came of a root field, by its result. */
export function note({ tally, ids }: Pick<Walker, "tally" | "ids">, { name }: RootField, result: Result | null): void {
  const value = result?.data?.[name] ?? null;
  const members: readonly unknown[] = Array.isArray(value) ? value : [value];
  const good = members.filter((one) => one !== null && !isProblem(one));
  if (result?.errors || good.length < members.length) count(tally.failed, name);
  if (!result?.errors && good.length > 0) count(tally.answered, name);
  for (const [, id = ""] of JSON.stringify(value).matchAll(/_id":"([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21})"/g)) {
    if (!ids.includes(id)) ids.push(id);
  }
}

function isProblem(value: unknown): boolean {
  return typeof value === "object" && value !== null && "__typename" in value && problems.has(String(value.__typename));
}

/** Every query and mutation while the providers are in this mode; those alone for which `which` holds. */
export async function askAll(
  walker: Walker,
  mode: Mode,
  which: (field: RootField, place: number) => boolean = () => true,
): Promise<void> {
  const { front, tally } = walker;
  const asked = fields.filter(({ root }) => root !== "subscription").filter(which);
  for (const field of asked) {
    const before = front.received.length;
    front.mode = mode;
    await ask(walker, field);
    for (const { url } of front.received.slice(before)) count(tally.reached, `${mode} /${url.split("/")[1]}`);
    await heal(walker, field);
  }
}

/**
 * Each provider answers as it should, for after five failures in a row it would be left alone for seconds; and what a write
 * began ends, so that nobody goes on asking for it.
 */
async function heal({ front, caller, headers, ids, customerToken }: Walker, after: RootField): Promise<void> {
  front.mode = "well";
  front.tokenMode = "well";
  const query = `{ purchaseSync(synchronizationId: "${fresh()}") { __typename } bulkCall(requestId: "${fresh()}") { __typename }
    partnerBatch(statusCheckId: "${fresh()}") { __typename } surveyTransaction(surveyId: "s", transactionId: "${fresh()}") { __typename }
    access(offerId: "S580476507") { __typename } }`;
  await caller.ask({ query }, [...headers, ["x-cleeng-customer-token", customerToken]]);
  if (after.root !== "mutation") return;
  front.settled = true;
  const calls = ids.slice(-3).map((id, place) => `r${place}: recheck(id: "${id}") { __typename }`);
  if (calls.length > 0) await caller.ask({ query: `mutation { ${calls.join(" ")} }` }, headers);
  front.settled = false;
}
