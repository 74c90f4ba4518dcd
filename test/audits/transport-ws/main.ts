/** `npm run audit:transport-ws`: a server's address in, a table out; exit code 1 where it breaks a MUST. See README.md. */
import { auditTransportWs } from "./index.ts";
import { type AuditOptions, readOptions, usage } from "./options.ts";
import { isBroken, lineOf, summaryOf } from "./table.ts";

const write = (line: string) => void process.stdout.write(`${line}\n`);

async function run({ target, only }: AuditOptions): Promise<number> {
  const results = await auditTransportWs(target, {
    ...(only.length > 0 ? { only } : {}),
    onResult: (result) => write(lineOf(result)),
  });
  write(`\n${summaryOf(results)}`);
  return isBroken(results) ? 1 : 0;
}

try {
  process.exitCode = await run(readOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`);
  process.exitCode = 2;
}
