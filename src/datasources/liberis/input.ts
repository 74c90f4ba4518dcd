/**
 * What createPartnerClients takes, judged before anything is sent. Liberis publishes no limits: those here are ours.
 */
import { z } from "zod";
import type { JsonFields } from "../contract.ts";

/** Clients in one call. Ours: an answer then stays a few MB, and a batch settles in one read. */
export const MAX_CLIENTS = 10_000;

export interface OtherIdentifier {
  readonly key: string;
  readonly values: readonly string[];
}

export interface PartnerClient {
  readonly partnerClientId: string;
  /** A string is in ISO 8601. */
  readonly clientStartDate: Date | string | null;
  readonly entityType: string | null;
  readonly otherIdentifiers: readonly OtherIdentifier[] | null;
}

export interface PartnerClientsInput {
  readonly clients: readonly PartnerClient[];
}

function text(min: number, max: number) {
  const expected = `Expected ${min} to ${max} characters.`;
  return z
    .string("Expected text.")
    .min(min, expected)
    .max(max, expected)
    .refine(
      (value) => value.isWellFormed() && !value.includes("\0"),
      "Expected text without NUL characters and without halves of characters.",
    );
}

const startDate = z.union(
  [z.date(), z.iso.datetime({ offset: true }), z.iso.date()],
  "Expected a date in ISO 8601, such as 2024-03-31T00:00:00Z.",
);

/** GraphQL leaves out what was not given; from here on it is null. */
function optional<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? null);
}

const client = z.object(
  {
    partnerClientId: text(1, 256),
    clientStartDate: optional(startDate),
    entityType: optional(text(1, 256)),
    otherIdentifiers: optional(
      z.array(
        z.object(
          { key: text(1, 256), values: z.array(text(0, 1_024), "Expected a list of texts.") },
          "Expected an identifier.",
        ),
        "Expected a list of identifiers.",
      ),
    ),
  },
  "Expected a client.",
);

/** Whether it can be sent. The same partnerClientId twice can be: Liberis judges that, item by item. */
export const partnerClientsInput: z.ZodType<PartnerClientsInput> = z.object({
  clients: z
    .array(z.unknown(), "Expected a list of clients.")
    .min(1, "Expected at least one client; the list is empty.")
    // Counted before any client is judged, so that an absurd list is not answered with as many complaints.
    .max(MAX_CLIENTS, `Expected at most ${MAX_CLIENTS} clients in one call. Send the rest in another.`)
    .pipe(z.array(client)),
});

/** The body of the create: one object a client, in Liberis' names, without what was not given. */
export function toWire(clients: readonly PartnerClient[]): readonly JsonFields[] {
  return clients.map(({ partnerClientId, clientStartDate, entityType, otherIdentifiers }) => ({
    partner_client_id: partnerClientId,
    ...(clientStartDate === null ? {} : { client_start_date: isoDate(clientStartDate) }),
    ...(entityType === null ? {} : { entity_type: entityType }),
    ...(otherIdentifiers === null
      ? {}
      : { other_identifiers: otherIdentifiers.map(({ key, values }) => ({ key, values })) }),
  }));
}

function isoDate(date: Date | string): string {
  return typeof date === "string" ? date : date.toISOString();
}
