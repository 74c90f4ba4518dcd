/**
 * The enums that every kind shares, and how an enum is made. Two of them are open, and read when the schema is built: a
 * further provider is one line in the list of Provider below (or addProvider, from outside this folder), and a further
 * kind is one line in kinds.ts. Their members are therefore plain strings in this code base; those of the other enums are
 * checked by the compiler against the words of the provider contract.
 */
// type-graphql refuses to decorate before this is loaded; every file of decorated classes imports one that begins with it.
import "reflect-metadata";
import { registerEnumType } from "type-graphql";
import type { Outcome as OutcomeWord, State } from "../datasources/contract.ts";

/** Makes an enum of the schema from its members and their descriptions. */
export function enumOf<Word extends string>(
  name: string,
  description: string,
  descriptions: Readonly<Record<Word, string>>,
): { readonly [W in Word]: W } {
  const words = Object.keys(descriptions);
  // A key's value is the key itself, which Object.fromEntries can't say in types.
  const members = Object.fromEntries(words.map((word) => [word, word])) as { [W in Word]: W };
  register(members, name, description, descriptions);
  return members;
}

function openEnum(name: string, description: string, descriptions: Record<string, string>) {
  const members: Record<string, string> = {};
  const values: Record<string, { description: string }> = {};
  const add = (word: string, meaning: string): void => {
    if (!/^[A-Z][A-Z0-9_]*$/.test(word) || Object.hasOwn(members, word)) {
      throw new Error(`Expected a new member of ${name} in capitals, got "${word}". Choose a word that is not taken.`);
    }
    members[word] = word;
    values[word] = { description: meaning };
  };
  for (const [word, meaning] of Object.entries(descriptions)) add(word, meaning);
  // Both objects are read when the schema is built, so members that were added until then are in it.
  registerEnumType(members, { name, description, valuesConfig: values });
  return { members, add };
}

function register(members: object, name: string, description: string, descriptions: Readonly<Record<string, string>>) {
  const values = Object.entries(descriptions).map(([word, text]) => [word, { description: text }] as const);
  registerEnumType(members, { name, description, valuesConfig: Object.fromEntries(values) });
}

const provider = openEnum("Provider", "An outside system that accepts work. May gain members: keep a default branch.", {
  CLEENG: "Cleeng: subscriptions and in-app purchases.",
  FLOLIVE: "floLIVE: SIMs and their subscribers.",
  LIBERIS: "Liberis: merchants as partner clients.",
  PURESPECTRUM: "PureSpectrum: surveys and their respondents.",
});
export const Provider = provider.members;
export const addProvider = provider.add;

const kind = openEnum("OperationKind", "What kind of work it is. May gain members: keep a default branch.", {});
/** Empty until kinds.ts, which names each kind together with its class, is loaded. */
export const OperationKind = kind.members;
export const addOperationKind = kind.add;

export const OperationState = enumOf<State>(
  "OperationState",
  "How far the provider has come. Finished is kept apart from successful: see Outcome.",
  {
    PENDING: "Accepted; the provider has not said that work began.",
    RUNNING: "The provider is working on it.",
    RETRYING: "The provider met an error and is trying again by itself.",
    SETTLED:
      "Nothing more is expected, and the gateway asks no more by itself. Final, but for two cases, which come as a further " +
      "revision when somebody asks (recheck, follow, a look-up): an ABANDONED operation that the provider has finished " +
      "after all, and a survey transaction that the vendor's reconciliation changes.",
  },
);

export const Outcome = enumOf<OutcomeWord>("Outcome", "How it ended. Set if and only if the state is SETTLED.", {
  SUCCEEDED: "The provider did what was asked, all of it.",
  PARTIAL: "Some items succeeded, some did not.",
  FAILED: "The provider finished without doing what was asked. `problem` says why.",
  ABANDONED:
    "We stopped without knowing the end: the deadline passed, the provider no longer knows it, or a write was never " +
    "confirmed. `problem` says which.",
});
