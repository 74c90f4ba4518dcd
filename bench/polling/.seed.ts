import { seedFollowed } from "./seed.ts";

const { openStore } = await import((process.env.ROOT ?? "/work/main") + "/src/store/store.ts");
const [url, n] = process.argv.slice(2);
await (await openStore({ database: { type: "postgres", url } })).dispose();
const t = performance.now();
await seedFollowed(url, Number(n), console.log);
console.log("seeded", ((performance.now() - t) / 1000).toFixed(1));
process.exit(0);
