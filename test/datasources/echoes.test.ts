/** What a provider echoes of a request's credentials is gone before anybody reads it. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Answer } from "../../src/datasources/contract.ts";
import { secretsOf, withoutEchoes } from "../../src/datasources/echoes.ts";
import { sendJson, startServer } from "../support/http-server.ts";
import { testUpstream } from "../support/upstream.ts";

const token = 'a/token+of="quotes" and\\more';
const answerOf = (text: string, headers: Answer["headers"] = {}): Answer => ({ status: 200, headers, text });
const clean = (text: string, secrets: readonly string[] = [token]) => withoutEchoes(answerOf(text), secrets).text;
/** As some write JSON: every character by its number. */
const numbered = (text: string) =>
  [...text].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");

describe("which of a request's parts are secrets", () => {
  test("headers that bear credentials, by their names, without the scheme; and what is named", () => {
    const headers = {
      Authorization: "Bearer the-bearer-token",
      "x-publisher-token": "the-publisher-token",
      "access-token": "the-access-token",
      "X-Api-Key": "the-api-key",
      accept: "application/json",
      "correlation-id": "a-correlation-id",
    };
    expect(new Set(secretsOf({ headers, secrets: ["named-secret", "named-secret"] }))).toEqual(
      new Set(["the-bearer-token", "the-publisher-token", "the-access-token", "the-api-key", "named-secret"]),
    );
  });

  test("what is short is none: it would be found in innocent words", () => {
    expect(secretsOf({ headers: { authorization: "Bearer abc" }, secrets: ["pending"] })).toEqual([]);
    expect(secretsOf({})).toEqual([]);
  });
});

describe("an answer without its echoes", () => {
  test.each([
    ["as it is", token],
    ["in JSON", JSON.stringify({ message: `bad ${token}` })],
    ["in an address", `/status?token=${encodeURIComponent(token)}&a=1`],
    ["in a form", new URLSearchParams({ client_secret: token, grant_type: "x" }).toString()],
    ["in JSON, slashes escaped", JSON.stringify({ message: token }).replaceAll("/", "\\/")],
    ["in JSON, by its numbers", `{"message":"bad ${numbered(token.replaceAll(/["\\]/g, "-"))}"}`],
    ["several times", `${token} ${token}`],
  ])("%s", (_how, text) => {
    const secret = text.includes("\\u00") ? token.replaceAll(/["\\]/g, "-") : token;
    const cleaned = clean(text, [secret]);
    expect(cleaned).toContain("[redacted]");
    for (const piece of ["a/token", "token+of", numbered("token"), "quotes"]) expect(cleaned).not.toContain(piece);
    if (text.startsWith("{")) expect(() => JSON.parse(cleaned)).not.toThrow();
  });

  test("in JSON of ASCII alone", () => {
    const secret = "schlüssel-0123 \ud83d\udd11";
    const text = JSON.stringify({ a: secret, b: "ä\n" }).replace(/[^\x20-\x7e]/g, numbered);
    expect(JSON.parse(clean(text, [secret]))).toEqual({ a: "[redacted]", b: "ä\n" });
    expect(clean(text, ["half a pair \ud83d"])).toBe(text);
  });

  test("headers as well", () => {
    const { headers } = withoutEchoes(answerOf("", { "request-id": `id-${token}`, date: "now" }), [token]);
    expect(headers).toEqual({ "request-id": "id-[redacted]", date: "now" });
  });

  test("one secret within another leaves nothing of either", () => {
    const secrets = secretsOf({ secrets: ["abcdefgh", "abcdefgh-and-more"] });
    expect(clean("x abcdefgh-and-more y abcdefgh z", secrets)).toBe("x [redacted] y [redacted] z");
  });

  test("an answer without an echo is the same to the letter, escapes and all", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.json(), (text, json) => {
        for (const one of [text, json, JSON.stringify(text), `{"a":"\\u0041\\/${numbered("x")}"}`]) {
          if (!one.includes(token)) expect(clean(one)).toBe(one);
        }
      }),
    );
  });

  test("whatever stands around it, JSON stays JSON, with the mark where the secret was", () => {
    const secret = "secret-0123456789/abc";
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        for (const write of [(text: string) => text, (text: string) => text.replaceAll("/", "\\/")]) {
          const text = write(JSON.stringify({ value: `${before}${secret}${after}` }));
          expect(JSON.parse(clean(text, [secret]))).toEqual({ value: `${before}[redacted]${after}` });
        }
      }),
    );
  });
});

test("the transport reads no answer before it is cleaned", async () => {
  const server = await startServer(({ headers, body }, response) =>
    sendJson(response, { said: headers.authorization, body }, 400, { "x-echo": String(headers.authorization) }),
  );
  const upstream = testUpstream();
  const headers = { authorization: "Bearer a-token-of-the-test" };
  const body = "client_secret=a-secret-of-the-test";
  const request = { method: "POST", url: new URL(server.origin), headers, body, effect: "read" } as const;
  const exchange = await upstream.exchange(
    { ...request, secrets: ["a-secret-of-the-test"] },
    { priority: "lookup" },
    (answer) => ({ type: "answered", value: answer }),
  );
  expect(server.received).toMatchObject([{ headers, body }]);
  if (exchange.type !== "answered") throw new Error("Expected the answer.");
  expect(JSON.parse(exchange.value.text)).toEqual({ said: "Bearer [redacted]", body: "client_secret=[redacted]" });
  expect(exchange.value.headers["x-echo"]).toBe("Bearer [redacted]");
  await upstream.dispose();
  await server.dispose();
});
