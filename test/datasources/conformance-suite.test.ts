/** Every check of the conformance suite can fail: a provider that is careless in all that it forbids passes none. */
import { expect, test } from "@jest/globals";
import { request } from "undici";
import { type CheckId, checks } from "./conformance/checks.ts";
import { runs } from "./conformance/run.ts";
import type { Observed, Subject } from "./conformance/subject.ts";

const secret = "careless-secret";
const row = (status: string) => ({ body: { status } });

/** Takes whatever comes for success, asks twice, follows redirects, never closes a socket, and tells what it was told. */
const careless: Subject = {
  id: "careless",
  secrets: [secret],
  connect: (origin) => ({
    ask: (keys) =>
      Promise.all(
        keys.map(async (key): Promise<Observed> => {
          const text = await Promise.race([
            get(`${origin}/${key}`).then(() => get(`${origin}/${key}`)),
            new Promise<string>((resolve) => setTimeout(resolve, 300, "nothing came")),
          ]);
          const whole = { text, secret };
          return { state: "SETTLED", outcome: "SUCCEEDED", providerStatus: text, items: [], whole };
        }),
      ),
  }),
  key: (n) => `key-${n}`,
  good: () => row("done"),
  requestsFor: (n) => n,
  absent: () => ({ status: 404, body: {} }),
  wrongShape: { body: { surprise: true } },
  refuse: ({ status, code }) => ({ status, body: { code } }),
  words: [{ word: "done", reply: () => row("done"), expected: { state: "SETTLED", outcome: "SUCCEEDED", items: [] } }],
  unknownWord: {
    word: "napping",
    reply: () => row("napping"),
    check: (observed) => expect(observed).toMatchObject({ state: "RUNNING" }),
  },
  malformedRow: {
    reply: () => ({ body: [row("done"), null] }),
    check: (observed) => expect(observed[0]).toMatchObject({ type: "ProviderUnavailable" }),
  },
};

async function get(url: string): Promise<string> {
  try {
    const { statusCode, headers, body } = await request(url, { headers: { secret } });
    if (statusCode >= 300 && statusCode < 400) return await get(new URL(String(headers.location), url).href);
    return (await body.text()).slice(0, 1_000);
  } catch (error) {
    return String(error);
  }
}

const ids = Object.keys(checks) as CheckId[]; // `checks` is a literal: it has these keys and no other

test.each(ids)("%s fails for a careless provider", async (id) => {
  const judged = await runs[id](careless).then(
    () => "passed",
    () => "failed",
  );
  expect([id, judged]).toEqual([id, "failed"]);
});
