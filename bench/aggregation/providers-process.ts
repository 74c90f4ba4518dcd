/**
 * All four providers on one port, each answering so many milliseconds after it was asked, and counting. Every id is known:
 * what is measured is the way there and back. Usage: providers-process.ts <latency in ms> <life of a token in s>
 */
import { createServer, type IncomingMessage } from "node:http";

const [latencyMs = 20, tokenSeconds = 1] = process.argv.slice(2).map(Number);
const offerCalls = /^\/access$/;
let requests = 0;

const server = createServer(async (request, response) => {
  const path = request.url ?? "/";
  if (path === "/count") {
    response.end(String(requests));
    requests = 0;
    return;
  }
  requests += 1;
  const asked = performance.now();
  const answer = JSON.stringify(answerTo(path, request.method === "POST" ? await bodyOf(request) : ""));
  // A timer counts from the start of its turn of the loop, which may be earlier: never sooner than was said.
  const send = () => {
    const left = latencyMs - (performance.now() - asked);
    if (left > 0.1) setTimeout(send, left);
    else response.writeHead(200, { "content-type": "application/json" }).end(answer);
  };
  setTimeout(send, latencyMs - 0.5);
});

function answerTo(path: string, body: string): unknown {
  if (path === "/token") return { access_token: `token-${requests}`, token_type: "Bearer", expires_in: tokenSeconds };
  if (offerCalls.test(path)) {
    // One call alone is JSON-RPC too: it is what a resolver of one offer sends.
    const calls: unknown = JSON.parse(body);
    return Array.isArray(calls) ? calls.map(decisionOf) : decisionOf(calls);
  }
  const id = decodeURIComponent(path.split("?")[0]?.split("/").at(-1) ?? "");
  if (path.startsWith("/storekit2/")) return { status: "processing" };
  if (path.startsWith("/flolive/")) {
    const content = Array.from({ length: 4 }, (_, node) => ({ requestId: `${id}-${node}`, status: "Completed" }));
    return { errorCode: "0", content, pageable: { totalPages: 1, size: 200 } };
  }
  if (path.startsWith("/liberis/")) {
    const result = Array.from({ length: 4 }, (_, n) => ({
      data: { name: `client ${n}` },
      status: { state: "Pending" },
    }));
    return { status: "Pending", result };
  }
  return [{ "Transaction ID": id, "Respondent Status Code": 11, "Respondent Status Description": "In progress" }];
}

function decisionOf(call: unknown): unknown {
  const id = typeof call === "object" && call !== null && "id" in call ? call.id : null;
  return { jsonrpc: "2.0", id, result: { accessGranted: true, grantType: "purchase", expiresAt: 4_102_444_800 } };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" ? address?.port : null });
});
