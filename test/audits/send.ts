/** Requests that fetch would not send: any method, a GET with a body, a body without a content type, what browsers forbid. */
import { type IncomingHttpHeaders, request } from "node:http";

export interface SendOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Sent {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Each on a connection of its own. */
export async function send(url: string, { method = "POST", headers = {}, body }: SendOptions = {}): Promise<Sent> {
  const isChunked = body === undefined || "transfer-encoding" in headers;
  const length = isChunked ? {} : { "content-length": `${Buffer.byteLength(body)}` };
  return new Promise((resolve, reject) => {
    const sending = request(url, { method, headers: { ...length, ...headers }, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    sending.on("error", reject);
    sending.end(body);
  });
}
