/** The WebSocket door of a running gateway. */
import { type RunOptions, runBatches, type Thrown } from "../batches.ts";
import { count, type Figures, shortened } from "../figures.ts";
import { type FuzzedGateway, startFuzzedGateway } from "../gateway.ts";
import { own } from "../wire/proof.ts";
import { open, type Peer } from "./client.ts";
import type { Begun, Due } from "./due.ts";
import { encode, opcodes, textFrame } from "./frames.ts";
import { judge, knownCodes } from "./judge.ts";
import { kindsOfSequence, protocols, type Sequence, type Step, send, sequence } from "./steps.ts";

/** So long is waited for what must come before it is called missing. */
const patienceMs = 30_000;

export async function fuzzSockets(options: RunOptions): Promise<Figures> {
  const gateway = await startFuzzedGateway({
    SANDBOX: "on",
    SANDBOX_SPEED: "1000",
    LIMIT_CONNECTION_INIT_SECONDS: "60",
  });
  const port = Number(new URL(gateway.url).port);
  try {
    return await runBatches(
      {
        part: "WebSocket",
        arbitrary: sequence,
        throwOne: (one, figures) => throwOne(gateway, port, one, figures),
        show: (one) => shortened(JSON.stringify(one)),
        afterBatch: async () => {
          const { data } = await gateway.request("{ providers { provider } }");
          return data?.providers?.length > 0 ? null : "a plain query is not answered any more";
        },
      },
      options,
    );
  } finally {
    await gateway.dispose();
  }
}

async function throwOne(gateway: FuzzedGateway, port: number, one: Sequence, figures: Figures): Promise<Thrown> {
  figures.thrown += 1;
  count(figures.kinds, ...kindsOfSequence(one));
  const peer = await open(port, protocols[one.protocol] ?? "", patienceMs);
  const log = { greetings: 0, subscribed: new Map<string, number>(), slowestMs: 0 };
  const complaint = await play(peer, one, log).finally(() => peer.destroy());
  count(
    figures.results,
    peer.code === null ? (peer.over ? "ended without a close frame" : "left open") : `closed with ${peer.code}`,
  );
  for (const message of peer.messages) count(figures.results, `message ${String(message?.type)}`);
  const wrong = complaint ?? peer.breach ?? judge({ messages: peer.messages, ...log });
  const [fault] = gateway.faults();
  return {
    complaint: wrong ?? (fault === undefined ? null : `the gateway logged ${shortened(fault, 600)}`),
    ms: log.slowestMs,
  };
}

interface Log {
  greetings: number;
  readonly subscribed: Map<string, number>;
  slowestMs: number;
}

/** Plays it to its end, and says what did not come that had to, or came that must not. */
async function play(peer: Peer, { protocol, greets, steps }: Sequence, log: Log): Promise<string | null> {
  if (peer.status !== 101) return `expected an upgrade; got HTTP ${peer.status}`;
  const spoken = protocols[protocol]?.startsWith("graphql-transport-ws");
  const all: readonly Step[] = greets ? [{ type: "init", hasty: false }, ...steps] : steps;
  const standing = { acknowledged: false, greeted: false, running: new Set<string>(), unsure: new Set<string>() };
  /** Ids whose answer must come. */
  const awaited = new Set<string>();
  let due: Due = spoken ? { type: "open" } : { type: "closed", codes: [4406] };
  for (const step of all) {
    if (due.type === "closed" || due.type === "torn" || peer.over) break;
    const sent = send(step, standing);
    noteSent(log, sent.bytes);
    peer.send(sent.bytes);
    if (step.type === "half close") peer.halfClose();
    due = after(due, sent.due);
    follow(standing, awaited, step, sent.begins, due);
    if (step.type === "init" && !step.hasty && due.type === "open") {
      standing.acknowledged = await timed(log, peer, () => peer.messages.some((one) => one?.type === "connection_ack"));
      if (!standing.acknowledged) return "expected connection_ack; none came";
    }
    if (step.type === "wait") {
      const before = peer.messages.length;
      await peer.until(() => peer.messages.length > before, 5);
    }
  }
  return conclude(peer, due, awaited, log);
}

/** What may have ended the socket leaves nothing certain, but that what must end it ends it, if nothing has before. */
function after(before: Due, next: Due): Due {
  if (before.type !== "either") return next;
  if (next.type === "open") return before;
  return next.type === "closed" ? { type: "closed", codes: [...next.codes, ...knownCodes, null] } : next;
}

function follow(
  standing: { acknowledged: boolean; greeted: boolean; readonly running: Set<string>; readonly unsure: Set<string> },
  awaited: Set<string>,
  step: Step,
  begins: Begun | undefined,
  due: Due,
): void {
  if (step.type === "init") standing.greeted = true;
  // It may have been a greeting.
  if (step.type === "edited") standing.greeted = true;
  if (begins) {
    const { id, lasts } = begins;
    if (lasts === "on") standing.running.add(id);
    else standing.unsure.add(id);
    if (lasts === "until its answer") awaited.add(id);
  }
  if (step.type === "complete") {
    const id = ["1", "two", "__proto__"][step.id % 3] ?? "";
    standing.running.delete(id);
    awaited.delete(id);
  }
  if (due.type === "either") {
    awaited.clear();
    for (const id of standing.running) standing.unsure.add(id);
  }
}

/** After a last ping: its pong shows that all before it was looked at. */
async function conclude(peer: Peer, due: Due, awaited: ReadonlySet<string>, log: Log): Promise<string | null> {
  if (due.type === "torn") {
    peer.halfClose();
    return (await timed(log, peer, () => peer.over))
      ? codeComplaint(peer, null)
      : "expected an end after ours; the connection stays open";
  }
  if (due.type === "closed") {
    // A peer that was told to close answers, and lets go.
    const ended = await timed(log, peer, () => peer.over || peer.code !== null);
    if (!ended) return `expected the socket to be closed with ${due.codes.join(" or ")}; it stays open`;
    return codeComplaint(peer, due.codes);
  }
  peer.send(encode(textFrame(JSON.stringify({ type: "ping", payload: { last: true } }))));
  const isLast = () =>
    peer.messages.some((one) => one?.type === "pong" && JSON.stringify(one.payload) === '{"last":true}');
  const isAnswered = (id: string) => peer.messages.some((one) => one?.id === id && one.type !== "next");
  const came = await timed(log, peer, () => peer.code !== null || (isLast() && [...awaited].every(isAnswered)));
  if (peer.code !== null || peer.over) {
    return due.type === "either"
      ? codeComplaint(peer, null)
      : `expected the socket to stay open; it was closed with ${peer.code}`;
  }
  if (!came)
    return isLast()
      ? `expected an answer for ${[...awaited].filter((id) => !isAnswered(id)).join(", ")}; none came`
      : "expected a pong; none came";
  peer.send(encode({ fin: true, reserved: 0, opcode: opcodes.close, payload: Buffer.from([3, 232]) }));
  return (await timed(log, peer, () => peer.over)) ? null : "expected the socket to end after our close; it stays open";
}

function codeComplaint({ code }: Peer, codes: ReadonlyArray<number | null> | null): string | null {
  if (codes !== null && !codes.includes(code))
    return `expected the socket to be closed with ${codes.join(" or ")}; it was ${code}`;
  if (code !== null && codes === null && !knownCodes.has(code)) return `expected a code that clients know; got ${code}`;
  return null;
}

async function timed(log: Log, peer: Peer, holds: () => boolean): Promise<boolean> {
  const began = performance.now();
  const held = await peer.until(holds, patienceMs);
  log.slowestMs = Math.max(log.slowestMs, performance.now() - began);
  return held;
}

/** By what stands in the bytes: an edited message may be one of these, or none. */
function noteSent(log: Log, bytes: Buffer): void {
  const message = readable(bytes);
  const [type, id] = [own(message, "type"), own(message, "id")];
  if (type === "connection_init") log.greetings += 1;
  if (type === "subscribe" && typeof id === "string") log.subscribed.set(id, (log.subscribed.get(id) ?? 0) + 1);
}

/** What a frame of ours holds, without its mask; undefined where that is no JSON. */
function readable(bytes: Buffer): unknown {
  if (bytes.length < 6) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const at = short < 126 ? 2 : short === 126 ? 4 : 10;
  const mask = bytes.subarray(at, at + 4);
  const payload = Buffer.from(bytes.subarray(at + 4).map((byte, n) => byte ^ (mask[n % 4] ?? 0)));
  try {
    return JSON.parse(payload.toString("utf8"));
  } catch {
    return undefined;
  }
}
