/** What is audited: where it is, what it lets in, and the documents that it can answer. */

export type Params = Readonly<Record<string, unknown>>;

export interface Documents {
  /** Answered by one result with data. */
  readonly query: string;
  /** Answered by one result with data. */
  readonly mutation?: string;
  /** One that goes on until somebody completes it. */
  readonly subscription?: string;
  /**
   * A query or mutation that makes `subscription` give an event: sent again and again, with the variable `n`, another text
   * each time. Where it gives events by itself, any query does.
   */
  readonly trigger?: string;
  /** A subscription that gives an event or some, and then completes by itself. */
  readonly ending?: string;
}

export interface Waits {
  /** How long what must come may take. */
  readonly patienceMs: number;
  /** How long it is listened for what must not come. */
  readonly quietMs: number;
  /** How long the server may wait for connection_init. */
  readonly initMs: number;
  /** How long credentials that end may be good. */
  readonly expiryMs: number;
}

export const usualWaits: Waits = { patienceMs: 10_000, quietMs: 200, initMs: 15_000, expiryMs: 60_000 };

export interface Target {
  /** Like ws://127.0.0.1:4000/graphql. */
  readonly url: string;
  /** Of each handshake. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The payload of each connection_init; none is sent without them. */
  readonly connectionParams?: Params;
  /** Such as the server lets nobody in with. */
  readonly badConnectionParams?: Params;
  /** Such as are good when they are made, and some seconds later no more. */
  readonly expiringConnectionParams?: () => Params | Promise<Params>;
  /** The largest message that the server takes, in bytes. */
  readonly messageLimitBytes?: number;
  readonly documents: Documents;
  readonly waits?: Partial<Waits>;
}

/** What some audits can't do without, by the name that the command line has for it. */
export type Need =
  | "mutation"
  | "subscription"
  | "trigger"
  | "ending"
  | "bad-param"
  | "expiring-param"
  | "message-limit";

const has: Record<Need, (target: Target) => boolean> = {
  mutation: ({ documents }) => documents.mutation !== undefined,
  subscription: ({ documents }) => documents.subscription !== undefined,
  trigger: ({ documents }) => documents.trigger !== undefined,
  ending: ({ documents }) => documents.ending !== undefined,
  "bad-param": (target) => target.badConnectionParams !== undefined,
  "expiring-param": (target) => target.expiringConnectionParams !== undefined,
  "message-limit": (target) => target.messageLimitBytes !== undefined,
};

export function lacking(target: Target, needs: readonly Need[]): readonly Need[] {
  return needs.filter((need) => !has[need](target));
}

/** Of an audit that needs it, so it is there. */
export function documentOf({ documents }: Target, name: keyof Documents): string {
  const text = documents[name];
  if (text === undefined) throw new Error(`Expected the document "${name}"; the audit has to say that it needs it.`);
  return text;
}

export function waitsOf({ waits }: Target): Waits {
  return { ...usualWaits, ...waits };
}
