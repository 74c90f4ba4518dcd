/** Whether questions about the schema are answered at all (INTROSPECTION): one rule for both doors, in our own words. */
import { GraphQLError, SchemaMetaFieldDef, TypeMetaFieldDef, type ValidationRule } from "graphql";

const refusal =
  "Expected a document without __schema and __type: questions about the schema are not answered here. Its text comes with the gateway (schema.graphql).";

/** Tells it once, however often it is asked. */
export const noIntrospection: ValidationRule = (context) => {
  let told = false;
  return {
    Field(node) {
      const { value: name } = node.name;
      if (told || (name !== SchemaMetaFieldDef.name && name !== TypeMetaFieldDef.name)) return;
      told = true;
      context.reportError(new GraphQLError(refusal, { nodes: node }));
    },
  };
};
