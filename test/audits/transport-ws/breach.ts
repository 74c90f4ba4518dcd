/** How an audit says that the server breaks the protocol, and how it judges what came. */

/** What was expected of the server, and what it did. */
export class Breach extends Error {
  override readonly name = "Breach";
}

export function expectThat(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Breach(sentence);
}

/** For sentences: short enough to be read. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The same in JSON, whatever the order of an object's fields. */
export function isEqual(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((member, index) => isEqual(member, other[index]));
  }
  if (isObject(one) && isObject(other)) {
    const names = Object.keys(one);
    return (
      names.length === Object.keys(other).length &&
      names.every((name) => Object.hasOwn(other, name) && isEqual(one[name], other[name]))
    );
  }
  return one === other;
}

/** Rejects with a Breach where it takes longer. */
export async function within<T>(ms: number, promise: Promise<T>, expected: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Breach(`Expected ${expected}; it did not come within ${Math.round(ms)} ms.`)),
      ms,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
