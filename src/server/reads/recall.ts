/**
 * What answers over HTTP have taught that later ones need not find out again: what equal bytes ask for, in which form an
 * Accept is answered, who a token's bearer is to the store. And the head of an answer. Shared by the two ways that a read
 * from memory may come (door.ts, lane.ts).
 */
import type { IncomingHttpHeaders } from "node:http";
import { LRUCache } from "lru-cache";
import { scopeOf } from "../../operations/context.ts";
import type { Identity } from "../auth/authenticator.ts";
import { notKept, variesBy } from "../caching.ts";
import { callerOf } from "../context.ts";
import { securityHeaders } from "../headers.ts";
import type { Answer, Asking } from "./reads.ts";
import type { Prepared } from "./requests.ts";

/** What equal bytes came to before. */
export interface Known {
  /** As it was parsed: a document that it names is put into another. */
  readonly body: unknown;
  /** Null where it has to be executed. Else it has passed all that is judged by the bytes alone. */
  readonly prepared: Prepared | null;
}

export interface Recall {
  knownBy(text: string): Known | undefined;
  know(text: string, known: Known): void;
  bearerOf(identity: Identity): Pick<Asking, "scope" | "rights">;
  /** The content type by which an answer of GraphQL's comes; undefined where that is not known. */
  formFor(accept: string | undefined): string | undefined;
  learnForm(accept: string | undefined, form: string): void;
  /** Whether usual requests with these have been admitted before, so that nothing of them needs to be judged once more. */
  isFamiliar(headers: IncomingHttpHeaders): boolean;
  /** These have passed every judge. */
  familiarize(headers: IncomingHttpHeaders): void;
  /** In Node's own form, names and values in turns: all of it but what is said of the limits. */
  headOf(form: string, answer: Answer): string[];
}

const mostBytes = 32 * 1024 * 1024;
/** Longer ones are read anew each time. */
export const longest = 128 * 1024;
const mostForms = 100;
const mostHosts = 1_000;

export function createRecall(): Recall {
  const known = new LRUCache<string, Known>({
    maxSize: mostBytes,
    sizeCalculation: (_known, text) => 1_024 + 4 * text.length,
  });
  /** An identity is one object for as long as its token is remembered. */
  const bearers = new WeakMap<Identity, Pick<Asking, "scope" | "rights">>();
  const forms = new LRUCache<string, string>({ max: mostForms });
  const heads = new Map<string, readonly string[]>();
  const always = [...Object.entries(securityHeaders).flat(), "vary", variesBy, "cache-control", notKept];
  const types = new LRUCache<string, true>({ max: mostForms });
  const hosts = new LRUCache<string, true>({ max: mostHosts });

  return {
    knownBy: (text) => known.get(text),
    know(text, one) {
      if (text.length <= longest) known.set(text, one);
    },
    bearerOf(identity) {
      const known = bearers.get(identity);
      if (known) return known;
      const { viewer, rights } = callerOf({ identity, address: null, customerToken: null, byGet: false });
      const bearer = { scope: scopeOf(viewer), rights };
      bearers.set(identity, bearer);
      return bearer;
    },
    formFor: (accept = "") => forms.get(accept),
    learnForm: (accept = "", form) => void forms.set(accept, form),
    isFamiliar({ host, "content-type": type }) {
      return host !== undefined && type !== undefined && hosts.get(host) === true && types.get(type) === true;
    },
    familiarize({ host, "content-type": type }) {
      if (host === undefined || type === undefined) return;
      hosts.set(host, true);
      types.set(type, true);
    },
    headOf(form, { bytes }) {
      let head = heads.get(form);
      if (head === undefined) {
        head = [...always, "content-type", form];
        heads.set(form, head);
      }
      return [...head, "content-length", `${bytes}`];
    },
  };
}

/**
 * Whether a request's head bears nothing by which it would be judged, or answered, otherwise than by its host, its content
 * type, what it accepts and its token: no page's origin, no proxy's word on how it was called, no packed body.
 */
export function isUsual(headers: IncomingHttpHeaders): boolean {
  return (
    headers.origin === undefined &&
    headers["sec-fetch-site"] === undefined &&
    headers["content-encoding"] === undefined &&
    headers["x-forwarded-proto"] === undefined &&
    headers["x-forwarded-host"] === undefined
  );
}
