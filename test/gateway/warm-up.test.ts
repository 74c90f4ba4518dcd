/** What the build does last: it starts the program once, so that the first start of an operator finds all compiled. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { buildProgram, startProgram } from "../support/program.ts";

test("the program is started and ended, and what it compiled lies beside it", async () => {
  const build = await buildProgram();
  try {
    const { code, stdout, stderr } = await startProgram(build, "warm-up.js", {}).ended;
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "" });
    const cached = readdirSync(join(build.directory, "compile-cache"), { recursive: true });
    expect(cached.length).toBeGreaterThan(100);
  } finally {
    await build.dispose();
  }
});
