/** Every provider's subject. One that is registered and not here fails the suite. */
import { providers } from "../../../src/datasources/index.ts";
import { subject as cleengAccess } from "./cleeng-access.ts";
import { subject as cleengPurchases } from "./cleeng-purchases.ts";
import { subject as flolive } from "./flolive.ts";
import { subject as liberis } from "./liberis.ts";
import { subject as purespectrum } from "./purespectrum.ts";
import type { WireSubject } from "./subject.ts";

export const subjects: readonly WireSubject[] = [cleengAccess, cleengPurchases, flolive, liberis, purespectrum];

const missing = providers.map(({ id }) => id).filter((id) => !subjects.some((subject) => subject.id === id));
if (missing.length > 0) {
  throw new Error(
    `Expected a subject for each registered provider; ${missing.join(", ")} has none. Write test/fuzz/wire/<id>.ts.`,
  );
}
