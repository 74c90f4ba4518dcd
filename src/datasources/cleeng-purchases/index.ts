/** Cleeng in-app purchases: what the registry needs of this provider. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { defineOperationProvider } from "../contract.ts";
import { decoyOf } from "../decoy.ts";
import { createPurchaseClient, type PurchaseClient } from "./client.ts";
import { sandbox } from "./sandbox.ts";
import { provider, unknownId } from "./status.ts";

const settings = z.object({
  CLEENG_INAPP_URL: z
    .url({ protocol: /^https?$/, error: "Expected an http or https address." })
    .describe("Base address of Cleeng's StoreKit 2 endpoints. Cleeng purchases are configured once it is set.")
    .meta({ example: "https://inapp.api.sandbox.cleeng.com/storekit2", address: "base" }),
  CLEENG_PUBLISHER_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]+$/, "Expected printable ASCII characters without spaces.")
    .optional()
    .describe("The publisher's token, sent as X-Publisher-Token to the StoreKit 2 endpoints.")
    .meta({ example: "a-publisher-token" }),
});
export type PurchaseSettings = z.infer<typeof settings>;

export const cleengPurchases = defineOperationProvider<PurchaseSettings, PurchaseClient>({
  id: "cleeng-purchases",
  provider,
  kind: "PURCHASE_SYNC",
  title: "Cleeng purchases",
  envPrefix: "CLEENG",
  settings,
  configuredBy: "CLEENG_INAPP_URL",
  secrets: ["CLEENG_PUBLISHER_TOKEN"],
  unknownId,
  decoyOf,
  deadlineSeconds: 86_400,
  connect: (values, upstream) =>
    createPurchaseClient({
      base: new URL(values.CLEENG_INAPP_URL),
      publisherToken: values.CLEENG_PUBLISHER_TOKEN ?? null,
      upstream,
      newId: randomUUID,
    }),
  sandbox,
});
