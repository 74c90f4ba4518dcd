/** The variables of the programs beside the gateway: the sandbox of its own, and the cluster for trying several. */
import { databaseUrl, redisUrl } from "./database.ts";
import { own } from "./own.ts";
import { type Variable, wholeNumber } from "./variable.ts";

const group = "Sandbox and cluster as programs";

export const programs = {
  sandboxHost: {
    ...own.host,
    name: "SANDBOX_HOST",
    group,
    description: "The address that `npm run sandbox` listens at. 0.0.0.0 listens at every one.",
  } satisfies Variable<string>,
  sandboxPort: {
    name: "SANDBOX_PORT",
    group,
    // Each provider takes one, so there must be some left above the first.
    schema: wholeNumber(0, 65_000),
    default: "4100",
    description:
      "The port of the first provider's sandbox under `npm run sandbox`; the others take the ports that follow, in the " +
      "order of their ids. 0 takes any free ones.",
    example: "4100",
  } satisfies Variable<number>,
  nodes: {
    name: "NODES",
    group,
    schema: wholeNumber(1, 32),
    default: "3",
    description: "How many gateways `npm run cluster` starts.",
    example: "5",
  } satisfies Variable<number>,
  clusterPort: {
    name: "CLUSTER_PORT",
    group,
    schema: wholeNumber(0, 65_000),
    default: "4001",
    description:
      "The port of the first gateway of `npm run cluster`; the others take the ports that follow. 0 takes any free ones.",
    example: "4001",
  } satisfies Variable<number>,
} as const;

/** What a cluster shares. Its gateways read the same variables; only the defaults are the cluster's own. */
export const shared = {
  database: {
    ...own.database,
    schema: databaseUrl.refine(({ type }) => type === "postgres", {
      message: "expected postgres://…, for several gateways can share nothing else",
    }),
    default: "postgres://postgres@127.0.0.1:5432/statusgraph",
  },
  redisUrl: { ...own.redisUrl, schema: redisUrl },
} as const;
