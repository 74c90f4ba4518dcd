/** Settle times in files of one's own. */
import { readFile } from "node:fs/promises";
import { basename, extname, resolve } from "node:path";
import { type Distribution, given } from "./distributions.ts";

/** The distribution, or a sentence of why there is none. `from` is where a relative path begins. */
export async function readDistribution(file: string, from: string): Promise<Distribution | string> {
  const path = resolve(from, file);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "an error";
    return `${file}: expected a file that can be read; got ${code} for ${path}.`;
  }
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return `${file}: expected a JSON list of settle times in seconds; this is no JSON.`;
  }
  const one = given(basename(file, extname(file)), list);
  return typeof one === "string" ? one.replace(/^[^:]*/, () => file) : one;
}
