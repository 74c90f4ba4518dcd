import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Browser, BrowserContext } from "playwright-core";
import type { Gateway } from "../../src/gateway.ts";
import { startChromium } from "../support/chromium.ts";
import { answerOf, openTab, tabTitles, textOf, until, untilReady, type Visit, visit, write } from "./explorer-page.ts";
import { type Example, exampleWith, readExamples, startSandboxGateway } from "./gateway.ts";

let browser: Browser;
let gateway: Gateway;
let examples: readonly Example[];
const visits: Visit[] = [];

beforeAll(async () => {
  examples = await readExamples();
  gateway = await startSandboxGateway();
  browser = await startChromium();
}, 120_000);

afterEach(async () => {
  for (const one of visits.splice(0).reverse()) await one.dispose();
});

afterAll(async () => {
  await browser?.close();
  await gateway?.dispose();
});

async function newVisit(context?: BrowserContext): Promise<Visit> {
  const one = await visit(browser, gateway.url, context);
  visits.push(one);
  return one;
}

describe("GraphiQL in a browser", () => {
  test("loads without a complaint, and asks no other host", async () => {
    const { page, complaints, addresses } = await newVisit();
    expect(await page.title()).toBe("statusgraph · GraphiQL");
    expect(addresses.length).toBeGreaterThan(8);
    const own = new URL(gateway.url).host;
    expect(addresses.filter((address) => !address.startsWith("data:") && new URL(address).host !== own)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test("lies as it should: each line below the one before, the answer beside the question", async () => {
    const { page } = await newVisit();
    const tops = await page.evaluate<number[]>(
      "[...document.querySelectorAll('.graphiql-query-editor .CodeMirror-line')].map((line) => line.getBoundingClientRect().top)",
    );
    expect(tops.length).toBeGreaterThan(10);
    const steps = tops.slice(1).map((top, index) => top - (tops[index] ?? 0));
    expect(Math.min(...steps)).toBeGreaterThan(10);
    const query = await page.locator(".graphiql-query-editor").boundingBox();
    const response = await page.locator(".graphiql-response").boundingBox();
    expect(response?.x).toBeGreaterThan((query?.x ?? 0) + (query?.width ?? 0) - 1);
    expect(query?.width).toBeGreaterThan(300);
    expect(response?.width).toBeGreaterThan(300);
  });

  test("explains the schema", async () => {
    const { page, complaints } = await newVisit();
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    const book = page.locator(".graphiql-doc-explorer");
    await book.getByRole("link", { name: "Subscription", exact: true }).first().click();
    await book.getByRole("link", { name: "operationsChanged", exact: true }).waitFor();
    expect(complaints).toEqual([]);
  });

  test("opens each of its menus and dialogs, and they cover the page as they should", async () => {
    const { page, complaints } = await newVisit();
    for (const name of ["Open short keys dialog", "Open settings dialog"]) {
      await page.getByRole("button", { name }).click();
      const box = await page.getByRole("dialog").boundingBox();
      expect(box?.width).toBeGreaterThan(300);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    await page.getByRole("button", { name: "Show History" }).click();
    await page.locator(".graphiql-history").waitFor();
    await page.getByRole("button", { name: "Execute query (Ctrl-Enter)" }).click();
    await page.getByRole("menu").waitFor();
    expect(await page.getByRole("menuitem").allInnerTexts()).toEqual(examples[0]?.operations.map(({ name }) => name));
    expect(complaints).toEqual([]);
  });

  test("says in the page why it could not start", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.route("**/graphiql/explorer.json", (route) => route.fulfill({ status: 503, body: "" }));
    await page.goto(`${gateway.url}/graphiql`);
    await page
      .getByText("GraphiQL could not start: expected /graphiql/explorer.json with status 200, got 503.")
      .waitFor();
    await context.close();
  });
});

describe("the example tabs", () => {
  test("stand there for a visitor who was never here, with their variables and headers", async () => {
    const { page } = await newVisit();
    expect(await tabTitles(page)).toEqual(examples.map(({ title }) => title));
    // The first one before any tab is touched, then each.
    const [first] = examples;
    expect(await textOf(page, "query")).toBe(first?.query);
    expect(await textOf(page, "variables")).toBe(first?.variables ?? "");
    expect(await textOf(page, "headers")).toBe(first?.headers ?? "");
    for (const { title, query, variables, headers } of examples) {
      await openTab(page, title, query);
      expect(await textOf(page, "variables")).toBe(variables ?? "");
      expect(await textOf(page, "headers")).toBe(headers ?? "");
    }
  });

  test("every query and mutation in them runs as it is, against the sandbox", async () => {
    const { page, complaints } = await newVisit();
    const ran: string[] = [];
    for (const { title, query, operations } of examples) {
      await openTab(page, title, query);
      for (const { name } of operations.filter(({ type }) => type !== "subscription")) {
        const { data, errors } = await answerOf(page, name);
        expect([name, errors]).toEqual([name, undefined]);
        expect(Object.keys(data ?? {})).toHaveLength(1);
        ran.push(name);
      }
    }
    expect(ran.length).toBeGreaterThanOrEqual(15);
    expect(complaints).toEqual([]);
  }, 120_000);
});

describe("the headers editor", () => {
  test("its headers go with each request: with the customer's token Cleeng decides, without it nobody does", async () => {
    const { page } = await newVisit();
    const { title, query } = exampleWith(examples, "Access");
    await openTab(page, title, query);
    expect(await answerOf(page, "Access")).toEqual({
      data: { access: expect.objectContaining({ __typename: "AccessCheck", accessGranted: true }) },
    });
    await write(page, "headers", "");
    const { data } = await answerOf(page, "Access");
    expect(data).toEqual({ access: expect.objectContaining({ message: expect.any(String) }) });
  });

  test("a visitor's headers last as long as the browser's tab, and are never kept beyond it", async () => {
    const one = await newVisit();
    const { title, query, headers } = exampleWith(examples, "Access");
    const mine = '{ "x-cleeng-customer-token": "a-secret-of-mine" }';
    await openTab(one.page, title, query);
    await write(one.page, "headers", mine);
    await until(one.page, "sessionStorage.getItem('graphiql:tabState').includes('a-secret-of-mine')");
    await one.page.reload();
    await untilReady(one.page);
    expect(await textOf(one.page, "headers")).toBe(mine);
    expect(await one.page.evaluate<string>("JSON.stringify(localStorage)")).not.toContain("a-secret-of-mine");

    const other = await newVisit(one.context);
    expect(await textOf(other.page, "query")).toBe(query);
    expect(await textOf(other.page, "headers")).toBe(headers);
  });
});

describe("what the browser remembers", () => {
  test("a visitor's own text is there again, in the tab that was open, and no tab has come or gone", async () => {
    const one = await newVisit();
    await openTab(one.page, "UnderWay", exampleWith(examples, "UnderWay").query);
    await write(one.page, "query", "query Mine { providers { provider } }");
    await until(one.page, "localStorage.getItem('graphiql:tabState').includes('query Mine')");
    const titles = await tabTitles(one.page);
    expect(titles).toEqual([...examples.slice(0, -1).map(({ title }) => title), "Mine"]);
    const other = await newVisit(one.context);
    for (const { page } of [one, other]) {
      await page.reload();
      await untilReady(page);
      expect(await tabTitles(page)).toEqual(titles);
      expect(await textOf(page, "query")).toBe("query Mine { providers { provider } }");
    }
  });

  test("what can't be read is passed over, and the examples come back", async () => {
    const one = await newVisit();
    await one.page.evaluate(
      "for (const s of [localStorage, sessionStorage]) s.setItem('graphiql:tabState', '{\"tabs\":')",
    );
    const other = await newVisit(one.context);
    expect(await tabTitles(other.page)).toEqual(examples.map(({ title }) => title));
    expect(other.complaints).toEqual([]);
  });
});
