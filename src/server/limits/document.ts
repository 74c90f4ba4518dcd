/**
 * From a document's text to the document, or to what is wrong with it. The same text is read once: what has passed is kept,
 * as far as there is room. It knows nothing of variables, which cost.ts judges for each request.
 */
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Lexer,
  parse,
  type Source,
  specifiedRules,
  TokenKind,
  type ValidationRule,
  validate,
} from "graphql";
import { LRUCache } from "lru-cache";
import type { Limits } from "../../config/limits.ts";
import { codedError, type ErrorCode, limitExceeded } from "../../resolvers/errors.ts";
import { tooDeep } from "../errors.ts";

export { documentRules } from "./rules.ts";

export interface DocumentReader {
  /** The document, or what is wrong with it. */
  read(text: string): DocumentNode | GraphQLError[];
  /** What is wrong with a document that others have parsed. Judged once for each that passes. */
  judge(document: DocumentNode): readonly GraphQLError[];
  /** How many documents are kept. */
  readonly kept: number;
}

export interface DocumentReaderOptions {
  readonly schema: GraphQLSchema;
  readonly limits: Pick<Limits, "tokens">;
  /** Of documentRules, and noIntrospection where that is off; beside graphql-js' own. */
  readonly rules: readonly ValidationRule[];
  /** Whether errors may suggest names of the schema. */
  readonly introspection: boolean;
}

/** Of one document: enough to mend it by. Ten words could make ten errors of some hundred bytes each. */
export const mostErrors = 5;
/** What the documents that are kept may take up, by estimate. */
const mostKeptBytes = 32 * 1024 * 1024;
const mostKept = 1_000;
/** Of a parsed document, with its places in the text: 240 to 480 were measured. */
const bytesOfToken = 500;

export function createDocumentReader({ schema, limits, rules, introspection }: DocumentReaderOptions): DocumentReader {
  const kept = new LRUCache<string, DocumentNode>({
    max: mostKept,
    maxSize: mostKeptBytes,
    sizeCalculation: ({ tokenCount = limits.tokens }, text) => 1 + 2 * text.length + bytesOfToken * tokenCount,
  });

  const passed = new WeakSet<DocumentNode>();
  // graphql-js has hideSuggestions, its types don't.
  const options: object = { maxErrors: mostErrors, hideSuggestions: !introspection };

  /** What `work` finds, or throws. graphql-js recurses, so a document of some thousand levels ends its stack. */
  function told<T>(code: ErrorCode, work: () => T): T | GraphQLError[] {
    try {
      return work();
    } catch (error) {
      if (error instanceof GraphQLError) return [tokenLimitError(error, limits) ?? withCode(error, code)];
      if (error instanceof RangeError) return [codedError(code, tooDeep)];
      throw error;
    }
  }

  function judge(document: DocumentNode): GraphQLError[] {
    if (passed.has(document)) return [];
    // Its own rule on subscriptions throws where an argument of @skip does not fit.
    const errors = told("GRAPHQL_VALIDATION_FAILED", () => {
      // Where a limit is passed nothing else is looked at, nor told.
      const refusals = validate(schema, document, rules);
      return refusals.length > 0 ? refusals : validate(schema, document, specifiedRules, options);
    });
    if (errors.length === 0) passed.add(document);
    return errors.map((error) => withCode(error, "GRAPHQL_VALIDATION_FAILED"));
  }

  function readAnew(text: string): DocumentNode | GraphQLError[] {
    const document = told("GRAPHQL_PARSE_FAILED", () => parse(text, { maxTokens: limits.tokens }));
    if (Array.isArray(document)) return document;
    const errors = judge(document);
    return errors.length > 0 ? errors : document;
  }

  return {
    judge,
    get kept() {
      return kept.size;
    },
    read(text) {
      const known = kept.get(text);
      if (known) return known;
      const read = readAnew(text);
      if (!Array.isArray(read)) kept.set(text, read);
      return read;
    },
  };
}

/** The refusal, with its figures, where graphql-js' error is about the limit of tokens; else null. */
export function tokenLimitError(error: unknown, limits: Pick<Limits, "tokens">): GraphQLError | null {
  if (!(error instanceof GraphQLError) || !error.source || !tokensExceeded.test(error.message)) return null;
  return tokenRefusal(error.source, limits.tokens);
}

/** From its beginning: other syntax errors quote the document. */
const tokensExceeded = /^Syntax Error: Document contains more tha[tn] \d+ tokens\. Parsing aborted\.$/;

/** So many times the limit is counted on: a request that is nothing but tokens would take 0.1 s to count to its end. */
const countedOn = 10;

/** graphql-js stops at the limit, so what was asked is counted here. */
function tokenRefusal(source: Source, most: number): GraphQLError {
  const lexer = new Lexer(source);
  const end = most * countedOn;
  let asked = 0;
  try {
    while (asked < end && lexer.advance().kind !== TokenKind.EOF) asked += 1;
  } catch {
    // A character that begins no token: what came before it is too much already.
  }
  const further = asked === end ? " (It was counted no further.)" : "";
  return limitExceeded("tokens", most, asked, `Ask in several documents, or hand values over as variables.${further}`);
}

/** Without the nodes, which would hold the whole document. A limit's refusal has its code. */
function withCode(error: GraphQLError, code: ErrorCode): GraphQLError {
  if (error.extensions.code !== undefined) return error;
  const { message, source, positions } = error;
  return new GraphQLError(message, { source: source ?? null, positions: positions ?? null, extensions: { code } });
}
