/**
 * All providers in one, and hostile: it repeats the credentials that it was sent wherever an answer has room for text, and
 * fails in every way that an upstream can. It keeps what it was sent.
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What becomes of the requests from now on. A number: an error with this status. */
export type Mode =
  | 400
  | 401
  | 403
  | 404
  | 409
  | 422
  | 500
  | 503
  /** As a provider should. */
  | "well"
  /** The same, with what it was sent in each field that is free. */
  | "echoing"
  /** The same, with every character of its JSON by its number. */
  | "escaping"
  /** A proxy's page. */
  | "page"
  | "noJson"
  /** The connection ends in the middle of the body. */
  | "cut"
  | "silent"
  | "redirecting"
  | "throttling"
  | "packed";

export const failures: readonly Mode[] = [
  400,
  401,
  403,
  404,
  409,
  422,
  500,
  503,
  "page",
  "noJson",
  "cut",
  "redirecting",
  "packed",
];

export interface Front {
  readonly origin: string;
  readonly received: readonly Received[];
  mode: Mode;
  /** Of the endpoint that gives out access tokens. */
  tokenMode: Mode;
  /** Changes how an operation that is read stands: settled, or under way. */
  settled: boolean;
  /** For a gateway. Access is checked over JSON-RPC unless it says otherwise. */
  readonly env: Readonly<Record<string, string>>;
  dispose(): Promise<void>;
}

export interface Credentials {
  readonly publisherToken: string;
  readonly floliveToken: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Given out by the front itself. */
  readonly accessToken: string;
  readonly purespectrumToken: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function startFront(credentials: Credentials): Promise<Front> {
  const received: Received[] = [];
  const state = { mode: "well" as Mode, tokenMode: "well" as Mode, settled: false };
  const numbers = new Map<string, number>();
  const next = (what: string) => {
    numbers.set(what, (numbers.get(what) ?? 0) + 1);
    return `${what}-${numbers.get(what)}`;
  };

  const server = createServer(async (request, response) => {
    response.on("error", () => {});
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return;
    }
    const { method = "", url = "", headers } = request;
    const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
    received.push(one);
    const echo = sentIn(one);
    const mode = url.startsWith("/oauth") ? state.tokenMode : state.mode;
    const echoing = mode === "echoing" || mode === "escaping";
    const answer = answerTo(one, { echo: echoing ? echo : "", settled: state.settled, next, credentials });
    send(response, mode, answer, echo);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return Object.assign(state, {
    origin,
    received,
    env: {
      CLEENG_INAPP_URL: `${origin}/storekit2`,
      CLEENG_API_URL: `${origin}/json-rpc`,
      CLEENG_ENTITLEMENTS_URL: origin,
      CLEENG_PUBLISHER_TOKEN: credentials.publisherToken,
      FLOLIVE_URL: `${origin}/flolive`,
      FLOLIVE_TOKEN: credentials.floliveToken,
      LIBERIS_URL: `${origin}/liberis`,
      LIBERIS_TOKEN_URL: `${origin}/oauth/token`,
      LIBERIS_CLIENT_ID: credentials.clientId,
      LIBERIS_CLIENT_SECRET: credentials.clientSecret,
      PURESPECTRUM_URL: `${origin}/buyers/v2`,
      PURESPECTRUM_READ_URL: `${origin}/buyers/v3`,
      PURESPECTRUM_ACCESS_TOKEN: credentials.purespectrumToken,
    },
    async dispose() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  });
}

/** The credentials of a request, as far as anybody can see that they are some. */
function sentIn({ headers, body }: Received): string {
  const named = [headers.authorization?.replace(/^Bearer /, ""), headers["x-publisher-token"], headers["access-token"]];
  const inForm = headers["content-type"]?.includes("form") ? new URLSearchParams(body) : new URLSearchParams();
  const inCalls = [...body.matchAll(/"customerToken":("(?:[^"\\]|\\.)*")/g)].map(([, text]) =>
    JSON.parse(text ?? '""'),
  );
  const all = [...named, ...inForm.getAll("client_secret"), ...inForm.getAll("client_id"), ...inCalls];
  return [...new Set(all.filter((text) => typeof text === "string" && text !== ""))].join(" ");
}

interface Circumstances {
  /** Empty where the answer is as it should be. */
  readonly echo: string;
  readonly settled: boolean;
  readonly next: (what: string) => string;
  readonly credentials: Credentials;
}

/** What the provider would answer. */
function answerTo(
  { method, url, headers, body }: Received,
  { echo, settled, next, credentials }: Circumstances,
): Answer {
  const id = decodeURIComponent(url.split("?")[0]?.split("/").at(-1) ?? "");
  const or = (word: string) => (echo === "" ? word : echo);
  if (url.startsWith("/oauth")) {
    return { status: 200, body: { access_token: credentials.accessToken, expires_in: 3600, scope: or("all") } };
  }
  if (url.startsWith("/storekit2")) {
    if (method === "POST") {
      return { status: 202, body: { synchronizationId: headers["correlation-id"], message: or("accepted") } };
    }
    const end = { status: "finalized", accessGranted: echo === "", offerId: or("S580476507"), result: or("NONE") };
    return { status: 200, body: settled ? end : { status: or("processing"), result: or("NONE") } };
  }
  if (url.startsWith("/json-rpc")) {
    const calls: ReadonlyArray<{ readonly id: number; readonly params: { readonly offerId: string } }> =
      JSON.parse(body);
    const rows = calls.map((call) =>
      echo !== "" && call.params.offerId.includes("fault")
        ? { id: String(call.id), result: null, error: { code: echo, message: echo } }
        : { id: String(call.id), result: { accessGranted: true, grantType: or("direct-purchase") }, error: null },
    );
    return { status: 200, body: rows };
  }
  if (url.startsWith("/entitlements")) {
    return { status: 200, body: { responseData: { accessGranted: true, expiresAt: or("2030-01-01") }, errors: [] } };
  }
  if (url.startsWith("/flolive")) {
    if (method !== "GET") {
      const { bulk }: { readonly bulk: readonly object[] } = JSON.parse(body);
      const rows = bulk.map((node) => ({ ...node, errorCode: "", errorMessage: echo, requestId: next(or("node")) }));
      return { status: 200, body: { bulk: rows }, headers: { "request-id": visible(next(or("call"))) } };
    }
    const rows = ["OPEN", or("OPEN")].map((status, n) => ({
      requestId: `${id}-${n}-${or("x")}`,
      status: settled ? "SUCCESS" : status,
    }));
    const pageable = { page: 0, size: 200, totalPages: 1, totalElements: 2 };
    return { status: 200, body: { errorCode: "", errorMessage: echo, content: rows, pageable } };
  }
  if (url.startsWith("/liberis")) {
    if (method === "POST") {
      const batch = next("batch");
      const uri = `/api/v1/Clients/Status/${batch}?token=${encodeURIComponent(or("none"))}`;
      return { status: 202, body: { status_check_id: batch, status_check_uri: uri, message: echo } };
    }
    const state = settled ? "Completed" : or("Pending");
    const rows = [
      { data: { partner_client_id: or("c") }, status: { state, validation_errors: [or("none"), { echo }] } },
    ];
    return { status: 200, body: { status: settled ? "Completed" : or("Pending"), result: rows } };
  }
  if (method === "POST") return { status: 200, body: [] };
  const row = { "Transaction ID": id, "Respondent Status Code": settled ? 21 : 16 };
  return { status: 200, body: [{ ...row, "Respondent Status Description": or("In survey") }] };
}

/** An error as any of the providers may write it. */
function errorOf(echo: string, status: number): object {
  const one = { code: echo, error_code: echo, message: echo };
  return {
    ...one,
    ...{ errorCode: echo, errorMessage: echo, ps_error_code: echo, ps_error_message: echo, msg: echo, detail: echo },
    ...{
      error: status % 2 === 0 ? one : echo,
      errors: [one],
      title: echo,
      bulk: [{ errorCode: echo, requestId: echo }],
    },
    ...{ validation_errors: [echo], error_description: echo, status: echo, result: echo, [echo]: echo },
  };
}

/** What may stand in a header or a reason phrase. */
const visible = (text: string) => text.replace(/[^\x21-\x7e]/g, "-");

function send(response: ServerResponse, mode: Mode, { status, body, headers = {} }: Answer, echo: string): void {
  const json = { "content-type": "application/json" };
  if (mode === "well") {
    response.writeHead(status, { ...json, ...headers }).end(JSON.stringify(body));
    return;
  }
  const told = visible(echo);
  const telling = {
    "x-echo": told,
    server: told,
    "www-authenticate": `Bearer error="${told}"`,
    "set-cookie": [`session=${told}`, `other=${told}`],
    "correlation-id": told,
    etag: `"${told}"`,
  };
  const all = { ...json, ...telling, ...headers };
  switch (mode) {
    case "echoing":
      response.writeHead(status, told, all).end(JSON.stringify(body));
      return;
    case "escaping":
      response.writeHead(status, told, all).end(numberedIn(JSON.stringify(body)));
      return;
    case "page":
      response.writeHead(502, told, { ...all, "content-type": "text/html" });
      response.end(`<!doctype html><title>502 ${echo}</title><pre>Authorization: Bearer ${echo}</pre>`);
      return;
    case "noJson":
      response.writeHead(200, told, all).end(`${echo} {"status": "${echo}`);
      return;
    case "cut":
      response.writeHead(200, told, { ...all, "content-length": "100000" });
      response.write(JSON.stringify(errorOf(echo, 500)), () => response.destroy());
      return;
    case "silent":
      return;
    case "redirecting":
      response.writeHead(302, told, {
        ...all,
        location: `https://${encodeURIComponent(told)}@elsewhere.example/?token=${encodeURIComponent(told)}`,
      });
      response.end(echo);
      return;
    case "throttling":
      response.writeHead(429, told, { ...all, "retry-after": "1" }).end(JSON.stringify(errorOf(echo, 429)));
      return;
    case "packed":
      response.writeHead(200, told, { ...all, "content-encoding": "gzip" }).end(gzipSync(JSON.stringify(body)));
      return;
    default:
      response.writeHead(mode, told, all).end(JSON.stringify(errorOf(echo, mode)));
  }
}

/** The same JSON, with the characters of its texts by their numbers. */
function numberedIn(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, (text) => {
    const plain: string = JSON.parse(text);
    const units = Array.from({ length: plain.length }, (_, n) => plain.charCodeAt(n).toString(16).padStart(4, "0"));
    return `"${units.map((unit) => `\\u${unit}`).join("")}"`;
  });
}
