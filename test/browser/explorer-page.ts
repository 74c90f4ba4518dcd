/**
 * GraphiQL in a real browser, driven by its buttons as a visitor drives it. It knows GraphiQL's page and its editors, and
 * nothing of the schema. Code that runs in the page is given as text: the tests' own types have no DOM.
 */
import type { Browser, BrowserContext, Page, WebSocket } from "playwright-core";

export interface Result {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly unknown[];
}

/** Long, for a slow machine: it is used up only where something never comes. */
const patienceMs = 15_000;

type Editor = "query" | "variables" | "headers" | "response";

/** Each editor's CodeMirror, by expression. */
const codeMirrorOf: Readonly<Record<Editor, string>> = {
  query: "document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror",
  variables: "document.querySelectorAll('.graphiql-editor-tool .CodeMirror')[0].CodeMirror",
  headers: "document.querySelectorAll('.graphiql-editor-tool .CodeMirror')[1].CodeMirror",
  response: "document.querySelector('.graphiql-response .CodeMirror').CodeMirror",
};

export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the browser complained of: errors on the console, exceptions, breaches of the policy. */
  readonly complaints: string[];
  /** Every address asked for, sockets included. */
  readonly addresses: string[];
  readonly sockets: WebSocket[];
  /** Text frames that the page sent, oldest first. */
  readonly framesSent: string[];
  dispose(): Promise<void>;
}

/** A visitor who was never here (or, with `context`, another tab of the same browser), at a page that is ready for use. */
export async function visit(browser: Browser, url: string, given?: BrowserContext): Promise<Visit> {
  const context = given ?? (await browser.newContext({ viewport: { width: 1400, height: 900 } }));
  const page = await context.newPage();
  const complaints: string[] = [];
  const addresses: string[] = [];
  const sockets: WebSocket[] = [];
  const framesSent: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  page.on("request", (request) => addresses.push(request.url()));
  page.on("websocket", (socket) => {
    addresses.push(socket.url());
    sockets.push(socket);
    socket.on("framesent", ({ payload }) => framesSent.push(String(payload)));
  });
  await page.addInitScript(
    "document.addEventListener('securitypolicyviolation', (e) => console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI));",
  );
  await page.goto(`${url}/graphiql`);
  await untilReady(page);
  return {
    context,
    page,
    complaints,
    addresses,
    sockets,
    framesSent,
    dispose: () => (given ? page.close() : context.close()),
  };
}

/** Editors drawn, and the schema read: the book of the documentation is empty before. */
export async function untilReady(page: Page): Promise<void> {
  await page.waitForSelector(".graphiql-query-editor .CodeMirror-line");
  await page.waitForSelector(".graphiql-response .CodeMirror");
  await until(page, "document.querySelector('.graphiql-spinner') === null");
}

/** Asks until the expression is true. The page's policy forbids Playwright's own way, which is an eval in the page. */
export async function until(page: Page, expression: string): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await page.evaluate<boolean>(`Boolean(${expression})`))) {
    if (Date.now() > deadline)
      throw new Error(`Expected, within ${patienceMs} ms, in the page: ${expression}. It is not so.`);
    await page.waitForTimeout(25);
  }
}

export function textOf(page: Page, editor: Editor): Promise<string> {
  return page.evaluate<string>(`${codeMirrorOf[editor]}.getValue()`);
}

export async function write(page: Page, editor: Editor, text: string): Promise<void> {
  await page.evaluate(`${codeMirrorOf[editor]}.setValue(${JSON.stringify(text)})`);
}

export function tabTitles(page: Page): Promise<string[]> {
  return page.locator(".graphiql-tab-button").allInnerTexts();
}

/** Waits until the tab's own document stands in the editor. */
export async function openTab(page: Page, title: string, document: string): Promise<void> {
  await page.locator(".graphiql-tab-button", { hasText: new RegExp(`^${title}$`) }).click();
  await until(page, `${codeMirrorOf.query}.getValue() === ${JSON.stringify(document)}`);
}

/** Presses the button and, as the document has several, chooses the operation. Returns at once. */
export async function run(page: Page, operation: string): Promise<void> {
  // What an earlier one left would pass for the answer. From here on every text that the response shows is noted.
  await write(page, "response", "");
  await page.evaluate(
    `window.shown = []; ${codeMirrorOf.response}.on("change", (editor) => editor.getValue() && window.shown.push(editor.getValue()))`,
  );
  await page.locator(".graphiql-execute-button").click();
  await page.getByRole("menuitem", { name: operation, exact: true }).click();
}

export async function answerOf(page: Page, operation: string): Promise<Result> {
  await run(page, operation);
  const [first = {}] = await untilShown(page, 1);
  return first;
}

/** Everything that the response has shown since `run`, oldest first, as soon as there are so many. */
export async function untilShown(page: Page, count: number): Promise<Result[]> {
  await until(page, `window.shown.length >= ${count}`);
  const texts = await page.evaluate<string[]>("window.shown");
  // The page shows what the gateway answered: JSON of GraphQL's form.
  return texts.map((text) => JSON.parse(text) as Result);
}

export async function stop(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Stop query (Ctrl-Enter)" }).click();
  await page.getByRole("button", { name: "Execute query (Ctrl-Enter)" }).waitFor();
}
