/**
 * The expected failures as clients see them, made from the problems of src/datasources/problems.ts. Operations carry
 * problems, and two problems carry an operation: their field `operation` is declared where its type is (operation.ts,
 * survey-transaction.ts), so that this file imports neither and the order in which modules are loaded never matters.
 */
import { Field, Int, InterfaceType, ObjectType } from "type-graphql";
import type * as data from "../datasources/problems.ts";
import { Provider } from "./enums.ts";
import type { Operation } from "./operation.ts";

@InterfaceType({
  description: "What went wrong, in a form that a client can act on. Never holds a token, a URL or an upstream body.",
})
export abstract class Problem {
  @Field(() => String, { description: "What was expected, what came, and what to do; for people." })
  readonly message: string;

  @Field(() => String, {
    description: "The provider's code where it gave one (REQ0100, GLOBAL_1003, 14, 1003), else this gateway's.",
  })
  readonly code: string;

  constructor(problem: Pick<data.Problem, "message" | "code">) {
    this.message = problem.message;
    this.code = problem.code;
  }
}

@ObjectType({ description: "One part of the input that was refused.", simpleResolvers: true })
export class InvalidField {
  @Field(() => String, { description: "Path into the input, such as clients.3.entityType." })
  readonly path: string;

  @Field(() => String, { description: "What was expected there." })
  readonly message: string;

  constructor(field: data.InvalidField) {
    this.path = field.path;
    this.message = field.message;
  }
}

@ObjectType({
  implements: Problem,
  description: "Neither this gateway nor the provider knows it, as far as the viewer may see.",
  simpleResolvers: true,
})
export class NotFound extends Problem {}

@ObjectType({
  implements: Problem,
  description: "The input was refused by this gateway. Nothing was sent.",
  simpleResolvers: true,
})
export class InvalidInput extends Problem {
  @Field(() => [InvalidField], { description: "Every part of the input that was refused, in one go." })
  readonly fields: readonly InvalidField[];

  constructor(problem: data.InvalidInput) {
    super(problem);
    this.fields = problem.fields.map((field) => new InvalidField(field));
  }
}

@ObjectType({
  implements: Problem,
  description: "The provider understood, and refused.",
  simpleResolvers: true,
})
export class ProviderRejected extends Problem {
  @Field(() => Provider, { description: "Who refused." })
  readonly provider: string;

  @Field(() => [InvalidField], {
    description: "The parts of the input it refused, where it named them (floLIVE names nodes).",
  })
  readonly fields: readonly InvalidField[];

  constructor(problem: data.ProviderRejected) {
    super(problem);
    this.provider = problem.provider;
    this.fields = problem.fields.map((field) => new InvalidField(field));
  }
}

@ObjectType({
  implements: Problem,
  description: "No usable answer: down, timed out, circuit open, or an answer that broke its contract.",
  simpleResolvers: true,
})
export class ProviderUnavailable extends Problem {
  @Field(() => Provider, { description: "Who could not be asked." })
  readonly provider: string;

  @Field(() => Int, { nullable: true, description: "When to try again, where that is known." })
  readonly retryAfterSeconds: number | null;

  constructor(problem: data.ProviderUnavailable) {
    super(problem);
    this.provider = problem.provider;
    this.retryAfterSeconds = wholeSeconds(problem.retryAfterSeconds);
  }
}

@ObjectType({ implements: Problem, description: "The provider's budget is used up for now.", simpleResolvers: true })
export class RateLimited extends Problem {
  @Field(() => Provider, { description: "Whose budget." })
  readonly provider: string;

  @Field(() => Int, { nullable: true, description: "When to try again, where that is known." })
  readonly retryAfterSeconds: number | null;

  constructor(problem: data.RateLimited) {
    super(problem);
    this.provider = problem.provider;
    this.retryAfterSeconds = wholeSeconds(problem.retryAfterSeconds);
  }
}

@ObjectType({ implements: Problem, description: "This gateway runs without that provider.", simpleResolvers: true })
export class ProviderNotConfigured extends Problem {
  @Field(() => Provider, { description: "The provider that is missing." })
  readonly provider: string;

  constructor(problem: data.ProviderNotConfigured) {
    super(problem);
    this.provider = problem.provider;
  }
}

@ObjectType({
  implements: Problem,
  description: "The same work is under way already; here it is.",
  simpleResolvers: true,
})
export class AlreadyRunning extends Problem {
  readonly operation: Operation | null;

  constructor(problem: data.AlreadyRunning, operation: Operation | null) {
    super(problem);
    this.operation = operation;
  }
}

@ObjectType({
  implements: Problem,
  description: "The transaction has a final status; here it is, where it can be read.",
  simpleResolvers: true,
})
export class AlreadyFinal extends Problem {
  readonly operation: Operation | null;

  constructor(problem: data.AlreadyFinal, operation: Operation | null) {
    super(problem);
    this.operation = operation?.kind === "SURVEY_TRANSACTION" ? operation : null;
  }
}

@ObjectType({
  implements: Problem,
  description:
    "A write was sent and its answer never seen: the provider may have accepted it. Look there before sending it again.",
  simpleResolvers: true,
})
export class WriteUnconfirmed extends Problem {
  @Field(() => Provider, { description: "Where it was sent." })
  readonly provider: string;

  constructor(problem: data.WriteUnconfirmed) {
    super(problem);
    this.provider = problem.provider;
  }
}

@ObjectType({
  implements: Problem,
  description: "The provider had not finished when the gateway gave up waiting.",
  simpleResolvers: true,
})
export class DeadlinePassed extends Problem {}

@ObjectType({ implements: Problem, description: "The viewer may not do this.", simpleResolvers: true })
export class NotAllowed extends Problem {}

/** Int, and never too early. */
function wholeSeconds(seconds: number | null): number | null {
  return seconds === null ? null : Math.ceil(seconds);
}

/** Makes what clients see of a problem. `operation` is shown by AlreadyRunning and AlreadyFinal; the others have no place for it. */
export function toGraphProblem(problem: data.Problem, operation: Operation | null = null): Problem {
  switch (problem.type) {
    case "NotFound":
      return new NotFound(problem);
    case "InvalidInput":
      return new InvalidInput(problem);
    case "ProviderRejected":
      return new ProviderRejected(problem);
    case "ProviderUnavailable":
      return new ProviderUnavailable(problem);
    case "RateLimited":
      return new RateLimited(problem);
    case "ProviderNotConfigured":
      return new ProviderNotConfigured(problem);
    case "AlreadyRunning":
      return new AlreadyRunning(problem, operation);
    case "AlreadyFinal":
      return new AlreadyFinal(problem, operation);
    case "WriteUnconfirmed":
      return new WriteUnconfirmed(problem);
    case "DeadlinePassed":
      return new DeadlinePassed(problem);
    case "NotAllowed":
      return new NotAllowed(problem);
  }
}
