/**
 * Rights end while streams run: the token's time is over, or it is taken back. Then the streams end with 4403 and a reason,
 * nothing is told any more, and whoever comes back with a new token goes on where they were.
 */
import { afterEach, describe, expect, test } from "@jest/globals";
import { ManualClock } from "../support/clock.ts";
import { startTestGateway } from "../support/gateway.ts";
import { type Engine, engines } from "../support/store.ts";
import { bearer, type TokenOptions } from "../support/tokens.ts";
import { setFollowed } from "./changes.ts";
import type { Owner, Viewer } from "./roles.ts";
import { connect, type Message, type Socket } from "./socket.ts";
import { startWorld, type Target, type World } from "./world.ts";

const ann: Owner = { tenant: "acme", sub: "ann" };
/** Changes what is ann's, whatever becomes of her tokens. */
const sid: Viewer = { tenant: "acme", sub: "sid", scope: "operations:read operations:write service" };
const bob: Owner = { tenant: "acme", sub: "bob" };
const namesake: Owner = { tenant: "umbrella", sub: "ann" };
const scope = "operations:read access:check";

const disposals: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0).reverse()) await dispose();
});
function disposed<T extends { dispose(): Promise<void> }>(one: T): T {
  disposals.push(() => one.dispose());
  return one;
}
async function connected(gateway: { readonly url: string }, claims: TokenOptions): Promise<Socket> {
  const socket = await connect(gateway, claims);
  disposals.push(() => socket.close());
  return socket;
}

const change = "kind cursor revision operation { id }";
const operationsChanged = `subscription ($after: Cursor) { operationsChanged(after: $after) { ${change} } }`;
const operationChanged = `subscription ($ids: [ID!]!, $after: Cursor) { operationChanged(ids: $ids, after: $after) { ${change} } }`;
const accessChanged = `subscription { accessChanged(offerIds: ["S580476507"], customerToken: "a-customer") { kind } }`;

/** An operation's change, where a message tells of one. */
const told = ({ payload }: Message) => payload?.data?.operationsChanged ?? payload?.data?.operationChanged;
const toldBy = (id: string, { messages }: Socket) =>
  messages.flatMap((one) => (one.id === id ? (told(one) ?? []) : []));

/** Two that are followed. One changes, for the other's sake a stream of both goes on. */
interface Pair {
  readonly target: Target;
  readonly ids: readonly string[];
}

async function followed(world: World, owner: Owner): Promise<Pair> {
  const [target, other] = await world.plant("PurchaseSync", owner, 2);
  if (!target || !other) throw new Error("Expected operations to have been planted.");
  await setFollowed(world, target, true);
  await setFollowed(world, other, true);
  return { target, ids: [target.id, other.id] };
}

/** It ends as it began: followed. */
async function changeTwice(world: World, { target }: Pair): Promise<void> {
  await setFollowed(world, target, false, sid);
  await setFollowed(world, target, true, sid);
}

async function revisionOf({ http }: World, { target: { id } }: Pair): Promise<number> {
  const { data } = await http.ask(sid, "query ($id: ID!) { node(id: $id) { ... on Operation { revision } } }", { id });
  return data.node.revision;
}

async function hearOf(socket: Socket, { target }: Pair, revision: number): Promise<void> {
  for (const stream of ["all", "named"]) {
    const isIt = (one: Message) => one.id === stream && told(one)?.operation.id === target.id;
    await socket.heard((one) => isIt(one) && told(one).revision === revision);
  }
}

/** All three kinds of streams on one socket, each of which has told of everything so far. */
async function watchAll(world: World, socket: Socket, pair: Pair): Promise<void> {
  socket.subscribe("named", operationChanged, { ids: pair.ids });
  socket.subscribe("all", operationsChanged);
  socket.subscribe("access", accessChanged);
  await socket.heard(({ id }) => id === "named");
  await socket.heard(({ id }) => id === "access");
  while (toldBy("all", socket).length === 0) await changeTwice(world, pair);
  await changeTwice(world, pair);
  await hearOf(socket, pair, await revisionOf(world, pair));
}

/** The revisions of the one that changes, as both streams tell of them from a cursor on, up to the last. */
async function resumed(
  gateway: { readonly url: string },
  claims: TokenOptions,
  { after, pair, last }: { readonly after: string; readonly pair: Pair; readonly last: number },
): Promise<readonly number[][]> {
  const socket = await connected(gateway, claims);
  socket.subscribe("all", operationsChanged, { after });
  socket.subscribe("named", operationChanged, { ids: pair.ids, after });
  await hearOf(socket, pair, last);
  return ["all", "named"].map((stream) => toldBy(stream, socket).map(({ revision }) => revision));
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, place) => from + place);
const nothingButEvents = ({ messages }: Socket) => expect(messages.filter(({ type }) => type !== "next")).toEqual([]);

describe.each(engines)("on $name", (engine: Engine) => {
  describe("a token whose time is over", () => {
    const lifeMs = 60_000;
    const begin = async () => {
      const clock = new ManualClock(Date.now());
      const world = disposed(await startWorld({ engine, clock, env: { AUTH_CLOCK_TOLERANCE_SECONDS: "0" } }));
      const pair = await followed(world, ann);
      const claims = () => ({ ...ann, scope, now: clock.now(), expiresInSeconds: lifeMs / 1000 });
      const first = claims();
      const socket = await connected(world.gateway, first);
      await watchAll(world, socket, pair);
      return { clock, world, pair, claims, first, socket };
    };

    test("ends its streams at the next event, which is not told, and they go on under a new one", async () => {
      const { clock, world, pair, claims, first, socket } = await begin();
      // An issuer counts whole seconds.
      clock.set(Math.floor(first.now / 1000) * 1000 + lifeMs - 1 - clock.now());
      await changeTwice(world, pair);
      const last = await revisionOf(world, pair);
      await hearOf(socket, pair, last);
      const after = toldBy("all", socket).at(-1).cursor;

      clock.set(1);
      const before = socket.messages.length;
      await changeTwice(world, pair);
      expect(await socket.closed).toEqual({ code: 4403, reason: expect.stringContaining("ended") });
      await changeTwice(world, pair);
      expect(socket.messages.slice(before)).toEqual([]);
      nothingButEvents(socket);

      const expected = range(last + 1, last + 4);
      expect(await resumed(world.gateway, claims(), { after, pair, last: last + 4 })).toEqual([expected, expected]);
      const { status } = await world.gateway.request("{ __typename }", {}, await bearer(first));
      expect(status).toBe(401);
      expect(await (await connect(world.gateway, first)).closed).toMatchObject({ code: 4403 });
    });

    test("ends its streams also while there is nothing to tell", async () => {
      const { clock, socket } = await begin();
      const before = socket.messages.length;
      clock.set(lifeMs);
      expect(await socket.closed).toEqual({ code: 4403, reason: expect.stringContaining("ended") });
      expect(socket.messages.slice(before)).toEqual([]);
    });

    test("is good for nothing new on a socket that is open", async () => {
      const { clock, socket } = await begin();
      const before = socket.messages.length;
      clock.set(lifeMs);
      socket.subscribe("late", "{ providers { provider } }");
      socket.subscribe("later", operationsChanged);
      expect(await socket.closed).toMatchObject({ code: 4403 });
      expect(socket.messages.slice(before)).toEqual([]);
    });
  });

  test("tokens that are revoked end their streams on every gateway, and nobody else's", async () => {
    const database = disposed(await engine.createDatabase());
    const world = disposed(await startWorld({ engine, database }));
    const gateways = [world.gateway];
    if (engine.name === "PostgreSQL") gateways.push(disposed(await startTestGateway({ database, env: world.env })));
    const [hers, theirs] = [await followed(world, ann), await followed(world, namesake)];
    const now = Date.now() - 5_000;
    const claims = { ...ann, scope, now };
    const sockets: Socket[] = [];
    const others: Socket[] = [];
    for (const gateway of gateways) {
      const socket = await connected(gateway, claims);
      await watchAll(world, socket, hers);
      sockets.push(socket);
      for (const [viewer, { ids }] of [[bob, hers] as const, [namesake, theirs] as const]) {
        const other = await connected(gateway, { ...viewer, scope: `${scope} service`, now });
        other.subscribe("named", operationChanged, { ids });
        await other.heard(({ id }) => id === "named");
        others.push(other);
      }
    }
    const from = await revisionOf(world, hers);
    for (const socket of sockets) await hearOf(socket, hers, from);
    const after = sockets.map((socket) => toldBy("all", socket).at(-1).cursor);

    const revoke = (viewer: Viewer, subject: string) =>
      world.http.ask(viewer, "mutation ($subject: String!) { revokeTokens(subject: $subject) }", { subject });
    expect((await revoke(sid, "ann")).errors).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
    // Of this name there is somebody here as well, who is none of theirs.
    expect((await revoke({ tenant: "umbrella", sub: "chief", scope: "admin" }, bob.sub)).errors).toEqual([]);
    const { data } = await revoke({ tenant: "acme", sub: "ada", scope: "admin" }, ann.sub);
    for (const socket of sockets) {
      expect(await socket.closed).toEqual({ code: 4403, reason: expect.stringContaining("revoked") });
    }

    const counts = sockets.map(({ messages }) => messages.length);
    await changeTwice(world, hers);
    await setFollowed(world, theirs.target, false);
    for (const other of others) await other.heard((message) => told(message)?.kind === "CHANGED");
    expect(sockets.map(({ messages }) => messages.length)).toEqual(counts);
    for (const socket of [...sockets, ...others]) nothingButEvents(socket);
    for (const gateway of gateways) {
      const { status } = await gateway.request("{ __typename }", {}, await bearer(claims));
      expect(status).toBe(401);
      const refused = await connect(gateway, claims);
      expect(await refused.closed).toEqual({ code: 4403, reason: expect.stringContaining("revoked") });
      // What is issued later is taken: in the next second, for that is how an issuer counts.
      const fresh = { ...claims, now: Date.parse(data.revokeTokens) + 1_000 };
      const expected = range(from + 1, from + 2);
      for (const cursor of after) {
        expect(await resumed(gateway, fresh, { after: cursor, pair: hers, last: from + 2 })).toEqual([
          expected,
          expected,
        ]);
      }
    }
  });
});
