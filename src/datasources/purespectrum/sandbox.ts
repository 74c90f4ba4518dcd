/**
 * A PureSpectrum to try things with. It knows the vendor's wire and rules, and nothing of how the client reads them:
 * its tables are its own, so that a mistake there shows here.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Fault, faults, findFault, sendFault } from "../../sandbox/faults.ts";
import { valueAt } from "../../sandbox/script.ts";
import type { MagicId, Sandbox, SandboxContext, Script } from "../contract.ts";
import { type SurveyIdentity, surveyKey } from "./wire.ts";

const accessToken = "sandbox-access-token";

/** Beyond it the one that was seen first is forgotten, and begins anew when it is asked for. */
const mostTransactions = 100_000;

/** The vendor's names of its codes; a code without one is shown without a description. */
const descriptions: ReadonlyMap<string, string> = new Map([
  ["11", "PS Drop"],
  ["12", "PS Quota Full"],
  ["13", "PS Termination"],
  ["14", "PS In Progress"],
  ["15", "PS Quality Termination"],
  ["16", "Buyer Side In Progress"],
  ["17", "Buyer Quota Full"],
  ["18", "Buyer Termination"],
  ["19", "Buyer Drop"],
  ["20", "Buyer Quality Termination"],
  ["21", "Complete"],
  ["22", "Survey Closed"],
  ["23", "Survey Paused"],
  ["24", "Unopened Quota"],
  ["25", "Allocation Full"],
  ["26", "Past Participation"],
  ["28", "Invalid Survey"],
  ["29", "PS LOI Threshold"],
  ["30", "Buyer Dedupe"],
  ["31", "Hash Failure"],
  ["32", "Grouping Termination"],
  ["33", "Reconciliation Reject"],
  ["70", "Not Eligible"],
  ["74", "Not Eligible"],
]);

const settable: ReadonlySet<string> = new Set(["17", "18", "20", "21", "30"]);
const changeable: ReadonlySet<string> = new Set(["16", "19", "29"]);

const errors = {
  "1001": "Incorrect status code",
  "1002": "Insufficient parameters - please check your request",
  "1003": "This transaction id already has a final status",
  "1004": "Transaction ID Not found. Please check the survey id and transaction ID and try again.",
  "1005": "Invalid or missing QLC codes",
} as const;

interface Story {
  /** What the transaction id must contain. */
  readonly id: string;
  readonly effect: string;
  /** Steps to the codes that come by themselves, from first sight on; `settle` draws a settle time. */
  readonly steps: (settle: () => number) => ReadonlyArray<readonly [after: number, code: string]>;
}

const plainStory: Story["steps"] = (settle) => [
  [0, "16"],
  [settle(), "21"],
];

const stories: readonly Story[] = [
  {
    id: "ps-in-progress",
    effect: "with PureSpectrum (14, not changeable yet), then in the buyer's survey (16), then a complete (21)",
    steps: (settle) => [
      [0, "14"],
      [settle(), "16"],
      [settle(), "21"],
    ],
  },
  { id: "open", effect: "stays in the buyer's survey (16) until its status is set", steps: () => [[0, "16"]] },
  {
    id: "drop",
    effect: "turns into a buyer drop (19), and stays so until its status is set",
    steps: (settle) => [
      [0, "16"],
      [settle(), "19"],
    ],
  },
  {
    id: "loi",
    effect: "crosses the LOI threshold (29), and stays so until its status is set",
    steps: (settle) => [
      [0, "16"],
      [settle(), "29"],
    ],
  },
  {
    id: "terminate",
    effect: "comes back as a buyer termination (18)",
    steps: (settle) => [
      [0, "16"],
      [settle(), "18"],
    ],
  },
  {
    id: "reconcile",
    effect: "comes back as a complete (21), which reconciliation rejects later (33); so does one that was set",
    steps: (settle) => [
      [0, "16"],
      [settle(), "21"],
      [settle(), "33"],
    ],
  },
  { id: "final", effect: "came back as a complete (21) before: setting it is AlreadyFinal", steps: () => [[0, "21"]] },
];

const transaction = "setSurveyTransactionStatus.transactionId, surveyTransaction.transactionId";

/** A fault that answers 200 spoils the answer alone: the status is set before it. */
const setsNothing: ReadonlySet<string> = new Set<Fault>(["429", "500", "503", "cut"]);

const magic: readonly MagicId[] = [
  { argument: transaction, id: "missing", effect: "is not known: NotFound, in any survey" },
  {
    argument: transaction,
    id: "code-NN",
    effect:
      "has the status code NN, such as code-24, also one that nobody documents (code-99); can be set from 16, 19, 29",
  },
  ...stories.map(({ id, effect }) => ({ argument: transaction, id, effect })),
  {
    argument: "setSurveyTransactionStatus.quotaIds",
    id: "bad",
    effect: "is no quota of the survey: ProviderRejected (1005)",
  },
  ...Object.entries(faults).flatMap(([name, effect]) => [
    { argument: transaction, id: `fault-${name}`, effect: `each status read: ${effect}` },
    {
      argument: "setSurveyTransactionStatus.transactionId",
      id: `fault-write-${name}`,
      effect: `the write: ${effect}; the status is ${setsNothing.has(name) ? "not set" : "set all the same"}`,
    },
  ]),
];

type Query = Readonly<Record<string, string | string[] | undefined>>;
type Request = FastifyRequest<{ Querystring: Query }>;

/** Read from the raw path: a server cuts named parameters short at 100 characters, and a decoded one may hold a slash. */
function locate({ raw }: Request, tail: "" | "/status"): SurveyIdentity | null {
  const path = raw.url?.split("?", 1)[0] ?? "";
  const match = /^\/buyers\/v\d\/surveys\/([^/]+)\/transactions\/([^/]+)(\/status)?$/.exec(path);
  if (!match?.[1] || !match[2] || (match[3] ?? "") !== tail) return null;
  return { surveyId: decodeURIComponent(match[1]), transactionId: decodeURIComponent(match[2]) };
}

/** The transactions of one sandbox. Any id that is not "missing" exists, and its story begins when it is first seen. */
function createTransactions(context: SandboxContext) {
  const scripts = new Map<string, Script>();
  const entityOf = ({ surveyId, transactionId }: SurveyIdentity) => surveyKey(surveyId, transactionId);

  function note(at: SurveyIdentity, script: Script): Script {
    scripts.set(entityOf(at), script);
    const oldest = scripts.keys().next().value;
    if (scripts.size > mostTransactions && oldest !== undefined) scripts.delete(oldest);
    context.script(entityOf(at), script);
    return script;
  }

  function begin(at: SurveyIdentity): Script {
    const code = /code-(\d{1,3})/.exec(at.transactionId)?.[1];
    const told = stories.find(({ id }) => at.transactionId.includes(id))?.steps ?? plainStory;
    const steps = code === undefined ? told(() => context.settleTime()) : [[0, code] as const];
    let time = context.clock.now();
    return note(
      at,
      steps.map(([after, next]) => {
        time += after;
        return [time, next] as const;
      }),
    );
  }

  return {
    /** Null for an id that is not known. */
    code(at: SurveyIdentity): string | null {
      if (at.transactionId.includes("missing")) return null;
      return valueAt(scripts.get(entityOf(at)) ?? begin(at), context.clock.now());
    },
    /** From now on; what lay ahead (the redirect) comes to nothing, but reconciliation comes all the same. */
    set(at: SurveyIdentity, code: string): void {
      const now = context.clock.now();
      const rejectedLater = code === "21" && at.transactionId.includes("reconcile");
      note(
        at,
        rejectedLater ? [[now, code] as const, [now + context.settleTime(), "33"] as const] : [[now, code] as const],
      );
    },
  };
}

function refuse(reply: FastifyReply, code: keyof typeof errors): FastifyReply {
  return reply.code(400).send({ ps_error_code: Number(code), ps_error_message: errors[code] });
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function routes(app: FastifyInstance, context: SandboxContext): void {
  const transactions = createTransactions(context);

  function admitted(request: Request, reply: FastifyReply): boolean {
    if (request.headers["access-token"] === accessToken) return true;
    reply.code(401).send({ ps_api_response_message: "Invalid access token" });
    return false;
  }

  app.get<{ Querystring: Query }>("/buyers/v3/surveys/*", async (request, reply) => {
    if (!admitted(request, reply)) return reply;
    const at = locate(request, "");
    if (at === null) return reply.callNotFound();
    const fault = findFault(at.transactionId, "read");
    if (fault) {
      await sendFault(reply, fault, context);
      return reply;
    }
    const code = transactions.code(at);
    if (code === null) return reply.send([]);
    return reply.send([
      {
        "Survey ID": at.surveyId,
        "Transaction ID": at.transactionId,
        "Respondent Status Code": Number(code),
        "Respondent Status Description": descriptions.get(code) ?? null,
        "Reconciliation Status": code === "33" ? "Rejected" : null,
      },
    ]);
  });

  app.post<{ Querystring: Query }>("/buyers/v2/surveys/*", async (request, reply) => {
    if (!admitted(request, reply)) return reply;
    const at = locate(request, "/status");
    if (at === null) return reply.callNotFound();
    const fault = findFault(at.transactionId, "write");
    if (fault && setsNothing.has(fault)) {
      await sendFault(reply, fault, context);
      return reply;
    }
    const st = one(request.query.st);
    const quotas = one(request.query.quota_id)?.split(",") ?? [];
    if (!st) return refuse(reply, "1002");
    if (!settable.has(st)) return refuse(reply, "1001");
    const code = transactions.code(at);
    if (code === null) return refuse(reply, "1004");
    if (quotas.includes("bad") || quotas.includes("")) return refuse(reply, "1005");
    if (!changeable.has(code)) return refuse(reply, "1003");
    transactions.set(at, st);
    if (fault) {
      await sendFault(reply, fault, context);
      return reply;
    }
    return reply.send([]);
  });

  // The respondent's browser comes back here: no token, and a status that was set before outlives it.
  app.get<{ Querystring: Query }>("/surveydone", async (request, reply) => {
    const [surveyId, transactionId, st] = ["survey_id", "transaction_id", "st"].map((name) => one(request.query[name]));
    if (!surveyId || !transactionId || !st) return refuse(reply, "1002");
    if (!settable.has(st)) return refuse(reply, "1001");
    const code = transactions.code({ surveyId, transactionId });
    if (code === null) return refuse(reply, "1004");
    if (changeable.has(code)) transactions.set({ surveyId, transactionId }, st);
    return reply.type("text/plain").send("Thank you for taking part.");
  });
}

export const sandbox = {
  magic,
  routes,
  settings: (origin: string) => ({
    PURESPECTRUM_URL: `${origin}/buyers/v2`,
    PURESPECTRUM_READ_URL: `${origin}/buyers/v3`,
    PURESPECTRUM_ACCESS_TOKEN: accessToken,
  }),
} satisfies Sandbox<{ PURESPECTRUM_URL: string; PURESPECTRUM_READ_URL: string; PURESPECTRUM_ACCESS_TOKEN: string }>;
