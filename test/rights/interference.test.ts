/**
 * Whatever others have and do, a viewer's answers stay what they were: to the last number, also in fields that name nobody.
 * Every query is asked for everything that it gives, by documents made from the schema, before and after.
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildStatusgraphSchema } from "../../src/resolvers/index.ts";
import { setFollowed } from "./changes.ts";
import { everythingOf } from "./everything.ts";
import type { Owner, Viewer } from "./roles.ts";
import { rootFields } from "./table.ts";
import { type Kind, startWorld, surveyId, type Target, type World } from "./world.ts";

const schema = buildStatusgraphSchema();
const kinds: readonly Kind[] = ["PurchaseSync", "BulkCall", "PartnerBatch", "SurveyTransaction"];
const scope = "operations:read access:check";
const rights = { without: "", person: scope, service: `${scope} service`, admin: "admin" };
const ann: Owner = { tenant: "acme", sub: "ann" };
const colleague: Owner = { tenant: "acme", sub: "bob" };
const outsiders: readonly Owner[] = [
  { tenant: "umbrella", sub: "ann" },
  { tenant: "umbrella", sub: "uma" },
];
/** With those whose work must not show in what they are answered. */
const viewers: ReadonlyArray<readonly [string, Viewer, readonly Owner[]]> = [
  ["a person", { ...ann, scope: rights.person }, [colleague, ...outsiders]],
  ["whoever may do nothing", { ...ann, scope: rights.without }, [colleague, ...outsiders]],
  ["whoever sees the tenant", { ...ann, scope: rights.service }, outsiders],
  ["an admin", { ...ann, scope: rights.admin }, outsiders],
];

type Own = Readonly<Record<Kind, Target>>;
/** How each query is called about what is the viewer's own; what is fresh enough is not asked for. */
const calls: Readonly<Record<string, (own: Own) => string>> = {
  "Query.access": () => `(offerId: "S580476507", customerToken: "a-customer")`,
  "Query.accessMany": () => `(offerIds: ["S580476507"], customerToken: "a-customer")`,
  "Query.bulkCall": ({ BulkCall: { naturalId } }) => `(requestId: "${naturalId}", maxAgeSeconds: 3600)`,
  "Query.node": ({ BulkCall: { id } }) => `(id: "${id}")`,
  "Query.nodes": (own) => `(ids: ${JSON.stringify(kinds.map((kind) => own[kind].id))})`,
  "Query.operations": () => "(first: 500)",
  "Query.partnerBatch": ({ PartnerBatch: { naturalId } }) => `(statusCheckId: "${naturalId}", maxAgeSeconds: 3600)`,
  "Query.providers": () => "",
  "Query.purchaseSync": ({ PurchaseSync: { naturalId } }) => `(synchronizationId: "${naturalId}", maxAgeSeconds: 3600)`,
  "Query.surveyTransaction": ({ SurveyTransaction: { naturalId } }) =>
    `(surveyId: "${surveyId}", transactionId: "${naturalId}", maxAgeSeconds: 3600)`,
};

/** What is of the moment, and of the providers alone: everyone signed in may see how they are. */
const ofTheMoment = new Set([
  "AccessCheck__checkedAt",
  "ProviderHealth__budgetLeft",
  "ProviderHealth__requestsLastMinute",
  "ProviderHealth__errorsLastMinute",
  "ProviderHealth__p95LatencyMs",
]);

let world: World;
let own: Own;
beforeAll(async () => {
  world = await startWorld();
  const targets = new Map<Kind, Target>();
  for (const kind of kinds) for (const target of await world.plant(kind, ann, 1)) targets.set(kind, target);
  const of = (kind: Kind): Target => {
    const target = targets.get(kind);
    if (!target) throw new Error(`Expected a ${kind} to have been planted.`);
    return target;
  };
  own = {
    PurchaseSync: of("PurchaseSync"),
    BulkCall: of("BulkCall"),
    PartnerBatch: of("PartnerBatch"),
    SurveyTransaction: of("SurveyTransaction"),
  };
});
afterAll(() => world.dispose());

async function askAll(viewer: Viewer): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  for (const [coordinate, args] of Object.entries(calls)) {
    const field = coordinate.replace("Query.", "");
    const { data, errors } = await world.http.ask(
      viewer,
      `{ ${field}${args(own)} ${everythingOf(schema, coordinate)} }`,
    );
    const text = JSON.stringify({ data, errors }, (name, value) => (ofTheMoment.has(name) ? "of the moment" : value));
    answers.set(coordinate, text);
  }
  return answers;
}

async function work(owner: Owner): Promise<void> {
  for (const kind of kinds) await world.plant(kind, owner, 3);
  const [target] = await world.plant("PurchaseSync", owner, 1);
  if (!target) throw new Error("Expected an operation to have been planted.");
  // Not for long: what is followed is asked for again by itself, and whoever sees it sees when.
  await setFollowed(world, target, true);
  await setFollowed(world, target, false);
}

test("every query is asked", () => {
  const queries = Object.keys(rootFields).filter((name) => name.startsWith("Query."));
  expect(Object.keys(calls).sort()).toEqual(queries.sort());
});

test.each(viewers)("%s is answered the same, whatever others do", async (_name, viewer, others) => {
  const before = await askAll(viewer);
  expect(before.size).toBe(Object.keys(calls).length);
  for (const owner of others) await work(owner);
  expect(await askAll(viewer)).toEqual(before);
});

test("what the viewer does itself is seen", async () => {
  const viewer = { ...ann, scope };
  const before = await askAll(viewer);
  await work(ann);
  const after = await askAll(viewer);
  const changed = [...before.keys()].filter((name) => before.get(name) !== after.get(name));
  expect(changed).toEqual(["Query.operations", "Query.providers"]);
});
