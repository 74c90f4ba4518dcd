/**
 * docs/errors.md from the tables of codes that the code itself goes by, and from the schema's own words on each type of
 * problem. Pure.
 */
import { type GraphQLSchema, isInterfaceType } from "graphql";
import type { CodeDoc, Problem } from "../src/datasources/problems.ts";
import { code, generatedHeader, page, table } from "./markdown.ts";

type Codes = Readonly<Record<string, CodeDoc>>;

export function renderErrors(schema: GraphQLSchema, errorCodes: Codes, ownCodes: Codes): string {
  return page(
    generatedHeader("src/resolvers/errors.ts, src/datasources/problems.ts and the schema"),
    "# Errors and problems",
    "What can be expected to fail is data: a member of the result union, a **problem** with `message` and `code`. One " +
      "provider that fails blanks nobody else's fields. What can't be expected, or has no union to be a member of, is a " +
      "**GraphQL error**, with a code in `extensions.code`.",
    "Neither ever holds a token, an address of an upstream, an upstream's body or a stack. Write clients by types and " +
      "codes; messages are for people, and may change.",
    "## Problems, by type",
    "Each has `message` and `code`. Keep a default branch: `... on Problem` fits every one.",
    table(["Type", "What it says", "It has besides", "What to do"], problemTypes(schema)),
    "## Problems, by code",
    "`code` is the provider's where it gave one (`REQ0100`, `GLOBAL_1003`, `14`, `1003`), else one of these. An operation " +
      "that failed has the provider's word for its end in that place: a Cleeng result (or `FINALIZED_WITHOUT_ACCESS`, " +
      "where it gave none), floLIVE's `FAILURE` and `INTERNAL_ERROR`, Liberis' `Duplicate`, `Conflict` and `Failed`, a " +
      "status code of PureSpectrum's. Where Liberis refuses without a code, it is `HTTP_` and the status.",
    table(["Code", "What it means", "What to do"], rowsOf(ownCodes)),
    ...reservedIn(ownCodes),
    "## GraphQL errors",
    "Over HTTP a request that was understood is answered with 200, or with 400 where the client accepts " +
      "`application/graphql-response+json` and the document could not be run; what is no GraphQL request has a 4xx and the " +
      "same form. Over WebSocket a subscription that can't begin is answered with an `error` message.",
    table(["Code", "What it means", "What to do"], rowsOf(errorCodes)),
    ...reservedIn(errorCodes),
  );
}

/** By type, so that a type without advice does not compile. */
const advice: Readonly<Record<Problem["type"], string>> = {
  NotFound: "Compare the id with the one that was given out.",
  InvalidInput: "Mend what `fields` name. Nothing was sent.",
  ProviderRejected: "Change the request: the same one would be refused again.",
  ProviderUnavailable: "A read may be asked again, after `retryAfterSeconds` where it is given.",
  RateLimited: "Ask again after `retryAfterSeconds`. Nothing was accepted.",
  ProviderNotConfigured: "Tell the operator.",
  AlreadyRunning: "Follow `operation`, where it is known.",
  AlreadyFinal: "Take `operation` for the answer.",
  WriteUnconfirmed: "Look at the provider before sending it again.",
  DeadlinePassed: "Follow it again to go on waiting.",
  NotAllowed:
    "Ask with a token that has the right, or for the customer that it names. Nothing that a repeat would change.",
};

function problemTypes(schema: GraphQLSchema): ReadonlyArray<readonly string[]> {
  const problem = schema.getType("Problem");
  if (!isInterfaceType(problem)) throw new Error("Expected the schema to have the interface Problem; it has none.");
  const types = new Map(schema.getPossibleTypes(problem).map((type) => [type.name, type]));
  const described = Object.entries(advice).map(([name, todo]) => {
    const type = types.get(name);
    if (!type) throw new Error(`Expected ${name} among the schema's problems; it is not there.`);
    types.delete(name);
    const own = Object.keys(type.getFields()).filter((field) => !Object.hasOwn(problem.getFields(), field));
    return [code(name), type.description ?? "", own.map(code).join(", "), todo];
  });
  if (types.size > 0) throw new Error(`Expected a line of advice on ${[...types.keys()].join(", ")}; there is none.`);
  return described;
}

function rowsOf(codes: Codes): ReadonlyArray<readonly string[]> {
  return Object.entries(codes)
    .filter(([, { reserved }]) => !reserved)
    .map(([name, { means, advice: todo }]) => [code(name), means, todo]);
}

/** What a client may read of elsewhere, and will not meet. */
function reservedIn(codes: Codes): readonly string[] {
  const rows = Object.entries(codes).flatMap(([name, { means, reserved }]) => (reserved ? [[code(name), means]] : []));
  return rows.length === 0 ? [] : ["Reserved: no version gives these yet.", table(["Code", "What it will mean"], rows)];
}
