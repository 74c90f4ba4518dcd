/** The audits over a server of our own: all pass where it does right, and each fault is found out by those named for it. */
import { afterEach, expect, test } from "@jest/globals";
import { type Fault, faults } from "./faults.ts";
import { audits, auditTransportWs, type SuiteOptions, type Waits } from "./index.ts";
import { documents } from "./schema.ts";
import { type AuditedServer, badParams, expiringParams, messageLimitBytes, startServer } from "./server.ts";

let server: AuditedServer | null = null;
afterEach(async () => {
  await server?.dispose();
  server = null;
});

async function failing(fault: Fault | null, waits: Partial<Waits>, options: SuiteOptions): Promise<string[]> {
  server = await startServer(fault);
  const results = await auditTransportWs(
    {
      url: server.url,
      documents,
      badConnectionParams: badParams,
      expiringConnectionParams: () => expiringParams,
      messageLimitBytes,
      waits,
    },
    options,
  );
  expect(results.filter(({ status }) => status === "not run")).toEqual([]);
  return results.flatMap((result) => (result.status === "ok" ? [] : [result.audit.id]));
}

test("a server without a fault passes every one", async () => {
  expect(await failing(null, {}, {})).toEqual([]);
});

// Where an audit waits in vain it has failed: there is no sense in waiting long.
const brief = { patienceMs: 400, initMs: 800, expiryMs: 800, quietMs: 100 };
test.each(Object.keys(faults) as Fault[])("a server that %s is found out", async (fault) => {
  const only = faults[fault];
  expect((await failing(fault, brief, { only, atOnce: 6 })).toSorted()).toEqual(only.toSorted());
});

test("every audit finds out some fault", () => {
  const found = new Set<string>(Object.values(faults).flat());
  expect(audits.map(({ id }) => id).filter((id) => !found.has(id))).toEqual([]);
});
