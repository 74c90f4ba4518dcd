/** The gateway as a visitor of the explorer meets it: every provider's sandbox, ten times as quick, nothing kept. */
import { fileURLToPath } from "node:url";
import { type DocumentNode, Kind, type OperationDefinitionNode, parse } from "graphql";
import type { Gateway } from "../../src/gateway.ts";
import { type ExampleTab, readExampleTabs } from "../../src/server/explorer/tabs.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import type { Result } from "./explorer-page.ts";

export function startSandboxGateway(): Promise<TestGateway> {
  return startTestGateway({ env: { SANDBOX: "on", SANDBOX_SPEED: "10", ACCESS_WATCH_SECONDS: "1" } });
}

export interface Example extends ExampleTab {
  /** GraphiQL calls a tab by the first operation in it. */
  readonly title: string;
  readonly operations: readonly NamedOperation[];
}

export interface NamedOperation {
  readonly name: string;
  readonly type: OperationDefinitionNode["operation"];
  readonly variables: readonly string[];
}

/** The documents of docs/examples, in the order of the tabs. */
export async function readExamples(): Promise<readonly Example[]> {
  const tabs = await readExampleTabs(fileURLToPath(new URL("../../docs/examples/", import.meta.url)));
  return tabs.map((tab) => {
    const operations = operationsOf(parse(tab.query));
    return { ...tab, operations, title: operations[0]?.name ?? "" };
  });
}

function operationsOf({ definitions }: DocumentNode): NamedOperation[] {
  return definitions
    .filter((one) => one.kind === Kind.OPERATION_DEFINITION)
    .map(({ name, operation, variableDefinitions = [] }) => ({
      name: name?.value ?? "",
      type: operation,
      variables: variableDefinitions.map(({ variable }) => variable.name.value),
    }));
}

export function exampleWith(examples: readonly Example[], operation: string): Example {
  const found = examples.find(({ operations }) => operations.some(({ name }) => name === operation));
  if (!found) throw new Error(`Expected an example document with the operation ${operation}; there is none.`);
  return found;
}

/** Sends one operation of an example past the page, as another system would. */
export async function send({ url }: Gateway, { query }: Example, operationName: string): Promise<Result> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, operationName }),
  });
  // A gateway that answers otherwise fails the test that looks into it.
  return (await response.json()) as Result;
}
