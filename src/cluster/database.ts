/** Makes the cluster's database where the server has none of that name. Knows no table. */
import pg from "pg";

/** PostgreSQL's word for "there is no such database", and for "it was made meanwhile". */
const [noSuchDatabase, madeMeanwhile] = ["3D000", "42P04"];

/** Whether it was made. Throws a sentence where the server or the right to make it is missing. */
export async function makeDatabase(url: string): Promise<boolean> {
  try {
    await onceConnected(url, async () => {});
    return false;
  } catch (error) {
    if (codeOf(error) !== noSuchDatabase) throw new Error(unreachable(error));
  }
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const server = new URL(url);
  server.pathname = "/postgres";
  try {
    await onceConnected(server.href, (client) => client.query(`create database ${client.escapeIdentifier(name)}`));
  } catch (error) {
    if (codeOf(error) === madeMeanwhile) return false;
    throw new Error(
      `DATABASE_URL: expected a database that is there or may be made; "${name}" is not there, and: ${reason(error)}.`,
    );
  }
  return true;
}

async function onceConnected(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on("error", () => {});
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function unreachable(error: unknown): string {
  return (
    `DATABASE_URL: expected a PostgreSQL server for the gateways to share; got: ${reason(error)}. ` +
    "Start one, or name another. Example: DATABASE_URL=postgres://statusgraph:password@localhost:5432/statusgraph"
  );
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join("; ");
  return error instanceof Error && error.message !== "" ? error.message : "no reason was given";
}
