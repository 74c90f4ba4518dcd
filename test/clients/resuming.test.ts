/** What docs/resuming does beside coming back: what it opens again, what it passes on, and when it gives a socket up. */
import { createServer, connect as dial, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { Arg, Field, FieldResolver, ObjectType, Query, Resolver, Root, Subscription } from "type-graphql";
import { connect } from "../../docs/resuming/connect.ts";
import type { Change } from "../../docs/resuming/known.ts";
import { codedError } from "../../src/resolvers/errors.ts";
import { Needs } from "../../src/schema/rules.ts";
import { startTestGateway } from "../support/gateway.ts";
import { until } from "../support/until.ts";

@ObjectType()
class Tick {
  @Field(() => String)
  cursor!: string;
}

/** What the next readings of a tick fail with. */
const faults: Array<"STORE_UNAVAILABLE" | "INTERNAL_SERVER_ERROR"> = [];
/** `after` of each subscription, in the order in which they came. */
let begun: Array<string | null> = [];
/** After this one the next tick can't be read. */
const fragile = "3";

@Resolver(() => Tick)
class Ticks {
  @Needs([])
  @Query(() => String)
  unused(): string {
    return "A schema needs a query.";
  }

  @Needs([])
  @Subscription(() => Tick, {
    async *subscribe({ args }: { args: { after?: string } }) {
      begun.push(args.after ?? null);
      for (let tick = Number(args.after ?? 0) + 1; tick <= 5; tick += 1) {
        yield { cursor: String(tick) };
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    },
  })
  ticked(@Root() tick: Tick, @Arg("after", () => String, { nullable: true }) _after: string | null): Tick {
    return tick;
  }

  @FieldResolver(() => String)
  detail(@Root() { cursor }: Tick): string {
    const fault = cursor === fragile ? faults.shift() : undefined;
    if (fault) throw codedError(fault, "The test wants it so.");
    return cursor;
  }
}

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
}, 120_000);

async function startTicking() {
  begun = [];
  const gateway = await startTestGateway({ resolvers: [Ticks], env: { SANDBOX: "off" } });
  undo.push(() => gateway.dispose());
  return gateway;
}

function subscribe(url: string, query: string, options: Partial<Parameters<typeof connect>[0]> = {}) {
  const client = connect({ url: `${url.replace("http", "ws")}/graphql`, ...options });
  undo.push(() => client.terminate());
  const told: string[] = [];
  const ends: unknown[] = [];
  const leave = client.subscribe<Record<string, Change>>(
    { query, variables: {} },
    {
      next: ({ data }) => told.push(...Object.values(data ?? {}).map(({ cursor }) => cursor)),
      error: (error) => ends.push(error),
      complete: () => ends.push("complete"),
    },
  );
  undo.push(leave);
  return { client, told, ends, leave };
}

const ticks = "subscription ($after: String) { ticked(after: $after) { cursor detail } }";

describe("an event that could not be read", () => {
  test("is read again, from the last cursor, where the store was away", async () => {
    const { url } = await startTicking();
    faults.push("STORE_UNAVAILABLE", "STORE_UNAVAILABLE");
    const { told, ends } = subscribe(url, ticks);
    await until(() => ends.length > 0);
    expect(told).toEqual(["1", "2", "3", "4", "5"]);
    expect(begun).toEqual([null, "2", "2"]);
    expect(ends).toEqual(["complete"]);
  });

  test("ends the subscription where it is a fault, and nothing after it is told", async () => {
    const { url } = await startTicking();
    faults.push("INTERNAL_SERVER_ERROR");
    const { told, ends } = subscribe(url, ticks);
    await until(() => ends.length > 0);
    expect(told).toEqual(["1", "2"]);
    expect(ends).toEqual([
      [expect.objectContaining({ extensions: expect.objectContaining({ code: "INTERNAL_SERVER_ERROR" }) })],
    ]);
    expect(begun).toEqual([null]);
  });

  test("is not asked for again by one who has left meanwhile", async () => {
    const { url } = await startTicking();
    faults.push("STORE_UNAVAILABLE");
    const { told, ends, leave } = subscribe(url, ticks);
    await until(() => faults.length === 0);
    leave();
    leave();
    await until(() => ends.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(told).toEqual(["1", "2"]);
    expect(ends).toEqual(["complete"]);
    expect(begun).toEqual([null]);
  });
});

test("a handler that throws is given the same change again, on a new socket", async () => {
  const { url } = await startTicking();
  const client = connect({ url: `${url.replace("http", "ws")}/graphql` });
  undo.push(() => client.terminate());
  const told: string[] = [];
  await new Promise<void>((resolve, reject) => {
    client.subscribe<Record<string, Change>>(
      { query: ticks },
      {
        next({ data }) {
          told.push(data?.ticked?.cursor ?? "none");
          if (told.length === 4) throw new Error("The page could not take it.");
        },
        error: reject,
        complete: resolve,
      },
    );
  });
  expect(told).toEqual(["1", "2", "3", "4", "4", "5"]);
  expect(begun).toEqual([null, "3"]);
});

describe("an error message", () => {
  test("ends a subscription, with the codes that came", async () => {
    const gateway = await startTestGateway({ env: { SANDBOX: "off" } });
    undo.push(() => gateway.dispose());
    const query = 'subscription { operationsChanged(after: "a page\'s cursor") { cursor } }';
    const { ends } = subscribe(gateway.url, query);
    await until(() => ends.length > 0);
    expect(ends).toEqual([[expect.objectContaining({ extensions: { code: "INVALID_CURSOR" } })]]);
  });
});

test("a network that is dead is noticed, and what comes out of it late is not told twice", async () => {
  const { url } = await startTicking();
  const network = await startNetwork(Number(new URL(url).port));
  undo.push(() => network.dispose());
  const { told, ends } = subscribe(`http://127.0.0.1:${network.port}`, ticks, { keepAlive: 100 });
  await until(() => network.connections === 2 && told.length > 0);
  expect(network.held).toBeGreaterThan(0);
  network.thaw();
  await until(() => ends.length > 0);
  expect(told).toEqual(["1", "2", "3", "4", "5"]);
  expect(begun).toEqual([null, null]);
});

/** Its first connection dies with the first event: nothing reaches the client any more, and nothing is closed. */
interface Network {
  readonly port: number;
  /** How many were made. */
  readonly connections: number;
  /** How many pieces of data wait for the client. */
  readonly held: number;
  /** They arrive. */
  thaw(): void;
  dispose(): Promise<void>;
}

async function startNetwork(target: number): Promise<Network> {
  const sockets = new Set<Socket>();
  const held: Array<() => void> = [];
  let connections = 0;
  const server = createServer((near) => {
    connections += 1;
    const mortal = connections === 1;
    const far = dial(target, "127.0.0.1");
    for (const socket of [near, far]) sockets.add(socket.on("error", () => {}));
    near.pipe(far);
    far.on("data", (data: Buffer) => {
      if (mortal && (held.length > 0 || data.includes('"next"'))) held.push(() => near.write(data));
      else near.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The network has no TCP address.");
  return {
    port: address.port,
    get connections() {
      return connections;
    },
    get held() {
      return held.length;
    },
    thaw() {
      for (const release of held.splice(0)) release();
    },
    async dispose() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
