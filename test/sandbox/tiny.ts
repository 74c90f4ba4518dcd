/** A definition as small as one can be, for tests of what serves every provider. Each id is work that ends after its settle time. */
import { z } from "zod";
import { type AnyProvider, defineOperationProvider, type Script } from "../../src/datasources/contract.ts";
import { notFound } from "../../src/datasources/problems.ts";
import { findFault, sendFault } from "../../src/sandbox/faults.ts";
import { valueAt } from "../../src/sandbox/script.ts";

const magic = [{ argument: "tiny.id", id: "fault-…", effect: "each read fails so" }];

export const tiny: AnyProvider = defineOperationProvider({
  id: "tiny",
  provider: "TINY",
  kind: "TINY_WORK",
  title: "Tiny",
  envPrefix: "TINY",
  settings: z.object({ TINY_URL: z.string() }),
  configuredBy: "TINY_URL",
  secrets: [],
  unknownId: notFound("Tiny knows no such work.", "TINY_404"),
  deadlineSeconds: 60,
  connect: () => ({ fetchMany: async () => [] }),
  sandbox: {
    magic,
    settings: (origin) => ({ TINY_URL: origin }),
    routes(app, context) {
      const scripts = new Map<string, Script>();
      app.post<{ Params: { id: string } }>("/work/:id", async (request, reply) => {
        const now = context.clock.now();
        const script: Script = [
          [now, "open"],
          [now + context.settleTime(), "done"],
        ];
        scripts.set(request.params.id, script);
        context.script(request.params.id, script);
        return reply.code(202).send({ id: request.params.id });
      });
      app.get<{ Params: { id: string } }>("/work/:id", async (request, reply) => {
        const fault = findFault(request.params.id, "read");
        if (fault) {
          await sendFault(reply, fault, context);
          return reply;
        }
        const script = scripts.get(request.params.id);
        if (!script) return reply.code(404).send({ absent: true });
        return { status: valueAt(script, context.clock.now()) };
      });
      app.get("/broken", async () => {
        throw new Error("a mistake in the sandbox, with a detail for the log alone");
      });
    },
  },
});
