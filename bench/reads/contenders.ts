/** The gateway and its peers, each on the gateway's core with the same 10,000 operations, and what changes them all. */
import { SignJWT } from "jose";
import { openStore, type Store } from "../../src/store/store.ts";

import { createDatabase } from "../support/database.ts";
import { gatewayCore, spawnScript, startGateway } from "../support/pinned.ts";
import { cpuSecondsOf } from "./nanoseconds.ts";
import { scratchDirectory } from "./scratch.ts";
import { changeAll, fill, owner } from "./stock.ts";

export interface Contender {
  readonly name: string;
  readonly port: number;
  /** One a connection, in turns. */
  readonly headers: ReadonlyArray<Readonly<Record<string, string>>>;
  /** Seconds of its core that it has used. */
  cpu(): number;
  /** Gives every operation one more revision; null where only clients could. */
  readonly change: (() => Promise<void>) | null;
  dispose(): Promise<void>;
}

const secret = "what-the-bench-and-its-gateway-share-of-32-bytes";
/** As much as may be set: several viewers, for one may not ask as often as is measured here. */
const requestsPerMinute = "1000000";
const viewers = 8;

export async function startOurs(engine: "embedded" | "postgres"): Promise<Contender> {
  const { store, databaseUrl, dispose: drop } = await stock(engine);
  const gateway = await startGateway({
    env: {
      DATABASE_URL: databaseUrl,
      AUTH: "jwt",
      AUTH_SECRET: secret,
      LIMIT_REQUESTS_PER_MINUTE: requestsPerMinute,
      NODE_ENV: "production",
      SANDBOX: "on",
    },
  });
  const headers = await Promise.all(Array.from({ length: viewers }, async (_, n) => bearer(n)));
  return {
    name: `statusgraph (${engine})`,
    port: Number(new URL(gateway.url).port),
    headers,
    cpu: () => cpuSecondsOf(gateway.pid),
    change: store && (() => changeAll(store)),
    async dispose() {
      await gateway.dispose();
      await drop();
    },
  };
}

/** Of a viewer who sees the tenant, as a company's own service does. */
async function bearer(n: number): Promise<Record<string, string>> {
  const token = await new SignJWT({ scope: "operations:read service" })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(`${owner}-${n}`)
    .setIssuedAt()
    .setExpirationTime("2h")
    .sign(new TextEncoder().encode(secret));
  return { authorization: `Bearer ${token}` };
}

interface Stock {
  /** Null where nobody but the gateway may write. */
  readonly store: Store | null;
  readonly databaseUrl: string;
  dispose(): Promise<void>;
}

async function stock(engine: "embedded" | "postgres"): Promise<Stock> {
  if (engine === "embedded") {
    const directory = await scratchDirectory();
    const store = await openStore({ database: { type: "embedded", directory: directory.path } });
    await fill(store);
    await store.dispose();
    return { store: null, databaseUrl: directory.path, dispose: directory.dispose };
  }
  const database = await createDatabase("reads");
  const store = await openStore({ database: { type: "postgres", url: database.url } });
  await fill(store);
  return {
    store,
    databaseUrl: database.url,
    async dispose() {
      await store.dispose();
      await database.dispose();
    },
  };
}

export type Peer = "apollo" | "yoga" | "mercurius";

export async function startPeer(name: Peer): Promise<Contender> {
  const env = { NODE_ENV: "production" };
  const peer = spawnScript(new URL("peer-process.ts", import.meta.url), [name], { core: gatewayCore, env });
  const { url } = await peer.message<{ url: string }>();
  return {
    name,
    port: Number(new URL(url).port),
    headers: [{}],
    cpu: () => cpuSecondsOf(peer.pid),
    async change() {
      const changed = peer.message();
      peer.process.send({ change: true });
      await changed;
    },
    dispose: () => peer.dispose(),
  };
}
