/**
 * How the sandbox judges the clients of a batch. Duplicate and Conflict follow the vendor's page; what makes a client
 * fail is assumed, for no page lists it. Pure.
 */

export interface Verdict {
  readonly state: "Duplicate" | "Conflict" | "Failed" | "Completed";
  /** One as text, several as an array: the vendor promises text, and clients must live with both. */
  readonly validation_errors: string | readonly string[] | null;
}

const entityTypes: ReadonlySet<unknown> = new Set(["SoleTrader", "LimitedCompany", "Partnership"]);

function fieldsOf(client: unknown): Record<string, unknown> {
  return typeof client === "object" && client !== null ? { ...client } : {};
}

/** The client's partner_client_id; "" where it has none. */
export function idOf(client: unknown): string {
  const { partner_client_id: id } = fieldsOf(client);
  return typeof id === "string" ? id : "";
}

/** Equal for clients whose data are equal, in whatever order their fields came. */
function fingerprint(client: unknown): string {
  return JSON.stringify(client, (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** One verdict a client. `stored` holds the partner_client_id of every client that was saved before. */
export function judge(clients: readonly unknown[], stored: ReadonlySet<string>): readonly Verdict[] {
  const variants = new Map<string, Set<string>>();
  for (const client of clients) {
    const id = idOf(client);
    variants.set(id, (variants.get(id) ?? new Set()).add(fingerprint(client)));
  }
  const seen = new Set<string>();
  return clients.map((client): Verdict => {
    const id = idOf(client);
    if (id !== "" && (variants.get(id)?.size ?? 0) > 1) {
      return {
        state: "Conflict",
        validation_errors: "Another item of this request has the same partner_client_id and other data.",
      };
    }
    const print = fingerprint(client);
    if (seen.has(print)) {
      return { state: "Duplicate", validation_errors: "An earlier item of this request is exactly the same." };
    }
    seen.add(print);
    const errors = faultsOf(client);
    if (errors.length > 0) {
      return { state: "Failed", validation_errors: errors.length === 1 ? (errors[0] ?? null) : errors };
    }
    // Also where its data differ from the record's (assumed): the id is the key, and Conflict is about one request.
    if (stored.has(id)) {
      return { state: "Duplicate", validation_errors: "A client with this partner_client_id is stored already." };
    }
    return { state: "Completed", validation_errors: null };
  });
}

function faultsOf(client: unknown): readonly string[] {
  const { client_start_date: start, entity_type: type, other_identifiers: others } = fieldsOf(client);
  const errors: string[] = [];
  if (idOf(client) === "") errors.push("partner_client_id is required.");
  if (start === undefined || start === null) errors.push("client_start_date is required.");
  else if (typeof start !== "string" || Number.isNaN(Date.parse(start)))
    errors.push("client_start_date must be a date.");
  if (type !== undefined && type !== null && !entityTypes.has(type)) {
    errors.push(`entity_type must be one of ${[...entityTypes].join(", ")}.`);
  }
  if (others !== undefined && others !== null && !(Array.isArray(others) && others.every(isIdentifier))) {
    errors.push("other_identifiers must each have a key and a list of values.");
  }
  return errors;
}

function isIdentifier(identifier: unknown): boolean {
  const { key, values } = fieldsOf(identifier);
  return typeof key === "string" && Array.isArray(values) && values.every((value) => typeof value === "string");
}
