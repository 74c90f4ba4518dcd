/**
 * From a stream to its subscriber's socket. Where nothing has to be waited for, a change goes from the hub to the socket in
 * one go; a stream that is silent holds nothing that waits. To graphql-ws this is an iterator of no events, whose end is the
 * subscription's: the events pass it by.
 */
import type { Live } from "../live/feed.ts";
import type { Stream, Told } from "../live/stream.ts";
import type { Group, Made, Payload } from "./groups.ts";
import type { Outlet } from "./outlet.ts";
import { shown } from "./shown.ts";

export interface DeliveryOptions {
  readonly live: Live;
  readonly source: Stream;
  readonly group: Group;
  readonly outlet: Outlet;
  /** Whether the subscriber may still be told something. Judged for each event. */
  readonly mayStay: () => boolean;
  readonly isGone: () => boolean;
  /** Runs once, when all that there is has been told for the first time. */
  readonly settled: () => void;
  /** Runs once, however it ends. */
  readonly release: () => void;
}

/** Nothing has to be told any more. */
const over = { done: true, value: undefined } as const;

/** A class, for there are as many as subscriptions. */
export class Delivery implements AsyncIterableIterator<never> {
  readonly #options: DeliveryOptions;
  /** What is being told. */
  #told: Told | null = null;
  /** What is sent of it, once it has been made. */
  #payload: Payload | null = null;
  #hasSettled = false;
  #hasEnded = false;
  #settle: { resolve(result: IteratorResult<never>): void; reject(error: unknown): void } | null = null;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Asked once: it resolves when all has been told. */
  next(): Promise<IteratorResult<never>> {
    if (this.#hasEnded) return Promise.resolve(over);
    const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<never>>();
    this.#settle = { resolve, reject };
    this.#goOn();
    return promise;
  }

  async return(): Promise<IteratorResult<never>> {
    this.#end();
    return over;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Runs in the middle of the hub's telling, and of the group's: it never throws. */
  readonly #goOn = () => {
    try {
      this.#tellOn();
    } catch (error) {
      this.#fail(error);
    }
  };

  #tellOn(): void {
    const { source, group, outlet, mayStay } = this.#options;
    while (!this.#hasEnded) {
      this.#told ??= source.take();
      if (this.#told === null) {
        if (!source.wait(this.#goOn)) this.#after(this.#read());
        else if (!this.#hasSettled) {
          this.#hasSettled = true;
          this.#options.settled();
        }
        return;
      }
      // Judged again where it had to be made first: what it asks of the store may take its time.
      if (!mayStay()) {
        this.#end();
        return;
      }
      const payload = this.#payload ?? group.payload(this.#told, this.#made);
      if (payload === null) return;
      this.#told = null;
      this.#payload = null;
      outlet.next(payload);
      if (outlet.isBlocked) {
        this.#after(outlet.freed());
        return;
      }
    }
  }

  async #read(): Promise<void> {
    const read = await this.#options.source.read();
    if (read === "over") this.#end();
    else if (read !== "caughtUp") this.#told = read;
  }

  readonly #made = (made: Made) => {
    if ("failure" in made) this.#after(this.#shown(made));
    else {
      this.#payload = made.payload;
      this.#goOn();
    }
  };

  async #shown(first: Made): Promise<void> {
    const { live, group, isGone } = this.#options;
    const told = this.#told;
    if (told === null || this.#hasEnded) return;
    let made: Made | null = first;
    this.#payload = await shown(live, isGone, async () => {
      const { promise, resolve } = Promise.withResolvers<Made>();
      const payload = made === null ? group.payload(told, resolve) : null;
      const result = payload === null ? (made ?? (await promise)) : { payload };
      made = null;
      if ("failure" in result) throw result.failure;
      return result.payload;
    });
  }

  #after(waited: Promise<void>): void {
    waited.then(this.#goOn, (error: unknown) => this.#fail(error));
  }

  #end(): void {
    if (this.#leave()) this.#settle?.resolve(over);
  }

  #fail(error: unknown): void {
    if (this.#leave()) this.#settle?.reject(error);
  }

  /** False where it had ended already. */
  #leave(): boolean {
    if (this.#hasEnded) return false;
    this.#hasEnded = true;
    const { source, group, release } = this.#options;
    void source.return();
    group.leave();
    release();
    return true;
  }
}
