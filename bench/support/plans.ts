/** What PostgreSQL really does for a call of the store: the very statements that it sends, each with its plan. */
import { createRequire } from "node:module";
import type pgModule from "pg";

/** The product's own copy, whose clients are watched: where the peers are installed, bench/ has another one. */
const pg: typeof pgModule = createRequire(new URL("../../package.json", import.meta.url))("pg");

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The statements that `work` sends by any pg client of this process. Nothing else may use one meanwhile. */
export async function statementsOf(work: () => Promise<unknown>): Promise<Statement[]> {
  const seen: Statement[] = [];
  const original = pg.Client.prototype.query;
  const watching = function (this: pgModule.Client, ...call: unknown[]) {
    const [first, second] = call;
    if (typeof first === "string") seen.push({ text: first, values: Array.isArray(second) ? second : [] });
    else if (isStatement(first)) seen.push({ text: first.text, values: first.values });
    return Reflect.apply(original, this, call);
  };
  pg.Client.prototype.query = watching as typeof original;
  try {
    await work();
  } finally {
    pg.Client.prototype.query = original;
  }
  return seen.filter(({ text }) => /^\s*(with|select|insert|update|delete)\b/i.test(text));
}

/** As the store's pool sends it, with a name where it is prepared. */
function isStatement(query: unknown): query is Statement {
  return typeof query === "object" && query !== null && "text" in query && "values" in query;
}

/** A node of EXPLAIN (ANALYZE, FORMAT JSON), as far as it is read here. */
export interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Actual Rows"?: number;
  readonly "Actual Loops"?: number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Runs it, and rolls it back. */
export async function planOf(client: pgModule.Client, { text, values }: Statement): Promise<PlanNode> {
  return (await explained(client, "analyze, format json", { text, values }))[0]["QUERY PLAN"][0].Plan;
}

export async function planText(client: pgModule.Client, statement: Statement): Promise<string> {
  const rows = await explained(client, "analyze, buffers, costs off, summary off", statement);
  return rows.map((row) => row["QUERY PLAN"]).join("\n");
}

// biome-ignore lint/suspicious/noExplicitAny: EXPLAIN answers in a shape of its own for each format.
async function explained(client: pgModule.Client, how: string, { text, values }: Statement): Promise<any[]> {
  await client.query("begin");
  try {
    return (await client.query(`explain (${how}) ${text}`, [...values])).rows;
  } finally {
    await client.query("rollback");
  }
}

export function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** Rows that a node gave or threw away, in all its runs. */
export function rowsOf(node: PlanNode): number {
  const { "Actual Rows": given = 0, "Actual Loops": loops = 1 } = node;
  return (given + (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0)) * loops;
}

/** All rows that were taken from tables and indexes. */
export function rowsRead(plan: PlanNode): number {
  return nodesOf(plan)
    .filter((node) => node["Node Type"].includes("Scan") && node["Relation Name"] !== undefined)
    .reduce((total, node) => total + rowsOf(node), 0);
}
