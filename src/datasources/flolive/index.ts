/** floLIVE: bulk calls to SIMs. What it is called, how it is configured, and nothing of its wire. */
import { z } from "zod";
import { defineOperationProvider } from "../contract.ts";
import { decoyOf } from "../decoy.ts";
import { createBulkCallClient } from "./client.ts";
import { sandbox } from "./sandbox.ts";
import { provider, unknownId } from "./status.ts";

export type { BulkCallClient } from "./client.ts";
export { type BulkCallInput, bulkCallInput } from "./input.ts";

const settings = z.object({
  FLOLIVE_URL: z
    .url({ protocol: /^https?$/, error: "Expected an address that begins with http:// or https://." })
    .refine((text) => !/[?#]/.test(text), "Expected an address without ? and #.")
    .describe("Your tenant's floLIVE API: the address that /api/v2 and /api/v3 lie below.")
    .meta({ example: "https://api.example.flolive.net", address: "base" }),
  FLOLIVE_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]+$/, "Expected printable ASCII characters without spaces: it is sent as a header.")
    .optional()
    .describe("The token that floLIVE gave you, sent as Authorization: Bearer.")
    .meta({ example: "the token from your floLIVE account" }),
});

export type FloliveSettings = z.infer<typeof settings>;

export const flolive = defineOperationProvider({
  id: "flolive",
  provider,
  kind: "BULK_CALL",
  title: "floLIVE",
  envPrefix: "FLOLIVE",
  settings,
  configuredBy: "FLOLIVE_URL",
  secrets: ["FLOLIVE_TOKEN"],
  unknownId,
  decoyOf,
  deadlineSeconds: 24 * 60 * 60,
  usualSeconds: 20,
  connect: (values: FloliveSettings, upstream) =>
    createBulkCallClient({ base: new URL(values.FLOLIVE_URL), token: values.FLOLIVE_TOKEN ?? null, upstream }),
  sandbox,
});
