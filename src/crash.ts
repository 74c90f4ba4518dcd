/**
 * The last words of a program that a fault of its own ends. Node's own would show whatever hangs on the error (a request, its
 * headers, an address), on standard error and past the log, which takes credentials out.
 */
import type { Logger } from "pino";

/** For a program, once: what nobody caught is logged as every other error is, and ends the process with 1. */
export function logCrashes(log: Pick<Logger, "fatal">): void {
  process.on("uncaughtException", (error: unknown) => {
    // What was thrown may be anything; of what is no error, only that it came is told.
    const err = error instanceof Error ? error : new Error("Something was thrown that is no error.");
    try {
      log.fatal({ err }, "A fault of its own has ended the program. This is a bug.");
    } finally {
      process.exit(1);
    }
  });
}
