/**
 * Whose tokens have been revoked, as every gateway on one database knows it: read at the start, and each second what is
 * new. It knows the store and instants, and nothing of tokens' texts.
 */
import type { Logger } from "pino";
import type { Clock } from "../../clock.ts";
import { type Revocation, revocationsSince, revokeTokens } from "../../store/revocations.ts";
import type { Store } from "../../store/store.ts";
import { keyOfViewer } from "../limits/viewers.ts";
import type { Revocations } from "./authenticator.ts";

export interface RunningRevocations extends Revocations {
  /** Of everything that was issued to somebody up to now: on this gateway at once, on others within two seconds. */
  revoke(tenant: string, owner: string): Promise<Date>;
  dispose(): Promise<void>;
}

export interface RevocationsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Pick<Logger, "warn">;
}

const everyMs = 1_000;
/** Longer than a statement may take. */
const overlapMs = 60_000;

/** Resolves once those that there are have been read. */
export async function startRevocations({ store, clock, log }: RevocationsOptions): Promise<RunningRevocations> {
  const known = new Map<string, number>();
  const stop = new AbortController();
  let latest: Date | null = null;
  const note = ({ tenant, owner, issuedUntil }: Revocation) => {
    known.set(keyOfViewer({ tenant, owner }), issuedUntil.getTime());
    if (latest === null || issuedUntil > latest) latest = issuedUntil;
  };
  const read = async () => {
    for (const revocation of await revocationsSince(store, latest, overlapMs)) note(revocation);
  };
  await read();
  let failing = false;
  const run = async () => {
    for (;;) {
      await clock.sleep(everyMs, stop.signal);
      if (stop.signal.aborted) return;
      try {
        await read();
        failing = false;
      } catch (error) {
        if (!failing)
          log.warn({ err: error }, "Revoked tokens could not be read; those known before are refused still.");
        failing = true;
      }
    }
  };
  const ended = run();
  return {
    // A claim `iat` has whole seconds: what was issued within the second of the revocation is revoked with it.
    isRevoked: ({ tenant, owner, issuedAt }) =>
      known.size > 0 && issuedAt <= (known.get(keyOfViewer({ tenant, owner })) ?? -1),
    async revoke(tenant, owner) {
      const issuedUntil = await revokeTokens(store, tenant, owner);
      note({ tenant, owner, issuedUntil });
      return issuedUntil;
    },
    async dispose() {
      stop.abort();
      await ended;
    },
  };
}
