/** The program: environment in, gateway up, signals heeded. Started by main.ts. */
import { readConfig } from "./config.ts";
import { logCrashes } from "./crash.ts";
import { providers } from "./datasources/index.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import { endWhenTold, gatewayLimitMs, tellParent } from "./lifecycle.ts";
import { createLogger } from "./log.ts";
import { MetricsPortError } from "./server/metrics-door.ts";
import { ManifestError } from "./server/persisted/manifest.ts";
import { StoreError } from "./store/errors.ts";

const read = readConfig(process.env, providers, { isTTY: process.stdout.isTTY ?? false });
if (!read.ok) {
  for (const complaint of read.complaints) process.stderr.write(`${complaint}\n`);
  process.exit(1);
}

const { config } = read;
const log = createLogger(config.log);
logCrashes(log);
for (const warning of config.warnings) log.warn(warning);

const leaving = new AbortController();
const starting = startGateway({ config, log, onFatal: () => process.exit(1), signal: leaving.signal });
let running: Gateway | null = null;
// From the beginning: whoever is told to stop in the middle of its start takes down what it has started.
endWhenTold({
  async dispose() {
    leaving.abort();
    const gateway = await starting.catch(() => null);
    await gateway?.dispose();
  },
  withinMs: gatewayLimitMs(config.drainSeconds),
  isServing: () => running?.isServing() ?? false,
  env: process.env,
  info: (sentence) => log.info(sentence),
  fail: (error, sentence) => log.error(error === null ? {} : { err: error }, sentence),
});

try {
  running = await starting;
  const { url } = running;
  log.info(`GraphQL:  ${url}/graphql (GET, POST and WebSocket)`);
  if (config.graphiql) log.info(`GraphiQL: ${url}/graphiql`);
  log.info(`Ready after ${Math.round(performance.now())} ms.`);
  tellParent({ type: "ready", url });
} catch (error) {
  if (!leaving.signal.aborted) {
    process.stderr.write(`${reasonOf(error)}\n`);
    process.exit(1);
  }
}

/** A sentence, never a stack. */
function reasonOf(error: unknown): string {
  if (error instanceof StoreError || error instanceof ManifestError || error instanceof MetricsPortError) {
    return error.message;
  }
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
    return `PORT: expected a free port; ${config.host}:${config.port} is in use. Example: PORT=${config.port + 1}`;
  }
  if (error instanceof Error && "code" in error && (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND")) {
    return `HOST: expected an address of this machine; got "${config.host}". Example: HOST=127.0.0.1`;
  }
  if (error instanceof Error && "code" in error && error.code === "EACCES") {
    return `PORT: expected a port that this user may open; got ${config.port}. Example: PORT=4000`;
  }
  return `The gateway could not start: ${error instanceof Error ? error.message : String(error)}`;
}
