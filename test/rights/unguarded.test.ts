/**
 * What has no rule makes no schema, so no gateway starts with it; and what the gateway's own guard lets pass, the walk over
 * the schema finds. In a file of its own, for type-graphql's metadata are global: each case has a type of its own, which
 * enters a schema by its resolver alone.
 */
import { describe, expect, test } from "@jest/globals";
import { Arg, Field, FieldResolver, ID, Int, Mutation, ObjectType, Query, Resolver, Subscription } from "type-graphql";
import { buildStatusgraphSchema, resolvers } from "../../src/resolvers/index.ts";
import { Operation } from "../../src/schema/index.ts";
import { AsItsParent, Needs } from "../../src/schema/rules.ts";
import { complaintsAbout } from "./complaints.ts";
import { walkFields } from "./walk.ts";

/** Nothing is ever asked of these: they are only built. */
const nothing = (): never => {
  throw new Error("Nobody asks for this.");
};

@Resolver()
class UnguardedQuery {
  @Query(() => String)
  everybodysKey(): string {
    return nothing();
  }
}

@Resolver()
class UnguardedMutation {
  @Mutation(() => Boolean)
  forgetEverything(): boolean {
    return nothing();
  }
}

@Resolver()
class UnguardedSubscription {
  @Subscription(() => String, { subscribe: nothing })
  everything(): string {
    return nothing();
  }
}

/** A root has no parent whose rule it could have. */
@Resolver()
class RootAsItsParent {
  @AsItsParent()
  @Query(() => String)
  rootless(): string {
    return nothing();
  }
}

@ObjectType()
class WithArguments {
  @Field(() => String)
  readonly name!: string;
}

@Resolver(() => WithArguments)
class UnguardedArguments {
  @Needs([])
  @Query(() => WithArguments)
  withArguments(): WithArguments {
    return nothing();
  }

  @FieldResolver(() => String)
  note(@Arg("of", () => ID) _of: string): string {
    return nothing();
  }
}

@ObjectType()
class WithOperations {
  @Field(() => [Operation])
  readonly related!: Operation[];
}

@Resolver()
class UnguardedOperations {
  @Needs([])
  @Query(() => WithOperations)
  withOperations(): WithOperations {
    return nothing();
  }
}

@ObjectType()
class WithCount {
  @Field(() => String)
  readonly name!: string;
}

@Resolver(() => WithCount)
class CountOfAll {
  @Needs(["admin"])
  @Query(() => WithCount)
  withCount(): WithCount {
    return nothing();
  }

  @AsItsParent()
  @FieldResolver(() => Int)
  countOfAll(): number {
    return nothing();
  }
}

describe("a schema is not built with", () => {
  test.each([
    ["a query", UnguardedQuery, "Query.everybodysKey"],
    ["a mutation", UnguardedMutation, "Mutation.forgetEverything"],
    ["a subscription", UnguardedSubscription, "Subscription.everything"],
    ["a field with arguments", UnguardedArguments, "WithArguments.note"],
    ["a field that gives operations", UnguardedOperations, "WithOperations.related"],
  ])("%s that has no rule", (_what, resolver, name) => {
    expect(() => buildStatusgraphSchema([...resolvers, resolver])).toThrow(`Expected a rule at ${name}:`);
  });

  test("a query that is said to be as its parent", () => {
    expect(() => buildStatusgraphSchema([...resolvers, RootAsItsParent])).toThrow("Expected a rule at Query.rootless:");
  });
});

test("what has its rule is built, and is still to be thought of: as a root, as a field, as one that is answered by us", () => {
  const schema = buildStatusgraphSchema([...resolvers, CountOfAll]);
  expect(complaintsAbout(schema)).toEqual(
    expect.arrayContaining([
      expect.stringContaining("Query.withCount has no entry"),
      expect.stringContaining("WithCount.countOfAll has no entry"),
      expect.stringContaining("WithCount.name has no entry"),
    ]),
  );
  const count = walkFields(schema).find(({ name }) => name === "WithCount.countOfAll");
  expect(count?.leads).toEqual(["has a resolver of its own"]);
});

test("the others are built without them", () => {
  expect(complaintsAbout(buildStatusgraphSchema())).toEqual([]);
});

test("a rule names rights that there are", () => {
  // @ts-expect-error: a rule that needs what nobody can have would shut everybody out but admins; `npm run types` says so.
  expect(Needs(["operations:raed"])).toBeInstanceOf(Function);
  // @ts-expect-error: nor does it take a scope as a token writes it.
  expect(Needs("operations:read admin")).toBeInstanceOf(Function);
});
