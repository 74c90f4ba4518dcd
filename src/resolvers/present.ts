/** From what is stored to what clients see. */
import { isProblem, type Problem as ProblemData } from "../datasources/problems.ts";
import type { Told } from "../live/stream.ts";
import { type Operation, OperationChange, type Problem, toGraphProblem, toOperation } from "../schema/index.ts";
import type { StoredOperation } from "../store/database.ts";
import type { Context } from "./context.ts";

export function present(operation: StoredOperation): Operation {
  return toOperation({ ...operation, problem: operation.problem ?? operation.checkProblem });
}

/** As its revision alone has it: without what only its row says. For whoever shows nothing of that. */
export function presentRevision(operation: StoredOperation): Operation {
  return toOperation({
    ...operation,
    checkedAt: null,
    nextCheckAt: null,
    deadlineAt: null,
    problem: null,
    tags: [],
    correlationId: null,
  });
}

/** The operation, or the problem with the operation that it names, as far as the viewer may see that. */
export async function presentResult(
  { loaders }: Context,
  result: StoredOperation | ProblemData,
): Promise<Operation | Problem> {
  if (!isProblem(result)) return present(result);
  const named =
    "operationId" in result && result.operationId !== null ? await loaders.operation.load(result.operationId) : null;
  return toGraphProblem(result, named && present(named));
}

export function presentChange({ kind, cursor, at, previousState, operation }: Told): OperationChange {
  return new OperationChange({ kind, cursor, at, previousState, operation: present(operation) });
}
