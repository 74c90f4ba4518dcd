/** Every relative link in a document leads to something that is there, down to the heading. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { expect, test } from "@jest/globals";

const root = new URL("../../", import.meta.url);
const documents = [
  ...readdirSync(root).filter((file) => file.endsWith(".md")),
  ...readdirSync(new URL("docs/", root), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

interface Link {
  readonly from: string;
  readonly target: string;
}

const links = documents.flatMap((from): Link[] =>
  [...withoutCode(from).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => ({ from, target }))
    .filter(({ target }) => !/^[a-z]+:/.test(target)),
);

function withoutCode(file: string): string {
  return readFileSync(new URL(file, root), "utf8").replaceAll(/^```.*?^```$/gms, "");
}

/** As GitHub makes them: lower case, no punctuation, spaces to hyphens. */
function anchorsOf(file: URL): Set<string> {
  const headings = [...readFileSync(file, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    ),
  );
}

function whyDead({ from, target }: Link): string[] {
  const [path = "", anchor] = target.split("#");
  const file = new URL(path === "" ? from.replace(/^.*\//, "") : path, new URL(from, root));
  if (!existsSync(file)) return [`${from}: ${target} is not there`];
  if (anchor === undefined) return [];
  if (statSync(file).isDirectory() || !anchorsOf(file).has(anchor)) return [`${from}: ${target} has no such heading`];
  return [];
}

test("all relative links lead somewhere", () => {
  expect(links.flatMap(whyDead)).toEqual([]);
  expect(documents.length).toBeGreaterThan(15);
  expect(links.length).toBeGreaterThan(100);
});

test("the README leads to every document", () => {
  const reached = new Set(["README.md"]);
  for (const from of reached) {
    for (const { target } of links.filter((link) => link.from === from)) {
      const path = new URL(target, new URL(from, root)).pathname.slice(root.pathname.length);
      if (documents.includes(path)) reached.add(path);
    }
  }
  expect(documents.filter((file) => !reached.has(file))).toEqual([]);
});
