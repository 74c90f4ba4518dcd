import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { fileURLToPath } from "node:url";
import { type DocumentNode, Kind, type OperationDefinitionNode, parse } from "graphql";
import type { Browser } from "playwright-core";
import { readConfig } from "../../src/config.ts";
import { providers } from "../../src/datasources/index.ts";
import { type Gateway, startGateway } from "../../src/gateway.ts";
import { createLogger } from "../../src/log.ts";
import { type ExampleTab, readExampleTabs } from "../../src/server/explorer/tabs.ts";
import { startChromium } from "../support/chromium.ts";
import {
  answerOf,
  openTab,
  responseWith,
  run,
  stop,
  tabTitles,
  textOf,
  untilReady,
  type Visit,
  visit,
  write,
} from "./explorer-page.ts";

const examplesFolder = fileURLToPath(new URL("../../docs/examples/", import.meta.url));

let browser: Browser;
let gateway: Gateway;
let examples: readonly ExampleTab[];
const visits: Visit[] = [];

beforeAll(async () => {
  const env = { PORT: "0", DATABASE_URL: "memory:", SANDBOX: "on", SANDBOX_SPEED: "10", LOG_LEVEL: "error" };
  const read = readConfig(env, providers);
  if (!read.ok) throw new Error(read.complaints.join("\n"));
  const log = createLogger(read.config.log);
  [browser, gateway, examples] = await Promise.all([
    startChromium(),
    startGateway({ config: read.config, log }),
    readExampleTabs(examplesFolder),
  ]);
}, 60_000);

afterEach(async () => {
  for (const one of visits.splice(0)) await one.dispose();
});

afterAll(async () => {
  await browser?.close();
  await gateway?.dispose();
});

async function newVisit(): Promise<Visit> {
  const one = await visit(browser, gateway.url);
  visits.push(one);
  return one;
}

function operationsOf(document: DocumentNode): OperationDefinitionNode[] {
  return document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
}

function namesOf({ query }: ExampleTab): string[] {
  return operationsOf(parse(query)).map(({ name }) => name?.value ?? "");
}

/** GraphiQL calls a tab by the first operation in it. */
function titleOf(example: ExampleTab): string {
  return namesOf(example)[0] ?? "";
}

function exampleWith(operation: string): ExampleTab {
  const found = examples.find((example) => namesOf(example).includes(operation));
  if (!found) throw new Error(`Expected an example document with the operation ${operation}; there is none.`);
  return found;
}

async function open({ page }: Visit, operation: string): Promise<void> {
  const example = exampleWith(operation);
  await openTab(page, titleOf(example), example.query);
}

/** Sends a purchase of its own past the page, as another system does. Answers with its operation's id. */
async function registerPurchase(transactionId: string): Promise<string> {
  const query = `mutation {
    registerPurchase(input: { customerId: "1", transactionId: "${transactionId}", ipAddress: "203.0.113.7" }) {
      ... on PurchaseSync { id }
    }
  }`;
  const response = await fetch(`${gateway.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  const answer = await response.json();
  expect(answer).toEqual({ data: { registerPurchase: { id: expect.any(String) } } });
  return answer.data.registerPurchase.id;
}

describe("GraphiQL", () => {
  test("loads without a complaint of the browser, and asks no other host", async () => {
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
});

describe("the example tabs", () => {
  test("stand there for a visitor who was never here, with their variables and headers", async () => {
    const one = await newVisit();
    expect(await tabTitles(one.page)).toEqual(examples.map(titleOf));
    for (const example of examples) {
      await openTab(one.page, titleOf(example), example.query);
      expect(await textOf(one.page, "variables")).toBe(example.variables ?? "");
      expect(await textOf(one.page, "headers")).toBe(example.headers ?? "");
    }
  });

  test("the first one has its variables and headers before any tab is touched", async () => {
    const { page } = await newVisit();
    expect(await textOf(page, "query")).toBe(examples[0]?.query);
    expect(await textOf(page, "variables")).toBe(examples[0]?.variables ?? "");
    expect(await textOf(page, "headers")).toBe(examples[0]?.headers ?? "");
  });

  test("every query and mutation in them runs as it is, against the sandbox", async () => {
    const one = await newVisit();
    const ran: string[] = [];
    for (const example of examples) {
      await openTab(one.page, titleOf(example), example.query);
      for (const { operation, name } of operationsOf(parse(example.query))) {
        if (operation === "subscription" || !name) continue;
        const { data, errors } = await answerOf(one.page, name.value);
        expect([name.value, errors]).toEqual([name.value, undefined]);
        expect(Object.keys(data ?? {})).toHaveLength(1);
        ran.push(name.value);
      }
    }
    expect(ran.length).toBeGreaterThanOrEqual(15);
    expect(one.complaints).toEqual([]);
  }, 60_000);

  test("every subscription in them is taken as it is, but for ids that a visitor fills in", async () => {
    const one = await newVisit();
    const taken: string[] = [];
    for (const example of examples) {
      await openTab(one.page, titleOf(example), example.query);
      for (const { operation, name, variableDefinitions } of operationsOf(parse(example.query))) {
        if (operation !== "subscription" || !name || variableDefinitions?.length) continue;
        await run(one.page, name.value);
        await expect.poll?.(() => one.framesSent.length);
        await stop(one.page);
        expect(await textOf(one.page, "response")).not.toContain('"errors"');
        taken.push(name.value);
      }
    }
    expect(taken.length).toBeGreaterThanOrEqual(5);
  });
});
