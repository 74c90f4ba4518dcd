/**
 * Where a request comes from, judged once for HTTP and for the upgrade to a WebSocket alike. Browsers let any page send,
 * and tell of it in headers that no page can forge; programs send none of these, and are none of its business.
 */
import type { IncomingHttpHeaders } from "node:http";
import cors from "@fastify/cors";
import type { FastifyInstance } from "fastify";
import { inGraphQLForm, type Refusal } from "./answers.ts";
import { customerTokenName } from "./context.ts";
import { hostnameOf, isThisMachine, normalOrigin } from "./origin.ts";

export interface OriginsOptions {
  /** In the normal form, as ALLOWED_ORIGINS is read. */
  readonly allowed: readonly string[];
  /**
   * Pages of this machine are let in where the gateway is called by a name of this machine: a front end being developed.
   * For a gateway at a loopback address, outside production.
   */
  readonly lenient: boolean;
  readonly names: Names;
}

/** By which names the gateway answers to be called. */
export type Names =
  | { readonly type: "any" }
  /**
   * Where everybody who comes in may do everything: this machine's, `host` (HOST) and those of allowed origins. A page whose
   * own name was pointed at 127.0.0.1 (DNS rebinding) is of the gateway's own origin, as far as its browser can tell; but it
   * calls it by that name.
   */
  | { readonly type: "known"; readonly host: string };

export interface Origins {
  /** Null where the request may go on, else why not. `opensPage`: it is a GET that asks for GraphiQL's page. */
  judge(headers: IncomingHttpHeaders, asked?: { readonly opensPage: boolean }): string | null;
}

const foreign =
  "Expected a request of a program, or of a page whose origin is the gateway's own or one of ALLOWED_ORIGINS; it comes " +
  "from another page. Add that page's origin to ALLOWED_ORIGINS, or send the request from a program, without Origin.";
const misnamed =
  "Expected the gateway to be called by localhost, a loopback address, its HOST or the host of one of ALLOWED_ORIGINS, " +
  "since AUTH=none lets in whoever calls; it was called by another name. Use one of these, or set AUTH to jwt.";

export function createOrigins({ allowed, lenient, names }: OriginsOptions): Origins {
  const pages = new Set(allowed);
  const known = names.type === "any" ? null : new Set([names.host.toLowerCase(), ...allowed.map(hostnameOf)]);
  const isKnown = (host: string) => {
    const called = normalOrigin(`http://${host}`);
    return called !== null && (isThisMachine(hostnameOf(called)) || known?.has(hostnameOf(called)) === true);
  };
  return {
    judge(headers, { opensPage } = { opensPage: false }) {
      const { host, origin } = headers;
      if (known !== null && host !== undefined && !isKnown(host)) return misnamed;
      if (origin === undefined) return comesFromElsewhere(headers, opensPage) ? foreign : null;
      const page = normalOrigin(origin);
      if (page === null) return foreign;
      if (pages.has(page) || isOwn(page, host) || (lenient && areBothHere(page, host))) return null;
      return foreign;
    },
  };
}

/**
 * Whether a page elsewhere sent this without an Origin, which browsers leave out of simple requests (an image, a link).
 * A link that opens GraphiQL may stand anywhere; one that runs a document may not.
 */
function comesFromElsewhere(headers: IncomingHttpHeaders, opensPage: boolean): boolean {
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "none" || site === "same-origin") return false;
  return !(opensPage && headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document");
}

/** Host and port alone: behind a proxy that ends TLS the gateway does not know by which scheme it was called. */
function isOwn(page: string, host: string | undefined): boolean {
  return host !== undefined && /^https?:/.test(page) && normalOrigin(`${new URL(page).protocol}//${host}`) === page;
}

function areBothHere(page: string, host = ""): boolean {
  const gateway = normalOrigin(`http://${host}`);
  return gateway !== null && /^https?:/.test(page) && [page, gateway].map(hostnameOf).every(isThisMachine);
}

/** Balancers and supervisors ask these, by whatever name; they tell nothing of anybody. */
const open: ReadonlySet<string | undefined> = new Set(["/healthz", "/readyz"]);
const page: ReadonlySet<string | undefined> = new Set(["/graphiql", "/graphiql/"]);

const corsOptions = {
  methods: ["GET", "POST"],
  allowedHeaders: ["content-type", "authorization", customerTokenName],
  exposedHeaders: ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "WWW-Authenticate"],
  maxAge: 600,
  credentials: false,
};

/**
 * Refuses what comes from elsewhere, at every address but those of health, before anything is read of it; and tells
 * browsers of pages that are let in that their pages may read the answers. Comes before the routes' own hooks.
 */
export async function registerOrigins(app: FastifyInstance, origins: Origins): Promise<void> {
  app.addHook("onRequest", (request, reply, done) => {
    const { method, headers } = request;
    // The route's own address: in the request it may be spelt in many ways (/%67raphql).
    const { url: route } = request.routeOptions;
    if (open.has(route)) return done();
    // By these Apollo's adapter makes up an address, and would throw.
    if (!URL.canParse(request.url, `${request.protocol}://${request.hostname}/`))
      return void reply.code(400).send(inGraphQLForm(unreadableHost));
    const sentence = origins.judge(headers, { opensPage: method === "GET" && page.has(route) });
    if (sentence !== null) return void reply.code(403).send(inGraphQLForm({ code: "FORBIDDEN", message: sentence }));
    // The plugin would answer 400 in its own words.
    if (method === "OPTIONS" && !isPreflight(headers)) return void reply.callNotFound();
    done();
  });
  await app.register(cors, {
    // Not its function of the origin alone: the judgement needs the host too. What was refused does not come this far.
    delegator: (request, callback) => {
      const isOpen = open.has(request.routeOptions.url) || request.headers.origin === undefined;
      callback(null, { ...corsOptions, origin: !isOpen });
    },
  });
}

const unreadableHost: Refusal = {
  code: "BAD_USER_INPUT",
  message: "Expected a Host header such as gateway.example.com:4000; it is missing, or can't be read.",
};

function isPreflight(headers: IncomingHttpHeaders): boolean {
  return headers.origin !== undefined && headers["access-control-request-method"] !== undefined;
}
