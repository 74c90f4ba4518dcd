/** A cursor is a place, and opens nothing: whoever's it was, what follows is the viewer's own. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeCursor, encodeCursor } from "../../src/store/cursor.ts";
import { cursorsOf, setFollowed } from "./changes.ts";
import { asMaker, type Owner, reaches, type Viewer } from "./roles.ts";
import { type Answer, startWorld, type Target, type World } from "./world.ts";

const ann: Viewer = { tenant: "acme", sub: "ann", scope: "operations:read" };
const others: readonly Owner[] = [
  { tenant: "acme", sub: "bob" },
  { tenant: "umbrella", sub: "ann" },
  { tenant: "umbrella", sub: "uma" },
];

let world: World;
/** Before and after what the others had in between. */
let early: Target;
let late: Target;
let bulk: Target;
const foreign: { readonly owner: Owner; readonly cursor: string; readonly listing: string; readonly items: string }[] =
  [];
beforeAll(async () => {
  world = await startWorld();
  const one = async (owner: Owner) => first(await world.plant("PurchaseSync", owner, 1));
  early = await one(ann);
  bulk = first(await world.plant("BulkCall", ann, 1));
  for (const owner of others) {
    const theirs = await one(owner);
    const [cursor = ""] = await cursorsOf(world, owner, theirs);
    const [theirBulk] = await world.plant("BulkCall", owner, 1);
    const { data } = await world.http.ask(
      asMaker(owner),
      `query ($id: ID!) { operations(first: 1) { edges { cursor } }
         node(id: $id) { ... on BulkCall { calls(first: 1) { pageInfo { endCursor } } } } }`,
      { id: theirBulk?.id },
    );
    const [{ cursor: listing }] = data.operations.edges;
    foreign.push({ owner, cursor, listing, items: data.node.calls.pageInfo.endCursor });
  }
  late = await one(ann);
  // Of what was there before, something comes after the others' as well.
  await setFollowed(world, early, true);
  await setFollowed(world, early, false);
});
afterAll(() => world.dispose());

const first = (targets: readonly Target[]): Target => {
  const [target] = targets;
  if (!target) throw new Error("Expected an operation to have been planted.");
  return target;
};

const expectOwn = (given: unknown) =>
  expect(world.ownersIn(JSON.stringify(given)).filter((owner) => !reaches(ann, owner))).toEqual([]);

const byId = `subscription ($ids: [ID!]!, $after: Cursor) { operationChanged(ids: $ids, after: $after) {
  kind revision operation { id } } }`;
const allOfThem = `subscription ($after: Cursor) { operationsChanged(after: $after) { kind revision operation { id } } }`;
const timeline = `query ($id: ID!, $after: Cursor) { node(id: $id) { ... on Operation { timeline(after: $after) { nodes { revision operation { id } } } } } }`;

/** What ann is told from a cursor on, up to the last change of all. */
const fromOn = async (after: string) => {
  const isLast = ({ operationsChanged: { revision, operation } }: Answer["data"]) =>
    operation.id === early.id && revision === 3;
  const { events, errors } = await world.listen(ann, allOfThem, { after }, isLast);
  expect(errors).toEqual([]);
  expectOwn(events);
  return events.map(({ operationsChanged: { kind, revision, operation } }) => [kind, operation.id, revision]);
};

test("the others' cursors are given, each at another place", () => {
  expect(new Set(foreign.flatMap(({ cursor, listing }) => [cursor, listing])).size).toBe(others.length * 2);
});

describe("a cursor of somebody else's timeline", () => {
  test("is a place for a stream of named operations", async () => {
    for (const { cursor } of foreign) {
      const { events, errors } = await world.listen(
        ann,
        byId,
        { ids: [early.id, late.id], after: cursor },
        () => false,
      );
      expect(errors).toEqual([]);
      expectOwn(events);
      expect(events.map(({ operationChanged: { operation, revision } }) => [operation.id, revision])).toEqual([
        [late.id, 1],
        [early.id, 2],
        [early.id, 3],
      ]);
    }
  });

  test("is a place for a stream of all operations", async () => {
    for (const { cursor } of foreign) {
      expect(await fromOn(cursor)).toEqual([
        ["CHANGED", late.id, 1],
        ["CHANGED", early.id, 2],
        ["CHANGED", early.id, 3],
      ]);
    }
  });

  test("is a place in a timeline", async () => {
    for (const { cursor } of foreign) {
      const { data, errors } = await world.http.ask(ann, timeline, { id: early.id, after: cursor });
      expect(errors).toEqual([]);
      expectOwn(data);
      expect(data.node.timeline.nodes.map(({ revision }: { readonly revision: number }) => revision)).toEqual([2, 3]);
    }
  });
});

test("a cursor that somebody makes up tells of own operations alone", async () => {
  const epoch = decodeCursor(foreign[0]?.cursor ?? "")?.epoch;
  if (epoch === undefined) throw new Error("Expected a cursor to bear the log's epoch.");
  // From the beginning: all of the viewer's changes. Past the end, or of another log: the viewer's operations as they are.
  expect(await fromOn(encodeCursor({ epoch, place: 0 }))).toEqual([
    ["CHANGED", early.id, 1],
    ["CHANGED", bulk.id, 1],
    ["CHANGED", late.id, 1],
    ["CHANGED", early.id, 2],
    ["CHANGED", early.id, 3],
  ]);
  for (const cursor of [encodeCursor({ epoch, place: 1_000_000 }), encodeCursor({ epoch: "0".repeat(32), place: 1 })]) {
    expect(await fromOn(cursor)).toEqual([
      ["RESET", bulk.id, 1],
      ["RESET", late.id, 1],
      ["RESET", early.id, 3],
    ]);
  }
});

test("a cursor of somebody else's list, or items, is a place among own ones", async () => {
  const pages = `query ($id: ID!, $after: String, $items: String) { operations(after: $after) { nodes { id } totalCount }
    node(id: $id) { ... on BulkCall { calls(after: $items) { totalCount nodes { requestId } } } } }`;
  for (const { listing, items } of foreign) {
    const { data, errors } = await world.http.ask(ann, pages, { id: bulk.id, after: listing, items });
    expect(errors).toEqual([]);
    expectOwn(data);
    expect(data.operations).toEqual({ totalCount: 3, nodes: [{ id: bulk.id }, { id: early.id }] });
    expect(data.node.calls).toEqual({ totalCount: 2, nodes: [{ requestId: `${bulk.naturalId}-node-1` }] });
  }
});

test("a cursor of one kind of list is none of another", async () => {
  for (const { cursor, listing, items } of foreign) {
    for (const after of [listing, items]) {
      const { events, errors } = await world.listen(ann, allOfThem, { after }, () => true);
      expect([events, errors.map(({ extensions }) => extensions)]).toEqual([[], [{ code: "INVALID_CURSOR" }]]);
    }
    for (const after of [cursor, items]) {
      const { data, errors } = await world.http.ask(
        ann,
        "query ($after: String) { operations(after: $after) { nodes { id } } }",
        { after },
      );
      expect([data, errors.map(({ extensions }) => extensions.code)]).toEqual([null, ["INVALID_CURSOR"]]);
    }
  }
});
