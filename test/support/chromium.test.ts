import { describe, expect, test } from "@jest/globals";
import { browserPolicy, findChromium } from "./chromium.ts";

const nowhere = () => false;

describe("the policy of tests that need a browser", () => {
  test("they run where Chromium is found", () => {
    expect(browserPolicy({}, (path) => path === "/usr/bin/chromium-browser")).toEqual({ run: true });
  });

  test("without it they are left out with a notice that says why, and what to do", () => {
    const notice =
      "NOT RUN: the tests in test/browser. Expected Chromium at /usr/bin/chromium or /usr/bin/chromium-browser; it is not " +
      "there. Install it, or set CHROMIUM_PATH to where it is.";
    expect(browserPolicy({ CI: "", REQUIRE_CHROMIUM: "0" }, nowhere)).toEqual({ run: false, notice });
  });

  test.each([{ CI: "true" }, { REQUIRE_CHROMIUM: "1" }])("they run, and so fail without it, under %j", (env) => {
    expect(browserPolicy(env, nowhere)).toEqual({ run: true });
  });

  test("CHROMIUM_PATH is the only place looked at where it is set", () => {
    expect(findChromium({ CHROMIUM_PATH: "/opt/chromium" }, () => true)).toBe("/opt/chromium");
    expect(findChromium({ CHROMIUM_PATH: "/opt/chromium" }, (path) => path !== "/opt/chromium")).toBeNull();
  });
});
