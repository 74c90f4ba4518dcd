/** How HTTP says no where GraphQL itself has not begun: in a form that every GraphQL client can read. */
import type { ErrorCode } from "../resolvers/errors.ts";

export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export function inGraphQLForm({ code, message, extensions }: Refusal) {
  return { errors: [{ message, extensions: { code, ...extensions } }] };
}
