/** What holds of every provider's client, whatever it was answered. */
import { isDeepStrictEqual } from "node:util";
import type { AcceptedWrite, Exchange, Known, Reading, Snapshot, State } from "../../../src/datasources/contract.ts";
import { isProblem, type NotFound, ownCodes, type Problem } from "../../../src/datasources/problems.ts";
import { storable } from "../../../src/store/record.ts";
import { shortened } from "../figures.ts";
import type { Told } from "./answer.ts";
import { jsonOf, succeeded } from "./proof.ts";
import type { Asked } from "./server.ts";
import type { Called, Proof } from "./subject.ts";

/** Stands in the providers' sentences, and must stand in none of ours. */
export const marker = "Zanzibar, said they";

/** Of a provider's own word, which everybody who watches is sent. Some join several. */
const longestWord = 600;

const unsettled: ReadonlySet<string> = new Set<State>(["PENDING", "RUNNING", "RETRYING"]);
const outcomes: ReadonlySet<string> = new Set(["SUCCEEDED", "PARTIAL", "FAILED"]);
const dispositions: ReadonlySet<string> = new Set(["open", "succeeded", "failed"]);

export function problemComplaint(problem: unknown): string | null {
  if (!isProblem(problem)) return `expected a known problem; got ${shortened(String(JSON.stringify(problem)), 300)}`;
  const { message, code } = problem;
  if (typeof message !== "string" || message === "") return "expected a problem with a message; it has none";
  if (!/^[\w.-]{1,100}$/.test(code)) return `expected what looks like a code; got ${shortened(code, 300)}`;
  if (message.length > 20_000 || /\n\s+at /.test(message)) return `expected a sentence; got ${shortened(message, 300)}`;
  if (message.includes(marker)) return "expected a sentence of ours; the provider's is in it";
  return null;
}

export function labelOfProblem({ type, code }: Problem): string {
  if (type === "NotFound") return type;
  return `${type} ${Object.hasOwn(ownCodes, code) ? code : "(the provider's code)"}`;
}

function labelOfSnapshot({ standing }: Snapshot): string {
  return standing.state === "SETTLED" ? `SETTLED ${standing.outcome}` : standing.state;
}

export interface ReadTerms {
  /** What may be known of the operation: nothing at first. */
  readonly known: readonly Known[];
  readonly proof: Proof;
  /** What an id that the provider does not know is answered with, word for word. */
  readonly unknownId: NotFound;
}

/** What a read came to. */
export function calledRead(results: ReadonlyArray<Reading | Problem>, { known, proof, unknownId }: ReadTerms): Called {
  const [result] = results;
  const one = results.length === 1 && result !== undefined ? result : null;
  if (one === null) return broken(`expected one result for one key; got ${results.length}`);
  if (isProblem(one)) {
    const told = one.type === "NotFound" && !isDeepStrictEqual(one, unknownId);
    const judge = () => problemComplaint(one) ?? (told ? "an unknown id was answered with words of its own" : null);
    return { label: labelOfProblem(one), judge };
  }
  const snapshots = known.map((each) => one.compose(each));
  return {
    label: snapshots[0] ? labelOfSnapshot(snapshots[0]) : "nothing",
    judge(told) {
      for (const [n, snapshot] of snapshots.entries()) {
        const before = known[n];
        if (before && !isDeepStrictEqual(one.compose(before), snapshot)) return "composing twice gave two snapshots";
        const wrong = snapshotComplaint(snapshot) ?? endComplaint(snapshot, told, proof);
        if (wrong !== null) return wrong;
      }
      return null;
    },
  };
}

function snapshotComplaint({ standing, providerStatus, fields, items }: Snapshot): string | null {
  if (standing.state === "SETTLED") {
    if (!outcomes.has(standing.outcome)) return `expected an outcome; got ${String(standing.outcome)}`;
    const failed = standing.outcome === "FAILED";
    if (failed !== (standing.problem !== null)) return "expected a problem where it failed, and only there";
    const wrong = standing.problem === null ? null : problemComplaint(standing.problem);
    if (wrong !== null) return wrong;
  } else if (!unsettled.has(standing.state)) return `expected a state; got ${String(standing.state)}`;
  if (providerStatus !== null && typeof providerStatus !== "string") return "expected a provider's word, or none";
  if ((providerStatus?.length ?? 0) > longestWord) return `expected a word; got ${providerStatus?.length} characters`;
  const positions = items.map(({ position }) => position);
  if (positions.some((position, n) => !Number.isInteger(position) || position <= (positions[n - 1] ?? -1))) {
    return "expected items in the order of their positions";
  }
  const odd = items.find(({ disposition, status }) => !dispositions.has(disposition) || typeof status !== "string");
  if (odd) return `expected an item that counts somehow; got ${shortened(JSON.stringify(odd), 300)}`;
  // As the store does with it: neither may throw, whatever its depth.
  JSON.stringify(storable({ fields, items, standing }));
  return null;
}

function endComplaint({ standing }: Snapshot, told: Told, proof: Proof): string | null {
  if (standing.state !== "SETTLED") return null;
  if (!succeeded(told)) return `an answer with HTTP ${told.status} settled it`;
  if (!proof.settled(told)) return `settled as ${standing.outcome} by an answer without a documented final word`;
  if (standing.outcome === "SUCCEEDED" && !proof.succeeded(told)) {
    return "settled as SUCCEEDED by an answer without the documented word for success";
  }
  return null;
}

/** Writes as they reach the server, by their requests. */
export interface WriteTerms {
  isWrite(asked: Asked): boolean;
  /** How often it may be sent. */
  most(told: Told): number;
  /** What is wrong with what was accepted; null where nothing is. */
  accepted(value: AcceptedWrite, told: Told): string | null;
}

export function calledWrite(exchange: Exchange<AcceptedWrite>, { isWrite, most, accepted }: WriteTerms): Called {
  return {
    label: exchange.type === "answered" ? "accepted" : `${exchange.type} ${labelOfProblem(exchange.problem)}`,
    judge(told, asked) {
      const sent = asked.filter(isWrite).length;
      if (sent > most(told)) return `a write was sent ${sent} times`;
      switch (exchange.type) {
        case "answered": {
          if (!succeeded(told)) return `a write was accepted by an answer with HTTP ${told.status}`;
          return snapshotComplaint(exchange.value.snapshot) ?? accepted(exchange.value, told);
        }
        case "unsent":
          return sent > 0 ? "a write that was sent is said to be unsent" : problemComplaint(exchange.problem);
        case "refused":
          return succeeded(told) && jsonOf(told) === undefined
            ? "a write is said to be refused, by a 2xx that can't be read"
            : problemComplaint(exchange.problem);
        case "lost":
          return problemComplaint(exchange.problem);
      }
    },
  };
}

export function broken(complaint: string): Called {
  return { label: "broken", judge: () => complaint };
}
