/** A directory for an embedded store, gone with the bench. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atInterrupt } from "../support/leaving.ts";

export async function scratchDirectory(): Promise<{ readonly path: string; dispose(): Promise<void> }> {
  const parent = await mkdtemp(join(tmpdir(), "statusgraph-reads-"));
  const remove = () => rm(parent, { recursive: true, force: true });
  const forget = atInterrupt(remove);
  return {
    path: join(parent, "store"),
    async dispose() {
      await remove();
      forget();
    },
  };
}
