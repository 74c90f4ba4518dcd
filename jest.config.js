import { join } from "node:path";
import { browserPolicy } from "./test/support/chromium.ts";

// GraphiQL is tested in a real browser wherever there is one; in CI there must be one.
const browser = browserPolicy();
if (!browser.run) process.stderr.write(`\n${browser.notice}\n`);

/** TypeScript goes through swc, modules stay ESM. */
const common = {
  testEnvironment: "<rootDir>/test/support/environment.ts",
  roots: ["<rootDir>/test"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: {
          target: "es2022",
          parser: { syntax: "typescript", decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: false, useDefineForClassFields: false },
        },
        module: { type: "es6" },
        sourceMaps: "inline",
      },
    ],
  },
  globalSetup: "<rootDir>/test/support/global-setup.ts",
  globalTeardown: "<rootDir>/test/support/global-teardown.ts",
};

/** Gateways, nodes and clients that go by real time among each other: a machine of two cores has time for one such suite. */
const alone = ["gateway", "nodes", "cluster", "clients", "browser"];
/** A pattern, not a path: the checkout's own may have any characters in it. */
const within = (room) => `^${RegExp.escape(join(import.meta.dirname, "test", room))}/`;

export default {
  projects: [
    {
      ...common,
      displayName: "side by side",
      testMatch: ["**/*.test.ts"],
      testPathIgnorePatterns: alone.map(within),
    },
    {
      ...common,
      displayName: "one by one",
      runner: "<rootDir>/test/support/one-worker.js",
      testMatch: alone
        .filter((room) => room !== "browser" || browser.run)
        .map((room) => `<rootDir>/test/${room}/**/*.test.ts`),
    },
  ],
  maxWorkers: 2,
  // Each suite leaves something in the heap of its process, and a gateway on a large heap takes four times as long.
  workerIdleMemoryLimit: "300MB",
  // A limit against waiting in vain, not a measure: a busy machine takes its time.
  testTimeout: 60_000,
};
