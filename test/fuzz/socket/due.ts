/** What is sent in one step, and what must come of it. */

export type Due =
  /** The socket stays open. */
  | { readonly type: "open" }
  /** It is closed with one of these codes. Null: an end without a close frame. */
  | { readonly type: "closed"; readonly codes: ReadonlyArray<number | null> }
  /** Either: what was sent may be a message or none. */
  | { readonly type: "either" }
  /** Bytes that may be the beginning of a frame: nothing need ever come. */
  | { readonly type: "torn" };

/** What is sent in one step. */
export interface Sent {
  readonly bytes: Buffer;
  readonly due: Due;
  /** What was subscribed to, for certain. */
  readonly begins?: Begun;
}

export interface Begun {
  readonly id: string;
  /** An answer to a query comes and is over; a stream goes on until somebody ends it; some may do either. */
  readonly lasts: "until its answer" | "on" | "perhaps";
}

export const open: Due = { type: "open" };
export const either: Due = { type: "either" };
export const closed = (...codes: ReadonlyArray<number | null>): Due => ({ type: "closed", codes });
