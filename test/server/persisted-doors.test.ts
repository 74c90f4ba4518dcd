/** Persisted documents at a whole gateway: a mode holds on HTTP as on WebSocket, and what may be kept is told. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createClient, type SubscribePayload } from "graphql-ws";
import { request } from "undici";
import { WebSocket } from "ws";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

const documents = {
  providers: "query Providers { providers { provider } }",
  node: "query Node($id: ID!) { node(id: $id) { id } }",
  access: 'query Access { access(offerId: "S1") { __typename } }',
  changes: "subscription Changes { operationsChanged { kind } }",
};

let folder: string;
let gateway: TestGateway;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "persisted-"));
  const path = join(folder, "documents.json");
  await writeFile(path, JSON.stringify(documents));
  gateway = await startTestGateway({ env: { PERSISTED_DOCUMENTS: "only", PERSISTED_MANIFEST: path } });
});
afterAll(async () => {
  await gateway.dispose();
  await rm(folder, { recursive: true });
});

type Payload = Readonly<Record<string, unknown>>;
interface Answer {
  readonly data?: unknown;
  readonly codes: readonly unknown[];
}

function answerOf({
  data,
  errors = [],
}: {
  data?: unknown;
  errors?: ReadonlyArray<{ extensions?: { code?: unknown } }>;
}) {
  return { ...(data === undefined ? {} : { data }), codes: errors.map(({ extensions }) => extensions?.code) };
}

async function byPost(payload: Payload): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${gateway.url}/graphql`, { method: "POST", headers, body: JSON.stringify(payload) });
  return answerOf((await response.json()) as Parameters<typeof answerOf>[0]);
}

async function byGet(payload: Payload): Promise<Answer> {
  const address = new URL(`${gateway.url}/graphql`);
  for (const [name, part] of Object.entries(payload))
    address.searchParams.set(name, typeof part === "string" ? part : JSON.stringify(part));
  return answerOf((await (await fetch(address)).json()) as Parameters<typeof answerOf>[0]);
}

/** The first event, or the error in its place. */
function bySocket(payload: Payload): Promise<Answer> {
  const url = `${gateway.url.replace("http", "ws")}/graphql`;
  const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
  const answer = new Promise<Answer>((resolve, reject) => {
    // The official client knows no documentId: it insists on a query, which may be empty, and sends what it is given.
    const sent: SubscribePayload & Payload = { query: "", ...payload };
    client.subscribe(sent, {
      next: (event) => resolve(answerOf(event as Parameters<typeof answerOf>[0])),
      error: (errors) => (Array.isArray(errors) ? resolve(answerOf({ errors })) : reject(errors)),
      complete: () => reject(new Error("Expected an event or an error; it only completed.")),
    });
  });
  return answer.finally(() => client.dispose());
}

const doors = [
  ["POST", byPost],
  ["GET", byGet],
  ["WebSocket", bySocket],
] as const;

test.each(doors)("by %s a document of the manifest is executed, with variables", async (_name, send) => {
  expect(await send({ documentId: "providers" })).toEqual({ data: { providers: expect.any(Array) }, codes: [] });
  expect(await send({ documentId: "node", variables: { id: "nobody" } })).toEqual({ data: { node: null }, codes: [] });
});

test.each(doors)("by %s nothing else is executed", async (_name, send) => {
  const query = "{ __typename }";
  expect(await send({ query })).toEqual({ codes: ["PERSISTED_DOCUMENT_REQUIRED"] });
  // The same text as one of the manifest is none of it.
  expect(await send({ query: documents.providers })).toEqual({ codes: ["PERSISTED_DOCUMENT_REQUIRED"] });
  expect(await send({ query, documentId: "providers" })).toEqual({ codes: ["BAD_USER_INPUT"] });
  expect(await send({ documentId: "unknown" })).toEqual({ codes: ["PERSISTED_DOCUMENT_NOT_FOUND"] });
  expect(await send({ documentId: "__proto__" })).toEqual({ codes: ["PERSISTED_DOCUMENT_NOT_FOUND"] });
});

test("a subscription of the manifest is no more than a subscription: it needs a socket, and the text is refused there", async () => {
  expect(await byPost({ documentId: "changes" })).toEqual({ codes: ["BAD_USER_INPUT"] });
  expect(await bySocket({ query: documents.changes })).toEqual({ codes: ["PERSISTED_DOCUMENT_REQUIRED"] });
});

test("an answer by GET may be kept by its caller and is asked about each time; a decision may not", async () => {
  const get = async (documentId: string, headers = {}) => {
    const answer = await request(`${gateway.url}/graphql?documentId=${documentId}`, { headers });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  };
  const first = await get("providers");
  expect(first.headers).toMatchObject({
    "cache-control": "private, max-age=0, must-revalidate",
    vary: "Accept, Authorization, Origin, X-Cleeng-Customer-Token",
    etag: expect.any(String),
  });
  const again = await get("providers", { "if-none-match": first.headers.etag });
  expect([again.status, again.text]).toEqual([304, ""]);
  for (const id of ["access", "unknown"]) {
    const { headers } = await get(id);
    expect([id, headers["cache-control"], headers.etag]).toEqual([id, "no-store", undefined]);
  }
});

test("a manifest with a fault stops the start, in a line a fault", async () => {
  const path = join(folder, "faulty.json");
  await writeFile(path, JSON.stringify({ good: documents.providers, bad: "{ nothing }", worse: "{" }));
  await expect(startTestGateway({ env: { PERSISTED_DOCUMENTS: "on", PERSISTED_MANIFEST: path } })).rejects.toThrow(
    /^PERSISTED_MANIFEST: expected the document "bad" to fit the schema; got: .*\nPERSISTED_MANIFEST: expected the document "worse" to be GraphQL; got: .*\.$/,
  );
});
