/** What a client knows of operations, and up to where: one value, so that the two never disagree. */

export interface Change {
  readonly kind: "SNAPSHOT" | "CHANGED" | "RESET";
  readonly cursor: string;
  readonly revision: number;
  readonly operation: Operation;
}

export interface Operation {
  readonly id: string;
  readonly revision: number;
}

export interface Known {
  readonly after?: string;
  readonly operations: Readonly<Record<string, Operation>>;
}

export const nothing: Known = { operations: {} };

export function withChange(known: Known, { kind, cursor, operation }: Change): Known {
  const before = known.operations[operation.id];
  // A RESET may come from another log, in which revisions count anew.
  const isNews = kind === "RESET" || before === undefined || before.revision < operation.revision;
  const operations = isNews ? { ...known.operations, [operation.id]: operation } : known.operations;
  return { after: cursor, operations };
}
