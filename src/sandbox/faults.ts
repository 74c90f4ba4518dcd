/**
 * Faults that a sandbox can be asked for. An id that contains `fault-500` makes each status read of it fail so;
 * `fault-write-500` makes the write fail so. Providers whose ids are numbers map numbers to these names.
 */
import type { FastifyReply } from "fastify";
import type { SandboxContext } from "../datasources/contract.ts";

export const faults = {
  slow: "answers after 60 s, whatever SANDBOX_SPEED is: later than any time-out",
  "429": "429 with Retry-After: 2",
  "500": "500 with an empty JSON object",
  "503": "503 with Retry-After: 3",
  truncated: "200, and the connection is cut in the middle of the body",
  cut: "the connection is cut before any answer",
  html: "200 with an HTML page",
  empty: "200 with an empty body",
  shape: "200 with JSON of a wrong shape",
} as const;
export type Fault = keyof typeof faults;

/** The fault that `text` asks for at a read or at a write, if any. */
export function findFault(text: string, at: "read" | "write"): Fault | null {
  const match = /fault-(write-)?([a-z0-9]+)/.exec(text);
  const name = match?.[2];
  if (!match || name === undefined || (match[1] === undefined) !== (at === "read")) return null;
  return Object.hasOwn(faults, name) ? (name as Fault) : null;
}

/** Answers with the fault. The route must return right after. */
export async function sendFault(reply: FastifyReply, fault: Fault, context: SandboxContext): Promise<void> {
  switch (fault) {
    case "slow":
      // Not scaled: it is there to outlast a time-out, and those run on real time.
      await context.clock.sleep(60_000);
      await reply.code(200).send({});
      return;
    case "429":
      await reply.code(429).header("retry-after", "2").send({});
      return;
    case "500":
      await reply.code(500).send({});
      return;
    case "503":
      await reply.code(503).header("retry-after", "3").send({});
      return;
    case "truncated":
      reply.hijack();
      reply.raw.writeHead(200, { "content-type": "application/json", "content-length": "4096" });
      reply.raw.write('{"status": "fin', () => reply.raw.destroy());
      return;
    case "cut":
      reply.hijack();
      reply.raw.destroy();
      return;
    case "html":
      await reply.code(200).type("text/html").send("<!doctype html><title>Maintenance</title><p>Back soon.</p>");
      return;
    case "empty":
      await reply.code(200).type("application/json").send("");
      return;
    case "shape":
      await reply.code(200).send({ surprise: [1, 2, 3] });
      return;
  }
}
