const [name, runs = "5", short=""] = process.argv.slice(2);
const { pinSelf } = await import("/work/main/bench/support/pinned.ts"); pinSelf();
const { part } = await import(`/work/main/bench/parts/${name}.ts`);
const m = await part.measure({ runs: Number(runs), short: short === "short", tell: (l: string) => console.error(l) });
for (const r of m.rows) console.log(`${r.verdict}\t${r.work}\t${r.measured}\t${r.bar}`); console.log(m.details);
