/** The two engines: PGlite in this process, or a PostgreSQL server. Which one it is, is known here and nowhere else. */
import { readdir } from "node:fs/promises";
import { PGlite, types } from "@electric-sql/pglite";
import { type Dialect, PGliteDialect, PostgresDialect } from "kysely";
import { holdDirectory } from "./embedded.ts";
import { messageOf, StoreError, StoreFileLimit, StoreFull } from "./errors.ts";
import { migratingPool, servingPool } from "./postgres.ts";
import { createRoom, fileSizeLimit, freeBytes, largestFileBytes, newStoreBytes, reservedBytes } from "./room.ts";
import type { StoreOptions } from "./store.ts";
import { seedFromTemplate } from "./template.ts";

export interface Engine {
  readonly dialect: Dialect;
  /** For migrations alone, where these need a connection of their own. */
  readonly migrating: Dialect | null;
  /** Whether it has no processes of its own that clean up: see upkeep.ts. */
  readonly embedded: boolean;
  /** Throws StoreFull where nothing may be written for want of room. */
  assertRoom(): void;
  release(): Promise<void>;
}

export async function openEngine({ database, dump, onConnectionError, onLockLost }: StoreOptions): Promise<Engine> {
  // Both engines read int8 as a number: counts and places stay far below 2^53.
  const parsers = { [types.INT8]: Number };
  switch (database.type) {
    case "memory": {
      return embedded(await PGlite.create({ parsers, ...(dump ? { loadDataDir: dump } : {}) }));
    }
    case "embedded": {
      const lock = await holdDirectory(database.directory, onLockLost);
      try {
        await assertStartingRoom(lock.path);
        await seedFromTemplate(lock.path);
        const engine = embedded(await PGlite.create(lock.path, { parsers }));
        const release = () => engine.release().finally(() => lock.release());
        return { ...engine, assertRoom: createRoom(lock.path), release };
      } catch (error) {
        await lock.release();
        if (error instanceof StoreError) throw error;
        if (error instanceof StoreFull) throw new StoreError(error.message);
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
        embedded: false,
        assertRoom: () => {},
        release: async () => {},
      };
    }
  }
}

function embedded(pglite: PGlite): Engine {
  return {
    dialect: new PGliteDialect({ pglite }),
    migrating: null,
    embedded: true,
    assertRoom: () => {},
    async release() {
      // kysely closes PGlite only after a first query; an unclosed folder can keep the process alive.
      if (!pglite.closed) await pglite.close();
    },
  };
}

async function assertStartingRoom(directory: string): Promise<void> {
  const limit = fileSizeLimit();
  if (limit < largestFileBytes) throw new StoreFileLimit(directory, limit, largestFileBytes);
  const isNew = (await readdir(directory)).length === 0;
  const needed = reservedBytes + (isNew ? newStoreBytes : 0);
  const left = freeBytes(directory);
  if (left < needed) throw new StoreFull(directory, left, needed);
}
