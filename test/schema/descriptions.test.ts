/** The schema explains itself: nothing that a client can see there is without a sentence on what it means. */
import { expect, test } from "@jest/globals";
import { isEnumType, isInputObjectType, isInterfaceType, isObjectType } from "graphql";
import { buildStatusgraphSchema } from "../../src/resolvers/index.ts";
import { ownTypes } from "./items.ts";

interface Described {
  readonly what: "type" | "root field" | "field" | "argument" | "input field" | "enum value";
  readonly name: string;
  readonly description: string | null | undefined;
}

const fewest: Readonly<Record<Described["what"], number>> = {
  type: 68,
  "root field": 24,
  field: 246,
  argument: 60,
  "input field": 45,
  "enum value": 60,
};

function* described(): Generator<Described> {
  const schema = buildStatusgraphSchema();
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  for (const type of ownTypes(schema)) {
    const isRoot = roots.some((root) => root === type);
    // Query, Mutation and Subscription are GraphQL's own names; their fields say what can be asked.
    if (!isRoot) yield { what: "type", name: type.name, description: type.description };
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        const name = `${type.name}.${field.name}`;
        yield { what: isRoot ? "root field" : "field", name, description: field.description };
        for (const { name: argument, description } of field.args) {
          yield { what: "argument", name: `${name}(${argument})`, description };
        }
      }
    }
    if (isInputObjectType(type)) {
      for (const { name, description } of Object.values(type.getFields())) {
        yield { what: "input field", name: `${type.name}.${name}`, description };
      }
    }
    if (isEnumType(type)) {
      for (const { name, description } of type.getValues()) {
        yield { what: "enum value", name: `${type.name}.${name}`, description };
      }
    }
  }
}

test("every type, field, argument and enum value has a description that is a sentence", () => {
  const all = [...described()];
  const isSentence = (text: string | null | undefined) => text != null && /^\S.*[.)]$/s.test(text);
  expect(all.filter(({ description }) => !isSentence(description))).toEqual([]);
  // As many as there are without a further kind: a walk that finds fewer has lost its way.
  const tooFew = Object.entries(fewest).filter(
    ([kind, least]) => all.filter(({ what }) => what === kind).length < least,
  );
  expect(tooFew).toEqual([]);
});
