/** What is undone also where a bench is interrupted: a process that is left over spoils whatever is measured next. */

const steps = new Set<() => unknown>();
const asyncStepsWithinMs = 5_000;
let heeding = false;

/** `undo` runs should this process be told to end meanwhile. Gives what takes that back, once it was undone in its time. */
export function atInterrupt(undo: () => unknown): () => void {
  if (!heeding) heed();
  steps.add(undo);
  return () => void steps.delete(undo);
}

function heed(): void {
  heeding = true;
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.once(signal, () => {
      setTimeout(() => process.exit(code), asyncStepsWithinMs);
      const undone = [...steps].toReversed().map(async (undo) => undo());
      void Promise.allSettled(undone).then(() => process.exit(code));
    });
  }
}
