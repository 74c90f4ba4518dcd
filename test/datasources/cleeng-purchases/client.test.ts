import { afterEach, expect, test } from "@jest/globals";
import { createPurchaseClient, type PurchaseInput } from "../../../src/datasources/cleeng-purchases/client.ts";
import { unknownId } from "../../../src/datasources/cleeng-purchases/status.ts";
import type { JsonFields, Known, Reading } from "../../../src/datasources/contract.ts";
import { isProblem } from "../../../src/datasources/problems.ts";
import { type Handler, sendJson, startServer } from "../../support/http-server.ts";
import { testUpstream } from "../../support/upstream.ts";

const started: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.dispose();
});

const token = "a-very-secret-publisher-token";
const purchase: PurchaseInput = {
  customerId: "123456789",
  transactionId: "2000000123456789",
  ipAddress: "192.0.2.10",
  correlationId: "order-1",
};

async function connect(handler: Handler, { path = "/storekit2", publisherToken = token as string | null } = {}) {
  const server = await startServer(handler);
  const upstream = testUpstream({ provider: "CLEENG", title: "Cleeng purchases", timeoutMs: 1000 });
  started.push(server, upstream);
  let ids = 0;
  const base = new URL(`${server.origin}${path}`);
  const newId = () => `new-id-${++ids}`;
  return { server, client: createPurchaseClient({ base, publisherToken, upstream, newId }) };
}

const known = (fields: JsonFields | null): Known => ({
  snapshot: fields && { standing: { state: "PENDING" }, providerStatus: null, fields, items: [] },
  elsewhere: new Map(),
});
const ask = { priority: "lookup" } as const;
const send = { priority: "write" } as const;

function readingOf(result: unknown): Reading {
  if (isProblem(result) || result === undefined) throw new Error(`Expected a reading; got ${JSON.stringify(result)}.`);
  return result as Reading; // what is no problem is a reading
}

test("a register sends the customer, the transaction and the address, under its correlation id", async () => {
  const { server, client } = await connect((_received, response) =>
    sendJson(response, { synchronizationId: "order-1" }, 202),
  );
  const prepared = client.register.prepare(purchase);
  const sent = await client.register.send(purchase, prepared, send);

  expect(server.received).toHaveLength(1);
  const [request] = server.received;
  expect(request).toMatchObject({ method: "POST", url: "/storekit2/purchases" });
  expect(request?.headers).toMatchObject({
    "correlation-id": "order-1",
    "x-publisher-token": token,
    "content-type": "application/json",
  });
  expect(JSON.parse(request?.body ?? "")).toEqual({
    cleengCustomerId: 123456789,
    transactionId: "2000000123456789",
    ipAddress: "192.0.2.10",
  });
  expect(sent).toEqual({
    type: "answered",
    value: {
      key: "order-1",
      snapshot: {
        standing: { state: "PENDING" },
        providerStatus: null,
        items: [],
        fields: {
          synchronizationId: "order-1",
          customerId: "123456789",
          storeTransactionId: "2000000123456789",
          transfer: false,
          accessGranted: null,
          offerId: null,
          result: null,
        },
      },
    },
  });
});

test("a transfer goes to its own path, and without a correlation id gets a new one", async () => {
  const { server, client } = await connect(
    (received, response) => sendJson(response, { synchronizationId: received.headers["correlation-id"] }, 202),
    { path: "/storekit2/", publisherToken: null },
  );
  const input = { ...purchase, correlationId: null, ipAddress: null };
  const prepared = client.transfer.prepare(input);
  expect(prepared).toMatchObject({ key: "new-id-1", snapshot: { fields: { transfer: true } } });
  expect(await client.transfer.send(input, prepared, send)).toMatchObject({ value: { key: "new-id-1" } });
  expect(server.received[0]?.url).toBe("/storekit2/purchases/transfers");
  expect(server.received[0]?.headers).not.toHaveProperty("x-publisher-token");
  expect(JSON.parse(server.received[0]?.body ?? "")).not.toHaveProperty("ipAddress");
  expect([client.transfer.mutation, client.transfer.whenLost]).toEqual(["transferPurchase", "follow"]);
  expect(client.addressRequired).toBe(false);
});

test("an id of Cleeng's own wins over the one that was sent", async () => {
  const { client } = await connect((_received, response) =>
    sendJson(response, { synchronizationId: "cleengs-own" }, 202),
  );
  expect(await client.register.send(purchase, client.register.prepare(purchase), send)).toMatchObject({
    value: { key: "cleengs-own", snapshot: { fields: { synchronizationId: "cleengs-own", customerId: "123456789" } } },
  });
});

test.each([
  ["a 202 with an id that can't be asked for", 202, { synchronizationId: ".." }, "lost", "UNREADABLE_ANSWER"],
  ["a 202 without an id", 202, { ok: true }, "lost", "UNREADABLE_ANSWER"],
  ["a 202 whose body is no JSON", 202, undefined, "lost", "UNREADABLE_ANSWER"],
  ["a 500 without a code", 500, {}, "refused", "PROVIDER_ERROR"],
  ["a 503 with a page", 503, undefined, "lost", "PROVIDER_ERROR"],
  ["a 502 of some proxy's", 502, { message: "Bad gateway" }, "lost", "PROVIDER_ERROR"],
  ["a 500 with Cleeng's code", 500, { code: "S0001" }, "refused", "S0001"],
  ["an integration that is switched off", 500, { code: "SK2C0004" }, "refused", "SK2C0004"],
  ["a lock", 409, { errors: [{ code: "SK2C0101" }] }, "refused", "SK2C0101"],
  ["a lock that only the message tells", 409, { message: "SK2C0101: secret words" }, "refused", "SK2C0101"],
  ["a conflict that says nothing", 409, undefined, "refused", "ALREADY_RUNNING"],
  ["an unknown customer", 422, { code: "SK2C0100", message: "secret words" }, "refused", "SK2C0100"],
])("a write answered by %s is never sent twice", async (_name, status, body, type, code) => {
  const { server, client } = await connect((_received, response) => {
    if (body === undefined) response.writeHead(status).end("<html>secret words</html>");
    else sendJson(response, body, status);
  });
  const sent = await client.register.send(purchase, client.register.prepare(purchase), send);
  expect(sent).toMatchObject({ type, problem: { code } });
  expect(JSON.stringify(sent)).not.toMatch(/secret/);
  expect(server.received).toHaveLength(1);
});

test.each([
  ["without an address", null, 400, "REQ0001", ["ipAddress"]],
  ["with an address", "192.0.2.10", 400, "REQ0001", []],
  ["without an address, for another reason", null, 422, "SK2C0100", ["customerId"]],
  ["without an address, while Cleeng fails", null, 500, "REQ0001", undefined],
])("a body sent %s names what is bad (%s, %i %s)", async (_name, ipAddress, status, code, paths) => {
  const { client } = await connect((_received, response) => sendJson(response, { code }, status), {
    publisherToken: null,
  });
  const input = { ...purchase, ipAddress };
  for (const write of [client.register, client.transfer]) {
    const sent = await write.send(input, write.prepare(input), send);
    if (sent.type !== "refused") throw new Error(`Expected a refusal; got ${JSON.stringify(sent)}.`);
    expect(sent.problem.code).toBe(code);
    const fields = "fields" in sent.problem ? sent.problem.fields.map(({ path }) => path) : undefined;
    expect(fields).toEqual(paths);
  }
});

test("each synchronization is read by its own request, its id encoded in the path", async () => {
  const { server, client } = await connect((_received, response) => sendJson(response, { status: "processing" }));
  const keys = ["a b/c?d#e%", "ordinary"];
  const results = await client.fetchMany(
    keys.map((key) => ({ key, fields: null })),
    ask,
  );
  expect(server.received.map(({ method, url }) => `${method} ${url}`).sort()).toEqual([
    "GET /storekit2/purchases/synchronizations/a%20b%2Fc%3Fd%23e%25",
    "GET /storekit2/purchases/synchronizations/ordinary",
  ]);
  expect(results.map((result) => readingOf(result).compose(known(null)).fields.synchronizationId)).toEqual(keys);
});

test.each(["", ".", "..", "\ud800", "käse", "x".repeat(257)])(
  "a key that can be no id (%j) is not asked for",
  async (key) => {
    const { server, client } = await connect((_received, response) => sendJson(response, { status: "processing" }));
    expect(await client.fetchMany([{ key, fields: null }], ask)).toEqual([unknownId]);
    expect(server.received).toHaveLength(0);
  },
);

test("an answer is joined with what was submitted through this gateway", async () => {
  const { client } = await connect((_received, response) =>
    sendJson(response, { status: "finalized", accessGranted: true, offerId: "S580476507", correlationId: "order-1" }),
  );
  const [result] = await client.fetchMany([{ key: "order-1", fields: null }], ask);
  const reading = readingOf(result);
  const before = client.register.prepare(purchase).snapshot.fields;
  expect(reading.itemKeys).toEqual([]);
  expect(reading.compose(known(before))).toEqual({
    standing: { state: "SETTLED", outcome: "SUCCEEDED", problem: null },
    providerStatus: "finalized",
    items: [],
    fields: { ...before, accessGranted: true, offerId: "S580476507", result: null },
  });
  expect(reading.compose(known(null)).fields).toMatchObject({
    customerId: null,
    storeTransactionId: null,
    transfer: null,
  });
});

const mine = { cleengCustomerId: 123456789, transactionId: "2000000123456789" };
const ended = { status: "finalized", accessGranted: true, offerId: "S580476507", result: "STRANGERS" };

async function readFor(mutation: "register" | "transfer", body: object, submitted = purchase) {
  const { client } = await connect((_received, response) => sendJson(response, body));
  const [result] = await client.fetchMany([{ key: "order-1", fields: null }], ask);
  const { snapshot } = client[mutation].prepare(submitted);
  return { read: readingOf(result).compose(known(snapshot.fields)), before: snapshot };
}

test.each<["register" | "transfer", string, object]>([
  ["register", "another customer's, as a number", { ...ended, cleengCustomerId: 987654321 }],
  ["register", "another customer's, as text", { ...ended, cleengCustomerId: "987654321" }],
  ["register", "another customer's, by our name for it", { ...ended, customerId: 987654321 }],
  ["register", "another customer's, not ended yet", { status: "processing", cleengCustomerId: 987654321 }],
  ["register", "of another transaction", { ...ended, transactionId: "2000000999999999" }],
  ["register", "this customer's, of another transaction", { ...ended, ...mine, transactionId: 2000000999999999 }],
  ["transfer", "another customer's", { ...ended, ...mine, cleengCustomerId: 987654321 }],
  ["transfer", "of another transaction", { status: "retrying", transactionId: "2000000999999999" }],
])("a %s that turns out to be %s is of another write: unconfirmed, and nothing of it is shown", async (...given) => {
  const [mutation, , body] = given;
  const { read, before } = await readFor(mutation, body);
  const problem = { type: "WriteUnconfirmed", code: "WRITE_UNCONFIRMED", provider: "CLEENG" };
  expect(read).toEqual({
    ...before,
    standing: { state: "SETTLED", outcome: "ABANDONED", problem: expect.objectContaining(problem) },
  });
  expect(read.fields).toMatchObject({ customerId: "123456789", accessGranted: null, offerId: null, result: null });
});

test.each<["register" | "transfer", string, object]>([
  ["register", "the same", mine],
  ["register", "the same, as text", { cleengCustomerId: " 0123456789", transactionId: "2000000123456789 " }],
  ["register", "the same, as numbers", { customerId: 123456789, transactionId: 2000000123456789 }],
  ["register", "an id of another system", { customerId: "a-uuid", transactionId: null }],
  ["register", "nothing that can be read", { customerId: {}, cleengCustomerId: 1.5, transactionId: [] }],
  ["transfer", "whom it goes to", mine],
])("a %s of which Cleeng tells %s is that write", async (...given) => {
  const [mutation, , body] = given;
  const { read } = await readFor(mutation, { ...ended, ...body });
  expect(read.standing).toMatchObject({ state: "SETTLED", outcome: "SUCCEEDED" });
  expect(read.fields).toMatchObject({ accessGranted: true, offerId: "S580476507" });
});

test("a transfer under way may still name whom the purchase comes from", async () => {
  const { read } = await readFor("transfer", { status: "processing", ...mine, cleengCustomerId: 987654321 });
  expect(read.standing).toEqual({ state: "RUNNING" });
});

test("of what was not written here nothing is expected", async () => {
  const { client } = await connect((_received, response) => sendJson(response, { ...ended, ...mine }));
  const [result] = await client.fetchMany([{ key: "order-1", fields: null }], ask);
  expect(readingOf(result).compose(known(null)).standing).toMatchObject({ outcome: "SUCCEEDED" });
});

test("one failing key leaves the others alone", async () => {
  const { client } = await connect((received, response) => {
    if (received.url.endsWith("/gone")) sendJson(response, { code: "REQ0100", message: "Entity not found" }, 404);
    else if (received.url.endsWith("/plain")) response.writeHead(404).end();
    else if (received.url.endsWith("/garbled")) response.end("{");
    else if (received.url.endsWith("/undecided")) sendJson(response, { status: "finalized", accessGranted: "true" });
    else sendJson(response, { status: "retrying" });
  });
  const results = await client.fetchMany(
    ["gone", "plain", "garbled", "undecided", "well"].map((key) => ({ key, fields: null })),
    ask,
  );
  expect(results.slice(0, 4)).toMatchObject([
    unknownId,
    unknownId,
    { type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" },
    { type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" },
  ]);
  expect(readingOf(results[4]).compose(known(null)).standing).toEqual({ state: "RETRYING" });
});

test("refused credentials of ours are the provider being unavailable, and the token is in no answer", async () => {
  const { client } = await connect((received, response) =>
    sendJson(response, { code: "AUTH0002", message: `bad ${received.headers["x-publisher-token"]}` }, 401),
  );
  const read = await client.fetchMany([{ key: "a", fields: null }], ask);
  const written = await client.register.send(purchase, client.register.prepare(purchase), send);
  expect(read).toMatchObject([{ type: "ProviderUnavailable", code: "AUTH0002", provider: "CLEENG" }]);
  expect(written).toMatchObject({ type: "refused", problem: { type: "ProviderUnavailable", code: "AUTH0002" } });
  expect(JSON.stringify([read, written])).not.toContain(token);
});
