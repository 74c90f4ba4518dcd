/** Judges a bulk call before anything is sent. It knows floLIVE's rules, and where they are ours. */
import { z } from "zod";

const identifierTypes = ["IMSI", "ICCID", "MSISDN", "IMEI", "IMEISV"] as const;
const actions = ["SUBSCRIBER_STATUS", "SUBSCRIBER_PCRF", "RESET_ACTIVATION_TIME"] as const;
const statuses = ["ACTIVE", "SUSPEND", "INACTIVE", "TERMINATED"] as const;

export type SubscriberIdentifierType = (typeof identifierTypes)[number];
export type BulkAction = (typeof actions)[number];
export type SubscriberStatus = (typeof statuses)[number];

export interface BulkNode {
  readonly identifierType: SubscriberIdentifierType;
  readonly identifier: string;
  /** For SUBSCRIBER_STATUS alone. */
  readonly status?: SubscriberStatus | null | undefined;
  /** For SUBSCRIBER_PCRF alone. */
  readonly throttlingGroupId?: string | null | undefined;
}

/** The mutation's input, without what is the gateway's own (correlationId, tags, idempotencyKey). */
export interface BulkCallInput {
  readonly action: BulkAction;
  readonly nodes: readonly BulkNode[];
}

/** Documented. */
export const mostNodes = 200;
/** floLIVE publishes no limit; this one is ours. */
const longestText = 64;

interface Rules {
  readonly identifiers: readonly SubscriberIdentifierType[];
  readonly takes: "status" | "throttlingGroupId" | null;
}

const rules: Readonly<Record<BulkAction, Rules>> = {
  SUBSCRIBER_STATUS: { identifiers: ["IMSI", "ICCID", "MSISDN", "IMEI"], takes: "status" },
  SUBSCRIBER_PCRF: { identifiers: ["IMSI"], takes: "throttlingGroupId" },
  // The page names none, so all are sent (assumed): floLIVE itself refuses what it does not take.
  RESET_ACTIVATION_TIME: { identifiers: identifierTypes, takes: null },
};

/** No control characters and no half surrogates: a database can't hold them. */
const text = z
  .string("Expected text of 1 to 64 characters.")
  .min(1, "Expected 1 to 64 characters; it is empty.")
  .max(longestText, "Expected at most 64 characters.")
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "Expected no control characters.");

const node = z.object({
  identifierType: z.enum(identifierTypes, `Expected one of ${identifierTypes.join(", ")}.`),
  identifier: text.refine((value) => value.trim() === value, "Expected no space at its ends."),
  status: z.enum(statuses, `Expected one of ${statuses.join(", ")}.`).nullish(),
  throttlingGroupId: text.nullish(),
});

export const bulkCallInput: z.ZodType<BulkCallInput> = z
  .object({
    action: z.enum(actions, `Expected one of ${actions.join(", ")}.`),
    nodes: z
      .array(node, "Expected a list of nodes.")
      .min(1, "Expected 1 to 200 nodes; there is none.")
      .max(mostNodes, "Expected at most 200 nodes: floLIVE takes no more in one call. Send several calls."),
  })
  .superRefine(({ action, nodes }, context) => {
    const { identifiers, takes } = rules[action];
    nodes.forEach(({ identifierType, status, throttlingGroupId }, place) => {
      const issue = (field: string, message: string) =>
        context.addIssue({ code: "custom", path: ["nodes", place, field], message });
      if (!identifiers.includes(identifierType)) {
        issue("identifierType", `${action} takes ${identifiers.join(", ")}; got ${identifierType}.`);
      }
      for (const [field, value] of Object.entries({ status, throttlingGroupId })) {
        const given = value !== undefined && value !== null;
        if (field === takes && !given) issue(field, `${action} needs a ${field} for each node; this one has none.`);
        if (field !== takes && given) issue(field, `${action} takes no ${field}. Leave it out.`);
      }
    });
  });
