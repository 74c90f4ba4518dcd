/**
 * Ids that are somebody's by another way than a look-up: a part of another's call, work that another sent, and what has
 * changed its owner.
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildStatusgraphSchema } from "../../src/resolvers/index.ts";
import { customers } from "./cases.ts";
import { cursorsOf, setFollowed } from "./changes.ts";
import { everythingOf } from "./everything.ts";
import type { Viewer } from "./roles.ts";
import { type Answer, startWorld, surveyId, type Target, type World } from "./world.ts";

const scope = "operations:read operations:write";
const ann: Viewer = { tenant: "acme", sub: "ann", scope, customer: customers.theirs };
const bob: Viewer = { tenant: "acme", sub: "bob", scope, customer: customers.another };
const sid: Viewer = { tenant: "acme", sub: "sid", scope: `${scope} service` };
const namesake: Viewer = { tenant: "umbrella", sub: "ann", scope };
const uma: Viewer = { tenant: "umbrella", sub: "uma", scope: `${scope} service` };

const schema = buildStatusgraphSchema();
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.dispose());

const one = ([target]: readonly Target[]): Target => {
  if (!target) throw new Error("Expected an operation to have been planted.");
  return target;
};

/** What a field answers about an id, in words that hold no id, and how often its provider was asked of it. */
async function askAbout(viewer: Viewer, coordinate: string, args: (id: string) => string, id: string) {
  const [type = "", field = ""] = coordinate.split(".");
  const before = world.providers.asked(id);
  const document = `${type.toLowerCase()} { given: ${field}(${args(id)}) ${everythingOf(schema, coordinate)} }`;
  const { data, errors } = await world.http.ask(viewer, document);
  expect(errors).toEqual([]);
  const given: Answer["data"] = data.given;
  return {
    type: given.__typename,
    words: JSON.stringify(given).replaceAll(id, "<id>"),
    asked: world.providers.asked(id) - before,
  };
}

const byRequestId = (id: string) => `requestId: "${id}"`;
const bySynchronizationId = (id: string) => `synchronizationId: "${id}"`;

test.each(["Query.bulkCall", "Mutation.followBulkCall"])(
  "%s knows a part of somebody's call as little as the call",
  async (field) => {
    for (const [viewer, asked] of [
      [bob, 0],
      [ann, 0],
      [namesake, 0],
      [uma, 1],
    ] as const) {
      const call = one(await world.plant("BulkCall", ann, 1));
      const nobodys = await askAbout(viewer, field, byRequestId, `${world.nobodys().naturalId}-node-0`);
      expect(nobodys).toMatchObject({ type: "NotFound", asked });
      expect(await askAbout(viewer, field, byRequestId, `${call.naturalId}-node-0`)).toEqual(nobodys);
    }
    const call = one(await world.plant("BulkCall", ann, 1));
    expect(await askAbout(sid, field, byRequestId, `${call.naturalId}-node-0`)).toMatchObject({
      type: "BulkCall",
      asked: 1,
    });
  },
);

test.each(["Query.purchaseSync", "Mutation.followPurchaseSync"])(
  "%s knows nothing of what somebody else has sent",
  async (field) => {
    const id = `of.acme.ann.${field === "Query.purchaseSync" ? 2001 : 2002}.`;
    const input = `customerId: "${customers.theirs}", transactionId: "${id}", correlationId: "${id}"`;
    expect(await askAbout(ann, "Mutation.registerPurchase", () => `input: { ${input} }`, id)).toMatchObject({
      type: "PurchaseSync",
    });
    for (const viewer of [bob, namesake, uma]) {
      const nobodys = await askAbout(viewer, field, bySynchronizationId, world.nobodys().naturalId);
      expect(nobodys.type).toBe("NotFound");
      // How often it is asked of is no one's doing here: what was sent is followed.
      const { words } = await askAbout(viewer, field, bySynchronizationId, id);
      expect(words).toBe(nobodys.words);
    }
    for (const viewer of [ann, sid]) {
      expect(await askAbout(viewer, field, bySynchronizationId, id)).toMatchObject({ type: "PurchaseSync" });
    }
  },
);

test("what a colleague sets is theirs from then on, with its history, and told no more to whom it was before", async () => {
  const target = one(await world.plant("SurveyTransaction", ann, 1));
  const marker = one(await world.plant("PurchaseSync", ann, 1));
  const [since] = await cursorsOf(world, ann, target);
  const node = async (viewer: Viewer) => {
    const document = "query ($id: ID!) { node(id: $id) { ... on Operation { timeline { nodes { revision } } } } }";
    return (await world.http.ask(viewer, document, { id: target.id })).data.node;
  };
  /** What ann hears, live or from a cursor on, until she hears of her own. */
  const heard = async (variables: { readonly after?: string | undefined }, onBegun: () => void = () => {}) => {
    const document = `subscription ($after: Cursor) { operationsChanged(after: $after) { operation { id followed } } }`;
    const { events } = await world.listen(ann, document, variables, ({ operationsChanged: { operation } }) => {
      if (operation.id === marker.id) onBegun();
      return operation.id === marker.id && isOver;
    });
    return new Set(events.map(({ operationsChanged: { operation } }) => operation.id));
  };
  let isOver = false;
  let hasBegun = false;
  const live = heard({}, () => {
    hasBegun = true;
  });
  const changeMarker = async () => {
    await setFollowed(world, marker, true);
    await setFollowed(world, marker, false);
  };
  while (!hasBegun) await changeMarker();
  expect(await node(ann)).toEqual({ timeline: { nodes: [{ revision: 1 }] } });

  const set = (id: string) => `input: { surveyId: "${surveyId}", transactionId: "${id}", status: COMPLETE }`;
  const answer = await askAbout(sid, "Mutation.setSurveyTransactionStatus", set, target.naturalId);
  expect(answer.type).toBe("SurveyTransaction");
  isOver = true;
  await changeMarker();
  expect(await live).toEqual(new Set([marker.id]));
  expect(await heard({ after: since })).toEqual(new Set([marker.id]));
  expect(await node(ann)).toBeNull();
  const { timeline } = await node({ ...sid, scope });
  expect(timeline.nodes.slice(0, 2)).toEqual([{ revision: 1 }, { revision: 2 }]);
});
