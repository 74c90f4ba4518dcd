/**
 * What lies behind an answer: every field that could lead further is asked for, by documents made from the schema, of
 * everything that a viewer may name. None tells of what its viewer may not see; and each has told of something.
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { isInterfaceType } from "graphql";
import { buildStatusgraphSchema } from "../../src/resolvers/index.ts";
import { customers } from "./cases.ts";
import { cursorsOf } from "./changes.ts";
import { everythingOf, fieldsShownIn } from "./everything.ts";
import { type Owner, reaches, type Viewer } from "./roles.ts";
import { typeFields } from "./table.ts";
import { type Answer, type Door, startWorld, surveyId, type Target, type World } from "./world.ts";

const schema = buildStatusgraphSchema();
const owners: readonly Owner[] = [
  { tenant: "acme", sub: "ann" },
  { tenant: "acme", sub: "bob" },
  { tenant: "umbrella", sub: "ann" },
];
const scope = "operations:read operations:write";
const ann: Viewer = { tenant: "acme", sub: "ann", scope, customer: customers.theirs };
const bob: Viewer = { tenant: "acme", sub: "bob", scope, customer: customers.another };
const sid: Viewer = { tenant: "acme", sub: "sid", scope: `${scope} service` };
const ada: Viewer = { tenant: "acme", sub: "ada", scope: "admin" };
const namesake: Viewer = { tenant: "umbrella", sub: "ann", scope, customer: customers.theirs };
const uma: Viewer = { tenant: "umbrella", sub: "uma", scope: `${scope} service` };
const viewers = [ann, bob, sid, ada, namesake, uma].map((viewer) => ({
  name: `${viewer.sub} of ${viewer.tenant}`,
  viewer,
}));

let world: World;
const all: Target[] = [];
/** The place of the very first change. */
let beginning: string | undefined;
const shown = new Set<string>();
beforeAll(async () => {
  world = await startWorld();
  for (const owner of owners) {
    for (const kind of ["PurchaseSync", "BulkCall", "PartnerBatch", "SurveyTransaction"] as const) {
      all.push(...(await world.plant(kind, owner, 2)));
    }
  }
  const [first] = all;
  if (first) [beginning] = await cursorsOf(world, ann, first);
});
afterAll(() => world.dispose());

/** Asks for everything that a field gives, and holds what comes against what the viewer may see. */
async function ask(
  viewer: Viewer,
  coordinate: string,
  args: string,
  { ask: send }: Door = world.http,
): Promise<Answer["data"]> {
  const [type = "", field = ""] = coordinate.split(".");
  const document = `${type.toLowerCase()} { given: ${field}${args} ${everythingOf(schema, coordinate)} }`;
  const { data, errors } = await send(viewer, document);
  expect(errors).toEqual([]);
  note(viewer, data.given);
  return data.given;
}

function note(viewer: Viewer, given: unknown): void {
  const text = JSON.stringify(given);
  expect(world.ownersIn(text).filter((owner) => !reaches(viewer, owner))).toEqual([]);
  for (const name of fieldsShownIn(given)) shown.add(name);
}

const idsOf = (targets: readonly Target[]) => JSON.stringify(targets.map(({ id }) => id));
const seenBy = (viewer: Viewer) => all.filter(({ owner }) => owner && reaches(viewer, owner));

test.each(viewers)("$name sees what is behind their own operations, and nothing behind others", async ({ viewer }) => {
  for (const door of [world.http, world.webSocket]) {
    const nodes = await ask(viewer, "Query.nodes", `(ids: ${idsOf(all)})`, door);
    expect(nodes.filter((node: unknown) => node !== null)).toHaveLength(seenBy(viewer).length);
    const listed = await ask(viewer, "Query.operations", "(first: 500)", door);
    expect(listed.OperationConnection__totalCount).toBe(seenBy(viewer).length);
    await ask(viewer, "Query.providers", "", door);
  }
});

test.each(viewers)("$name is told by streams of what is behind their own operations", async ({ viewer }) => {
  const listen = async (field: string, args: string, isEnough: (text: string) => boolean) => {
    const document = `subscription { given: ${field}${args} ${everythingOf(schema, `Subscription.${field}`)} }`;
    const { events, errors } = await world.listen(viewer, document, {}, (data) => isEnough(JSON.stringify(data)));
    expect(errors).toEqual([]);
    note(viewer, events);
    return events;
  };
  // None of them is followed, so the stream is over when it has told of each.
  const snapshots = await listen("operationChanged", `(ids: ${idsOf(seenBy(viewer))})`, () => false);
  expect(snapshots).toHaveLength(seenBy(viewer).length);
  const [marker] = await world.plant("PurchaseSync", viewer, 1);
  if (!marker) throw new Error("Expected a marker to have been planted.");
  all.push(marker);
  const events = await listen("operationsChanged", `(after: "${beginning}")`, (text) => text.includes(marker.id));
  expect(events).toHaveLength(seenBy(viewer).length - (reaches(viewer, ann) ? 1 : 0));
});

test("work that is under way already is shown to whoever may see it", async () => {
  const [mine] = await Promise.all([ask(ann, "Mutation.registerPurchase", register("of.acme.ann.1000."))]);
  const id = mine.PurchaseSync__id;
  expect(id).toEqual(expect.any(String));
  const again = async (viewer: Viewer) => {
    const answer = await ask(viewer, "Mutation.registerPurchase", register(null, viewer.customer));
    expect(answer).toMatchObject({ __typename: "AlreadyRunning", AlreadyRunning__code: "SK2C0101" });
    return answer.AlreadyRunning__operation;
  };
  expect(await again(bob)).toBeNull();
  expect(await again(namesake)).toBeNull();
  expect(await again(uma)).toBeNull();
  for (const viewer of [ann, sid, ada]) expect(await again(viewer)).toMatchObject({ PurchaseSync__id: id });
});

/** Cleeng takes a transaction once: the next one hears that it is under way. */
function register(correlationId: string | null, customerId: string = customers.theirs): string {
  const input = `customerId: "${customerId}", transactionId: "the-one", correlationId: ${JSON.stringify(correlationId)}`;
  return `(input: { ${input} })`;
}

test("a transaction that is final already is shown to whoever may see it, and is not there for another tenant", async () => {
  const set = (viewer: Viewer, transactionId: string) =>
    ask(
      viewer,
      "Mutation.setSurveyTransactionStatus",
      `(input: { surveyId: "${surveyId}", transactionId: "${transactionId}", status: COMPLETE })`,
    );
  const final = {
    __typename: "AlreadyFinal",
    AlreadyFinal__operation: { SurveyTransaction__transactionId: "final.1." },
  };
  expect(await set(sid, "final.1.")).toMatchObject(final);
  expect(await set(ada, "final.1.")).toMatchObject(final);
  const foreign = await set(uma, "final.1.");
  expect(foreign).toEqual(await set(uma, world.nobodys().naturalId));
  expect(foreign.__typename).toBe("NotFound");
});

test("every field that leads further was shown", () => {
  const led = Object.entries(typeFields).flatMap(([type, { leads }]) => {
    const of = schema.getType(type);
    const members = isInterfaceType(of) ? schema.getPossibleTypes(of).map(({ name }) => name) : [type];
    return Object.keys(leads).map((field) => ({
      field: `${type}.${field}`,
      as: members.map((name) => `${name}.${field}`),
    }));
  });
  expect(led.length).toBeGreaterThan(10);
  expect(led.filter(({ as }) => !as.some((name) => shown.has(name))).map(({ field }) => field)).toEqual([]);
});
