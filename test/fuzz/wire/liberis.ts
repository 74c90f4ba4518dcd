/** Liberis: the status of a batch, the answer to its creation, and the token that both need. */
import type { Known } from "../../../src/datasources/contract.ts";
import { liberis } from "../../../src/datasources/liberis/index.ts";
import { isProblem } from "../../../src/datasources/problems.ts";
import type { Told } from "./answer.ts";
import { calledRead, calledWrite, labelOfProblem, marker, problemComplaint } from "./judge.ts";
import { hasWordInAnyCase, jsonOf, listOf, own, textOf } from "./proof.ts";
import { type Asked, json } from "./server.ts";
import { document, type Proof, type WireSubject } from "./subject.ts";

const key = "5e1f0c00-0000-4000-8000-000000000001";
const batch = {
  clients: [1, 2].map((n) => ({
    partnerClientId: `client-${n}`,
    clientStartDate: null,
    entityType: "SoleTrader",
    otherIdentifiers: null,
  })),
};

const row = (n: number, state: string) => ({
  data: { partner_client_id: `client-${n}`, entity_type: "SoleTrader" },
  status: { state, validation_errors: state === "Completed" || state === "Pending" ? null : [marker] },
});
const answered = (status: string, ...result: readonly unknown[]) => ({ status, result });

export const documents = [
  document("RUNNING", answered("Pending", row(1, "Pending"), row(2, "Completed"))),
  document("SETTLED SUCCEEDED", answered("Completed", row(1, "Completed"), row(2, "Completed"))),
  document("SETTLED PARTIAL", answered("Completed", row(1, "Completed"), row(2, "Pending"))),
  document("SETTLED PARTIAL", answered("Completed", row(2, "Failed"), row(1, "Completed"))),
  document("SETTLED FAILED", answered("Completed", row(1, "Duplicate"), row(2, "Conflict"))),
  document("NotFound", { code: "NOT_FOUND", message: marker }, 404),
  document("ProviderUnavailable (the provider's code)", { errors: [{ code: "E17" }], message: marker }, 502),
] as const;

const acceptances = [
  document("accepted", { status_check_id: key, status_check_uri: `/api/v1/Clients/Status/${key}` }, 202),
  document("refused ProviderRejected (the provider's code)", { code: "E400", message: marker }, 400),
] as const;

const tokens = [
  document("RUNNING", { access_token: "fuzz-token", token_type: "Bearer", expires_in: 3600 }),
  document("ProviderUnavailable (the provider's code)", { error: "invalid_client", error_description: marker }, 401),
] as const;

const isCompleted = (word: unknown): boolean => typeof word === "string" && word.trim().toLowerCase() === "completed";
const hasFinalWord = (told: Told): boolean => hasWordInAnyCase(told, "completed");

export const proof: Proof = {
  settled(told) {
    const value = jsonOf(told);
    return hasFinalWord(told) && isCompleted(own(value, "status")) && listOf(own(value, "result")).length > 0;
  },
  succeeded: (told) =>
    hasFinalWord(told) &&
    listOf(own(jsonOf(told), "result")).every((each) => isCompleted(own(each, "status", "state"))),
};

const isToken = ({ url }: Asked): boolean => url === "/oauth/token";

export const subject: WireSubject = {
  id: "liberis",
  vocabulary: {
    keys: [
      '"status"',
      '"result"',
      '"data"',
      '"state"',
      '"validation_errors"',
      '"partner_client_id"',
      '"status_check_id"',
    ],
    values: [
      ...[
        '"Completed"',
        '"completed"',
        '" Completed "',
        '"Pending"',
        '"Duplicate"',
        '"Conflict"',
        '"Failed"',
        '"Deferred"',
      ],
      ...['"client-1"', '"client-2"', '{"state":"Completed"}', '{"__proto__":{"state":"Completed"}}', `"${marker}"`],
      ...[`"${key}"`, '"/../../elsewhere"', '"//evil.example"', '"http://127.0.0.1:1/"', '".."', '"fuzz token"'],
    ],
  },
  foreign: JSON.stringify(answered("Completed", row(1, "Completed"))),
  good: (asked) => {
    if (isToken(asked)) return json({ access_token: "fuzz-token", token_type: "Bearer", expires_in: 3600 });
    return asked.method === "GET" ? json(answered("Pending", row(1, "Pending"))) : json({ status_check_id: key }, 202);
  },

  connect(origin, upstream) {
    const connect = () =>
      liberis.connect(
        liberis.settings.parse({
          LIBERIS_URL: origin,
          LIBERIS_TOKEN_URL: `${origin}/oauth/token`,
          LIBERIS_CLIENT_ID: "fuzz-client",
          LIBERIS_CLIENT_SECRET: "fuzz-secret",
        }),
        upstream,
      );
    const { fetchMany, create } = connect();
    const prepared = create.prepare(batch);
    const elsewhere = new Map();
    const { unknownId } = liberis;
    const known: readonly Known[] = [
      { snapshot: null, elsewhere },
      { snapshot: prepared.snapshot, elsewhere },
    ];
    return [
      {
        name: "partnerBatch",
        documents,
        aims: (asked) => !isToken(asked),
        call: async () =>
          calledRead(await fetchMany([{ key, fields: null }], { priority: "lookup" }), { known, proof, unknownId }),
      },
      {
        name: "createPartnerClients",
        documents: acceptances,
        aims: (asked) => !isToken(asked),
        call: async () =>
          calledWrite(await create.send(batch, prepared, { priority: "write" }), {
            isWrite: (asked) => asked.method === "POST" && !isToken(asked),
            // A 401 was refused before it was looked at, and is sent once more with a fresh token.
            most: ({ status }) => (status === 401 ? 2 : 1),
            accepted: ({ key: given, snapshot }, told) => {
              if (textOf(own(jsonOf(told), "status_check_id")) !== given)
                return `accepted as ${given}, which was not answered`;
              return snapshot.standing.state === "PENDING" ? null : "an acceptance settled it";
            },
          }),
      },
      {
        name: "a token",
        documents: tokens,
        aims: isToken,
        call: async () => {
          // A client of its own: it has no token yet.
          const [result] = await connect().fetchMany([{ key, fields: null }], { priority: "lookup" });
          const problem = isProblem(result) ? result : null;
          return {
            label: problem ? labelOfProblem(problem) : "RUNNING",
            judge(told, asked) {
              const isGiven = typeof own(jsonOf(told), "access_token") === "string";
              if (!isGiven && asked.some((one) => !isToken(one))) return "asked with a token that was not given";
              return problem ? problemComplaint(problem) : null;
            },
          };
        },
      },
    ];
  },
};
