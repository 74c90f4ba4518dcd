/** The sandboxes of many providers in one process, and what makes a gateway use them. It knows no provider by name. */
import type { AnyProvider } from "../datasources/contract.ts";
import { type RunningSandbox, type SandboxOptions, startSandbox } from "./index.ts";

export interface RunningSandboxes {
  readonly sandboxes: readonly RunningSandbox[];
  dispose(): Promise<void>;
}

/** Each at a port of its own: the first at `firstPort`, the others at those that follow; at any free ones where it is 0. */
export async function startSandboxes(
  providers: readonly AnyProvider[],
  { firstPort, ...options }: Omit<SandboxOptions, "port"> & { readonly firstPort: number },
): Promise<RunningSandboxes> {
  const portOf = (index: number) => (firstPort === 0 ? 0 : firstPort + index);
  const started = await Promise.allSettled(
    providers.map((definition, index) => startSandbox(definition, { ...options, port: portOf(index) })),
  );
  const sandboxes = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const dispose = async () => void (await Promise.all(sandboxes.map((sandbox) => sandbox.dispose())));
  const failed = started.find((one) => one.status === "rejected");
  if (failed) {
    await dispose();
    throw failed.reason;
  }
  return { sandboxes, dispose };
}

/** The environment of a gateway that uses these sandboxes in the place of their providers. */
export function environmentOf(
  providers: readonly AnyProvider[],
  originOf: (definition: AnyProvider) => string | undefined,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const definition of providers) {
    const origin = originOf(definition);
    if (origin === undefined) continue;
    for (const [name, value] of Object.entries(definition.sandbox.settings(origin))) {
      if (value !== undefined) env[name] = String(value);
    }
  }
  return env;
}
