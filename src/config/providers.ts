/**
 * What the environment says of the providers: which are configured, with what, and what may be asked of each. It goes
 * by their definitions alone and knows none by name.
 */
import type { z } from "zod";
import type { AnyProvider } from "../datasources/contract.ts";
import { turnsPart } from "../poller/schedule.ts";
import {
  baseUrl,
  docOf,
  type Environment,
  exactUrl,
  positiveNumber,
  textOf,
  type Variable,
  type VariableDoc,
  type VariableReader,
  wholeNumber,
} from "./variable.ts";

export type ProviderMode =
  /** Reached with these settings, as the definition's own schema read them. */
  | { readonly mode: "configured"; readonly settings: unknown }
  /** A sandbox is to be started in its place. `heeded`: the settings that hold for it too, where there are any. */
  | { readonly mode: "sandbox"; readonly heeded?: Readonly<Record<string, unknown>> }
  /** Not there: whoever asks for it hears NOT_CONFIGURED. */
  | { readonly mode: "absent" };

/** What may be asked of one upstream. */
export interface Budget {
  readonly ratePerSecond: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** Seconds until the gateway gives up waiting for an operation; null where nothing settles later (access). */
  readonly deadlineSeconds: number | null;
}

// ------------------------------------------------------------------ settings

/** Whether one of the variables that configure it is set, rightly or wrongly. */
export function isNamed({ configuredBy, alsoConfiguredBy = [] }: AnyProvider, env: Environment): boolean {
  return [configuredBy, ...alsoConfiguredBy].some((name) => textOf(env, name) !== null);
}

/** What a sandbox is told: the provider it stands for is not configured, but how that is to be asked may be set. */
export function readSandbox(definition: AnyProvider, env: Environment, reader: VariableReader): ProviderMode {
  const heeded: Record<string, unknown> = {};
  for (const name of definition.sandboxHeeds ?? []) {
    const schema = fields(definition).get(name);
    const got = textOf(env, name);
    if (!schema || got === null) continue;
    const result = schema.safeParse(got);
    if (result.success) heeded[name] = result.data;
    else reader.complain(name, result.error.issues[0]?.message ?? "", { got, example: exampleOf(schema) });
  }
  return Object.keys(heeded).length > 0 ? { mode: "sandbox", heeded } : { mode: "sandbox" };
}

/** Reads the settings of a provider that is named. Null where a complaint was made. */
export function readSettings(definition: AnyProvider, env: Environment, reader: VariableReader): unknown {
  const { settings, configuredBy, secrets } = definition;
  const given: Record<string, string> = {};
  let good = true;
  for (const [name, schema] of fields(definition)) {
    const text = textOf(env, name);
    if (text === null) continue;
    const url = addressOf(schema)?.safeParse(text);
    if (url && !url.success) {
      const message = url.error.issues[0]?.message ?? "expected an address";
      reader.complain(name, message, { got: text, example: exampleOf(schema), secret: secrets.includes(name) });
      good = false;
    } else given[name] = url?.data ?? text;
  }
  const result = settings.safeParse(given);
  if (result.success) return good ? result.data : null;
  for (const issue of result.error.issues) {
    const name = String(issue.path[0] ?? configuredBy);
    const schema = fields(definition).get(name);
    const got = textOf(env, name);
    const missing = got === null && issue.code !== "custom";
    const message = missing ? `missing, needed with ${configuredBy}` : issue.message;
    reader.complain(name, message, { got, example: exampleOf(schema), secret: secrets.includes(name) });
  }
  return null;
}

/**
 * A provider that is not named but has another of its variables was meant to be configured. Variables that it shares
 * with a provider that is configured say nothing of it, nor, where it has a sandbox, do those that this heeds.
 */
export function complainOfHalf(
  definition: AnyProvider,
  providers: readonly AnyProvider[],
  env: Environment,
  reader: VariableReader,
  sandboxed: boolean,
): void {
  const elsewhere = new Set(providers.filter((other) => isNamed(other, env)).flatMap((one) => [...fields(one).keys()]));
  const { configuredBy, alsoConfiguredBy = [], sandboxHeeds = [] } = definition;
  const explained = new Set([...elsewhere, ...(sandboxed ? sandboxHeeds : [])]);
  const set = [...fields(definition).keys()].filter((name) => textOf(env, name) !== null && !explained.has(name));
  if (set.length === 0) return;
  const example = exampleOf(fields(definition).get(configuredBy));
  const missing = ["missing", ...alsoConfiguredBy.map((name) => `or ${name}`)].join(", ");
  reader.complain(configuredBy, `${missing}, needed with ${set.join(", ")}`, { got: null, example });
}

/** A sentence for each credential that may be left out and was. */
export function missingCredentials(definition: AnyProvider, env: Environment): readonly string[] {
  return definition.secrets
    .filter((name) => fields(definition).get(name)?.safeParse(undefined).success && textOf(env, name) === null)
    .map((name) => `${name} is not set: ${definition.title} will be called without credentials.`);
}

function fields(definition: AnyProvider): ReadonlyMap<string, z.ZodType> {
  // Zod types the shape of an unnamed object schema loosely; every field of one is a schema.
  const shape: Readonly<Record<string, z.ZodType>> = definition.settings.shape;
  return new Map(Object.entries(shape));
}

/** A definition says in `.meta({ address })` what is made of an address: paths are joined to a "base", "exact" is kept. */
const addresses: ReadonlyMap<unknown, z.ZodType<string, string>> = new Map([
  ["base", baseUrl],
  ["exact", exactUrl],
]);

function addressOf(schema: z.ZodType): z.ZodType<string, string> | undefined {
  return addresses.get(schema.meta()?.address);
}

function exampleOf(schema: z.ZodType | undefined): string {
  const example = schema?.meta()?.example;
  return typeof example === "string" ? example : "…";
}

export function settingsDocs(definition: AnyProvider): readonly VariableDoc[] {
  return [...fields(definition)].map(([name, schema]) => ({
    name,
    group: definition.title,
    default: defaultOf(schema),
    description: schema.description ?? "",
    example: exampleOf(schema),
    secret: definition.secrets.includes(name),
  }));
}

/** What the schema itself puts in the place of nothing. */
function defaultOf(schema: z.ZodType): string | null {
  const { data } = schema.safeParse(undefined);
  return typeof data === "string" ? data : null;
}

// ------------------------------------------------------------------ budgets

const secondsInYear = 31_536_000;

/** The budget of each provider, by the definition's id. Two that share a prefix share its variables, and have a budget each. */
export function readBudgets(
  providers: readonly AnyProvider[],
  reader: VariableReader,
): ReadonlyMap<AnyProvider["id"], Budget> {
  return new Map(
    providers.map((definition) => {
      const { rate, concurrency, timeout, deadline } = budgetVariables(definition.envPrefix, [definition]);
      const budget: Budget = {
        // A wrong value has been complained of and stops the start, so what stands in for it is never used.
        ratePerSecond: reader.read(rate) ?? 1,
        concurrency: reader.read(concurrency) ?? 1,
        timeoutMs: reader.read(timeout) ?? 1,
        deadlineSeconds: deadline ? (reader.read(deadline) ?? 1) : null,
      };
      return [definition.id, budget] as const;
    }),
  );
}

/**
 * A sentence for each time-out that the lease leaves no room for. A check ends with its lease, and may wait for its turn
 * for a part of it: work whose provider answers later than in the rest would never get on. Decisions are not checked in
 * the background.
 */
export function leaseWarnings(
  providers: readonly AnyProvider[],
  config: {
    readonly leaseSeconds: number;
    readonly providers: ReadonlyMap<AnyProvider["id"], ProviderMode>;
    readonly budgets: ReadonlyMap<AnyProvider["id"], Budget>;
  },
  name: string,
): readonly string[] {
  const { leaseSeconds } = config;
  /** Of each second of a lease, in ms. */
  const forAnswers = 1000 * (1 - turnsPart);
  const longestMs = Math.floor(leaseSeconds * forAnswers);
  const sentences = providers.flatMap(({ id, type, envPrefix }) => {
    const timeoutMs = config.budgets.get(id)?.timeoutMs ?? 0;
    if (type !== "operation" || config.providers.get(id)?.mode === "absent" || timeoutMs <= longestMs) return [];
    const timeout = budgetVariables(envPrefix, []).timeout.name;
    const enough = Math.ceil(timeoutMs / forAnswers);
    return [
      `${name}=${leaseSeconds} is too short for ${timeout}=${timeoutMs}: a check ends with its lease, so an answer that takes long ` +
        `may be cut off at each check. Set ${name} to ${enough} or more, or ${timeout} to ${longestMs} or less.`,
    ];
  });
  return [...new Set(sentences)];
}

export function budgetDocs(providers: readonly AnyProvider[]): readonly VariableDoc[] {
  const prefixes = [...new Set(providers.map(({ envPrefix }) => envPrefix))];
  return prefixes.flatMap((prefix) => {
    const sharing = providers.filter(({ envPrefix }) => envPrefix === prefix);
    const { rate, concurrency, timeout, deadline } = budgetVariables(prefix, sharing);
    return [rate, concurrency, timeout, ...(deadline ? [deadline] : [])].map(docOf);
  });
}

interface BudgetVariables {
  readonly rate: Variable<number>;
  readonly concurrency: Variable<number>;
  readonly timeout: Variable<number>;
  /** Null where nothing of the prefix settles later. */
  readonly deadline: Variable<number> | null;
}

function budgetVariables(prefix: string, sharing: readonly AnyProvider[]): BudgetVariables {
  const who = sharing.map(({ title }) => title).join(" and ") + (sharing.length > 1 ? ", each" : "");
  const group = "Budgets";
  const operations = sharing.filter((definition) => definition.type === "operation");
  const [first] = operations;
  return {
    rate: {
      name: `${prefix}_RATE_PER_SECOND`,
      group,
      schema: positiveNumber(100_000),
      default: "10",
      description: `Requests a second, fractions allowed: ${who}.`,
      example: "0.5",
    },
    concurrency: {
      name: `${prefix}_CONCURRENCY`,
      group,
      schema: wholeNumber(1, 1_000),
      default: "8",
      description: `Requests at a time from one node: ${who}.`,
      example: "8",
    },
    timeout: {
      name: `${prefix}_TIMEOUT_MS`,
      group,
      schema: wholeNumber(1, 600_000),
      default: "8000",
      description: `How long an answer is waited for, in ms: ${who}.`,
      example: "8000",
    },
    deadline: first
      ? {
          name: `${prefix}_DEADLINE_SECONDS`,
          group,
          schema: wholeNumber(1, secondsInYear),
          default: String(first.deadlineSeconds),
          description: `Seconds until the gateway gives up waiting: ${operations.map(({ title }) => title).join(" and ")}.`,
          example: "3600",
        }
      : null,
  };
}
