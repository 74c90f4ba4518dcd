/**
 * The environment, read once: every variable is judged here, and what is wrong is told in one line a variable. It is
 * handed the environment and the definitions; it opens nothing and knows no provider by name.
 */
import { type AuthConfig, auth, authWarnings, readAuth } from "./config/auth.ts";
import { type Doors, doors, readDoors } from "./config/doors.ts";
import { type Limits, limits, readLimits } from "./config/limits.ts";
import { own, production } from "./config/own.ts";
import { programs } from "./config/programs.ts";
import {
  type Budget,
  budgetDocs,
  complainOfHalf,
  isNamed,
  leaseWarnings,
  missingCredentials,
  type ProviderMode,
  readBudgets,
  readSandbox,
  readSettings,
  settingsDocs,
} from "./config/providers.ts";
import {
  createReader,
  docOf,
  type Environment,
  textOf,
  type VariableDoc,
  type VariableReader,
} from "./config/variable.ts";
import type { AnyProvider } from "./datasources/contract.ts";
import type { DatabaseConfig } from "./store/store.ts";

export type { AuthConfig } from "./config/auth.ts";
export type { Doors } from "./config/doors.ts";
export type { Limits } from "./config/limits.ts";
export type { Budget, ProviderMode } from "./config/providers.ts";
export type { Environment, VariableDoc } from "./config/variable.ts";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";
export type LogFormat = "pretty" | "json";

export interface Config {
  readonly host: string;
  readonly port: number;
  /** How many proxies' entries of X-Forwarded-For are believed. */
  readonly trustProxy: number;
  readonly production: boolean;
  readonly auth: AuthConfig;
  readonly doors: Doors;
  readonly limits: Limits;
  readonly database: DatabaseConfig;
  /** Null for a gateway without Redis. */
  readonly redisUrl: string | null;
  readonly leaseSeconds: number;
  readonly retentionSeconds: number;
  readonly drainSeconds: number;
  readonly sandboxSpeed: number;
  readonly graphiql: boolean;
  readonly introspection: boolean;
  readonly maxAnswerBytes: number;
  readonly maxBatchStatusBytes: number;
  readonly accessWatchSeconds: number;
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
  /** One entry a definition, by its id. */
  readonly providers: ReadonlyMap<string, ProviderMode>;
  /** One entry a definition, by its id. */
  readonly budgets: ReadonlyMap<string, Budget>;
  /** Sentences for the log: the start goes on. */
  readonly warnings: readonly string[];
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  /** One line a variable: its name, what is wrong, an example. */
  | { readonly ok: false; readonly complaints: readonly string[] };

/** Reads the configuration. Unknown variables are not judged; an empty one counts as unset. Secrets are in no complaint. */
export function readConfig(
  env: Environment,
  providers: readonly AnyProvider[],
  terminal: { readonly isTTY: boolean } = { isTTY: false },
): ConfigResult {
  const reader = createReader(env);
  const isProduction = reader.read(own.nodeEnv) === production;
  const { modes, warnings } = readProviders(env, providers, isProduction, reader);
  const [host, port, trustProxy] = [reader.read(own.host), reader.read(own.port), reader.read(own.trustProxy)];
  const ways = readDoors(reader, host);
  const authentication = readAuth(reader, { host, production: isProduction });
  const config = {
    host,
    port,
    auth: authentication,
    doors: ways.doors,
    limits: readLimits(reader),
    trustProxy,
    production: isProduction,
    database: reader.read(own.database),
    leaseSeconds: reader.read(own.leaseSeconds),
    retentionSeconds: reader.read(own.retentionSeconds),
    drainSeconds: reader.read(own.drainSeconds),
    sandboxSpeed: reader.read(own.sandboxSpeed),
    graphiql: reader.read(own.graphiql) ?? !isProduction,
    introspection: reader.read(own.introspection) ?? !isProduction,
    maxAnswerBytes: reader.read(own.maxAnswerBytes),
    maxBatchStatusBytes: reader.read(own.maxBatchStatusBytes),
    accessWatchSeconds: reader.read(own.accessWatchSeconds),
    providers: modes,
    budgets: readBudgets(providers, reader),
    warnings: [
      ...warnings,
      ...ways.warnings,
      ...misspelt(env, providers),
      ...(authentication === null ? [] : authWarnings(authentication, { url: `${host}:${port}`, trustProxy })),
    ],
  };
  const level = reader.read(own.logLevel);
  const redisUrl = reader.read(own.redisUrl);
  const format = reader.read(own.logFormat) ?? (terminal.isTTY ? "pretty" : "json");
  const { complaints } = reader;
  if (complaints.length > 0 || level === null || !isComplete(config)) return { ok: false, complaints };
  const ofLease = leaseWarnings(providers, config, own.leaseSeconds.name);
  const log = { level, format };
  return { ok: true, config: { ...config, redisUrl, log, warnings: [...config.warnings, ...ofLease] } };
}

type Complete<T> = { [K in keyof T]: Exclude<T[K], null> };

/** Only a wrong value leaves a gap, and each has been complained of. */
function isComplete<T extends object>(config: T): config is T & Complete<T> {
  return Object.values(config).every((value) => value !== null);
}

function readProviders(
  env: Environment,
  providers: readonly AnyProvider[],
  isProduction: boolean,
  reader: VariableReader,
): { readonly modes: ReadonlyMap<string, ProviderMode>; readonly warnings: readonly string[] } {
  const anyNamed = providers.some((definition) => isNamed(definition, env));
  const sandbox = reader.read(own.sandbox) ?? (!anyNamed && !isProduction);
  const modes = new Map<string, ProviderMode>();
  const warnings = new Set<string>();
  for (const definition of providers) {
    if (isNamed(definition, env)) {
      modes.set(definition.id, { mode: "configured", settings: readSettings(definition, env, reader) });
      for (const warning of missingCredentials(definition, env)) warnings.add(warning);
    } else {
      complainOfHalf(definition, providers, env, reader, sandbox);
      modes.set(definition.id, sandbox ? readSandbox(definition, env, reader) : { mode: "absent" });
    }
  }
  const sandboxed = providers.filter(({ id }) => modes.get(id)?.mode === "sandbox").map(({ title }) => title);
  if (isProduction && sandboxed.length > 0) {
    warnings.add(`SANDBOX=on in production: what ${sandboxed.join(", ")} answer is made up.`);
  }
  if (!anyNamed && !sandbox && providers.length > 0) {
    warnings.add("No provider is configured and SANDBOX is off: every call of a provider will be NOT_CONFIGURED.");
  }
  return { modes, warnings: [...warnings] };
}

const families = /^(?:AUTH|LIMIT|PERSISTED|METRICS|ALLOWED|TRUST)_/;
const environments: ReadonlySet<string> = new Set([production, "development", "test"]);

/** What looks like a guard of this gateway and is none: who wrote it relies on it. */
function misspelt(env: Environment, providers: readonly AnyProvider[]): string[] {
  const known = new Set(variables(providers).map(({ name }) => name));
  const unknown = Object.keys(env).filter((name) => families.test(name) && !known.has(name));
  const named = textOf(env, own.nodeEnv.name);
  return [
    ...unknown.map((name) => `${name} is no variable of this gateway, and does nothing. See docs/configuration.md.`),
    ...(named === null || environments.has(named)
      ? []
      : [`NODE_ENV=${named} has no meaning here: nothing is as in production. Set NODE_ENV=${production} for that.`]),
  ];
}

/** Every variable there is, for the documentation: the gateway's own, other programs', the providers', the budgets. */
export function variables(providers: readonly AnyProvider[]): readonly VariableDoc[] {
  return [
    ...[own, auth, doors, limits, programs].flatMap((group) => Object.values(group).map(docOf)),
    ...providers.flatMap(settingsDocs),
    ...budgetDocs(providers),
  ];
}
