/** How each check of ./checks.ts is made: real HTTP, the real transport, and a server that answers as badly as it is told. */
import { expect } from "@jest/globals";
import type { Exchange } from "../../../src/datasources/contract.ts";
import { isProblem, type Problem } from "../../../src/datasources/problems.ts";
import { ManualClock } from "../../support/clock.ts";
import { startServer } from "../../support/http-server.ts";
import type { CheckId } from "./checks.ts";
import { documentedErrors } from "./documented-errors.ts";
import { type Answering, type Bench, bodyText, observedOf, onBench, problemOf, type Result } from "./harness.ts";
import type { Reply, Subject } from "./subject.ts";
import { vocabulary } from "./vocabulary.ts";

export const runs: Record<CheckId, (subject: Subject) => Promise<void>> = {
  C101: (subject) =>
    onBench(subject, subject.absent, async ({ askOne, reads }) => {
      expect(problemOf(await askOne()).type).toBe("NotFound");
      expect(reads).toHaveLength(subject.requestsFor(1));
    }),

  async C102(subject) {
    const { malformedRow } = subject;
    if ("why" in malformedRow) {
      expect(malformedRow.why).toMatch(/\.$/);
      return;
    }
    await onBench(subject, malformedRow.reply, async ({ ask, reads }) => {
      malformedRow.check(await ask([1, 2, 3]));
      expect(reads).toHaveLength(subject.requestsFor(3));
    });
  },

  C103: (subject) =>
    onBench(subject, subject.unknownWord.reply, async ({ askOne, reads }) => {
      const result = await askOne();
      expect([subject.unknownWord.word, isProblem(result)]).toEqual([subject.unknownWord.word, false]);
      subject.unknownWord.check(result);
      expect(reads).toHaveLength(subject.requestsFor(1));
    }),

  async C104(subject) {
    const documented = vocabulary[subject.id] ?? [];
    expect(documented.length).toBeGreaterThan(0);
    expect(subject.words.map(({ word }) => word).sort()).toEqual(documented.map(({ word }) => word).sort());
    for (const { word, reply, expected } of subject.words) {
      const meant = documented.find((one) => one.word === word);
      await onBench(subject, reply, async ({ askOne, reads }) => {
        const { state, outcome, providerStatus, items, decision } = observedOf(await askOne());
        expect({ word, state, outcome }).toEqual({ word, state: meant?.state, outcome: meant?.outcome });
        expect({ word, state, outcome }).toEqual({ word, state: expected.state, outcome: expected.outcome });
        const shown = items.map(({ status, disposition }) => ({ status, disposition }));
        expect({ word, items: shown, decision }).toEqual({ word, items: expected.items, decision: expected.decision });
        if (expected.providerStatus !== undefined) {
          expect({ word, providerStatus }).toEqual({ word, providerStatus: expected.providerStatus });
        }
        expect(reads).toHaveLength(subject.requestsFor(1));
      });
    }
  },

  async C105(subject) {
    const documented = documentedErrors[subject.id] ?? [];
    expect(documented.length).toBeGreaterThan(0);
    for (const error of documented) {
      await onBench(
        subject,
        (received) => subject.refuse(error, received),
        async ({ askOne, write, reads }) => {
          const { asked, code, status, problem: type, becomes = code } = error;
          const result = asked === "read" ? problemOf(await askOne()) : await refusalOf(write(asked));
          const { type: actual, code: known } = result;
          expect({ asked, status, code, type: actual, becomes: known }).toEqual({ asked, status, code, type, becomes });
          // A read that met a 5xx may be sent once more, a write never.
          expect(reads.length).toBeLessThanOrEqual(asked === "read" && status >= 500 ? 2 : 1);
          expect(reads.length).toBeGreaterThan(0);
        },
      );
    }
  },

  C201: (subject) =>
    unavailable(subject, (received, response) => {
      const text = bodyText(subject.good(received).body);
      response.writeHead(200, { "content-type": "application/json", "content-length": text.length * 2 });
      response.write(text, () => response.destroy());
      return undefined;
    }),

  C202: (subject) => unavailable(subject, () => ({ body: "<!doctype html><title>Maintenance</title>" })),

  C203: (subject) => unavailable(subject, () => ({ body: "" })),

  C204: (subject) => unavailable(subject, () => subject.wrongShape),

  C205: (subject) => unavailable(subject, () => ({ status: 500, body: {} })),

  C206: (subject) =>
    unavailable(subject, (received) => ({ ...subject.good(received), headers: { "content-encoding": "gzip" } })),

  C301: (subject) =>
    asksAgainAfter(subject, { status: 429, headers: { "retry-after": "2" }, body: {} }, (result) => {
      expect(problemOf(result)).toMatchObject({ type: "RateLimited", code: "THROTTLED", retryAfterSeconds: 2 });
    }),

  C302: (subject) =>
    onBench(
      subject,
      () => undefined,
      async ({ askOne, reads }) => {
        expect(problemOf(await askOne())).toMatchObject({ type: "ProviderUnavailable", code: "TIMEOUT" });
        expect(reads.length).toBeGreaterThan(0);
        await Promise.all(reads.map(({ closedEarly }) => closedEarly));
      },
      // Long enough for a slow machine to answer what is answered aside.
      { timeoutMs: 1_000 },
    ),

  C303: (subject) =>
    unavailable(subject, (_received, response) => {
      response.destroy();
      return undefined;
    }),

  C304: (subject) =>
    unavailable(
      subject,
      (received, response) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": "9000000000" });
        response.write(bodyText(subject.good(received).body));
        return undefined;
      },
      async ({ reads }) => {
        await Promise.all(reads.map(({ closedEarly }) => closedEarly));
      },
    ),

  C305: (subject) =>
    unavailable(
      subject,
      (received, response) => {
        // A good answer and then space without end: without a limit it would be waited for until the time-out.
        response.writeHead(200, { "content-type": "application/json" });
        response.write(bodyText(subject.good(received).body));
        const space = " ".repeat(64 * 1024);
        const flood = (): void => {
          while (!response.destroyed && response.write(space));
        };
        response.on("drain", flood);
        flood();
        return undefined;
      },
      async ({ reads }, result) => {
        expect(problemOf(result).code).toBe("UNREADABLE_ANSWER");
        await Promise.all(reads.map(({ closedEarly }) => closedEarly));
      },
    ),

  async C306(subject) {
    const elsewhere = await startServer((_received, response) => {
      response.end("{}");
    });
    try {
      for (const location of [`${elsewhere.origin}/stolen`, "/elsewhere"]) {
        for (const status of [301, 302, 307, 308]) {
          await unavailable(
            subject,
            () => ({ status, headers: { location }, body: {} }),
            async ({ reads }) => {
              expect(reads.filter(({ received }) => received.url.startsWith("/elsewhere"))).toEqual([]);
            },
          );
        }
      }
      expect(elsewhere.received).toEqual([]);
    } finally {
      await elsewhere.dispose();
    }
  },

  C307: (subject) =>
    onBench(subject, subject.good, async ({ askOne, closeServer, reads }) => {
      await closeServer();
      expect(problemOf(await askOne())).toMatchObject({ type: "ProviderUnavailable", code: "UNREACHABLE" });
      expect(reads).toEqual([]);
    }),

  async C308(subject) {
    const caller = new AbortController();
    await onBench(
      subject,
      () => {
        caller.abort();
        return undefined;
      },
      async ({ askOne, reads }) => {
        expect(isProblem(await askOne(caller.signal))).toBe(true);
        expect(reads).toHaveLength(1);
        await reads[0]?.closedEarly;
      },
    );
  },

  C309: (subject) =>
    asksAgainAfter(subject, { status: 503, headers: { "retry-after": "2" }, body: {} }, (result) => {
      expect(problemOf(result)).toMatchObject({ type: "ProviderUnavailable", retryAfterSeconds: 2 });
    }),

  async C310(subject) {
    const bad: ReadonlyArray<Reply> = [{ status: 500, body: {} }, subject.wrongShape, { body: "<!doctype html>" }];
    for (const reply of bad) {
      let failing = true;
      await onBench(
        subject,
        (received) => (failing ? reply : subject.good(received)),
        async ({ ask, askOne }) => {
          // More often than it takes a circuit to open.
          for (let count = 0; count < 7; count += 1) {
            expect(problemOf(await askOne())).toMatchObject({ type: "ProviderUnavailable" });
          }
          failing = false;
          for (const result of await ask([2])) observedOf(result);
        },
      );
    }
  },

  async C401(subject) {
    expect(subject.secrets.length).toBeGreaterThan(0);
    let sent = "";
    for (const status of [200, 400, 401, 403, 404, 409, 422, 429, 500, 503]) {
      // In a sentence, and bare: what is read as a code may be one.
      for (const said of [`You sent ${subject.secrets.join(" and ")}.`, ...subject.secrets]) {
        await onBench(
          subject,
          ({ headers, url, body }) => {
            sent += `${JSON.stringify(headers)} ${url} ${body}`;
            return { status, headers: { "x-echo": said }, body: echo(said) };
          },
          async ({ askOne, lines }) => {
            const result = JSON.stringify(await askOne());
            expect(lines.length).toBeGreaterThan(0);
            for (const secret of subject.secrets) {
              expect(result).not.toContain(secret);
              expect(lines.join("")).not.toContain(secret);
            }
          },
        );
      }
    }
    // Else nothing was there to be found.
    expect(subject.secrets.some((secret) => sent.includes(secret))).toBe(true);
  },

  C402: (subject) =>
    onBench(
      subject,
      () => ({ status: 401, body: {} }),
      async ({ askOne }) => {
        expect(problemOf(await askOne()).type).toBe("ProviderUnavailable");
      },
    ),

  async C501(subject) {
    for (const count of [1, 5, 60]) {
      await onBench(subject, subject.good, async ({ ask, reads }) => {
        const results = await ask(Array.from({ length: count }, (_, n) => n + 1));
        expect([count, results.length]).toEqual([count, count]);
        for (const result of results) observedOf(result);
        expect([count, reads.length]).toEqual([count, subject.requestsFor(count)]);
      });
    }
  },
};

/** The problem of a write that was refused; one that is lost or accepted is no such thing. */
async function refusalOf(written: Promise<Exchange<unknown>>): Promise<Problem> {
  const exchange = await written;
  if (exchange.type === "refused") return exchange.problem;
  throw new Error(`Expected a write that was refused; got ${JSON.stringify(exchange)}.`);
}

/** One key, asked once: the answer is no answer, and the read was sent twice at most. */
async function unavailable(
  subject: Subject,
  answering: Answering,
  further: (bench: Bench, result: Result) => Promise<void> = async () => {},
): Promise<void> {
  const limits = { maxAnswerBytes: 256 * 1024, maxBatchStatusBytes: 256 * 1024 };
  await onBench(
    subject,
    answering,
    async (bench) => {
      const result = await bench.askOne();
      expect(problemOf(result).type).toBe("ProviderUnavailable");
      expect(bench.reads.length).toBeGreaterThan(0);
      expect(bench.reads.length).toBeLessThanOrEqual(2 * subject.requestsFor(1));
      await further(bench, result);
    },
    limits,
  );
}

/** The first read is answered with `refusal`, which asks for 2 s of rest; then the next one is held until they are over. */
async function asksAgainAfter(subject: Subject, refusal: Reply, check: (result: Result) => void): Promise<void> {
  const clock = new ManualClock();
  let refused = false;
  await onBench(
    subject,
    (received) => {
      if (refused) return subject.good(received);
      refused = true;
      return refusal;
    },
    async ({ askOne, reads }) => {
      check(await askOne());
      expect(reads).toHaveLength(1);
      const again = askOne();
      await clock.advance(1_999);
      // Time for a request that should not be there to arrive.
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(reads).toHaveLength(1);
      await clock.advance(1);
      observedOf(await again);
      expect(reads).toHaveLength(1 + subject.requestsFor(1));
    },
    { clock },
  );
}

/** Every member in which one of the vendors is known to say why it refused. */
function echo(said: string): object {
  return {
    code: said,
    message: said,
    errors: [said],
    errorCode: said,
    errorMessage: said,
    ps_error_code: said,
    ps_error_message: said,
    ps_api_response_message: said,
    msg: said,
    error: { code: said, message: said },
    error_code: said,
    error_description: said,
  };
}
