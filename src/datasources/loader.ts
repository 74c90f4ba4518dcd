/**
 * The one DataLoader factory: what is asked for within a request is asked once, and together. A failure that can be
 * expected is a value of its key; a batch that rejects is a bug, and is not remembered.
 */
import DataLoader from "dataloader";

/**
 * `fetchMany` gives one value a key, in their order; an Error fails its key alone. Keys that are objects need `keyOf` to be
 * told apart.
 */
export function createLoader<K, V>(
  fetchMany: (keys: readonly K[]) => Promise<ReadonlyArray<V | Error>>,
): DataLoader<K, V>;
export function createLoader<K, V>(
  fetchMany: (keys: readonly K[]) => Promise<ReadonlyArray<V | Error>>,
  keyOf: (key: K) => string,
): DataLoader<K, V, string>;
export function createLoader<K, V>(
  fetchMany: (keys: readonly K[]) => Promise<ReadonlyArray<V | Error>>,
  keyOf?: (key: K) => string,
): DataLoader<K, V, K | string> {
  return new DataLoader<K, V, K | string>(fetchMany, keyOf ? { cacheKeyFn: keyOf } : {});
}
