/** The programs of a cluster together: started one after the other, and ended in the reverse order. */
import { type Part, type PartOptions, startPart } from "./part.ts";

export interface Parts {
  /** Whether they are being ended, or were. */
  readonly leaving: boolean;
  /** The first is the one that the others need. Throws once they are being ended: nobody would end this one. */
  start(options: Pick<PartOptions, "name" | "program" | "env">): Part;
  /** Resolves when all have ended; the first goes last, for those that stop may still have calls under way there. */
  leave(): Promise<void>;
}

export function createParts(output: Pick<PartOptions, "out" | "err">): Parts {
  const started: Part[] = [];
  let leaving = false;
  return {
    get leaving() {
      return leaving;
    },
    start(options) {
      if (leaving) throw new Error(`${options.name} was not started: the cluster is being stopped.`);
      const part = startPart({ ...options, ...output });
      started.push(part);
      return part;
    },
    async leave() {
      leaving = true;
      const [first, ...others] = started;
      for (const part of others) part.stop();
      const codes = await Promise.all(others.map(({ ended }) => ended));
      first?.stop();
      codes.push((await first?.ended) ?? 0);
      if (codes.some((code) => code !== 0)) throw new Error("A part did not stop cleanly.");
    },
  };
}
