/**
 * A floLIVE to try things with. It knows the vendor's wire and rules, and nothing of how the client reads them: its
 * tables are its own, so that a mistake there shows here.
 */
import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { findFault, sendFault } from "../../sandbox/faults.ts";
import { valueAt } from "../../sandbox/script.ts";
import type { MagicId, Sandbox, SandboxContext, Script } from "../contract.ts";

const token = "sandbox-flolive-token";
const mostNodes = 200;
const largestPage = 200;

type Steps = (settle: () => number) => ReadonlyArray<readonly [after: number, word: string]>;

interface Ending {
  /** What the node's identifier must end in. Four digits that no two hundred consecutive numbers hit by chance, unless they begin near. */
  readonly suffix: string;
  readonly effect: string;
  readonly steps: Steps;
}

const plain: Steps = (settle) => [
  [0, "OPEN"],
  [settle(), "SUCCESS"],
];

const endings: readonly Ending[] = [
  {
    suffix: "9013",
    effect: "the node ends as FAILURE",
    steps: (settle) => [
      [0, "OPEN"],
      [settle(), "FAILURE"],
    ],
  },
  {
    suffix: "9099",
    effect: "the node ends as INTERNAL_ERROR",
    steps: (settle) => [
      [0, "OPEN"],
      [settle(), "INTERNAL_ERROR"],
    ],
  },
  { suffix: "9000", effect: "the node stays OPEN for ever", steps: () => [[0, "OPEN"]] },
  {
    suffix: "9050",
    effect: "the node goes through ON_HOLD, a word that is not documented, to SUCCESS",
    steps: (settle) => {
      const half = settle() / 2;
      return [
        [0, "OPEN"],
        [half, "ON_HOLD"],
        [half * 2, "SUCCESS"],
      ];
    },
  },
  { suffix: "9051", effect: "the node stays ON_HOLD, a word that is not documented", steps: () => [[0, "ON_HOLD"]] },
];

/** Of the first node alone: how the status of the whole call is listed. */
const listings = {
  "9010": { pageSize: 10, wrongTotals: false },
  "9001": { pageSize: largestPage, wrongTotals: true },
} as const;

const refusedSuffix = "9404";
const unavailableId = "unavailable";
const elsewherePrefix = "elsewhere";
const elsewhereNodes = 5;

const nodeArgument = "submitBulkCall.nodes.identifier";
const firstArgument = "submitBulkCall.nodes.0.identifier";

const magic: readonly MagicId[] = [
  ...endings.map(({ suffix, effect }) => ({ argument: nodeArgument, id: `…${suffix}`, effect })),
  { argument: nodeArgument, id: `…${refusedSuffix}`, effect: "the node is refused, and with it the whole call" },
  { argument: firstArgument, id: "…9010", effect: "the status comes in pages of 10, whatever is asked for" },
  { argument: firstArgument, id: "…9001", effect: "the status says totalElements 1, as the vendor's own example does" },
  { argument: firstArgument, id: "fault-500", effect: "each status read fails so; likewise every other fault" },
  { argument: firstArgument, id: "fault-write-500", effect: "the write fails so; likewise every other fault" },
  {
    argument: "followBulkCall.requestId",
    id: "fault-500",
    effect: "each status read fails so; likewise every other fault",
  },
  { argument: "followBulkCall.requestId", id: unavailableId, effect: "GLOBAL_1001: not available, try again" },
  {
    argument: "followBulkCall.requestId",
    id: `${elsewherePrefix}…`,
    effect: "a call of 5 nodes that another system sends at the moment when it is first asked for",
  },
];

interface Node {
  readonly requestId: string;
  readonly identifier: string;
  readonly script: Script;
}

/** A whole call, or one node of it: both have an id that a status can be asked for. */
interface Call {
  readonly nodes: readonly Node[];
}

const query = z.object({
  page: z.coerce.number().int().min(0).catch(0),
  size: z.coerce.number().int().min(1).catch(10),
});
const bulk = z.object({ bulk: z.array(z.unknown()).min(1) });
const identified = z.object({ subscriberIdentifiers: z.object({ type: z.string(), value: z.string().min(1) }) });

const everyType = ["IMSI", "ICCID", "MSISDN", "IMEI", "IMEISV"];
const writes = [
  {
    method: "PUT",
    path: "/api/v2/bulk/subscriber/status",
    types: ["IMSI", "ICCID", "MSISDN", "IMEI"],
    content: z.strictObject({ status: z.enum(["ACTIVE", "SUSPEND", "INACTIVE", "TERMINATED"]) }),
  },
  {
    method: "PUT",
    path: "/api/v2/bulk/subscriber/pcrf",
    types: ["IMSI"],
    content: z.strictObject({ throttlingGroupId: z.string().min(1) }),
  },
  {
    method: "POST",
    path: "/api/v2/bulk/subscriber/reset-activation-time",
    types: everyType,
    content: z.strictObject({}),
  },
] as const;

/** The codes of a refused node are not published; these are the sandbox's own. */
function refusalOf(
  value: unknown,
  { types, content }: (typeof writes)[number],
): { code: string; message: string } | null {
  const node = identified.extend({ content }).safeParse(value);
  const { type, value: identifier } = identified.safeParse(value).data?.subscriberIdentifiers ?? {
    type: "",
    value: "",
  };
  if (identifier === "") return { code: "IDENTIFIER_MISSING", message: "The node names no subscriber" };
  if (!types.some((taken) => taken === type)) {
    return { code: "IDENTIFIER_TYPE_NOT_SUPPORTED", message: "This call does not take the identifier type" };
  }
  if (!node.success) return { code: "CONTENT_NOT_VALID", message: "The content does not fit the call" };
  if (identifier.endsWith(refusedSuffix)) return { code: "SUBSCRIBER_NOT_FOUND", message: "No such subscriber" };
  return null;
}

function nak(reply: FastifyReply, status: number, errorCode: string, errorMessage: string) {
  return reply.code(status).send({ errorCode, errorMessage, content: "", pageable: null });
}

export const sandbox: Sandbox<{ FLOLIVE_URL: string; FLOLIVE_TOKEN?: string | undefined }> = {
  magic,
  settings: (origin) => ({ FLOLIVE_URL: origin, FLOLIVE_TOKEN: token }),

  routes(app: FastifyInstance, context: SandboxContext) {
    const calls = new Map<string, Call>();

    function begin(requestId: string, identifiers: readonly string[]): Call {
      const now = context.clock.now();
      const nodes = identifiers.map((identifier): Node => {
        const steps = endings.find(({ suffix }) => identifier.endsWith(suffix))?.steps ?? plain;
        const script = steps(() => context.settleTime()).map(([after, word]) => [now + after, word] as const);
        const node = { requestId: randomUUID(), identifier, script };
        context.script(node.requestId, script);
        calls.set(node.requestId, { nodes: [node] });
        return node;
      });
      const call = { nodes };
      calls.set(requestId, call);
      return call;
    }

    app.addHook("onRequest", async (request, reply) => {
      if (request.headers.authorization === `Bearer ${token}`) return;
      await nak(reply, 401, "UNAUTHORIZED", "The token is missing or not valid");
    });

    for (const write of writes) {
      app.route({
        method: write.method,
        url: write.path,
        handler: async (request, reply) => {
          const body = bulk.safeParse(request.body);
          if (!body.success) return nak(reply, 400, "REQUEST_NOT_VALID", "Expected a list of nodes in bulk");
          const nodes = body.data.bulk;
          if (nodes.length > mostNodes) return nak(reply, 400, "TOO_MANY_NODES", "Expected at most 200 nodes in bulk");

          const bad = nodes.flatMap((node) => {
            const refusal = refusalOf(node, write);
            return refusal ? [bulkRow(node, refusal.code, refusal.message, null)] : [];
          });
          if (bad.length > 0) return reply.code(400).send({ bulk: bad, pageable: null });

          const read = nodes.map((node) => identified.parse(node).subscriberIdentifiers.value);
          const fault = findFault(read[0] ?? "", "write");
          if (fault) return sendFault(reply, fault, context);

          const requestId = randomUUID();
          const call = begin(requestId, read);
          const rows = nodes.map((node, place) => bulkRow(node, "", "", call.nodes[place]?.requestId ?? null));
          return reply
            .header("Request-Id", requestId)
            .send({ bulk: rows, pageable: pageOf(0, rows.length, rows.length) });
        },
      });
    }

    app.get("/api/v3/global/call/:id", async (request: FastifyRequest<{ Params: { id: string } }>, reply) => {
      const { id } = request.params;
      if (id.includes(unavailableId)) return nak(reply, 503, "GLOBAL_1001", "Service unavailable. Please try again");
      const call = calls.get(id) ?? (id.startsWith(elsewherePrefix) ? beginElsewhere(id) : null);
      const first = call?.nodes[0]?.identifier ?? "";
      const fault = findFault(id, "read") ?? findFault(first, "read");
      if (fault) return sendFault(reply, fault, context);
      if (!call) return nak(reply, 404, "GLOBAL_1003", "Provided request ID does not exist for your account");
      const asked = query.parse(request.query);
      return list(call, first, asked.page, asked.size);
    });

    function beginElsewhere(id: string): Call {
      return begin(
        id,
        Array.from({ length: elsewhereNodes }, (_, place) => `00101000000000${place}`),
      );
    }

    function list({ nodes }: Call, first: string, page: number, asked: number) {
      const suffix = first.slice(-4);
      const listing = Object.hasOwn(listings, suffix) ? listings[suffix as keyof typeof listings] : null; // hasOwn has shown the key
      const size = Math.min(asked, listing?.pageSize ?? largestPage);
      const now = context.clock.now();
      const content = nodes
        .slice(page * size, (page + 1) * size)
        .map(({ requestId, script }) => ({ requestId, status: valueAt(script, now) }));
      const total = listing?.wrongTotals ? 1 : nodes.length;
      return { errorCode: "", errorMessage: "", content, pageable: { ...pageOf(page, size, total) } };
    }
  },
};

function pageOf(page: number, size: number, totalElements: number) {
  return { page, size, totalPages: Math.ceil(totalElements / size), totalElements };
}

function bulkRow(node: unknown, errorCode: string, errorMessage: string, requestId: string | null) {
  const { subscriberIdentifiers = null, content = null } = z
    .object({ subscriberIdentifiers: z.unknown(), content: z.unknown() })
    .partial()
    .catch({})
    .parse(node);
  return { errorCode, errorMessage, requestId, subscriberIdentifiers, content };
}
