import { openStore } from "../../src/store/store.ts";
import { CompiledQuery } from "kysely";
import { readFileSync } from "node:fs";
const store = await openStore({ database: { type: "memory" } });
const src = readFileSync(new URL("../../src/store/holders.ts", import.meta.url), "utf8");
const text = /"holders",\s*`([^`]*)`/.exec(src)![1]!;
const keys = Array.from({ length: 25 }, (_, n) => `k-${n}`);
const params = [keys, keys.map(() => "FLOLIVE"), keys.map(() => "default"), keys.map(() => "BULK_CALL"), keys.map(() => "default")];
for (let i=0;i<2;i++) { const r = await store.db.executeQuery(CompiledQuery.raw("explain analyze " + text, params)); if (i) console.log(r.rows.map((x: any) => Object.values(x)[0]).join("\n")); }
const r2 = await store.db.executeQuery(CompiledQuery.raw("select indexname, indexdef from pg_indexes where tablename in ('operations','operation_items','changes','intents','listing')", []));
console.log(r2.rows.map((x: any) => x.indexdef).join("\n"));
const r3 = await store.db.executeQuery(CompiledQuery.raw("select tgname, pg_get_triggerdef(oid) d from pg_trigger where not tgisinternal", []));
console.log(r3.rows.map((x: any) => x.d).join("\n"));
process.exit(0);
