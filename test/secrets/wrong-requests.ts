/** What callers get wrong over HTTP, with a secret in each place where one may be by mistake. */
import { gzipSync } from "node:zlib";
import { foreignSecret, token } from "../support/tokens.ts";
import type { Headers } from "./caller.ts";
import type { Scene } from "./scene.ts";
import { ask, fields, fresh, note, type Walker } from "./walk.ts";

const json = ["content-type", "application/json"] as const;
/** JSON's escapes are GraphQL's. */
const literal = (text: string) => JSON.stringify(text);

/** Each root field with a secret in each argument: as a literal, as a value of the wrong type, and without the rights. */
export async function askWrongly(scene: Scene, walker: Walker): Promise<void> {
  const { markers } = scene;
  const { caller, headers } = walker;
  const secret = markers.plant(`a literal of ${fresh()}`, "text");
  const inVariables = markers.plant(`a variable of ${fresh()}`, "text");
  const named = markers.plant(`a name of ${fresh()}`, "name");
  const powerless: Headers = [
    [
      "authorization",
      `Bearer ${await scene.tokenFor(`a token without rights ${fresh()}`, { sub: "nobody", scope: "" })}`,
    ],
  ];
  for (const field of fields) {
    const { root, name, args, document } = field;
    const call = args.map((arg) => `${arg}: ${literal(secret)}`);
    const wrong: unknown[] = [
      { query: `${root} { ${name}(${[...call, `nothing: ${literal(secret)}`].join(", ")}) { __typename } }` },
      { query: `${root} { ${name}(${args.map((arg) => `${arg}: ${named}`).join(", ") || "x: 1"}) { __typename } }` },
      { query: `${root} { ${name}(x: [${literal(secret)} ${literal(secret)}) { __typename } }` },
      { query: `${root} { ${name}(x ${literal(secret)}) { __typename } }` },
      { query: document, variables: Object.fromEntries(args.map((arg) => [arg, { [inVariables]: [inVariables] }])) },
      { query: document, variables: field.wrongVariables(inVariables) },
      { query: document, variables: inVariables },
    ];
    for (const body of wrong) {
      const { json: result } = await caller.ask(body, headers);
      note(walker, field, result);
    }
    await ask({ ...walker, headers: powerless }, field);
  }
}

/** Credentials that are no good, or stand where they should not. */
export async function comeWrongly(scene: Scene, { caller, headers }: Walker): Promise<void> {
  const { markers, authSecret } = scene;
  const good = headers[0]?.[1] ?? "";
  const own = async (name: string, ...given: Parameters<typeof token>) => scene.addToken(name, await token(...given));
  const expired = await own(
    "an expired token",
    { sub: "a", expiresInSeconds: -600, claims: { jti: fresh() } },
    authSecret,
  );
  const early = await own("a token of tomorrow", { sub: "a", notBeforeInSeconds: 9_000 }, authSecret);
  const foreign = await own("a foreign token", { sub: "a", scope: "admin" }, foreignSecret);
  const nameless = await own("a token without sub", { sub: null, scope: "admin" }, authSecret);
  const odd = await own("a token with an odd claim", { sub: "a", claims: { tenant: { of: fresh() } } }, authSecret);
  const long = markers.plant("a long token").padEnd(8_000, "x");
  const bad: Headers[] = [
    [["authorization", `Bearer ${expired}`]],
    [["authorization", `Bearer ${early}`]],
    [["authorization", `Bearer ${foreign}`]],
    [["authorization", `Bearer ${nameless}`]],
    [["authorization", `Bearer ${odd}`]],
    [["authorization", `Bearer ${foreign.slice(0, -20)}`]],
    [["authorization", `Bearer ${markers.plant("no JWT")}`]],
    [["authorization", markers.plant("a token without a scheme")]],
    [
      [
        "authorization",
        `Basic ${Buffer.from(`user:${markers.plant("a basic password", "header")}`).toString("base64")}`,
      ],
    ],
    [["authorization", `Bearer ${markers.plant("a token with words")} and ${markers.plant("more words")}`]],
    [["authorization", `Bearer ${long}`]],
    [
      ["authorization", good],
      ["authorization", `Bearer ${markers.plant("a second Authorization")}`],
    ],
    [["proxy-authorization", `Bearer ${markers.plant("a proxy's token")}`]],
    [["cookie", `session=${markers.plant("a cookie")}`]],
    [["x-cleeng-customer-token", markers.plant("a customer's token without another")]],
  ];
  const paths = ["/graphql", "/metrics", "/readyz", "/healthz", "/graphiql", "/nowhere"];
  const query = { query: "{ providers { provider } }" };
  for (const given of bad) {
    await caller.ask(query, given);
    for (const path of paths) await caller.request({ path, headers: given });
  }
  const inAddress = markers.plant("a token in an address");
  for (const path of paths) {
    const address = `${path}?access_token=${encodeURIComponent(inAddress)}&token=${encodeURIComponent(inAddress)}`;
    await caller.request({ path: address, headers });
    await caller.request({ path: address });
    await caller.request({ path: `${address}%zz`, headers, method: "OPTIONS" });
  }
  const { host } = caller;
  const user = (name: string) => `user:${encodeURIComponent(markers.plant(name))}@`;
  for (const method of ["GET", "POST", "OPTIONS", "PUT"]) {
    await caller.request({
      method,
      path: "/graphql",
      body: JSON.stringify(query),
      headers: [
        json,
        ...headers,
        ["host", `${user(`Host's user, ${method}`)}${host}`],
        ["origin", `http://${user(`Origin's user, ${method}`)}evil.example`],
        [
          "referer",
          `http://${user(`Referer's user, ${method}`)}${host}/?token=${markers.plant(`Referer's token, ${method}`)}`,
        ],
        ["access-control-request-headers", markers.plant(`a header's name, ${method}`)],
        ["x-forwarded-for", markers.plant(`X-Forwarded-For, ${method}`)],
        ["x-api-key", markers.plant(`X-Api-Key, ${method}`)],
      ],
    });
  }
}

/** Requests that are none: bodies, types and addresses. */
export async function sendWrongly(scene: Scene, { caller, headers }: Walker): Promise<void> {
  const { markers } = scene;
  const secret = (name: string) => markers.plant(name, "text");
  const post = (body: string | Uint8Array, ...more: Headers) =>
    caller.request({ method: "POST", path: "/graphql", body, headers: [...headers, ...more] });
  const good = 'query ($t: String) { access(offerId: "S580476507", customerToken: $t) { __typename } }';
  for (const body of [
    `{"query": "{ providers { provider } }", "token": ${literal(secret("broken JSON"))}`,
    literal(secret("a body that is a text")),
    `${secret("a body that is no JSON")}`,
    JSON.stringify([{ query: good, variables: { t: secret("a batch") } }]),
    JSON.stringify({ query: 3, variables: { t: secret("a query that is a number") } }),
    JSON.stringify({ query: good, variables: literal(secret("variables that are a text")) }),
    JSON.stringify({ query: good, operationName: { a: secret("an operation's odd name") } }),
    JSON.stringify({ variables: { t: secret("no query") }, documentId: { a: secret("an odd documentId") } }),
    JSON.stringify({ variables: { t: secret("an unknown documentId") }, documentId: "sha256:0123" }),
    JSON.stringify({ [secret("an unknown key")]: 1, "x-cleeng-customer-token": secret("an unknown value") }),
    JSON.stringify({
      extensions: {
        persistedQuery: { version: 1, sha256Hash: "0".repeat(64) },
        "x-cleeng-customer-token": secret("an extension"),
      },
    }),
    JSON.stringify({ query: good, variables: { t: secret("prototypes") }, __proto__: { a: 1 } }).replace(
      "{",
      '{"__proto__": {"a": 1},',
    ),
    JSON.stringify({ query: `${"{ a ".repeat(9_000)} ${secret("depth")}` }),
    JSON.stringify({ query: `{ ${"a ".repeat(25_000)} b(t: ${literal(secret("tokens"))}) }` }),
  ]) {
    await post(body, json);
  }
  await post(JSON.stringify({ query: good, variables: { t: secret("a large body").padEnd(70_000, "x") } }), json);
  await post(JSON.stringify({ query: good, variables: { t: secret("another type") } }), [
    "content-type",
    `text/plain; token=${markers.plant("a type's parameter", "name")}`,
  ]);
  await post(new URLSearchParams({ query: good, token: secret("a form") }).toString(), [
    "content-type",
    "application/x-www-form-urlencoded",
  ]);
  await post(gzipSync(JSON.stringify({ query: good, variables: { t: secret("a packed body") } })), json, [
    "content-encoding",
    "gzip",
  ]);
  const parameters = new URLSearchParams({
    query: good,
    variables: JSON.stringify({ t: secret("a variable over GET") }),
    extensions: JSON.stringify({ token: secret("an extension over GET") }),
  });
  for (const [name, value] of [
    ["query", `{ access(offerId: "S1", customerToken: ${literal(secret("a literal over GET"))}) { __typename } }`],
    ["query", `{ access(customerToken: ${literal(secret("a wrong literal over GET"))} 1) }`],
    ["query", `mutation { revokeTokens(subject: ${literal(secret("a mutation over GET"))}) }`],
    ["variables", secret("broken variables over GET")],
    ["variables", literal(secret("variables that are a text over GET"))],
    ["extensions", secret("broken extensions over GET")],
    ["access_token", secret("access_token over GET")],
    ["documentId", "sha256:0123"],
  ] as const) {
    const one = new URLSearchParams(parameters);
    one.set(name, value);
    await caller.request({ path: `/graphql?${one}`, headers });
    one.append(name, value);
    await caller.request({ path: `/graphql?${one}`, headers });
  }
  // Not even HTTP.
  await caller
    .request({ method: "GET", path: `/\u0001 ${markers.plant("a broken request line", "name")}`, headers })
    .catch(() => {});
  await caller
    .request({ path: "/healthz", headers: [[`x ${markers.plant("a broken header", "name")}`, "1"]] })
    .catch(() => {});
}
