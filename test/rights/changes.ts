/** Changes that an owner makes of an operation, each of which is one line of the log. */
import { asMaker, type Owner, type Viewer } from "./roles.ts";
import type { Target, World } from "./world.ts";

/** Of a purchase: whether it is followed. It must have been otherwise before. */
export async function setFollowed(
  world: Pick<World, "http">,
  { owner, id, naturalId }: Target,
  isFollowed: boolean,
  by: Viewer | null = owner && asMaker(owner),
): Promise<void> {
  if (!by) throw new Error("Expected an operation that somebody has.");
  const call = isFollowed
    ? `followPurchaseSync(synchronizationId: "${naturalId}", tags: ["shared"])`
    : `unfollow(id: "${id}")`;
  const { data, errors } = await world.http.ask(by, `mutation { given: ${call} { ... on Operation { followed } } }`);
  if (data?.given?.followed !== isFollowed) {
    throw new Error(`Expected ${naturalId} to change; got ${JSON.stringify({ data, errors })}.`);
  }
}

/** The places of its changes in the log, oldest first. */
export async function cursorsOf(world: World, owner: Owner, { id }: Target): Promise<string[]> {
  const { data } = await world.http.ask(
    asMaker(owner),
    "query ($id: ID!) { node(id: $id) { ... on Operation { timeline(first: 500) { edges { cursor } } } } }",
    { id },
  );
  return data.node.timeline.edges.map(({ cursor }: { readonly cursor: string }) => cursor);
}
