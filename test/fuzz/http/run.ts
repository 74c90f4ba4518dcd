/** The HTTP door of a running gateway. */
import { parse, validate } from "graphql";
import { type RunOptions, runBatches, type Thrown } from "../batches.ts";
import { count, type Figures, shortened } from "../figures.ts";
import { fillCaches, startFuzzedGateway } from "../gateway.ts";
import { labelOf, leak, resultComplaint } from "../graphql/answer.ts";
import { schema } from "../graphql/documents.ts";
import { requests } from "../graphql/requests.ts";
import { type HttpCase, httpCase, type Made, make } from "./cases.ts";
import { type Conversation, converse, type HttpAnswer } from "./client.ts";

const known: ReadonlySet<number> = new Set([
  ...[200, 204, 304, 308, 400, 401, 403, 404, 405, 406, 408, 411, 413, 414, 415, 417, 422, 426, 429, 431, 501],
]);
/** 204 has no body, and Node itself refuses an expectation that it does not know: neither is in GraphQL's form. */
const nodesOwn: ReadonlySet<number> = new Set([204, 417]);
/** So long is waited for an answer before it is called one that never came. */
const patienceMs = 30_000;

export async function fuzzHttp(options: RunOptions): Promise<Figures> {
  for (const { query } of requests) {
    const [error] = validate(schema, parse(query));
    if (error)
      throw new Error(`Expected requests that fit the schema: ${error.message} Mend test/fuzz/graphql/requests.ts.`);
  }
  const gateway = await startFuzzedGateway({ SANDBOX: "on", SANDBOX_SPEED: "1000" });
  const port = Number(new URL(gateway.url).port);

  async function throwOne(one: HttpCase, figures: Figures): Promise<Thrown> {
    const made = make(one);
    const came = await converse(port, { ...made.sending, patienceMs });
    figures.thrown += 1;
    count(figures.kinds, ...made.kinds);
    for (const answer of came.answers) count(figures.results, labelOfAnswer(answer, made));
    if (came.answers.length === 0) count(figures.results, "closed without an answer");
    const [fault] = gateway.faults();
    return {
      complaint: fault === undefined ? judge(made, came) : `the gateway logged ${shortened(fault, 600)}`,
      ms: came.ms,
    };
  }

  try {
    if (options.collect) await fillCaches(gateway);
    return await runBatches(
      {
        part: "HTTP",
        arbitrary: httpCase,
        throwOne,
        show: (one) => shortened(make(one).sending.bytes.toString("latin1")),
        afterBatch: async () => {
          const { data } = await gateway.request("{ providers { provider } operations { totalCount } }");
          return data?.providers?.length > 0 ? null : "a plain query is not answered any more";
        },
      },
      options,
    );
  } finally {
    await gateway.dispose();
  }
}

export function judge({ sending, graphql }: Made, { answers, rest, late }: Conversation): string | null {
  if (late) return "no answer, and the connection is open still";
  if (sending.answers > 0 && answers.length !== sending.answers) {
    return `expected ${sending.answers} whole answers; got ${answers.length}, and ${shortened(rest.toString("latin1"), 300)}`;
  }
  for (const { status, body } of answers) {
    if (!known.has(status))
      return `expected a status that a client can act on; got ${status} ${shortened(String(body), 300)}`;
    const text = body.toString("utf8");
    const leaked = leak(text);
    if (leaked !== null) return leaked;
    if (!graphql || nodesOwn.has(status)) continue;
    const wrong = resultComplaint(parsed(text));
    if (wrong !== null) return `HTTP ${status}: ${wrong}`;
  }
  return null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function labelOfAnswer({ status, body }: HttpAnswer, { graphql }: Made): string {
  return graphql ? `${status} ${labelOf(parsed(body.toString("utf8")))}` : String(status);
}
