/** Where the store and Redis lie: the texts of DATABASE_URL and REDIS_URL, read. Opens nothing and looks at no disk. */
import { z } from "zod";
import type { DatabaseConfig } from "../store/store.ts";

/** Two letters at least: a single one is a drive of Windows. */
const scheme = /^([a-z][a-z0-9+.-]+):/i;

/** libpq's own form (host=… password=…), and an address without its scheme. */
const looksLikeServer = /^(?:\s*\w+\s*=|[^\s/.:][^\s/:]*(?::[^\s/]*)?@)/;

/** A server's address, `memory:`, or else the directory to embed the store in. */
export const databaseUrl: z.ZodType<DatabaseConfig, string> = z.string().transform((text, context) => {
  if (text === "memory:") return { type: "memory" } as const;
  // Else a directory would be made of that name, and be named wherever the store is.
  if (looksLikeServer.test(text)) {
    context.addIssue("expected a server's address to begin with postgres://, or a directory's path with ./ or /");
    return z.NEVER;
  }
  const named = scheme.exec(text)?.[1]?.toLowerCase();
  if (named === undefined) return { type: "embedded", directory: text } as const;
  if (named !== "postgres" && named !== "postgresql") {
    context.addIssue(`expected a directory's path, memory: or postgres://…; "${named}:" is none of them`);
    return z.NEVER;
  }
  if (!/^\w+:\/\//.test(text) || !URL.canParse(text)) {
    context.addIssue("expected postgres://user:password@host:port/database, with every special character %-encoded");
    return z.NEVER;
  }
  return { type: "postgres", url: text } as const;
});

/** As the client takes it. */
export const redisUrl: z.ZodType<string, string> = z
  .string()
  .refine((text) => /^rediss?:\/\//.test(text) && URL.canParse(text), {
    message: "expected redis://user:password@host:port or rediss://…, with every special character %-encoded",
  });
