/** By what one subscription's events leave: the messages of graphql-transport-ws that bear them, on the socket's outbox. */
import type { Payload } from "./groups.ts";
import type { Beginning, Outbox } from "./outbox.ts";

export interface Outlet {
  /** Tells the client, unless it has completed the subscription. */
  next(payload: Payload): void;
  /** Whether something waits for the client to read. Whoever sends on then waits until it is `freed`. */
  readonly isBlocked: boolean;
  freed(): Promise<void>;
}

/** `mayTell`: whether the operation of this id is the one that was asked for, and not over for the client. */
export function createOutlet(outbox: Outbox, id: string, mayTell: () => boolean): Outlet {
  return new SubscriptionOutlet(outbox, id, mayTell);
}

/** One event under way, or several that are as short: more waits for the write of these. */
const mostUnderWay = 16_384;

/** A class, for there are as many as subscriptions. */
class SubscriptionOutlet implements Outlet {
  readonly #outbox: Outbox;
  readonly #beginning: Beginning;
  readonly #mayTell: () => boolean;
  /** How many bytes have been sent in the outbox's turn. */
  #underWay = 0;
  #turn = 0;

  constructor(outbox: Outbox, id: string, mayTell: () => boolean) {
    this.#outbox = outbox;
    const text = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
    this.#beginning = { text, bytes: Buffer.byteLength(text) };
    this.#mayTell = mayTell;
  }

  next(payload: Payload): void {
    if (!this.#mayTell()) return;
    if (this.#turn !== this.#outbox.turn) this.#underWay = 0;
    this.#turn = this.#outbox.turn;
    this.#underWay += payload.length;
    this.#outbox.send(this.#beginning, payload);
  }

  get isBlocked(): boolean {
    const { isBlocked, turn } = this.#outbox;
    return isBlocked || (turn === this.#turn && this.#underWay >= mostUnderWay);
  }

  freed(): Promise<void> {
    return this.#outbox.freed();
  }
}
