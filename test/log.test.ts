import { describe, expect, test } from "@jest/globals";
import { createLogger, type LoggerOptions } from "../src/log.ts";

function captured(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const log = createLogger({
    level: "info",
    format: "json",
    destination: { write: (line) => lines.push(line) },
    ...options,
  });
  return { log, lines, text: () => lines.join("") };
}

/** The one line that was written, read back: so it also has to be JSON. */
function only(lines: readonly string[]): Record<string, unknown> {
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? "") as Record<string, unknown>;
}

describe("a line", () => {
  test("is one JSON object with its level by name, its time and its message", () => {
    const { log, lines } = captured();
    log.info({ provider: "FLOLIVE", ms: 12 }, "asked");
    expect(lines[0]).toMatch(/\}\n$/);
    expect(only(lines)).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      provider: "FLOLIVE",
      ms: 12,
      msg: "asked",
    });
  });

  test("below the level is not written", () => {
    const { log, lines } = captured({ level: "warn" });
    log.info("quiet");
    log.warn("loud");
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(["loud"]);
  });

  test("is for people where that is asked for, written at once", () => {
    const { log, lines } = captured({ format: "pretty" });
    log.warn({ provider: "FLOLIVE" }, "asked");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: asked \{"provider":"FLOLIVE"\}\n$/);
  });
});

const hush = "hush-4b1d";
const jwt = `eyJhbGciOiJIUzI1NiJ9.eyJjdXN0b21lciI6MX0.${hush}`;

describe.each(["json", "pretty"] as const)("a secret is in no %s line", (format) => {
  test.each<[where: string, fields: Record<string, unknown>]>([
    ["authorization", { authorization: hush }],
    ["Authorization", { Authorization: hush }],
    ["customerToken", { customerToken: hush }],
    ["client_secret", { client_secret: hush }],
    ["connectionParams", { connectionParams: { a: hush } }],
    ["password", { password: hush }],
    ["access-token", { headers: { "access-token": hush } }],
    ["X-Publisher-Token", { request: { headers: { "X-Publisher-Token": [hush] } } }],
    ["set-cookie", { headers: { "set-cookie": hush } }],
    ["FLOLIVE_TOKEN", { env: { FLOLIVE_TOKEN: hush } }],
    ["DATABASE_URL", { DATABASE_URL: `postgres://u:${hush}@h/d` }],
    ["deep", { a: { b: { c: [{ d: { token: hush } }] } } }],
    ["deeper than is looked", { a: { b: { c: { d: { e: { f: { g: { h: { i: { j: hush } } } } } } } } } }],
    ["a bearer in a value", { note: `sent Authorization: Bearer ${hush}` }],
    ["a JWT in a value", { note: `sent ${jwt} along` }],
    ["a user in an address", { note: `postgres://statusgraph:${hush}@db:5432/x` }],
    ["a query in an address", { note: `https://x.example/a?b=1&access_token=${hush}&c=2` }],
    ["an URL", { url: new URL(`https://user:${hush}@x.example/a?token=${hush}`) }],
    ["a buffer", { body: Buffer.from(hush) }],
    [
      "an object of a class",
      {
        pool: new (class Pool {
          readonly user = hush;
        })(),
      },
    ],
    ["what an object says of itself", { one: { toJSON: () => ({ token: hush }) } }],
  ])("%s", (_where, fields) => {
    const { log, text } = captured({ format });
    log.info(fields, "planted");
    const child = log.child({}).child(fields);
    child.info("in a child");
    child.setBindings(fields);
    child.info("bound later");
    for (const line of ["planted", "in a child", "bound later"]) expect(text()).toContain(line);
    expect(text()).not.toContain(hush);
    expect(text()).not.toContain(Buffer.from(hush).toString("base64"));
    expect(text()).not.toContain([...Buffer.from(hush)].join(","));
  });

  test("nor in a message", () => {
    const { log, text } = captured({ format });
    log.info(`refused Bearer ${hush} of ${jwt}`);
    log.error(new Error(`refused Basic ${hush}`));
    expect(text()).toContain("refused");
    expect(text()).not.toContain(hush);
  });
});

describe("what is no secret", () => {
  test("stays: numbers and truths by such names, dates, lists, addresses", () => {
    const { log, lines } = captured();
    const at = new Date("2026-01-01T00:00:00Z");
    log.info({
      maxTokens: 1000,
      hasToken: true,
      token: null,
      at,
      list: [1, { a: "b" }],
      origin: "http://127.0.0.1:4000",
    });
    expect(only(lines)).toMatchObject({
      maxTokens: 1000,
      hasToken: true,
      token: null,
      at: "2026-01-01T00:00:00.000Z",
      list: [1, { a: "b" }],
      origin: "http://127.0.0.1:4000",
    });
  });

  test("an object of a class is named, not opened", () => {
    const { log, lines } = captured();
    log.info({ map: new Map([["a", 1]]), plain: Object.assign(Object.create(null), { a: 1 }) });
    expect(only(lines)).toMatchObject({ map: "[Map]", plain: { a: 1 } });
  });

  test("what is bound to a child is on its lines", () => {
    const { log, lines } = captured();
    log.child({ provider: "FLOLIVE" }).info("asked");
    expect(only(lines)).toMatchObject({ provider: "FLOLIVE", msg: "asked" });
  });

  test("an object that holds itself is written to a depth", () => {
    const { log, lines } = captured();
    const self: Record<string, unknown> = { name: "self" };
    self.self = self;
    log.info({ self }, "round");
    expect(only(lines)).toMatchObject({ self: { name: "self", self: { name: "self" } }, msg: "round" });
  });
});

describe("an error", () => {
  test("shows name, message, code and stack", () => {
    const { log, lines } = captured();
    const error = Object.assign(new TypeError("it broke"), { code: "E_BROKEN" });
    log.error({ err: error }, "failed");
    expect(only(lines)).toMatchObject({
      err: { name: "TypeError", message: "it broke", code: "E_BROKEN", stack: expect.stringContaining("log.test") },
      msg: "failed",
    });
  });

  test("alone gives its message to the line", () => {
    const { log, lines } = captured();
    log.error(new Error("it broke"));
    expect(only(lines)).toMatchObject({ err: { name: "Error", message: "it broke" }, msg: "it broke" });
  });

  test("hides what an upstream said: bodies, headers, and the message of its cause", () => {
    const { log, lines, text } = captured();
    const cause = Object.assign(new Error(`body was ${hush}`), { code: "UND_ERR", body: hush, headers: { a: hush } });
    const error = Object.assign(new Error("the provider failed", { cause }), { body: hush, response: { text: hush } });
    log.error({ err: error, nested: { reason: error } }, "failed");
    expect(text()).not.toContain(hush);
    const plain = {
      name: "Error",
      message: "the provider failed",
      stack: expect.any(String),
      cause: { name: "Error", code: "UND_ERR" },
    };
    expect(only(lines)).toMatchObject({ err: plain, nested: { reason: plain } });
    expect(Object.keys(only(lines).err as object).sort()).toEqual(["cause", "message", "name", "stack"]);
  });

  test.each([hush, `{"token": "${hush}"`, `<html>${hush}`, `${hush} ${"and more ".repeat(20)}`, `[1, 2\n"${hush}"]`])(
    "hides what JSON.parse quotes: %s",
    (body) => {
      const { log, lines, text } = captured();
      const parse = () => {
        try {
          JSON.parse(body);
        } catch (error) {
          log.error({ err: error }, "failed");
        }
      };
      parse();
      expect(only(lines)).toMatchObject({ err: { name: "SyntaxError", stack: expect.stringContaining("parse") } });
      expect(text()).not.toContain(hush.slice(0, 5));
    },
  );
});
