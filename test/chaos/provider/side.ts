/** Starts the provider side as a process of its own, and asks it. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Facts, Truth, UpstreamId, Weather } from "./fault.ts";
import type { Call } from "./process.ts";
import type { Asked } from "./truth.ts";

export interface ProviderSide {
  /** What each gateway must be told to come here. */
  readonly env: ReadonlyArray<Readonly<Record<string, string>>>;
  weather(upstream: UpstreamId, weather: Weather): Promise<void>;
  truthOf(asked: readonly Asked[]): Promise<Truth[]>;
  beginElsewhere(kind: "PURCHASE_SYNC" | "PARTNER_BATCH", work: string): Promise<string>;
  facts(): Promise<Facts>;
  dispose(): Promise<void>;
}

export async function startProviderSide(seed: number, speed: number, nodes: number): Promise<ProviderSide> {
  const child = fork(fileURLToPath(new URL("process.ts", import.meta.url)), [seed, speed, nodes].map(String), {
    execArgv: ["--import", "tsx"],
    serialization: "advanced",
  });
  const waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>();
  let [count, ended] = [0, false];
  const expect = <T>(id: number) => new Promise<T>((resolve, reject) => waiting.set(id, { resolve, reject }));

  child.on("message", ({ id, value, error }: { id: number; value: never; error?: string }) => {
    const caller = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) caller?.resolve(value);
    else caller?.reject(new Error(`The provider side failed: ${error}`));
  });
  const gone = new Promise<void>((resolve) => {
    child.once("exit", (code) => {
      ended = true;
      for (const { reject } of waiting.values()) reject(new Error(`The provider side ended by itself (${code}).`));
      resolve();
    });
  });
  const ask = <T>(call: Call): Promise<T> => {
    count += 1;
    const answer = expect<T>(count);
    if (ended) return Promise.reject(new Error("The provider side has ended."));
    child.send({ id: count, call });
    return answer;
  };
  const env = await expect<Record<string, string>[]>(0);
  return {
    env,
    weather: (upstream, weather) => ask({ type: "weather", upstream, weather }),
    truthOf: (asked) => ask({ type: "truth", asked }),
    beginElsewhere: (kind, work) => ask({ type: "elsewhere", kind, work }),
    facts: () => ask({ type: "facts" }),
    async dispose() {
      child.disconnect();
      await gone;
    },
  };
}
