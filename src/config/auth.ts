/** Who may come in: the variables of authentication, and what they have to say together. Opens nothing and reads no key. */
import { z } from "zod";
import { hostnameOf, isThisMachine } from "../server/origin.ts";
import { oneOf, type Variable, type VariableReader, wholeNumber, word } from "./variable.ts";

/** What a token is judged by. */
export interface JwtConfig {
  readonly mode: "jwt";
  readonly keys: { readonly type: "jwks"; readonly url: string } | { readonly type: "secret"; readonly secret: string };
  /** Null: not looked at. */
  readonly issuer: string | null;
  /** Null: not looked at. */
  readonly audience: string | null;
  readonly clockToleranceSeconds: number;
  readonly tenantClaim: string;
  readonly customerClaim: string;
}

export type AuthConfig =
  /** Everybody is the same viewer, with every right. */
  { readonly mode: "none" } | JwtConfig;

const group = "Authentication";
const claimName = word("the name of a claim, such as tenant or https://example.com/tenant", /^[\w.:/-]{1,255}$/);

/** RFC 7518 3.2: a key for HS256 has at least as many bytes as its hash. */
const leastSecretBytes = 32;

/** Everybody can read it, so nobody may use it. */
const exampleSecret = "a-secret-of-32-bytes-or-more-0123456789";

const secret: z.ZodType<string, string> = z
  .string()
  .refine((text) => text !== exampleSecret, "expected a secret of your own; this one stands in the documentation")
  .refine((text) => Buffer.byteLength(text) >= leastSecretBytes, `expected at least ${leastSecretBytes} bytes`);

/** Whoever can change the keys on their way can sign anything. */
const jwksUrl: z.ZodType<string, string> = z.string().refine((text) => {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "" || url.hash !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isThisMachine(hostnameOf(url.origin)));
}, "expected an https:// address without user name and # (http:// only on this machine)");

function variable<T>(one: Omit<Variable<T>, "group">): Variable<T> {
  return { ...one, group };
}

export const auth = {
  mode: variable({
    name: "AUTH",
    schema: oneOf("none", "jwt"),
    default: null,
    rule: "none at a loopback HOST outside production while neither AUTH_JWKS_URL nor AUTH_SECRET is set, else jwt",
    description:
      "`jwt`: every request bears a token. `none`: everybody is one viewer with every right; only at a loopback HOST and without NODE_ENV=production.",
    example: "jwt",
  }),
  jwksUrl: variable({
    name: "AUTH_JWKS_URL",
    schema: jwksUrl,
    default: null,
    description:
      "Where the issuer publishes the keys that it signs with (RS256, PS256, ES256, EdDSA and their kin). Read every 5 minutes, and when a token names a key that isn't known.",
    example: "https://login.example.com/.well-known/jwks.json",
  }),
  secret: variable({
    name: "AUTH_SECRET",
    schema: secret,
    default: null,
    description:
      "In place of AUTH_JWKS_URL: a secret shared with the issuer, for HS256, HS384 and HS512. 32 bytes or more.",
    example: exampleSecret,
    secret: true,
  }),
  issuer: variable({
    name: "AUTH_ISSUER",
    schema: word("one word", /^\S+$/),
    default: null,
    description: "What the claim `iss` must be. Unset: any issuer whose key fits.",
    example: "https://login.example.com/",
  }),
  audience: variable({
    name: "AUTH_AUDIENCE",
    schema: word("one word", /^\S+$/),
    default: null,
    description:
      "What the claim `aud` must be or hold. Unset: tokens for other services of the same issuer are taken too.",
    example: "statusgraph",
  }),
  clockTolerance: variable({
    name: "AUTH_CLOCK_TOLERANCE_SECONDS",
    schema: wholeNumber(0, 600),
    default: "30",
    description: "How far the issuer's clock may be off. A token is taken so long past its end, and before its `nbf`.",
    example: "30",
  }),
  tenantClaim: variable({
    name: "AUTH_TENANT_CLAIM",
    schema: claimName,
    default: "tenant",
    description: "The claim that names the tenant. A token without it is of the tenant `default`.",
    example: "tenant",
  }),
  customerClaim: variable({
    name: "AUTH_CUSTOMER_CLAIM",
    schema: claimName,
    default: "cleeng_customer_id",
    description: "The claim that names the Cleeng customer for whom its bearer may register and transfer purchases.",
    example: "cleeng_customer_id",
  }),
} as const;

/** Null where something is wrong, which has been complained of. */
export function readAuth(
  reader: VariableReader,
  { host, production }: { readonly host: string | null; readonly production: boolean },
): AuthConfig | null {
  const named = reader.read(auth.mode);
  const [url, shared] = [reader.read(auth.jwksUrl), reader.read(auth.secret)];
  const clockToleranceSeconds = reader.read(auth.clockTolerance);
  const [tenantClaim, customerClaim] = [reader.read(auth.tenantClaim), reader.read(auth.customerClaim)];
  const [issuer, audience] = [reader.read(auth.issuer), reader.read(auth.audience)];
  const isSet = ({ name }: Variable<unknown>) => reader.has(name);
  const keysSet = isSet(auth.jwksUrl) || isSet(auth.secret);
  const local = host !== null && isThisMachine(host);
  const mode = named ?? (isSet(auth.mode) || keysSet || !local || production ? "jwt" : "none");

  if (mode === "none") {
    if (keysSet) return refuse(reader, "expected jwt, for keys are set", "none", "jwt");
    if (local && !production) return { mode };
    // A host that can't be read has its own complaint.
    if (host === null) return null;
    const place = production ? "in production" : `at HOST=${host}, which other machines reach`;
    return refuse(
      reader,
      `expected jwt ${place}: without authentication everybody may read and send everything`,
      "none",
      "jwt",
    );
  }
  if (isSet(auth.jwksUrl) && isSet(auth.secret)) {
    reader.complain(auth.secret.name, `expected it unset, for ${auth.jwksUrl.name} is set: keys come from one place`, {
      got: null,
      example: "",
    });
    return null;
  }
  if (!keysSet) {
    if (host === null) return null;
    const why = named === "jwt" ? "" : production ? " in production" : ` at HOST=${host}, which other machines reach`;
    reader.complain(
      auth.jwksUrl.name,
      `expected an address of keys, or ${auth.secret.name}, for AUTH is jwt${why}: tokens must be checked by something`,
      { got: null, example: auth.jwksUrl.example },
    );
    return null;
  }
  const keys =
    url !== null
      ? ({ type: "jwks", url } as const)
      : shared !== null
        ? ({ type: "secret", secret: shared } as const)
        : null;
  if (keys === null || clockToleranceSeconds === null || tenantClaim === null || customerClaim === null) return null;
  return { mode, keys, issuer, audience, clockToleranceSeconds, tenantClaim, customerClaim };
}

function refuse(reader: VariableReader, message: string, got: string, example: string): null {
  reader.complain(auth.mode.name, message, { got, example });
  return null;
}

/** What is allowed and should be known. */
export function authWarnings(
  config: AuthConfig,
  { url, trustProxy }: { readonly url: string; readonly trustProxy: number | null },
): readonly string[] {
  if (config.mode === "none") {
    return [
      ...(trustProxy
        ? [
            `TRUST_PROXY=${trustProxy} with AUTH=none: whoever reaches the proxy may read and send everything. Set AUTH_JWKS_URL or AUTH_SECRET.`,
          ]
        : []),
      `AUTH=none: there is no authentication. Every program on this machine that reaches ${url} may read and send everything. Set AUTH_JWKS_URL or AUTH_SECRET before anybody else can.`,
    ];
  }
  const open = [
    ...(config.issuer === null ? [auth.issuer.name] : []),
    ...(config.audience === null ? [auth.audience.name] : []),
  ];
  if (open.length === 0) return [];
  return [
    `${open.join(" and ")} unset: every token that the keys fit is taken, also one that was made for another service.`,
  ];
}
