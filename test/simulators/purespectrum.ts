/** PureSpectrum: what a transaction's code is, read by read, and what becomes of a write. A write changes no script. */
import type { Received } from "../datasources/conformance/subject.ts";
import { createSteps, type Reaction, type Simulator, type Steps, startSimulator } from "./simulator.ts";

export interface PureSpectrumSimulator extends Simulator {
  readonly env: Readonly<Record<string, string>>;
  /** By transaction id: its code, or what goes wrong. */
  readonly codes: Steps<number | Reaction>;
  readonly fates: Array<Reaction | "accept">;
  writes(): Received[];
}

export const alreadyFinal: Reaction = { status: 400, body: { ps_error_code: 1003, ps_error_message: "Final" } };

export async function startPureSpectrum(): Promise<PureSpectrumSimulator> {
  const codes = createSteps<number | Reaction>([16]);
  const fates: Array<Reaction | "accept"> = [];
  const simulator = await startSimulator(({ method, url }) => {
    if (method === "POST") {
      const fate = fates.shift() ?? "accept";
      return fate === "accept" ? { body: [] } : fate;
    }
    const transactionId = decodeURIComponent(url.split("/").at(-1) ?? "");
    const code = codes.next(transactionId);
    if (typeof code !== "number") return code;
    return { body: [{ "Transaction ID": transactionId, "Respondent Status Code": code }] };
  });
  return {
    ...simulator,
    env: {
      PURESPECTRUM_URL: `${simulator.origin}/buyers/v2`,
      PURESPECTRUM_READ_URL: `${simulator.origin}/buyers/v3`,
      PURESPECTRUM_ACCESS_TOKEN: "purespectrum-token-secret",
    },
    codes,
    fates,
    writes: () => simulator.received.filter(({ method }) => method === "POST"),
  };
}
