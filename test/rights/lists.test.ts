/** What comes without being named: lists, counts and streams hold exactly the operations that their viewer may see. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Engine, engines } from "../support/store.ts";
import { bearer } from "../support/tokens.ts";
import { setFollowed } from "./changes.ts";
import { type Owner, reaches, type Viewer } from "./roles.ts";
import { type Answer, type Kind, startWorld, type Target, type World } from "./world.ts";

const owners: readonly Owner[] = [
  { tenant: "acme", sub: "ann" },
  { tenant: "acme", sub: "bob" },
  { tenant: "umbrella", sub: "ann" },
  { tenant: "umbrella", sub: "uma" },
  { tenant: "default", sub: "ann" },
];
const kinds: readonly Kind[] = ["PurchaseSync", "BulkCall", "PartnerBatch", "SurveyTransaction"];

const read = "operations:read";
/** Each owner by themselves, and those who see their whole tenant, who have something of their own as well. */
const viewers: readonly Viewer[] = [
  ...owners.map((owner) => ({ ...owner, scope: read })),
  { tenant: "acme", sub: "sid", scope: `${read} service` },
  { tenant: "umbrella", sub: "sid", scope: `${read} service` },
  { tenant: "acme", sub: "ada", scope: "admin" },
];
const nameOf = ({ tenant, sub, scope }: Viewer) => `${sub} of ${tenant} with ${scope}`;
const named = viewers.map((viewer) => ({ name: nameOf(viewer), viewer }));

describe.each(engines)("on $name", (engine: Engine) => {
  let world: World;
  const all: Target[] = [];
  /** Of each owner two, which change while the streams are watched. */
  const changing: Target[] = [];
  /** Of each viewer's own: what shows that a stream has begun, and what shows that it is through. */
  const signals = new Map<Viewer, { readonly hello: Target; readonly marker: Target }>();
  beforeAll(async () => {
    world = await startWorld({ engine });
    for (const owner of owners) {
      for (const kind of kinds) {
        const planted = await world.plant(kind, owner, 2);
        all.push(...planted);
        if (kind === "PurchaseSync") changing.push(...planted);
      }
    }
    for (const viewer of viewers) {
      const [hello, marker] = await world.plant("PurchaseSync", { tenant: viewer.tenant, sub: viewer.sub }, 2);
      if (hello && marker) signals.set(viewer, { hello, marker });
    }
    all.push(...[...signals.values()].flatMap(({ hello, marker }) => [hello, marker]));
  });
  afterAll(() => world.dispose());

  const seenBy = (viewer: Viewer) => all.filter(({ owner }) => owner && reaches(viewer, owner));
  const idsOf = (targets: readonly Target[]) => targets.map(({ id }) => id).sort();
  const expectOwn = (viewer: Viewer, answer: unknown) => {
    const found = world.ownersIn(JSON.stringify(answer));
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((owner) => !reaches(viewer, owner))).toEqual([]);
  };

  const changed = `subscription ($filter: OperationFilter) {
    operationsChanged(filter: $filter) { revision operation { id tags ... on PurchaseSync { synchronizationId } } } }`;
  const page = `query ($first: Int, $after: String, $filter: OperationFilter) {
    operations(first: $first, after: $after, filter: $filter) {
      totalCount edges { cursor node { id } } nodes { id } pageInfo { hasNextPage endCursor } } }`;
  const signalsOf = (viewer: Viewer) => {
    const own = signals.get(viewer);
    if (!own) throw new Error(`Expected ${nameOf(viewer)} to have something of their own.`);
    return own;
  };

  test("the viewers see some, and none sees all", () => {
    expect(all).toHaveLength(owners.length * kinds.length * 2 + viewers.length * 2);
    for (const viewer of viewers) {
      expect(seenBy(viewer).length).toBeGreaterThan(0);
      expect(seenBy(viewer).length).toBeLessThan(all.length);
    }
  });

  describe.each(["http", "webSocket"] as const)("over %s", (door) => {
    const ask = async (viewer: Viewer, document: string, variables: Record<string, unknown>) => {
      const { data, errors } = await world[door].ask(viewer, document, variables);
      expect(errors).toEqual([]);
      return data;
    };

    test.each(named)("$name pages through own operations, each once", async ({ viewer }) => {
      const ids: string[] = [];
      let after: string | null = null;
      do {
        const { operations }: Answer["data"] = await ask(viewer, page, { first: 3, after });
        expect(operations.totalCount).toBe(seenBy(viewer).length);
        expect(operations.edges.map(({ node }: Answer["data"]) => node)).toEqual(operations.nodes);
        ids.push(...operations.nodes.map(({ id }: { readonly id: string }) => id));
        after = operations.pageInfo.hasNextPage ? operations.pageInfo.endCursor : null;
      } while (after !== null);
      expect(ids.sort()).toEqual(idsOf(seenBy(viewer)));
    });

    test.each(named)("no filter lets $name see more", async ({ viewer }) => {
      const filters = [
        { ids: idsOf(all) },
        { kinds: ["PURCHASE_SYNC", "BULK_CALL", "PARTNER_BATCH", "SURVEY_TRANSACTION"] },
        { providers: ["CLEENG", "FLOLIVE", "LIBERIS", "PURESPECTRUM"] },
        { states: ["RUNNING"] },
      ];
      for (const filter of filters) {
        const { operations } = await ask(viewer, page, { first: 500, filter });
        expect(idsOf(operations.nodes)).toEqual(idsOf(seenBy(viewer)));
        expect(operations.totalCount).toBe(seenBy(viewer).length);
      }
    });

    test.each(named)("$name has own operations counted, and no others", async ({ viewer }) => {
      const { providers } = await ask(viewer, "{ providers { openOperations } }", {});
      const open = providers.map(({ openOperations }: { readonly openOperations: number }) => openOperations);
      const sum = open.reduce((total: number, one: number) => total + one, 0);
      expect(open).toHaveLength(4);
      expect(sum).toBe(seenBy(viewer).length);
    });

    test.each(named)("$name finds in an operation its own items and changes", async ({ viewer }) => {
      const document = `query ($ids: [ID!]!) { nodes(ids: $ids) { id
        ... on Operation { timeline { nodes { operation { id } } } }
        ... on BulkCall { calls { totalCount nodes { requestId } edges { node { requestId } } } }
        ... on PartnerBatch { items { totalCount nodes { partnerClientId data } } } } }`;
      const { nodes } = await ask(viewer, document, { ids: idsOf(all) });
      const shown = nodes.filter((node: unknown) => node !== null);
      expect(idsOf(shown)).toEqual(idsOf(seenBy(viewer)));
      expectOwn(viewer, nodes);
      for (const { id, timeline, calls, items } of shown) {
        for (const { operation } of timeline.nodes) expect(operation.id).toBe(id);
        const naturalId = all.find((target) => target.id === id)?.naturalId;
        const requestIds = calls?.nodes.map(({ requestId }: Answer["data"]) => requestId);
        if (calls) expect(requestIds).toEqual([`${naturalId}-node-0`, `${naturalId}-node-1`]);
        const clientIds = items?.nodes.map(({ partnerClientId }: Answer["data"]) => partnerClientId);
        if (items) expect(clientIds).toEqual([`${naturalId}-client-0`, `${naturalId}-client-1`]);
        expect((calls ?? items)?.totalCount ?? 2).toBe(2);
      }
    });
  });

  test("a token without a tenant is of the tenant default, and sees that one's alone", async () => {
    const answer = await world.gateway.request(page, { first: 500 }, await bearer({ sub: "ann", scope: read }));
    const ann = { tenant: "default", sub: "ann", scope: read };
    expect(idsOf(answer.data.operations.nodes)).toEqual(idsOf(seenBy(ann)));
  });

  const filters: ReadonlyArray<readonly [string, () => object | null]> = [
    ["without a filter", () => null],
    ["with everybody's ids", () => ({ ids: idsOf(all) })],
    ["with everybody's tag", () => ({ tags: ["shared"] })],
  ];
  test.each(filters)("streams %s tell of own operations alone, while everybody's change", async (_name, filterOf) => {
    expect(changing).toHaveLength(owners.length * 2);
    const filter = filterOf();
    const begun = new Set<Viewer>();
    const streams = viewers.map(async (viewer) => {
      const { hello, marker } = signalsOf(viewer);
      const { events, errors } = await world.listen(
        viewer,
        changed,
        { filter },
        ({ operationsChanged: { operation } }) => {
          if (operation.id === hello.id) begun.add(viewer);
          return operation.id === marker.id;
        },
      );
      expect(errors).toEqual([]);
      return { viewer, events: events.map(({ operationsChanged }) => operationsChanged) };
    });
    // Nothing says when a stream has begun but that it tells of something.
    while (begun.size < viewers.length) {
      for (const isFollowed of [true, false]) {
        for (const viewer of viewers) await setFollowed(world, signalsOf(viewer).hello, isFollowed);
      }
    }
    const told: Target[] = [];
    for (const isFollowed of [true, false]) {
      for (const target of changing) {
        await setFollowed(world, target, isFollowed);
        told.push(target);
      }
    }
    for (const isFollowed of [true, false]) {
      for (const viewer of viewers) await setFollowed(world, signalsOf(viewer).marker, isFollowed);
    }
    for (const { viewer, events } of await Promise.all(streams)) {
      expectOwn(viewer, events);
      const ids = events.map(({ operation }) => operation.id).filter((id) => changing.some((one) => one.id === id));
      expect(ids).toEqual(told.filter(({ owner }) => owner && reaches(viewer, owner)).map(({ id }) => id));
    }
  });

  test("a stream of named operations is refused for each that its viewer may not see, before it tells of any", async () => {
    for (const viewer of viewers) {
      const missing = all.filter((one) => !seenBy(viewer).includes(one));
      const ids = [...all.map(({ id }) => id), world.nobodys().id];
      const document = "subscription ($ids: [ID!]!) { operationChanged(ids: $ids) { operation { id } } }";
      const { events, errors } = await world.listen(viewer, document, { ids }, () => false);
      expect(events).toEqual([]);
      expect(errors.map(({ extensions }) => extensions)).toEqual([
        { code: "NOT_FOUND", ids: [...missing.map(({ id }) => id), ids.at(-1)] },
      ]);
    }
  });
});
