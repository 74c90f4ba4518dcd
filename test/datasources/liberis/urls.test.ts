/** Where a status_check_uri may lead, and where not: our token goes with it. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { baseUrl, createUrl, statusUrlById, statusUrlByUri } from "../../../src/datasources/liberis/urls.ts";

const plain = baseUrl("https://api.liberis.example");
const deep = baseUrl("https://gateway.example:8443/liberis/?stray=1#part");

test("a base keeps its path and loses its query, its fragment and the slash at its end", () => {
  expect(createUrl(plain).href).toBe("https://api.liberis.example/api/v1/Clients");
  expect(createUrl(deep).href).toBe("https://gateway.example:8443/liberis/api/v1/Clients");
});

test("an id is one segment of the path, whatever is in it", () => {
  expect(statusUrlById(plain, "a/b?c#d %41").href).toBe(
    "https://api.liberis.example/api/v1/Clients/Status/a%2Fb%3Fc%23d%20%2541",
  );
});

describe("a status_check_uri is joined to the base:", () => {
  test.each([
    [plain, "/api/v1/Clients/Status/7", "https://api.liberis.example/api/v1/Clients/Status/7"],
    [plain, "api/v1/Clients/Status/7", "https://api.liberis.example/api/v1/Clients/Status/7"],
    [plain, "/other/place?id=7&x=%2F#part", "https://api.liberis.example/other/place?id=7&x=%2F"],
    [plain, "https://api.liberis.example/s/7", "https://api.liberis.example/s/7"],
    [deep, "/s/7", "https://gateway.example:8443/liberis/s/7"],
    [deep, "/liberis/s/7", "https://gateway.example:8443/liberis/s/7"],
    [deep, "https://gateway.example:8443/liberis/s/7", "https://gateway.example:8443/liberis/s/7"],
    [deep, "https://gateway.example:8443/other/s/7", "https://gateway.example:8443/other/s/7"],
    [deep, "https://gateway.example:8443/liberis/../s/7", "https://gateway.example:8443/s/7"],
    [deep, "/../../s/7", "https://gateway.example:8443/liberis/s/7"],
  ])("%s + %s", (base, uri, expected) => {
    expect(statusUrlByUri(base, uri)?.href).toBe(expected);
  });
});

describe("a status_check_uri that leads elsewhere is refused:", () => {
  test.each([
    [""],
    ["https://evil.example/api/v1/Clients/Status/7"],
    ["https://api.liberis.example.evil.example/s/7"],
    ["https://api.liberis.example@evil.example/s/7"],
    ["https://user:pass@api.liberis.example/s/7"],
    ["https://user@api.liberis.example/s/7"],
    ["http://api.liberis.example/s/7"],
    ["https://api.liberis.example:444/s/7"],
    ["//evil.example/s/7"],
    ["/\\evil.example/s/7"],
    ["\\\\evil.example/s/7"],
    ["/\t/evil.example/s/7"],
    ["\n//evil.example/s/7"],
    [" //evil.example/s/7"],
    ["https:evil.example"],
    ["https:/evil.example/s/7"],
    ["javascript:alert(1)"],
    ["file:///etc/passwd"],
    ["ftp://api.liberis.example/s/7"],
    [`/${"a".repeat(3000)}`],
  ])("%j", (uri) => {
    expect(statusUrlByUri(plain, uri)).toBeNull();
  });
});

test("whatever the text, what comes out is of the base's origin, without userinfo, and joined below its path", () => {
  const piece = fc.constantFrom(
    "/",
    "//",
    "\\",
    "..",
    ".",
    "@",
    ":",
    "https:",
    "http:",
    "evil.example",
    "api",
    "%2e",
    "\t",
    "?",
    "#",
    "a",
  );
  fc.assert(
    fc.property(fc.constantFrom(plain, deep), fc.array(piece, { maxLength: 9 }), (base, pieces) => {
      const uri = pieces.join("");
      const url = statusUrlByUri(base, uri);
      if (url === null) return;
      expect(url.origin).toBe(base.origin);
      expect(`${url.username}${url.password}`).toBe("");
      expect(URL.canParse(uri) || url.pathname.startsWith(base.pathname)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
