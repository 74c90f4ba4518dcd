/** The answers that may be a problem instead: data and expected failures side by side, in one union a kind of answer. */
import {
  InvalidInput,
  NotAllowed,
  NotFound,
  ProviderNotConfigured,
  ProviderRejected,
  ProviderUnavailable,
  RateLimited,
} from "./problems.ts";

/** What can keep any answer about a provider from being given. */
export const refusals = [
  NotFound,
  InvalidInput,
  ProviderRejected,
  ProviderUnavailable,
  RateLimited,
  ProviderNotConfigured,
  NotAllowed,
] as const;
