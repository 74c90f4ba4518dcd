/**
 * Ids that nobody has, to ask a provider for in place of one that is not the viewer's. The provider itself then says that
 * it knows no such id, and takes the time that it takes for any other.
 */
import { createHmac, createSecretKey, randomBytes } from "node:crypto";

/** A key object, for of bytes one would be made at each call. */
const secret = createSecretKey(randomBytes(32));

/**
 * A UUID in form, as long as the id where that is longer: so random that no provider has it, however short the id. For
 * one id it is always the same in this process, as an id that does not exist is: what is asked for twice may be answered
 * sooner. Nobody can tell the id from it, nor it from the id.
 */
export function decoyOf(id: string): string {
  const hex = createHmac("sha256", secret).update(id).digest("hex");
  const uuid = hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5");
  return uuid.padEnd(id.length, hex);
}
