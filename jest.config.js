import { browserPolicy } from "./test/support/chromium.ts";

// GraphiQL is tested in a real browser wherever there is one; in CI there must be one.
const browser = browserPolicy();
if (!browser.run) process.stderr.write(`\n${browser.notice}\n`);

/** One process a test file; TypeScript goes through swc, modules stay ESM. */
export default {
  testEnvironment: "node",
  // One suite at a time on two cores: gateways of their own need the other, and go by real time among each other.
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", ...(browser.run ? [] : ["<rootDir>/test/browser/"])],
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
  // A limit against waiting in vain, not a measure: a busy machine takes its time.
  testTimeout: 60_000,
};
