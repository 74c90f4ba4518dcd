/** Cleeng access: what the registry needs of this provider. */
import { z } from "zod";
import { defineDecisionProvider } from "../contract.ts";
import { type AccessClient, createRestClient, createRpcClient } from "./client.ts";
import { sandbox } from "./sandbox.ts";
import { provider } from "./status.ts";

const address = () => z.url({ protocol: /^https?$/, error: "Expected an http or https address." });

/** Each transport has an address of its own, and none of them stands in for the other: customers' tokens go there. */
const addressNames = { "json-rpc": "CLEENG_API_URL", rest: "CLEENG_ENTITLEMENTS_URL" } as const;

const settings = z
  .object({
    CLEENG_API_URL: address()
      .optional()
      .describe("Address of Cleeng's JSON-RPC endpoint. Needed unless CLEENG_ACCESS_TRANSPORT=rest.")
      .meta({ example: "https://sandbox.cleeng.com/api/3.0/json-rpc", address: "exact" }),
    CLEENG_ACCESS_TRANSPORT: z
      .enum(["json-rpc", "rest"], "Expected json-rpc or rest.")
      .default("json-rpc")
      .describe(
        "How access is checked: json-rpc in batches of 25, or rest, its successor, one request an offer. Holds for the sandbox too.",
      )
      .meta({ example: "json-rpc" }),
    CLEENG_ENTITLEMENTS_URL: address()
      .optional()
      .describe("Base address of the REST successor. Needed, and used, with CLEENG_ACCESS_TRANSPORT=rest alone.")
      .meta({ example: "https://mediastoreapi.cleeng.com", address: "base" }),
  })
  .check(({ value, issues }) => {
    const { CLEENG_ACCESS_TRANSPORT: transport } = value;
    const name = addressNames[transport];
    if (value[name] !== undefined) return;
    const message = `Expected an address, for access is checked over CLEENG_ACCESS_TRANSPORT=${transport}`;
    issues.push({ code: "custom", input: undefined, path: [name], message });
  });
export type AccessSettings = z.infer<typeof settings>;

export const cleengAccess = defineDecisionProvider<AccessSettings, AccessClient>({
  id: "cleeng-access",
  provider,
  title: "Cleeng access",
  envPrefix: "CLEENG",
  settings,
  configuredBy: "CLEENG_API_URL",
  alsoConfiguredBy: ["CLEENG_ENTITLEMENTS_URL"],
  sandboxHeeds: ["CLEENG_ACCESS_TRANSPORT"],
  secrets: [],
  connect: (values, upstream) => {
    const transport = values.CLEENG_ACCESS_TRANSPORT;
    const address = values[addressNames[transport]];
    if (address === undefined) throw new Error(`Access over ${transport} needs ${addressNames[transport]}.`);
    return (transport === "rest" ? createRestClient : createRpcClient)(new URL(address), upstream);
  },
  sandbox,
});
