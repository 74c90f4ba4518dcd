/** Cleeng access: what the registry needs of this provider. */
import { z } from "zod";
import { defineDecisionProvider } from "../contract.ts";
import { type AccessClient, createRestClient, createRpcClient } from "./client.ts";
import { sandbox } from "./sandbox.ts";
import { provider } from "./status.ts";

const address = () => z.url({ protocol: /^https?$/, error: "Expected an http or https address." });

const settings = z.object({
  CLEENG_API_URL: address()
    .describe("Address of Cleeng's JSON-RPC endpoint. Access checks are configured once it is set.")
    .meta({ example: "https://sandbox.cleeng.com/api/3.0/json-rpc" }),
  CLEENG_ACCESS_TRANSPORT: z
    .enum(["json-rpc", "rest"], "Expected json-rpc or rest.")
    .default("json-rpc")
    .describe("How access is checked: json-rpc in batches of 25, or rest, its successor, one request an offer.")
    .meta({ example: "json-rpc" }),
  CLEENG_ENTITLEMENTS_URL: address()
    .default("https://mediastoreapi.cleeng.com")
    .describe("Base address of the REST successor; used with CLEENG_ACCESS_TRANSPORT=rest alone.")
    .meta({ example: "https://mediastoreapi.cleeng.com" }),
});
export type AccessSettings = z.infer<typeof settings>;

export const cleengAccess = defineDecisionProvider<AccessSettings, AccessClient>({
  id: "cleeng-access",
  provider,
  title: "Cleeng access",
  envPrefix: "CLEENG",
  settings,
  configuredBy: "CLEENG_API_URL",
  secrets: [],
  connect: (values, upstream) =>
    values.CLEENG_ACCESS_TRANSPORT === "rest"
      ? createRestClient(new URL(values.CLEENG_ENTITLEMENTS_URL), upstream)
      : createRpcClient(new URL(values.CLEENG_API_URL), upstream),
  sandbox,
});
