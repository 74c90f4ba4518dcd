/**
 * The checks of graphql-cop, the auditor that people run against GraphQL in public, each with its own document and at both
 * doors; outside production and in it. Its README lists twelve, and its code has two more:
 *
 *  1. alias overloading          101 aliases in one document are refused by the limit of 100
 *  2. array-based batching       a list of requests is none, at either door
 *  3. GET-based queries          answered, as GraphQL over HTTP has it: graphql-cop reports that, and decision 0010 says why
 *                                nothing comes of it: no mutation, no cookie, no page elsewhere that may read the answer
 *  4. POST with a form           no request, neither as a body nor as parameters
 *  5. trace mode                 an answer holds data and errors, and no more, whatever asks for more
 *  6. field duplication          one field 500 times is refused
 *  7. field suggestions          told while the schema is told; never in production, of no kind of name
 *  8. GraphQL IDE                GraphiQL outside production; in it no page, and none at the usual addresses
 *  9. introspection              the same
 * 10. directive overloading      ten unknown directives are not ten errors, and 51 known ones are refused by the limit of 50
 * 11. circular introspection     refused in both
 * 12. mutation by GET            refused; over WebSocket an address executes nothing
 * 13. unhandled errors           no exception and no stack in an error
 * 14. circular fragment          refused
 */
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { getIntrospectionQuery } from "graphql";
import { WebSocket } from "ws";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { bearer, jwtEnv } from "../support/tokens.ts";
import { type Answer, type Door, type Doors, openDoors } from "./doors.ts";
import { send } from "./send.ts";

type Errors = NonNullable<Answer["errors"]>;

const settings = [
  { place: "outside production", env: {}, telling: true },
  { place: "in production", env: { NODE_ENV: "production", SANDBOX: "on", ...jwtEnv }, telling: false },
] as const;

describe.each(settings)("$place", ({ env, telling }) => {
  let gateway: TestGateway;
  let headers: { readonly authorization: string };
  let doors: Doors;

  beforeAll(async () => {
    gateway = await startTestGateway({ env });
    headers = await bearer({ scope: ["admin"] });
    doors = openDoors(gateway, headers);
  });
  afterAll(async () => {
    await doors.dispose();
    await gateway.dispose();
  });

  /** What each door says to it. */
  const ask = (query: string, variables?: Record<string, unknown>): Promise<Answer[]> =>
    Promise.all(doors.both.map((door) => door.ask(query, variables)));

  async function expectData(query: string, data: object): Promise<void> {
    for (const answer of await ask(query)) expect(answer).toEqual({ data: expect.objectContaining(data) });
  }

  /** Nothing was executed, at either door, and both have the same reason. Gives the errors of each. */
  async function expectRefusal(query: string, code: string, variables?: Record<string, unknown>): Promise<Errors[]> {
    return (await ask(query, variables)).map((answer) => {
      const { errors = [], ...rest } = answer;
      expect([rest, [...new Set(errors.map(({ extensions }) => extensions?.code))]]).toEqual([{}, [code]]);
      return errors;
    });
  }

  /** The refusal names the limit, its value and what was asked. */
  async function expectLimit(query: string, value: number, asked: unknown): Promise<void> {
    for (const errors of await expectRefusal(query, "LIMIT_EXCEEDED")) {
      const message = expect.stringMatching(/^Expected .+; got .+\./);
      const extensions = { code: "LIMIT_EXCEEDED", limit: expect.any(String), value, asked };
      expect(errors).toEqual([{ message, extensions }]);
    }
  }

  const many = (count: number, part: (index: number) => string) =>
    Array.from({ length: count }, (_, n) => part(n)).join(" ");
  const aliases = (count: number) => `query cop { ${many(count, (n) => `alias${n}:__typename`)} }`;
  const json = { "content-type": "application/json" };
  const post = (body: unknown) =>
    send(`${gateway.url}/graphql`, { headers: { ...json, ...headers }, body: JSON.stringify(body) });
  const get = (path: string, more: Record<string, string> = {}) =>
    send(`${gateway.url}${path}`, { method: "GET", headers: { ...headers, ...more } });

  /** What the gateway closes a connection with for a frame. */
  async function closedFor(frame: string, path = "/graphql"): Promise<number> {
    const socket = new WebSocket(`${gateway.url.replace("http", "ws")}${path}`, "graphql-transport-ws");
    const closed = once(socket, "close");
    await once(socket, "open");
    socket.send(JSON.stringify({ type: "connection_init", payload: headers }));
    await once(socket, "message");
    socket.send(frame);
    const [code] = await closed;
    return code;
  }

  test("1. alias overloading", async () => {
    await expectLimit(aliases(101), 100, 101);
    await expectData(aliases(100), { alias99: "Query" });
  });

  test("2. array-based batching", async () => {
    const requests = Array.from({ length: 10 }, () => ({ query: "query cop { __typename }", operationName: "cop" }));
    const { status, body } = await post(requests);
    expect(status).toBe(400);
    expect(JSON.parse(body)).toEqual({ errors: [expect.objectContaining({ message: expect.any(String) })] });
    const messages = requests.map((payload, id) => ({ id: `${id}`, type: "subscribe", payload }));
    expect(await closedFor(JSON.stringify(messages))).toBe(4400);
    expect(await closedFor(JSON.stringify({ id: "1", type: "subscribe", payload: requests }))).toBe(4400);
  });

  test("3. GET-based queries", async () => {
    const asked = await get("/graphql?query={__typename}");
    expect([asked.status, JSON.parse(asked.body)]).toEqual([200, { data: { __typename: "Query" } }]);
    // A page elsewhere gets it not, whichever way it asks, and opens no socket.
    const elsewhere = [
      { origin: "https://elsewhere.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
    ];
    for (const from of elsewhere) {
      const answer = await get("/graphql?query={__typename}", from);
      expect([
        from,
        answer.status,
        Object.keys(answer.headers).some((name) => name.startsWith("access-control")),
      ]).toEqual([from, 403, false]);
      const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/graphql`, "graphql-transport-ws", {
        headers: from,
      });
      const [error] = await once(socket, "error");
      expect(error.message).toContain("403");
    }
  });

  test("4. POST with a form", async () => {
    const form = "query=query+cop+%7B__typename%7D";
    const type = { "content-type": "application/x-www-form-urlencoded" };
    const tries = [
      send(`${gateway.url}/graphql?${form}`, { headers }),
      send(`${gateway.url}/graphql?${form}`, { headers: { ...headers, ...type } }),
      send(`${gateway.url}/graphql`, { headers: { ...headers, ...type }, body: form }),
    ];
    for (const { status, body } of await Promise.all(tries)) {
      expect([400, 415]).toContain(status);
      expect(body).not.toContain("data");
    }
    expect(await closedFor(form)).toBe(4400);
  });

  test("5. trace mode", async () => {
    const only = { data: { __typename: "Query" } };
    expect(await ask("query cop { __typename }")).toEqual([only, only]);
    const tracing = { "apollo-federation-include-trace": "ftv1", "x-apollo-tracing": "1", "apollo-tracing": "1" };
    const answer = await gateway.request("query cop { __typename }", {}, { ...headers, ...tracing });
    expect(answer).toEqual({ status: 200, ...only });
    const extended = await post({ query: "query cop { __typename }", extensions: { tracing: true, debug: true } });
    expect(JSON.parse(extended.body)).toEqual(only);
  });

  test("6. field duplication", async () => {
    await expectRefusal(`query cop { ${many(500, () => "__typename")} }`, "LIMIT_EXCEEDED");
  });

  const invalid = "GRAPHQL_VALIDATION_FAILED";
  const filtered = "query ($f: OperationFilter) { operations(filter: $f) { totalCount } }";
  const misspelt: ReadonlyArray<
    readonly [name: string, query: string, code: string, variables: Record<string, unknown>]
  > = [
    ["a field of the schema's", "query cop { __schema { directive } }", invalid, {}],
    ["a field", "{ provider { provider } }", invalid, {}],
    ["an argument", "{ operations(firts: 1) { totalCount } }", invalid, {}],
    ["a type", "{ operations { nodes { ... on BulkCal { id } } } }", invalid, {}],
    ["a fragment's type", "{ operations { nodes { ...F } } } fragment F on SurveyTransactio { id }", invalid, {}],
    ["a fragment", "{ operations { nodes { ...Field } } } fragment Fields on Operation { id }", invalid, {}],
    ["a directive", "{ providers @inclue(if: true) { provider } }", invalid, {}],
    ["a member of an enum", "{ operations(filter: { states: [SETTLE] }) { totalCount } }", invalid, {}],
    ["a field of an input", "{ operations(filter: { state: [SETTLED] }) { totalCount } }", invalid, {}],
    ["a variable's type", "query ($f: OperationFiltr) { operations(filter: $f) { totalCount } }", invalid, {}],
    ["a member of an enum in a variable", filtered, "BAD_USER_INPUT", { f: { states: ["SETTLE"] } }],
    ["a field of an input in a variable", filtered, "BAD_USER_INPUT", { f: { state: ["SETTLED"] } }],
  ];
  test.each(misspelt)("7. field suggestions: %s", async (name, query, code, variables) => {
    for (const errors of await expectRefusal(query, code, variables)) {
      const text = JSON.stringify(errors);
      if (!telling) expect(text).not.toMatch(/did you mean|suggest|\[.*hidden/i);
      else if (name === "a field") expect(text).toContain("Did you mean");
    }
  });

  test("8. GraphQL IDE", async () => {
    const page = await get("/graphiql", { accept: "text/html" });
    expect(page.status).toBe(telling ? 200 : 404);
    const marks = /graphiql\.min\.css|GraphQL Playground|GraphiQL|graphql-playground|apollo-sandbox|<html/i;
    expect(marks.test(page.body)).toBe(telling);
    const paths = ["/graphql", "/playground", "/console", "/altair", "/voyager", "/"];
    for (const path of [...paths, ...(telling ? [] : ["/graphiql", "/graphiql/", "/graphiql/explorer.json"])]) {
      const { status, headers: answered, body } = await get(path, { accept: "text/html,*/*" });
      expect([path, status >= 400, String(answered["content-type"]).startsWith("application/json")]).toEqual([
        path,
        true,
        true,
      ]);
      if (!telling) expect([path, body]).toEqual([path, expect.not.stringMatching(marks)]);
    }
    for (const path of ["/graphiql", "/playground", "/console"]) {
      const socket = new WebSocket(`${gateway.url.replace("http", "ws")}${path}`, "graphql-transport-ws");
      const [error] = await once(socket, "error");
      expect(error.message).toContain("404");
    }
  });

  test("9. introspection", async () => {
    const documents = [
      getIntrospectionQuery(),
      "{ __schema { types { name } } }",
      `{ __type(name: "Query") { name } }`,
    ];
    for (const document of documents) {
      if (telling) {
        for (const { data, errors } of await ask(document))
          expect([data, errors]).toEqual([expect.any(Object), undefined]);
        continue;
      }
      // Nor does the refusal tell what the gateway is made of, or advise how to build it otherwise.
      for (const errors of await expectRefusal(document, invalid))
        expect(JSON.stringify(errors)).not.toMatch(/apollo/i);
    }
    await expectData("{ __typename }", { __typename: "Query" });
  });

  test("10. directive overloading", async () => {
    for (const errors of await expectRefusal(`query cop { __typename ${"@aa".repeat(10)} }`, invalid)) {
      // One for each is what graphql-cop looks for: an answer that grows with what costs nothing to ask.
      expect(errors.length).toBeLessThan(10);
    }
    const known = (count: number) => `query cop { ${many(count, (n) => `a${n}: __typename @include(if: true)`)} }`;
    await expectLimit(known(51), 50, 51);
    await expectData(known(50), { a49: "Query" });
    await expectLimit(`query cop { __typename ${"@include(if: true)".repeat(51)} }`, 50, 51);
  });

  test("11. circular introspection", async () => {
    const types = (levels: number): string => (levels === 0 ? "name" : `fields { type { ${types(levels - 1)} } }`);
    await expectRefusal(`query cop { __schema { types { ${types(4)} } } }`, invalid);
    const spread = "query cop { __schema { types { ...A } } } fragment A on __Type { fields { type { ...B } } }";
    const fragments = "fragment B on __Type { fields { type { ...C } } } fragment C on __Type { fields { name } }";
    await expectRefusal(`${spread} ${fragments}`, invalid);
  });

  test("12. mutation by GET", async () => {
    const follow = `mutation cop { followBulkCall(requestId: "by-get") { __typename } }`;
    for (const document of ["mutation cop {__typename}", follow]) {
      const { status, body } = await get(`/graphql?query=${encodeURIComponent(document)}`);
      expect(status).toBe(405);
      expect(JSON.parse(body)).toEqual({ errors: [expect.objectContaining({ message: expect.any(String) })] });
    }
    // The address of an upgrade is one of a GET, too.
    const socket = new WebSocket(
      `${gateway.url.replace("http", "ws")}/graphql?query=${encodeURIComponent(follow)}`,
      "graphql-transport-ws",
    );
    await once(socket, "open");
    const got: string[] = [];
    socket.on("message", (data) => got.push(String(data)));
    socket.send(JSON.stringify({ type: "connection_init", payload: headers }));
    await once(socket, "message");
    socket.send(JSON.stringify({ type: "ping" }));
    await once(socket, "message");
    expect(got).toEqual([`{"type":"connection_ack"}`, `{"type":"pong"}`]);
    socket.close();
    await once(socket, "close");
    await expectData("{ operations { totalCount } }", { operations: { totalCount: 0 } });
  });

  test("13. unhandled errors", async () => {
    for (const errors of await expectRefusal("qwerty cop { abc }", "GRAPHQL_PARSE_FAILED")) {
      expect(errors.map(({ extensions }) => extensions)).toEqual([{ code: "GRAPHQL_PARSE_FAILED" }]);
    }
    for (const body of [{ query: "qwerty cop { abc }" }, { query: 1 }, {}, [], { query: "{ nothing }" }]) {
      const answer = (await post(body)).body;
      expect(answer).not.toMatch(/exception|stack|node_modules|\bat .*:\d+:\d+|file:/i);
    }
  });

  test("14. circular fragment", async () => {
    const cycle = "query cop { ...A } fragment A on Query { __typename ...B } fragment B on Query { ...A }";
    await expectRefusal(cycle, invalid);
  });

  describe("beside them, the other limits on documents", () => {
    test("tokens", async () => {
      await expectLimit(`query cop { ${many(4_001, () => "__typename")} }`, 4_000, 4_005);
    });

    test("depth", async () => {
      const levels = (count: number): string =>
        count === 0 ? "__typename" : `timeline(first: 1) { nodes { operation { ${levels(count - 1)} } } }`;
      // operations, nodes, and three levels each.
      await expectLimit(`{ operations(first: 1) { nodes { ${levels(4)} } } }`, 12, expect.any(Number));
      await expectData(`{ operations(first: 1) { nodes { ${levels(3)} } } }`, { operations: { nodes: [] } });
    });

    test("cost", async () => {
      const pages = "{ operations(first: 500) { nodes { timeline(first: 500) { nodes { operation { id } } } } } }";
      await expectLimit(pages, 50_000, expect.any(Number));
      await expectData("{ operations(first: 500) { nodes { id kind state } } }", { operations: { nodes: [] } });
    });
  });
});

/** Both doors are asked, whoever edits the list. */
test("there are two doors", async () => {
  const gateway = await startTestGateway();
  const { both, dispose } = openDoors(gateway);
  expect(both.map(({ name }: Door) => name)).toEqual(["HTTP", "WebSocket"]);
  await dispose();
  await gateway.dispose();
});
