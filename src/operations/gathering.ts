/**
 * Gathers what comes at about the same time, and does it together: what is there when the last round ends makes the next.
 * A transaction costs a store as much as some dozens of the rows in it.
 */

/** `together` gives one outcome each, in their order. */
export function gathering<Given, Outcome>(
  together: (all: readonly Given[]) => Promise<readonly Outcome[]>,
): (all: readonly Given[]) => Promise<readonly Outcome[]> {
  interface Part {
    readonly given: readonly Given[];
    resolve(outcomes: readonly Outcome[]): void;
    reject(reason: unknown): void;
  }
  let waiting: Part[] = [];
  let busy = false;

  async function run(): Promise<void> {
    busy = true;
    while (waiting.length > 0) {
      // Answers that are there already are heard before: an embedded store lets nothing in until it is done.
      await new Promise((resolve) => setImmediate(resolve));
      const round = waiting;
      waiting = [];
      await together(round.flatMap(({ given }) => given)).then(
        (outcomes) => {
          let start = 0;
          for (const { given, resolve } of round) {
            resolve(outcomes.slice(start, start + given.length));
            start += given.length;
          }
        },
        (reason: unknown) => {
          for (const { reject } of round) reject(reason);
        },
      );
    }
    busy = false;
  }

  return (given) =>
    new Promise((resolve, reject) => {
      waiting.push({ given, resolve, reject });
      if (!busy) void run();
    });
}
