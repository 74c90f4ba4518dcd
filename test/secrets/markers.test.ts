/** A search that finds nothing is worth as much as what it would find: each encoding, cut and whole, at any place. */
import { expect, test } from "@jest/globals";
import { type Alphabet, createMarkers } from "./markers.ts";

const encodings: ReadonlyArray<readonly [name: string, write: (text: string) => string]> = [
  ["as it is", (text) => text],
  ["in JSON", (text) => JSON.stringify({ a: `b ${text} c` })],
  ["in JSON in JSON", (text) => JSON.stringify({ a: JSON.stringify({ b: text }) })],
  ["in JSON, slashes escaped", (text) => JSON.stringify(text).replaceAll("/", "\\/")],
  [
    "in JSON, by its numbers",
    (text) => [...text].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
  ],
  ["in an address", (text) => `https://a.example/?b=${encodeURIComponent(text)}&c=d`],
  ["in a form", (text) => new URLSearchParams({ a: text }).toString()],
  ["in base64", (text) => Buffer.from(text).toString("base64")],
  ["in base64, a byte on", (text) => Buffer.from(`:${text}`).toString("base64")],
  ["in base64, two bytes on", (text) => Buffer.from(`a:${text}:b`).toString("base64")],
  ["in base64url", (text) => Buffer.from(`{"a":"${text}"}`).toString("base64url")],
  ["in hexadecimal", (text) => Buffer.from(text).toString("hex")],
  ["in capital hexadecimal", (text) => Buffer.from(text).toString("hex").toUpperCase()],
  ["as Node shows bytes", (text) => JSON.stringify(Buffer.from(text))],
];
const alphabets: readonly Alphabet[] = ["text", "header", "token", "name", "code"];

test.each(encodings)("%s", (_name, write) => {
  for (const alphabet of alphabets) {
    // Some of its special characters each time.
    for (let n = 0; n < 20; n += 1) {
      const markers = createMarkers();
      markers.plant("another", alphabet);
      const text = markers.plant("the one", alphabet);
      const found = (line: string) => new Set(markers.find(Buffer.from(line)).map(({ marker }) => marker));
      const line = `{"level":"info","msg":"said ${write(text)} aloud"}`;
      expect(found(line)).toEqual(new Set(["the one"]));
      // Cut, so that nothing is left of it but one piece, or two halves and a whole one.
      const half = alphabet === "code" ? text.slice(0, 12) : text.slice(6, -6);
      expect([half, found(`said ${write(half)} aloud`)]).toEqual([half, new Set(["the one"])]);
      expect(found(`said ${write("something else, that is as long as a secret")} aloud`)).toEqual(new Set());
    }
  }
});

test("in megabytes of other bytes, at their beginning, their end and several times", () => {
  const markers = createMarkers();
  const text = markers.plant("the one");
  const bytes = Buffer.alloc(8_000_000, "some line that was written, and another\n");
  expect(markers.find(bytes)).toEqual([]);
  for (const at of [0, 4_000_001, bytes.length - text.length]) bytes.write(text, at);
  const hits = markers.find(bytes);
  expect(hits.filter(({ form }) => form === "as it is, from character 0 on")).toHaveLength(3);
  expect(hits[0]).toMatchObject({ marker: "the one", excerpt: expect.stringContaining(text) });
});

test("what is too short to be told from other texts is refused", () => {
  expect(() => createMarkers().add("short", "hunter2")).toThrow(/Expected a longer secret/);
});
