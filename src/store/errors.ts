/** What the store says in words when it can't be used. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}
