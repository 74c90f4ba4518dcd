/** What a peer may do on a socket, step by step, and what the protocols say must come of each step. */
import fc from "fast-check";
import { type Body, body, bytesOf, kindsOf } from "../body/body.ts";
import { choose } from "../body/edits.ts";
import { treeOf } from "../body/tree.ts";
import { documentOf } from "../graphql/documents.ts";
import { requests, streams, vocabulary } from "../graphql/requests.ts";
import { tape } from "../graphql/tape.ts";
import { type Begun, closed, either, open, type Sent } from "./due.ts";
import { close, forbidden } from "./forbidden.ts";
import { encode, type Frame, opcodes, textFrame } from "./frames.ts";

export type Step =
  /** connection_init. `hasty`: what follows does not wait for the answer. */
  | { readonly type: "init"; readonly hasty: boolean }
  | { readonly type: "query"; readonly id: number; readonly which: number }
  | { readonly type: "stream"; readonly id: number; readonly which: number }
  | { readonly type: "document"; readonly id: number; readonly tape: readonly number[] }
  | { readonly type: "complete"; readonly id: number }
  | { readonly type: "ping" | "pong"; readonly payload: number }
  /** A message of the protocol, edited. */
  | { readonly type: "edited"; readonly body: Body; readonly binary: boolean }
  /** A good message in several frames, with a control frame between them. */
  | { readonly type: "fragments"; readonly parts: number; readonly between: boolean }
  /** Frames that RFC 6455 forbids. */
  | { readonly type: "forbidden"; readonly variant: number; readonly at: number }
  | { readonly type: "control pings"; readonly count: number; readonly size: number }
  | { readonly type: "close"; readonly code: number }
  | { readonly type: "half close" }
  | { readonly type: "wait" };

const id = fc.nat(2);
// In one sequence fewer pings than ws answers at once (60): beyond, it lets go of the peer.
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ type: fc.constant("init" as const), hasty: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant("query" as const), id, which: fc.nat(99) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("stream" as const), id, which: fc.nat(99) }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant("document" as const), id, tape }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("complete" as const), id }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom("ping" as const, "pong" as const), payload: fc.nat(9) }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant("edited" as const), body, binary: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("fragments" as const),
      parts: fc.integer({ min: 1, max: 5 }),
      between: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("forbidden" as const), variant: fc.nat(99), at: fc.nat(9_999) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("control pings" as const),
      count: fc.integer({ min: 1, max: 4 }),
      size: fc.nat(125),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("close" as const), code: fc.nat(99) }) },
  { weight: 1, arbitrary: fc.constant<Step>({ type: "half close" }) },
  { weight: 2, arbitrary: fc.constant<Step>({ type: "wait" }) },
);

export interface Sequence {
  /** The subprotocol asked for: 0 is the right one. */
  readonly protocol: number;
  readonly greets: boolean;
  readonly steps: readonly Step[];
}

export const protocols = [
  "graphql-transport-ws",
  "",
  "graphql-ws",
  "graphql-transport-ws, graphql-ws",
  "soap",
] as const;

export const sequence: fc.Arbitrary<Sequence> = fc.record({
  protocol: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(protocols.length - 1) }),
  greets: fc.oneof({ weight: 12, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  steps: fc.array(step, { minLength: 1, maxLength: 10 }),
});

/** What was sent so far, as the protocol sees it. */
export interface Standing {
  readonly acknowledged: boolean;
  /** Whether a connection_init was sent, whatever became of it. */
  readonly greeted: boolean;
  /** Subscriptions that go on until somebody ends them. */
  readonly running: ReadonlySet<string>;
  /** Ids that were used for what may have ended by now, or not. */
  readonly unsure: ReadonlySet<string>;
}

/** The longest message that a gateway takes, unless configured (LIMIT_REQUEST_BYTES), and the head of its frame. */
const mostBytes = 1_048_576 + 14;

const message = (value: object): Buffer => encode(textFrame(JSON.stringify(value)));
const nameOf = (n: number): string => choose(["1", "two", "__proto__"], n);

/** Of pings and pongs: as it is written, and whether it may be. */
const payloads: ReadonlyArray<readonly [text: string, good: boolean]> = [
  ["", true],
  [',"payload":{}', true],
  [',"payload":{"a":1}', true],
  [',"payload":null', true],
  [',"payload":[]', false],
  [',"payload":"text"', false],
  [',"payload":7', false],
];

const messages = [
  { type: "connection_init", payload: { a: 1 } },
  { type: "subscribe", id: "edited", payload: choose(requests, 0) },
  { type: "subscribe", id: "edited", payload: choose(requests, 2) },
  { type: "subscribe", id: "edited", payload: choose(streams, 1) },
  { type: "complete", id: "edited" },
  { type: "ping", payload: { a: 1 } },
  { type: "pong" },
  { type: "next", id: "edited", payload: { data: {} } },
  { type: "error", id: "edited", payload: [{ message: "no" }] },
  { type: "connection_ack" },
].map(treeOf);

export function send(step: Step, standing: Standing): Sent {
  switch (step.type) {
    case "init": {
      const due = standing.greeted ? closed(4429) : open;
      return { bytes: message({ type: "connection_init" }), due };
    }
    case "query":
      return subscribe(nameOf(step.id), choose(requests, step.which), "until its answer", standing);
    case "stream":
      // Only the first goes on whatever is in the store: the others may be refused, or complete.
      return subscribe(
        nameOf(step.id),
        choose(streams, step.which),
        step.which % streams.length === 0 ? "on" : "perhaps",
        standing,
      );
    case "document": {
      const query = documentOf(step.tape, ["query", "subscription", "mutation"]);
      const lasts = query.includes("subscription") ? "perhaps" : "until its answer";
      return {
        ...subscribe(nameOf(step.id), { query }, lasts, standing),
        ...(query.trim() === "" ? { due: either } : {}),
      };
    }
    case "complete":
      return { bytes: message({ type: "complete", id: nameOf(step.id) }), due: open };
    case "ping":
    case "pong": {
      const [payload, good] = choose(payloads, step.payload);
      return { bytes: encode(textFrame(`{"type":"${step.type}"${payload}}`)), due: good ? open : either };
    }
    case "edited": {
      const payload = bytesOf(step.body, messages, vocabulary);
      return {
        bytes: encode({ ...textFrame(""), opcode: step.binary ? opcodes.binary : opcodes.text, payload }),
        due: either,
      };
    }
    case "fragments":
      return { bytes: fragments(step.parts, step.between), due: open };
    case "forbidden":
      return forbidden(step.variant, step.at);
    case "control pings": {
      const ping: Frame = { fin: true, reserved: 0, opcode: opcodes.ping, payload: Buffer.alloc(step.size, "p") };
      return { bytes: Buffer.concat(Array.from({ length: step.count }, () => encode(ping))), due: open };
    }
    case "close":
      return close(step.code);
    case "half close":
      return { bytes: Buffer.alloc(0), due: closed(null, 1000, 1005, 1006) };
    case "wait":
      return { bytes: Buffer.alloc(0), due: open };
  }
}

function subscribe(
  id: string,
  payload: object,
  lasts: Begun["lasts"],
  { acknowledged, greeted, running, unsure }: Standing,
): Sent {
  const bytes = message({ type: "subscribe", id, payload });
  if (bytes.length > mostBytes) return { bytes, due: closed(1009) };
  if (!greeted) return { bytes, due: closed(4401) };
  if (!acknowledged || unsure.has(id)) return { bytes, due: either };
  if (running.has(id)) return { bytes, due: closed(4409) };
  return { bytes, due: open, begins: { id, lasts } };
}

function fragments(parts: number, between: boolean): Buffer {
  const text = Buffer.from(JSON.stringify({ type: "ping", payload: { text: "é".repeat(60) } }));
  const size = Math.ceil(text.length / parts);
  const ping = encode({ fin: true, reserved: 0, opcode: opcodes.ping, payload: Buffer.from("between") });
  const frames: Buffer[] = [];
  for (let at = 0; at < text.length; at += size) {
    const last = at + size >= text.length;
    const opcode = at === 0 ? opcodes.text : opcodes.continuation;
    frames.push(encode({ fin: last, reserved: 0, opcode, payload: text.subarray(at, at + size) }));
    if (between && !last) frames.push(ping);
  }
  return Buffer.concat(frames);
}

export function kindsOfSequence({ protocol, greets, steps }: Sequence): readonly string[] {
  const names = new Set<string>(
    steps.flatMap((step) => (step.type === "edited" ? [step.type, ...kindsOf(step.body)] : [step.type])),
  );
  if (protocol !== 0) names.add("another subprotocol");
  if (!greets) names.add("no greeting");
  return [...names];
}
