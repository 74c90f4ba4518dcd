/**
 * What is done in place of what a viewer may not reach: the same question, or the same write, about an id that nobody
 * has. So the store and the provider are asked the same as about an id that does not exist, and no time tells the two apart.
 */
import type { PreparedWrite, Write } from "../datasources/contract.ts";
import { decoyOf } from "../datasources/decoy.ts";
import type { RunningKind } from "./context.ts";

export function decoyKey({ definition }: RunningKind, naturalId: string): string {
  return definition.decoyOf?.(naturalId) ?? decoyOf(naturalId);
}

/** In the stored fields, so that whoever takes up the intent of a dead gateway knows it too. No schema shows it. */
const mark = "decoy";

export interface DecoyWrite<Input> {
  readonly input: Input;
  readonly prepared: PreparedWrite;
}

/** The same write about a decoy. */
export function decoyWrite<Input>(
  kind: RunningKind,
  write: Write<Input>,
  input: Input,
  naturalId: string,
): DecoyWrite<Input> {
  if (!write.about) {
    throw new Error(`Expected ${write.mutation} to say how it is sent about another id; it can't. Give it \`about\`.`);
  }
  const about = write.about(input, decoyKey(kind, naturalId));
  const { key, snapshot } = write.prepare(about);
  return { input: about, prepared: { key, snapshot: { ...snapshot, fields: { ...snapshot.fields, [mark]: true } } } };
}

export function isDecoy({ snapshot }: PreparedWrite): boolean {
  return snapshot.fields[mark] === true;
}
