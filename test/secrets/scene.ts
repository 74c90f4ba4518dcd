/**
 * A gateway as a process, everything that it is told in confidence, those who call it, and all that is written meanwhile.
 */
import type { JWTPayload } from "jose";
import { type Build, type Program, runProgram } from "../support/program.ts";
import { token } from "../support/tokens.ts";
import { type Caller, createCaller } from "./caller.ts";
import { type Credentials, type Front, startFront } from "./front.ts";
import { createMarkers, type Markers } from "./markers.ts";
import { createWritten, type Written } from "./written.ts";

export interface Scene {
  readonly markers: Markers;
  readonly written: Written;
  readonly front: Front;
  readonly credentials: Credentials;
  /** What tokens are signed with. */
  readonly authSecret: string;
  /** A token that the gateway takes; its parts are secrets. */
  tokenFor(name: string, claims: { readonly sub: string; readonly scope: string } & JWTPayload): Promise<string>;
  /** Registers every part of a token as a secret. */
  addToken(name: string, text: string): string;
  start(env: Readonly<Record<string, string>>): Promise<{ readonly program: Program; readonly caller: Caller }>;
  /** The program's output, once it has ended. */
  keepOutput(name: string, program: Program): Promise<void>;
  dispose(): Promise<void>;
}

export async function createScene(build: Build): Promise<Scene> {
  const markers = createMarkers();
  const written = createWritten();
  const credentials: Credentials = {
    publisherToken: markers.plant("CLEENG_PUBLISHER_TOKEN", "code"),
    floliveToken: markers.plant("FLOLIVE_TOKEN", "name"),
    clientId: markers.plant("LIBERIS_CLIENT_ID", "name"),
    clientSecret: markers.plant("LIBERIS_CLIENT_SECRET", "text"),
    accessToken: markers.plant("Liberis' access token", "name"),
    purespectrumToken: markers.plant("PURESPECTRUM_ACCESS_TOKEN", "code"),
  };
  const authSecret = markers.plant("AUTH_SECRET", "text");
  const front = await startFront(credentials);
  const started: Program[] = [];
  const callers: Caller[] = [];

  function addToken(name: string, text: string): string {
    const [, payload = "", signature = ""] = text.split(".");
    markers.add(`${name}, claims`, payload);
    markers.add(`${name}, signature`, signature);
    return text;
  }

  return {
    markers,
    written,
    front,
    credentials,
    authSecret,
    addToken,
    async tokenFor(name, { sub, scope, ...claims }) {
      const jti = markers.plant(`${name}, jti`);
      return addToken(name, await token({ sub, scope, customer: "123456789", claims: { jti, ...claims } }, authSecret));
    },
    async start(env) {
      const program = runProgram(build, {
        PORT: "0",
        LOG_LEVEL: "trace",
        DRAIN_SECONDS: "0",
        AUTH: "jwt",
        AUTH_SECRET: authSecret,
        ...limits,
        ...front.env,
        ...env,
      });
      started.push(program);
      const caller = createCaller(await program.url, written);
      callers.push(caller);
      return { program, caller };
    },
    async keepOutput(name, program) {
      const { stdout, stderr } = await program.ended;
      written.add(`${name}: stdout`, stdout);
      written.add(`${name}: stderr`, stderr);
    },
    async dispose() {
      for (const caller of callers) caller.dispose();
      for (const { process, ended } of started) {
        process.kill("SIGKILL");
        await ended;
      }
      await front.dispose();
    },
  };
}

/** Each document asks for all that there is, and a provider that is silent is not waited for long. */
const limits = {
  LIMIT_COST: "1000000",
  LIMIT_DEPTH: "50",
  LIMIT_ALIASES: "10000",
  LIMIT_TOKENS: "20000",
  LIMIT_REQUEST_BYTES: "65536",
  LIMIT_REQUESTS_PER_MINUTE: "100000",
  ...Object.fromEntries(
    ["CLEENG", "FLOLIVE", "LIBERIS", "PURESPECTRUM"].flatMap((name) => [
      [`${name}_RATE_PER_SECOND`, "1000"],
      [`${name}_TIMEOUT_MS`, "1500"],
    ]),
  ),
};
