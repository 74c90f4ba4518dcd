/** Derives from the list of registered providers what the gateway looks up: by id, by vendor, by kind of operation. */
import type { AnyOperationProvider, AnyProvider } from "./contract.ts";

export interface Registry {
  readonly byId: ReadonlyMap<string, AnyProvider>;
  /** By member of the schema's Provider enum; one vendor may have several definitions. */
  readonly byProvider: ReadonlyMap<string, readonly AnyProvider[]>;
  /** By member of the schema's OperationKind enum. */
  readonly operationProviderByKind: ReadonlyMap<string, AnyOperationProvider>;
}

/** Throws a sentence where two definitions claim one id or one kind. */
export function createRegistry(providers: readonly AnyProvider[]): Registry {
  const byId = new Map<string, AnyProvider>();
  const byProvider = new Map<string, AnyProvider[]>();
  const operationProviderByKind = new Map<string, AnyOperationProvider>();
  for (const definition of providers) {
    const { id, provider } = definition;
    if (byId.has(id)) {
      throw new Error(
        `Two providers have the id "${id}". An id names one definition: rename or unregister one of them.`,
      );
    }
    byId.set(id, definition);
    byProvider.set(provider, [...(byProvider.get(provider) ?? []), definition]);
    if (definition.type === "operation") {
      const other = operationProviderByKind.get(definition.kind);
      if (other) {
        throw new Error(
          `The providers "${other.id}" and "${id}" both claim the kind ${definition.kind}. A kind belongs to one of them.`,
        );
      }
      operationProviderByKind.set(definition.kind, definition);
    }
  }
  return { byId, byProvider, operationProviderByKind };
}
