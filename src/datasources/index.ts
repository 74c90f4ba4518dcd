/** Every provider there is, one line each, sorted by id. What is looked up in it is derived by ./registry.ts. */
import { cleengAccess } from "./cleeng-access/index.ts";
import { cleengPurchases } from "./cleeng-purchases/index.ts";
import type { AnyProvider } from "./contract.ts";
import { flolive } from "./flolive/index.ts";
import { liberis } from "./liberis/index.ts";
import { purespectrum } from "./purespectrum/index.ts";

export const providers: readonly AnyProvider[] = [cleengAccess, cleengPurchases, flolive, liberis, purespectrum];
