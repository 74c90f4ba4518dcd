/** When a program of this project ends, and how: by a signal, with its parent, or at the latest after a time. */

/** How long a gateway may take to leave: sockets take the drain time; answers under way, calls and the store the rest. */
export const gatewayLimitMs = (drainSeconds: number): number => Math.max(9_000, drainSeconds * 1000 + 4_000);

/** How long the sandbox may take. */
export const sandboxLimitMs = 5_000;

/** A cluster: all gateways at once, then the sandbox. Each ends by its own limit, if later where the machine is busy. */
export const clusterLimitMs = (drainSeconds: number): number => gatewayLimitMs(drainSeconds) + sandboxLimitMs + 2_000;

export interface Lifecycle {
  /** What it did is undone. */
  dispose(): Promise<void>;
  /** How long that may take. */
  readonly withinMs: number;
  /** Whether ending now would break off an answer to anybody; always, unless it says. */
  readonly isServing?: () => boolean;
  /** As of the operating system: npm's variables are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly info: (sentence: string) => void;
  readonly fail: (error: unknown, sentence: string) => void;
}

/**
 * Exits with 0 where everything was undone in time, or where all that is left is between this program and its database,
 * which others take up as after a kill; else with 1. A second signal ends it at once.
 */
export function endWhenTold({ dispose, withinMs, isServing, env, info, fail }: Lifecycle): void {
  let leaving = false;
  const leave = (reason: string) => {
    if (leaving) process.exit(1);
    leaving = true;
    info(`${reason}: stopping. A signal now ends it at once.`);
    setTimeout(() => {
      const within = `within ${withinMs / 1000} s`;
      if (isServing?.() === false) {
        info(`The database did not take everything ${within}. What is left is taken up as after a kill.`);
        process.exit(0);
      }
      fail(null, `Not all has stopped ${within}: ended as it is.`);
      process.exit(1);
    }, withinMs).unref();
    dispose().then(
      () => process.exit(0),
      (error: unknown) => {
        fail(error, "Not all has stopped cleanly.");
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => leave(signal));

  // npm starts a shell, and the shell this: a signal to npm ends the shell, which passes nothing on. What is left is an
  // orphan that holds the port and the store's directory, so it ends as if it had been told. So does a part of a
  // cluster (cluster/main.ts), which is joined to it by a channel.
  const parent = process.ppid;
  if (env.npm_lifecycle_event === undefined && process.send === undefined) return;
  setInterval(() => {
    if (process.ppid !== parent && !leaving) leave("What started this has ended");
  }, 250).unref();
}

/** What a program tells the one that started it, where there is a channel to it. */
export interface Ready {
  readonly type: "ready";
  /** A gateway's address. */
  readonly url?: string;
  /** Variables that make a gateway use it. */
  readonly env?: Readonly<Record<string, string>>;
}

export function tellParent(ready: Ready): void {
  // Without a listener for its messages, the channel does not keep the process up.
  process.send?.(ready);
}
