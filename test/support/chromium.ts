/**
 * Where Chromium is, whether the tests that need it run, and one started for them. It knows no page. jest.config.js reads
 * the policy from here, so nothing but node: is imported before a browser is started.
 */
import { existsSync } from "node:fs";
import type { Browser } from "playwright-core";

type Environment = Readonly<Record<string, string | undefined>>;

/** Debian's places. */
const usualPaths = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];

export type BrowserPolicy =
  | { readonly run: true }
  /** Tests in test/browser are left out, and `notice` has to be shown: nothing is left out in silence. */
  | { readonly run: false; readonly notice: string };

/** CHROMIUM_PATH alone where it is set, else the first of Debian's places; null where there is none. */
export function findChromium(
  env: Environment = process.env,
  exists: (path: string) => boolean = existsSync,
): string | null {
  const candidates = env.CHROMIUM_PATH ? [env.CHROMIUM_PATH] : usualPaths;
  return candidates.find(exists) ?? null;
}

/** Where a browser is demanded (CI or REQUIRE_CHROMIUM set), the tests run, and fail without one. */
export function browserPolicy(
  env: Environment = process.env,
  exists: (path: string) => boolean = existsSync,
): BrowserPolicy {
  if (isOn(env.CI) || isOn(env.REQUIRE_CHROMIUM) || findChromium(env, exists) !== null) return { run: true };
  return { run: false, notice: `NOT RUN: the tests in test/browser. ${missing(env)}` };
}

/** A headless Chromium that can look up no name, so that whatever leaves this machine fails. Close it. */
export async function startChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error(missing(process.env));
  const { chromium } = await import("playwright-core");
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && !["", "0", "false"].includes(value);
}

function missing(env: Environment): string {
  const looked = (env.CHROMIUM_PATH ? [env.CHROMIUM_PATH] : usualPaths).join(" or ");
  return `Expected Chromium at ${looked}; it is not there. Install it, or set CHROMIUM_PATH to where it is.`;
}
