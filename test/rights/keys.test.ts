/** An idempotency key belongs to whoever used it: the same key of somebody else's is another one. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { customers } from "./cases.ts";
import type { Viewer } from "./roles.ts";
import { startWorld, type World } from "./world.ts";

const scope = "operations:read operations:write";
const viewers: readonly Viewer[] = [
  { tenant: "acme", sub: "ann", scope, customer: customers.theirs },
  { tenant: "acme", sub: "bob", scope, customer: customers.theirs },
  { tenant: "acme", sub: "sid", scope: `${scope} service` },
  { tenant: "acme", sub: "ada", scope: "admin" },
  { tenant: "umbrella", sub: "ann", scope, customer: customers.theirs },
];

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.dispose());

const register = async (viewer: Viewer, transactionId: string) => {
  const { data, errors } = await world.http.ask(
    viewer,
    `mutation ($input: RegisterPurchaseInput!) { registerPurchase(input: $input) {
       __typename ... on PurchaseSync { id storeTransactionId } ... on Problem { code } } }`,
    { input: { customerId: customers.theirs, transactionId, idempotencyKey: "the-same-key" } },
  );
  expect(errors).toEqual([]);
  return data.registerPurchase;
};
const transactionOf = ({ tenant, sub }: Viewer) => `${tenant}-${sub}`;

test("each has an operation of their own by it, and finds that one again", async () => {
  const made = new Map<Viewer, { readonly id: string }>();
  for (const viewer of viewers) {
    const operation = await register(viewer, transactionOf(viewer));
    expect(operation).toMatchObject({ __typename: "PurchaseSync", storeTransactionId: transactionOf(viewer) });
    made.set(viewer, operation);
  }
  expect(new Set([...made.values()].map(({ id }) => id)).size).toBe(viewers.length);
  for (const viewer of viewers) {
    expect(await register(viewer, transactionOf(viewer))).toEqual(made.get(viewer));
    expect(world.providers.asked(transactionOf(viewer))).toBe(1);
  }
});

test("what it was used for by others is not compared, and does not show", async () => {
  for (const viewer of viewers) {
    expect(await register(viewer, "something-else")).toEqual({
      __typename: "InvalidInput",
      code: "IDEMPOTENCY_KEY_REUSED",
    });
  }
  const newcomer: Viewer = { tenant: "umbrella", sub: "uma", scope, customer: customers.theirs };
  expect(await register(newcomer, "something-else")).toMatchObject({ __typename: "PurchaseSync" });
});
