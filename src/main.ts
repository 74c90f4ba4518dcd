/**
 * Where the program begins. All that it is made of (program.ts) is loaded by a name that is known only now, so that Node
 * takes it from the cache of what it has compiled before: see warm-up.ts.
 */
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// A directory that can't be written to, as in an image, serves what is there; one that is missing costs nothing but time.
enableCompileCache(fileURLToPath(new URL("./compile-cache", import.meta.url)));

await import("./program.ts");
