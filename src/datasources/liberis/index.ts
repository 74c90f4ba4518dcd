/** Liberis, as the gateway knows it: its settings, and how to reach it. */
import { z } from "zod";
import { defineOperationProvider } from "../contract.ts";
import { decoyOf } from "../decoy.ts";
import { createLiberisClient, type PartnerBatchClient } from "./client.ts";
import { sandbox } from "./sandbox.ts";
import { unknownId } from "./status.ts";

const address = z
  .url({ protocol: /^https?$/, error: "Expected an http or https address." })
  .refine((value) => !URL.canParse(value) || new URL(value).username === "", "Expected an address without user name.");

const oauth = ["LIBERIS_TOKEN_URL", "LIBERIS_CLIENT_ID", "LIBERIS_CLIENT_SECRET"] as const;

const settings = z
  .object({
    LIBERIS_URL: address
      .describe("Base address of Liberis' partner API. Liberis is configured once it is set.")
      .meta({ example: "https://partner-api.liberis.example", address: "base" }),
    LIBERIS_TOKEN_URL: address
      .optional()
      .describe(
        "Where access tokens come from (OAuth2 client credentials), exactly as it is called. Without it calls bear no Authorization.",
      )
      .meta({ example: "https://login.liberis.example/oauth/token", address: "exact" }),
    LIBERIS_CLIENT_ID: z
      .string()
      .min(1, "Expected at least one character.")
      .optional()
      .describe("The client id that Liberis gave you.")
      .meta({ example: "a-client-id" }),
    LIBERIS_CLIENT_SECRET: z
      .string()
      .min(1, "Expected at least one character.")
      .optional()
      .describe("The client secret that Liberis gave you.")
      .meta({ example: "a-client-secret" }),
  })
  // A check, not a pipe: the result stays an object schema whose shape the documentation is made from.
  .check(({ value, issues }) => {
    const missing = oauth.filter((name) => value[name] === undefined);
    if (missing.length === oauth.length) return;
    for (const name of missing) {
      const message = `Expected a value: ${oauth.join(", ")} belong together, all three or none.`;
      issues.push({ code: "custom", input: undefined, path: [name], message });
    }
  });
export type LiberisSettings = z.infer<typeof settings>;

export const liberis = defineOperationProvider<LiberisSettings, PartnerBatchClient>({
  id: "liberis",
  provider: "LIBERIS",
  kind: "PARTNER_BATCH",
  title: "Liberis",
  envPrefix: "LIBERIS",
  settings,
  configuredBy: "LIBERIS_URL",
  secrets: ["LIBERIS_CLIENT_SECRET"],
  unknownId,
  decoyOf,
  deadlineSeconds: 86_400,
  usualSeconds: 30,
  connect: (values, upstream) => createLiberisClient(connectionOf(values), upstream),
  sandbox,
});

function connectionOf(values: LiberisSettings) {
  const { LIBERIS_URL: url, LIBERIS_TOKEN_URL, LIBERIS_CLIENT_ID, LIBERIS_CLIENT_SECRET } = values;
  if (!LIBERIS_TOKEN_URL || !LIBERIS_CLIENT_ID || !LIBERIS_CLIENT_SECRET) return { url, credentials: null };
  const tokenUrl = new URL(LIBERIS_TOKEN_URL);
  return { url, credentials: { tokenUrl, clientId: LIBERIS_CLIENT_ID, clientSecret: LIBERIS_CLIENT_SECRET } };
}
