/** How much memory a gateway takes that serves and polls a database: a process of its own, over HTTP. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const pages = 200;
const pollingMs = 20_000;

/** Megabytes, by what the gateway has done. It polls its sandboxes, which know none of the operations. */
export async function memoryOfGateway(databaseUrl: string): Promise<ReadonlyMap<string, number>> {
  const port = await freePort();
  const gateway = spawn(process.execPath, ["--import", "tsx", program], {
    env: { ...process.env, DATABASE_URL: databaseUrl, PORT: String(port), SANDBOX: "on", LOG_LEVEL: "error" },
    stdio: ["ignore", 2, "inherit"],
  });
  const ended = once(gateway, "exit");
  try {
    const url = `http://127.0.0.1:${port}`;
    await ready(`${url}/readyz`);
    const started = residentMegabytes(gateway.pid);
    await new Promise((resolve) => setTimeout(resolve, pollingMs));
    for (let page = 0; page < pages; page += 1) await readPage(url);
    return new Map([
      ["memory of a gateway, started", started],
      [`memory of a gateway after ${pages} pages and ${pollingMs / 1000} s of polling`, residentMegabytes(gateway.pid)],
    ]);
  } finally {
    gateway.kill();
    await ended;
  }
}

async function readPage(url: string): Promise<void> {
  const query =
    "{ operations(first: 100, filter: { kinds: [PURCHASE_SYNC, BULK_CALL, PARTNER_BATCH, SURVEY_TRANSACTION] }) { totalCount edges { cursor node { id state timeline(first: 5) { edges { cursor } } } } } }";
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await answer.json()) as { data?: unknown; errors?: unknown };
  if (!data || errors) throw new Error(`The gateway did not answer a page: ${JSON.stringify(errors)}`);
}

async function ready(url: string): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  while (
    !(await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (Date.now() > giveUpAt) throw new Error("The gateway was not ready within a minute.");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function residentMegabytes(pid: number | undefined): number {
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1024;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("Expected a port of its own.");
  return address.port;
}
