/** All of them, in the order of the protocol's text. README.md lists them. */
import type { Audit } from "../audit.ts";
import { connection } from "./connection.ts";
import { endurance } from "./endurance.ts";
import { handshake } from "./handshake.ts";
import { identities } from "./identities.ts";
import { invalidMessages } from "./invalid-messages.ts";
import { pings } from "./pings.ts";
import { results } from "./results.ts";
import { streams } from "./streams.ts";

export const audits: readonly Audit[] = [
  ...handshake,
  ...connection,
  ...pings,
  ...invalidMessages,
  ...results,
  ...identities,
  ...streams,
  ...endurance,
];
