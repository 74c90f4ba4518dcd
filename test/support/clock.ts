/**
 * A clock that stands still until a test moves it, or sets its time as a machine's is set. Sockets stay on real time: this owns only what waits by a Clock.
 */
import type { Clock } from "../../src/clock.ts";

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

export class ManualClock implements Clock {
  private time: number;
  /** By how much its time was set. */
  private shift = 0;
  private readonly sleepers = new Set<Sleeper>();

  constructor(start: number = Date.parse("2026-01-01T00:00:00Z")) {
    this.time = start;
  }

  now(): number {
    return this.time + this.shift;
  }

  monotonic(): number {
    return this.time;
  }

  /** Sets the time on by `ms`, or back where that is negative. Nobody sleeps longer or shorter for it. */
  set(ms: number): void {
    this.shift += ms;
  }

  /** How many sleep now. A test that disposes of what it started finds none. */
  get sleeping(): number {
    return this.sleepers.size;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted || ms <= 0) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.sleepers.delete(sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper: Sleeper = { due: this.time + ms, wake };
      this.sleepers.add(sleeper);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  /**
   * Moves time on by `ms`. Sleepers wake one at a time, in the order in which they are due, each at its own instant;
   * what a sleeper does next, also to sleep again, is done before the next one wakes. Answers of real sockets are
   * not waited for.
   */
  async advance(ms: number): Promise<void> {
    const target = this.time + ms;
    await continuations();
    for (let next = this.nextUntil(target); next; next = this.nextUntil(target)) {
      this.time = Math.max(this.time, next.due);
      next.wake();
      await continuations();
    }
    this.time = Math.max(this.time, target);
    await continuations();
  }

  private nextUntil(target: number): Sleeper | null {
    let next: Sleeper | null = null;
    for (const sleeper of this.sleepers) {
      if (sleeper.due <= target && (next === null || sleeper.due < next.due)) next = sleeper;
    }
    return next;
  }
}

/** Two turns of the event loop: every chain of resolved promises has run to its end after them. */
async function continuations(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
