/**
 * A migrated, empty store that the build leaves beside the program: copying it takes a fraction of what PGlite's
 * initdb and the migrations do (measured on two busy cores: 0.4 s against 5 s), and a first start is a first impression.
 */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { cp, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { CamelCasePlugin, Kysely, PGliteDialect } from "kysely";
import type { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { migrations } from "./migrations/index.ts";

/** From src/store as from dist/store. */
const template = fileURLToPath(new URL("../../dist/store-template", import.meta.url));
const fingerprintFile = `${template}.fingerprint`;

/** Which engine and which tables it was made with. A migration's text counts, not only its name. */
async function fingerprint(): Promise<string> {
  // The package exports no package.json, so it is found from its entry.
  const manifest = join(dirname(createRequire(import.meta.url).resolve("@electric-sql/pglite")), "..", "package.json");
  return createHash("sha256")
    .update(await readFile(manifest))
    .update(JSON.stringify(migrations))
    .digest("hex");
}

/**
 * Fills an empty directory from the template; where there is none that fits, initdb has to do it. Its log has the
 * template's epoch until whoever opens it gives it one of its own.
 */
export async function seedFromTemplate(directory: string): Promise<void> {
  const made = await readFile(fingerprintFile, "utf8").catch(() => null);
  if (made !== (await fingerprint()) || (await readdir(directory)).length > 0) return;
  // Beside it and then renamed: a start that is killed half way leaves no half of a store.
  const copy = `${directory}.new`;
  await rm(copy, { recursive: true, force: true });
  try {
    await cp(template, copy, { recursive: true, mode: constants.COPYFILE_FICLONE });
    await rmdir(directory);
  } catch {
    // A directory that is mounted can't be replaced, nor one in a parent that is not ours to write to.
    await rm(copy, { recursive: true, force: true });
    return;
  }
  await rename(copy, directory);
}

/** Makes the template, unless it is there already. The build calls this. */
export async function makeTemplate(): Promise<void> {
  const wanted = await fingerprint();
  if ((await readFile(fingerprintFile, "utf8").catch(() => null)) === wanted) return;
  await rm(fingerprintFile, { force: true });
  await rm(template, { recursive: true, force: true });
  await mkdir(template, { recursive: true });
  const pglite = await PGlite.create(template);
  const db = new Kysely<Database>({
    dialect: new PGliteDialect({ pglite }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  await migrate(db);
  await db.destroy();
  await writeFile(fingerprintFile, wanted);
}
