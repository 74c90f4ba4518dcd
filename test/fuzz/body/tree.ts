/**
 * JSON as it is written, not as it is meant: members keep their order, a key may come twice, and a leaf is any text, so
 * that 1e400, a half surrogate or ten thousand brackets can stand where a value stands. Pure.
 */

export type Tree =
  | { readonly type: "object"; readonly members: readonly Member[] }
  | { readonly type: "array"; readonly items: readonly Tree[] }
  /** Printed as it is. */
  | { readonly type: "raw"; readonly text: string };

export interface Member {
  /** With its quotes, and its escapes. */
  readonly key: string;
  readonly value: Tree;
}

export const raw = (text: string): Tree => ({ type: "raw", text });

export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { type: "array", items: value.map(treeOf) };
  if (typeof value !== "object" || value === null) return raw(JSON.stringify(value) ?? "null");
  return {
    type: "object",
    members: Object.entries(value).map(([key, inner]) => ({ key: JSON.stringify(key), value: treeOf(inner) })),
  };
}

export function print(tree: Tree): string {
  switch (tree.type) {
    case "raw":
      return tree.text;
    case "array":
      return `[${tree.items.map(print).join(",")}]`;
    case "object":
      return `{${tree.members.map(({ key, value }) => `${key}:${print(value)}`).join(",")}}`;
  }
}

/** How long it would be, printed. */
export function lengthOf(tree: Tree): number {
  switch (tree.type) {
    case "raw":
      return tree.text.length;
    case "array":
      return tree.items.reduce((sum, item) => sum + 1 + lengthOf(item), 2);
    case "object":
      return tree.members.reduce((sum, { key, value }) => sum + 2 + key.length + lengthOf(value), 2);
  }
}

/** Every node, the root first. */
export function nodesOf(tree: Tree): Tree[] {
  return [tree, ...childrenOf(tree).flatMap(nodesOf)];
}

function childrenOf(tree: Tree): readonly Tree[] {
  if (tree.type === "array") return tree.items;
  return tree.type === "object" ? tree.members.map(({ value }) => value) : [];
}

/** The same tree with another node in the place of the n-th of `nodesOf`. */
export function replaceNode(tree: Tree, n: number, change: (node: Tree) => Tree): Tree {
  let left = n;
  const visit = (node: Tree): Tree => {
    if (left < 0) return node;
    if (left === 0) {
      left = -1;
      return change(node);
    }
    left -= 1;
    if (node.type === "array") return { ...node, items: node.items.map(visit) };
    if (node.type === "raw") return node;
    return { ...node, members: node.members.map(({ key, value }) => ({ key, value: visit(value) })) };
  };
  return visit(tree);
}
