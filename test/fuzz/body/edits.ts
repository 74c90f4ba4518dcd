/**
 * A valid document, changed in its structure: what a provider or a client with a fault, or with bad intentions, might send.
 * An edit is three numbers and a name, so that fast-check can make it smaller.
 */
import fc from "fast-check";
import { oddKeys, oddValues } from "./odd.ts";
import { lengthOf, type Member, nodesOf, print, raw, replaceNode, type Tree } from "./tree.ts";

export const operations = [
  ...(["replace", "delete", "duplicate", "rename", "add", "copy", "reverse", "swap types", "nudge"] as const),
  ...(["wrap in a list", "wrap in an object", "nest", "repeat", "lengthen", "escape"] as const),
] as const;
export type EditName = (typeof operations)[number];

export interface Edit {
  readonly name: EditName;
  /** Which node. */
  readonly at: number;
  /** Which of the choices that it has. */
  readonly pick: number;
  /** How much of it. */
  readonly size: number;
}

/** What a document's own world has, as it is written: mixed up, it makes the likeliest mistakes. */
export interface Vocabulary {
  readonly values: readonly string[];
  readonly keys: readonly string[];
}

/** Few are large: those cost as much as a hundred others. */
const size = fc.oneof(
  { weight: 60, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 12, arbitrary: fc.integer({ min: 5, max: 300 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1_000, max: 20_000 }) },
);

export const edit: fc.Arbitrary<Edit> = fc.record({
  name: fc.constantFrom(...operations),
  at: fc.nat(1_000),
  pick: fc.nat(1_000),
  size,
});

/** Larger documents than this are edited no further, and no edit makes one longer: a long text many times over is a GB. */
const mostNodes = 5_000;
const mostCharacters = 2_000_000;

export function applyEdits(tree: Tree, edits: readonly Edit[], vocabulary: Vocabulary): Tree {
  return edits.reduce((now, one) => {
    const nodes = nodesOf(now);
    if (nodes.length > mostNodes) return now;
    const next = replaceNode(now, one.at % nodes.length, (node) => changed(node, nodes, one, vocabulary));
    return lengthOf(next) > mostCharacters ? now : next;
  }, tree);
}

function changed(node: Tree, nodes: readonly Tree[], { name, pick, size }: Edit, { values, keys }: Vocabulary): Tree {
  switch (name) {
    case "replace":
      return raw(choose([...values, ...oddValues], pick));
    case "delete":
      return without(node, pick);
    case "duplicate":
      return twice(node, pick, choose([...values, ...oddValues], size));
    case "rename":
      return renamed(node, pick, choose([...keys, ...oddKeys], size + pick));
    case "add":
      return added(node, choose([...keys, ...oddKeys], pick), raw(choose([...values, ...oddValues], pick + size)));
    case "copy":
      return choose(nodes, pick);
    case "reverse":
      return reversed(node);
    case "swap types":
      return raw(otherType(print(node)));
    case "nudge":
      return raw(nudged(print(node), pick));
    case "wrap in a list":
      return { type: "array", items: [node] };
    case "wrap in an object":
      return { type: "object", members: [{ key: choose([...keys, ...oddKeys], pick), value: node }] };
    case "nest": {
      const [open, close] = choose(
        [["[", "]"] as const, ['{"a":', "}"] as const, ['{"__proto__":', "}"] as const],
        pick,
      );
      return raw(`${open.repeat(size)}${print(node)}${close.repeat(size)}`);
    }
    case "repeat":
      return {
        type: "array",
        items: Array.from({ length: size }, () => (node.type === "array" ? choose([...node.items, node], pick) : node)),
      };
    case "lengthen":
      return raw(JSON.stringify(choose(["x", "é", "\u{1f600}", " ", "\0", "\ud800"], pick).repeat(size)));
    case "escape":
      return raw(escaped(print(node)));
  }
}

export function choose<T>(from: readonly T[], pick: number): T {
  const chosen = from[pick % from.length];
  if (chosen === undefined) throw new Error("There is nothing to choose from.");
  return chosen;
}

function without(node: Tree, pick: number): Tree {
  if (node.type === "array") return { ...node, items: dropped(node.items, pick) };
  return node.type === "object" ? { ...node, members: dropped(node.members, pick) } : raw("null");
}

function dropped<T>(list: readonly T[], pick: number): readonly T[] {
  return list.length === 0 ? list : list.toSpliced(pick % list.length, 1);
}

/** In an object: a second member of the same name, before or after the first, with the same value or another. */
function twice(node: Tree, pick: number, other: string): Tree {
  if (node.type === "raw") return node;
  if (node.type === "array") {
    return node.items.length === 0 ? node : { ...node, items: [...node.items, choose(node.items, pick)] };
  }
  if (node.members.length === 0) return node;
  const { key, value } = choose(node.members, pick);
  const second: Member = { key, value: pick % 3 === 0 ? value : raw(other) };
  return { ...node, members: pick % 2 === 0 ? [...node.members, second] : [second, ...node.members] };
}

function renamed(node: Tree, pick: number, key: string): Tree {
  if (node.type !== "object" || node.members.length === 0) return node;
  const place = pick % node.members.length;
  return { ...node, members: node.members.map((member, n) => (n === place ? { ...member, key } : member)) };
}

function added(node: Tree, key: string, value: Tree): Tree {
  if (node.type === "array") return { ...node, items: [...node.items, value] };
  return node.type === "object" ? { ...node, members: [...node.members, { key, value }] } : value;
}

function reversed(node: Tree): Tree {
  if (node.type === "array") return { ...node, items: node.items.toReversed() };
  return node.type === "object" ? { ...node, members: node.members.toReversed() } : node;
}

/** A text becomes what it holds, anything else a text that holds it. */
function otherType(text: string): string {
  return /^"[^"\\]*"$/.test(text) ? text.slice(1, -1) || "null" : JSON.stringify(text);
}

/** Nearly the same: a reader that is lenient takes it, one that is not does not, and neither may take it for another. */
function nudged(text: string, pick: number): string {
  if (/^-?\d+$/.test(text)) return choose([`${text}.0`, `${text}e0`, `"${text}"`, `${text}.5`, `-${text}`], pick);
  if (!/^".*"$/s.test(text)) return choose([`"${text}"`, ` ${text}\n`, `[${text}]`, text.toUpperCase()], pick);
  const inner = text.slice(1, -1);
  return `"${choose([` ${inner}`, `${inner} `, inner.toUpperCase(), inner.toLowerCase(), `${inner}\\u0000`, inner.slice(1)], pick)}"`;
}

/** Plain letters as \\u escapes: the same JSON in other bytes. */
function escaped(text: string): string {
  return text.replace(
    /"([A-Za-z0-9_ -]{1,40})"/g,
    (_whole, inner: string) =>
      `"${[...inner].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`,
  );
}
