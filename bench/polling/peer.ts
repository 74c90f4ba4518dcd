/** What the processes of peers share: how they are driven, and the one call that a job of theirs makes. */
import { Agent, request } from "undici";

export const concurrency = 64;
/** When a job comes again: after the measurement. */
export const againAfterSeconds = 600;

/** Asks the provider of one job, as the gateway does: JSON over a kept connection. */
export function createCall(provider: string): (id: string) => Promise<string> {
  const dispatcher = new Agent({ connections: concurrency, pipelining: 1 });
  return async (id) => {
    const { body } = await request(`${provider}/purchases/synchronizations/${id}`, {
      dispatcher,
      headers: { accept: "application/json", "x-publisher-token": "publisher-token" },
    });
    const { status } = (await body.json()) as { status: string };
    return status;
  };
}

export const idOf = (index: number): string => `synchronization-${index}`;

/** Works between "go" and "pause", each of which it answers; `loop` works until it is told to pause. */
export function serve(loop: (paused: AbortSignal) => Promise<void>): void {
  let working: { readonly pause: AbortController; readonly ended: Promise<void> } | null = null;
  process.on("message", async (command) => {
    if (command === "go") {
      const pause = new AbortController();
      working = { pause, ended: loop(pause.signal) };
    } else {
      working?.pause.abort();
      await working?.ended;
    }
    process.send?.({ done: command });
  });
  process.on("disconnect", () => process.exit());
  process.send?.({ ready: true });
}
