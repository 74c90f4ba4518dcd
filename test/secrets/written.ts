/** Everything that a run wrote, as bytes, by what wrote it. */
import type { Markers } from "./markers.ts";

export interface Written {
  add(source: string, bytes: Uint8Array | string): void;
  /** How many bytes came from those sources that begin so; from all unless given. */
  bytes(source?: string): number;
  /** One line for each secret in each source, with what stands around it there first. */
  leaks(markers: Markers): string[];
}

export function createWritten(): Written {
  const sources = new Map<string, Uint8Array[]>();
  return {
    add(source, bytes) {
      const chunks = sources.get(source) ?? [];
      sources.set(source, chunks);
      chunks.push(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
    },
    bytes(wanted = "") {
      let sum = 0;
      for (const [source, chunks] of sources) {
        if (source.startsWith(wanted)) sum += chunks.reduce((length, chunk) => length + chunk.length, 0);
      }
      return sum;
    },
    leaks(markers) {
      const first = new Map<string, string>();
      for (const [source, chunks] of sources) {
        // Chunks are cut anywhere, and a secret may be on both sides of a cut.
        for (const { marker, form, excerpt } of markers.find(Buffer.concat(chunks))) {
          const what = `${source}: ${marker}, ${form}`;
          if (!first.has(what)) first.set(what, `${what}: ${excerpt}`);
        }
      }
      return [...first.values()];
    },
  };
}
