/**
 * What is asked of every provider, one sentence each. An id never changes its meaning and is never given again: a
 * check that goes takes its id with it.
 */
export const checks = {
  C101: "An id that the provider does not know is NotFound.",
  C102: "A malformed row spoils that row alone.",
  C103: "A word that nobody documents survives, and settles nothing that it does not say.",
  C104: "Every documented word has a fixture, and means what providers' documentation says.",
  C105: "Every documented error, of a read or a write, is the problem that providers' documentation says.",

  C201: "An answer cut in the middle of its body is ProviderUnavailable, never an end.",
  C202: "An HTML page is ProviderUnavailable, never an end.",
  C203: "An empty answer is ProviderUnavailable, never an end.",
  C204: "JSON of a wrong shape is ProviderUnavailable, never an end.",
  C205: "A 500 is ProviderUnavailable, and a read is sent once more at most.",
  C206: "An answer in another encoding than was asked for is ProviderUnavailable.",

  C301: "429 with Retry-After is RateLimited with the seconds, and nothing is asked before they are over.",
  C302: "A time-out is ProviderUnavailable, and the server sees its socket closed.",
  C303: "A connection cut before any answer is ProviderUnavailable.",
  C304: "An answer announced as too large is ProviderUnavailable, and is not read.",
  C305: "An answer that turns out too large is ProviderUnavailable, and the flood ends.",
  C306: "A redirect is ProviderUnavailable, and is followed neither to another host nor on this one.",
  C307: "A server that is not there is ProviderUnavailable.",
  C308: "A caller who gives up closes the socket.",
  C309: "503 with Retry-After is ProviderUnavailable with the seconds, asked once, and nothing is asked before it is over.",
  C310: "An id that always fails keeps no other id from being read.",

  C401: "Credentials are in no problem and no log line, also where the provider repeats them.",
  C402: "A refusal of our own credentials is ProviderUnavailable, never the viewer's fault.",

  C501: "Reading 1, 5 or 60 keys costs the promised number of requests, and gives one value a key.",
} as const;
export type CheckId = keyof typeof checks;
