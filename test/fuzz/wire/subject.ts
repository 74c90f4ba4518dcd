/** What the fuzzing of a provider's wire must know of it: its documents, how its client is called, and what proves an end. */
import type { Upstream } from "../../../src/datasources/contract.ts";
import type { Vocabulary } from "../body/edits.ts";
import type { Documented, Reply, Told } from "./answer.ts";
import type { Asked } from "./server.ts";

/** An answer as its vendor documents it. */
export interface Document extends Documented {
  readonly body: unknown;
  /** What the client makes of it when it comes unchanged: see `Called.label`. */
  readonly means: string;
}

/** One kind of call that a client can make. */
export interface Ask {
  readonly name: string;
  readonly documents: readonly [Document, ...Document[]];
  /** Whether a request is to get the generated answer; the others get a good one. */
  aims(asked: Asked): boolean;
  call(): Promise<Called>;
}

/** What came of a call. */
export interface Called {
  /** In a few words, for the table. */
  readonly label: string;
  /** What is wrong with it, by what was told and what was asked; null where nothing is. */
  judge(told: Told, asked: readonly Asked[]): string | null;
}

export interface WireSubject {
  readonly id: string;
  readonly vocabulary: Vocabulary;
  /** A client that nothing has been asked of, and what can be. */
  connect(origin: string, upstream: Upstream): readonly [Ask, ...Ask[]];
  /** A good answer that settles nothing. */
  good(asked: Asked): Reply;
  /** The body of an answer that would settle any work: it is sent where nobody asked for it. */
  readonly foreign: string;
}

/** Whether a text proves an end. */
export interface Proof {
  settled(told: Told): boolean;
  succeeded(told: Told): boolean;
}

export const document = (
  means: string,
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Document => ({ means, body, status, headers: { "content-type": "application/json", ...headers } });
