/** What the nodes wrote, how they ended, and what they left in the store. */
import type { GatewayNode } from "../node.ts";
import { type Figure, none, told } from "./figure.ts";
import type { Stored } from "./log.ts";

/** By this much a node may be late to ask: a circuit is tried again after a minute at the most, and then all at once. */
const overdueLimitMs = 15_000;
const leavingLimitMs = 10_000;

/** Errors of a store or a Redis that was broken on purpose. Anything else at this level is a bug, or wants a look. */
const lostConnection =
  /ECONNREFUSED|ECONNRESET|EPIPE|57P01|57P02|57P03|08006|08003|Connection terminated|timeout|timed out|Socket closed|client is closed|ClientClosed|ClientOffline|SocketClosed|the database system is|server closed|not queryable/i;

export function judgeNodes(nodes: readonly GatewayNode[]): Figure[] {
  const crashes: string[] = [];
  const unexpected: string[] = [];
  const explained = new Map<string, number>();
  for (const { name, output } of nodes) {
    for (const line of output().split("\n")) {
      if (line === "") continue;
      const entry = parse(line);
      if (!entry) {
        if (!isSentence(line)) crashes.push(`${name}: ${line.slice(0, 300)}`);
        continue;
      }
      if (/unhandled|uncaught/i.test(line)) crashes.push(`${name}: ${line.slice(0, 300)}`);
      if (entry.level !== "error" && entry.level !== "fatal") continue;
      const { msg = "" } = entry;
      if (lostConnection.test(line)) explained.set(msg, (explained.get(msg) ?? 0) + 1);
      else unexpected.push(`${name}: ${line.slice(0, 600)}`);
    }
  }
  const exits = nodes.flatMap(({ name, exits: all }) => all.map((exit) => ({ name, ...exit })));
  const ended = exits.filter(({ expected, wasReady }) => !expected && wasReady);
  const left = exits.filter(({ leavingMs }) => leavingMs !== null);
  const badly = left.filter(({ code, leavingMs }) => code !== 0 || (leavingMs ?? 0) > leavingLimitMs);
  const slowest = Math.max(0, ...left.map(({ leavingMs }) => leavingMs ?? 0));
  const refused = exits.filter(({ expected, wasReady }) => !expected && !wasReady).length;
  const lines = [...explained].map(([msg, count]) => `"${msg}" ${count}`);
  return [
    told("error lines that a broken store or Redis explains", lines.length > 0 ? lines.join(", ") : "0"),
    told("starts that ended because the store was down", refused),
    told("nodes told to leave, and the slowest of them", `${left.length}, ${Math.round(slowest)} ms`),
    none("unhandled rejections, crashes and stacks", crashes),
    none("error lines that nothing explains", unexpected),
    none(
      "nodes that ended by themselves",
      ended.map(({ name, code, signal }) => `${name}: ${code ?? signal}`),
    ),
    none(
      "nodes that did not leave with 0 within 10 s of SIGTERM",
      badly.map(
        ({ name, code, signal, leavingMs }) => `${name}: ${code ?? signal} after ${Math.round(leavingMs ?? 0)} ms`,
      ),
    ),
  ];
}

/** `running`: as it was while the nodes still worked. `after`: once they had all left. */
export function judgeLeases(running: Stored, after: Stored): Figure[] {
  const unasked = running.operations.filter(({ followed, overdueMs }) => followed && (overdueMs ?? 0) > overdueLimitMs);
  const leaked = after.operations.filter(({ leaseNode }) => leaseNode !== null);
  return [
    none(
      "operations that nobody asks for any more",
      unasked.map(({ id, kind, overdueMs }) => `${kind} ${id}: overdue for ${Math.round(overdueMs ?? 0)} ms`),
    ),
    none(
      "leases left when every node has gone",
      leaked.map(
        ({ id, kind, state, leaseNode, leaseLeftMs }) =>
          `${kind} ${id} ${state}: ${leaseNode}, ${Math.round(leaseLeftMs ?? 0)} ms left`,
      ),
    ),
  ];
}

function parse(line: string): { level?: string; msg?: string } | null {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "object" && entry !== null ? entry : null;
  } catch {
    return null;
  }
}

/** A start that is refused says why in plain words, without a stack. */
function isSentence(line: string): boolean {
  return !/^\s+at |\b(?:Error|Rejection|Warning):|^\s*[{}]|^node:|\^/.test(line) && /^[A-Z]/.test(line);
}
