/** PureSpectrum: respondents' transactions in surveys. What it is called, how it is configured, and nothing of its wire. */
import { z } from "zod";
import { defineOperationProvider } from "../contract.ts";
import { createSurveyTransactionClient } from "./client.ts";
import { sandbox } from "./sandbox.ts";
import { provider, unknownId } from "./status.ts";
import { decoyKey } from "./wire.ts";

export type { SurveyTransactionClient } from "./client.ts";
export { type SetStatusInput, setStatusInput, surveyIdentity } from "./input.ts";
export { parseSurveyKey, type SurveyIdentity, surveyKey } from "./wire.ts";

const base = z
  .url({ protocol: /^https?$/, error: "Expected an address that begins with http:// or https://." })
  .refine((text) => !/[?#]/.test(text), { error: "Expected an address without ? and #.", abort: true });

const settings = z
  .object({
    PURESPECTRUM_URL: base
      .describe("PureSpectrum's buyer API for writes, up to and with /buyers/v2.")
      .meta({ example: "https://api.spectrumsurveys.com/buyers/v2", address: "base" }),
    PURESPECTRUM_READ_URL: base
      .optional()
      .describe("PureSpectrum's buyer API for reads. Without it PURESPECTRUM_URL is used, with /v3 in place of /v2.")
      .meta({ example: "https://api.spectrumsurveys.com/buyers/v3", address: "base" }),
    PURESPECTRUM_ACCESS_TOKEN: z
      .string()
      .regex(/^[\x21-\x7e]+$/, "Expected printable ASCII characters without spaces: it is sent as a header.")
      .optional()
      .describe("The access token that PureSpectrum gave you, sent as the header access-token.")
      .meta({ example: "the token from your account manager" }),
  })
  .check(({ value, issues }) => {
    if (readBase(value) !== null) return;
    issues.push({
      code: "custom",
      input: value.PURESPECTRUM_READ_URL,
      path: ["PURESPECTRUM_READ_URL"],
      message: "Expected the address to read from: PURESPECTRUM_URL does not end in /v2, so it can't be guessed.",
    });
  });

export type PureSpectrumSettings = z.infer<typeof settings>;

function trimmed(url: string): string {
  return url.replace(/\/+$/, "");
}

function readBase(values: { PURESPECTRUM_URL: string; PURESPECTRUM_READ_URL?: string | undefined }): string | null {
  if (values.PURESPECTRUM_READ_URL !== undefined) return trimmed(values.PURESPECTRUM_READ_URL);
  const write = trimmed(values.PURESPECTRUM_URL);
  return write.endsWith("/v2") ? write.replace(/\/v2$/, "/v3") : null;
}

export const purespectrum = defineOperationProvider({
  id: "purespectrum",
  provider,
  kind: "SURVEY_TRANSACTION",
  title: "PureSpectrum",
  envPrefix: "PURESPECTRUM",
  settings,
  configuredBy: "PURESPECTRUM_URL",
  secrets: ["PURESPECTRUM_ACCESS_TOKEN"],
  unknownId,
  decoyOf: decoyKey,
  deadlineSeconds: 7 * 24 * 60 * 60,
  usualSeconds: 30,
  // Reconciliation turns a complete (21) into a reject (33) weeks later.
  settledMayChange: true,
  connect(values: PureSpectrumSettings, upstream) {
    const read = readBase(values);
    if (read === null) throw new Error("These settings were never judged: there is no address to read from.");
    const accessToken = values.PURESPECTRUM_ACCESS_TOKEN ?? null;
    return createSurveyTransactionClient({ write: trimmed(values.PURESPECTRUM_URL), read, accessToken }, upstream);
  },
  sandbox,
});
