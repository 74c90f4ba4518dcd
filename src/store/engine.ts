/** The two engines: PGlite in this process, or a PostgreSQL server. Which one it is, is known here and nowhere else. */
import { PGlite, types } from "@electric-sql/pglite";
import { type Dialect, PGliteDialect, PostgresDialect } from "kysely";
import { holdDirectory } from "./embedded.ts";
import { messageOf, StoreError } from "./errors.ts";
import { migratingPool, servingPool } from "./postgres.ts";
import type { StoreOptions } from "./store.ts";
import { seedFromTemplate } from "./template.ts";

export interface Engine {
  readonly dialect: Dialect;
  /** For migrations alone, where these need a connection of their own. */
  readonly migrating: Dialect | null;
  /** Whether its store began as a copy of another. */
  readonly copied: boolean;
  /** Whether it has no processes of its own that clean up: see upkeep.ts. */
  readonly embedded: boolean;
  release(): Promise<void>;
}

export async function openEngine({ database, dump, onConnectionError, onLockLost }: StoreOptions): Promise<Engine> {
  // Both engines read int8 as a number: counts and places stay far below 2^53.
  const parsers = { [types.INT8]: Number };
  switch (database.type) {
    case "memory": {
      const pglite = await PGlite.create({ parsers, ...(dump ? { loadDataDir: dump } : {}) });
      return embedded(pglite, dump !== undefined, async () => {});
    }
    case "embedded": {
      const lock = await holdDirectory(database.directory, onLockLost);
      try {
        const copied = await seedFromTemplate(lock.path);
        return embedded(await PGlite.create(lock.path, { parsers }), copied, lock.release);
      } catch (error) {
        await lock.release();
        throw new StoreError(
          `The embedded store in ${database.directory} could not be opened (${messageOf(error)}). Is the disk full, ` +
            "or was the directory written by something else? Name another one in DATABASE_URL, or free some space.",
        );
      }
    }
    case "postgres": {
      const options = { url: database.url, onConnectionError };
      return {
        dialect: new PostgresDialect({ pool: servingPool(options) }),
        migrating: new PostgresDialect({ pool: migratingPool(options) }),
        copied: false,
        embedded: false,
        release: async () => {},
      };
    }
  }
}

function embedded(pglite: PGlite, copied: boolean, free: () => Promise<void>): Engine {
  return {
    dialect: new PGliteDialect({ pglite }),
    migrating: null,
    copied,
    embedded: true,
    async release() {
      // kysely closes PGlite only after a first query; an unclosed folder can keep the process alive.
      if (!pglite.closed) await pglite.close();
      await free();
    },
  };
}
