/**
 * Subscribers for whom a change is the same text: of the same document, operation, variables and viewer. A change is
 * executed once for all of them, with loaders of its own, and what came of it is kept for as long as the change itself is:
 * until the last of them has been told. It knows nothing of sockets.
 */
import { createHash } from "node:crypto";
import { isPromise } from "node:util/types";
import {
  type ArgumentNode,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLError,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  visit,
} from "graphql";
import type { Told } from "../live/stream.ts";
import type { Caller, Context } from "../resolvers/context.ts";
import { isStoreFailure } from "../store/errors.ts";

/** What an execution gave, as it is sent: its JSON, and the brace that ends the message around it. */
export type Payload = Uint8Array;

/** Told when a payload has been made, or why it could not be. */
export type WhenMade = (made: Made) => void;

export type Made = { readonly payload: Payload } | { readonly failure: unknown };

export interface Group {
  /** Null where it is being made: `whenMade` is called then. */
  payload(told: Told, whenMade: WhenMade): Payload | null;
  /** Its last member's leaving ends the group. */
  leave(): void;
}

export interface Groups {
  /** For a subscription that has begun, so that its arguments are known to be good. */
  join(args: ExecutionArgs, caller: Caller): Group;
  /** How many there are. */
  readonly size: number;
}

export interface GroupsOptions {
  readonly createContext: (caller: Caller) => Context;
  /** An execution's result as a message tells it. */
  readonly present: (result: ExecutionResult) => object;
}

/** The store failed while an event was made, or what is asked of it does. */
export class Unshown extends Error {
  readonly failure: GraphQLError;
  constructor(failure: GraphQLError) {
    super("The store failed while an event was made.", { cause: failure.originalError });
    this.failure = failure;
  }
}

/** The result, unless the store failed in the middle of it: that is told to nobody. */
export function shownOf(result: ExecutionResult): ExecutionResult {
  const failure = result.errors?.find(({ originalError }) => isStoreFailure(originalError));
  if (failure) throw new Unshown(failure);
  return result;
}

export function createGroups(options: GroupsOptions): Groups {
  const groups = new Map<string, SharedGroup>();
  return {
    get size() {
      return groups.size;
    },
    join(args, caller) {
      const key = keyOf(args, caller);
      const group = groups.get(key) ?? new SharedGroup(options, args, caller, () => groups.delete(key));
      groups.set(key, group);
      group.members += 1;
      return group;
    },
  };
}

class SharedGroup implements Group {
  members = 0;
  readonly #options: GroupsOptions;
  readonly #args: ExecutionArgs;
  readonly #caller: Caller;
  readonly #end: () => void;
  /** By what is told, which all who are told it share: payloads, and those who wait for one. None for a single member. */
  #made: WeakMap<Told, Payload | WhenMade[]> | null = null;

  constructor(options: GroupsOptions, args: ExecutionArgs, caller: Caller, end: () => void) {
    this.#options = options;
    this.#args = args;
    // Nothing of one member alone may get into what all of them are told.
    this.#caller = {
      viewer: { ...caller.viewer, address: null },
      rights: caller.rights,
      customer: caller.customer,
      customerToken: null,
      byGet: false,
      isGone: () => false,
    };
    this.#end = end;
  }

  payload(told: Told, whenMade: WhenMade): Payload | null {
    if (this.members > 1) this.#made ??= new WeakMap();
    const known = this.#made?.get(told);
    if (known instanceof Uint8Array) return known;
    if (known) {
      known.push(whenMade);
      return null;
    }
    const contextValue = this.#options.createContext(this.#caller);
    const result = execute({ ...this.#args, contextValue, rootValue: told });
    if (!isPromise(result)) return this.#keep(told, result);
    const waiting = [whenMade];
    this.#made?.set(told, waiting);
    result
      .then((value): Made => ({ payload: this.#keep(told, value) }))
      .catch((failure: unknown): Made => {
        // Whoever asks again begins anew.
        this.#made?.delete(told);
        return { failure };
      })
      .then((made) => {
        for (const tell of waiting) tell(made);
      });
    return null;
  }

  leave(): void {
    this.members -= 1;
    if (this.members === 0) this.#end();
  }

  #keep(told: Told, result: ExecutionResult): Payload {
    const payload = Buffer.from(`${JSON.stringify(this.#options.present(shownOf(result)))}}`);
    this.#made?.set(told, payload);
    return payload;
  }
}

/** All that what a member is told follows from. */
function keyOf(
  { document, operationName, variableValues }: ExecutionArgs,
  { viewer, rights, customer }: Caller,
): string {
  const resuming = resumingVariables(document, operationName);
  const variables = Object.entries(variableValues ?? {}).filter(([name]) => !resuming.has(name));
  const text = JSON.stringify([
    numberOf(document),
    operationName ?? null,
    variables.toSorted(([a], [b]) => (a < b ? -1 : 1)),
    [viewer.tenant, viewer.owner, viewer.seesTenant, customer, ...[...rights].toSorted()],
  ]);
  // Ids may be many.
  return createHash("sha256").update(text).digest("base64");
}

const numbers = new WeakMap<DocumentNode, number>();
let documents = 0;

/** The same text is the same document, for as long as it is kept by the reader of documents or by a group. */
function numberOf(document: DocumentNode): number {
  const known = numbers.get(document);
  if (known !== undefined) return known;
  documents += 1;
  numbers.set(document, documents);
  return documents;
}

const resuming = new WeakMap<OperationDefinitionNode, ReadonlySet<string>>();
const none: ReadonlySet<string> = new Set();

/** The variables that say where a subscriber begins, and nothing else: used once, as the argument `after` of the subscription. */
function resumingVariables(document: DocumentNode, operationName: string | null | undefined): ReadonlySet<string> {
  const operation = getOperationAST(document, operationName);
  if (!operation) return none;
  const known = resuming.get(operation);
  if (known) return known;
  const uses = new Map<string, number>();
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name }) => void uses.set(name.value, (uses.get(name.value) ?? 0) + 1),
  });
  const found = new Set(
    operation.selectionSet.selections
      .flatMap((field): readonly ArgumentNode[] => (field.kind === Kind.FIELD ? (field.arguments ?? []) : []))
      .flatMap(({ name, value }) => (name.value === "after" && value.kind === Kind.VARIABLE ? [value.name.value] : []))
      .filter((name) => uses.get(name) === 1),
  );
  resuming.set(operation, found);
  return found;
}
