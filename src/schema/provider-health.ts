/** How the providers are doing, as the transport and the store tell it. */
import { Field, Float, Int, ObjectType } from "type-graphql";
import { countedOnce } from "./connection.ts";
import { enumOf, Provider } from "./enums.ts";

export const CircuitState = enumOf("CircuitState", "Whether a provider is asked at all.", {
  CLOSED: "It is asked.",
  HALF_OPEN: "It failed; one call tries whether it is back.",
  OPEN: "It failed; nothing is sent for a while.",
});

export interface ProviderHealthData {
  /** Member of Provider. */
  readonly provider: string;
  readonly configured: boolean;
  readonly sandbox: boolean;
  readonly circuit: keyof typeof CircuitState;
  readonly budgetLeft: number | null;
  readonly requestsLastMinute: number;
  readonly errorsLastMinute: number;
  /** Milliseconds; null without a request in the last minute. */
  readonly p95LatencyMs: number | null;
  /** A number, or how to count it when a client asks. */
  readonly openOperations: number | (() => number | Promise<number>);
}

@ObjectType({
  description:
    "How a provider is doing, as this node sees it. Cleeng's two hosts are shown as one: the worse circuit, the sums of the rest.",
  simpleResolvers: true,
})
export class ProviderHealth {
  @Field(() => Provider, { description: "Which one." })
  readonly provider: string;

  @Field(() => Boolean, { description: "Whether this gateway runs with it." })
  readonly configured: boolean;

  @Field(() => Boolean, { description: "Whether the sandbox stands in for it." })
  readonly sandbox: boolean;

  @Field(() => CircuitState, { description: "Whether it is asked at all." })
  readonly circuit: keyof typeof CircuitState;

  @Field(() => Float, { nullable: true, description: "Calls that may still be made in this second." })
  readonly budgetLeft: number | null;

  @Field(() => Int, { description: "Calls sent in the last minute." })
  readonly requestsLastMinute: number;

  @Field(() => Int, { description: "Those of them that got no usable answer." })
  readonly errorsLastMinute: number;

  @Field(() => Float, { nullable: true, description: "Milliseconds, over the last minute." })
  readonly p95LatencyMs: number | null;

  @Field(() => Int, { description: "Not settled, among those the viewer may see; counted up to 10,000." })
  readonly openOperations: ProviderHealthData["openOperations"];

  constructor(data: ProviderHealthData) {
    this.provider = data.provider;
    this.configured = data.configured;
    this.sandbox = data.sandbox;
    this.circuit = data.circuit;
    this.budgetLeft = data.budgetLeft;
    this.requestsLastMinute = data.requestsLastMinute;
    this.errorsLastMinute = data.errorsLastMinute;
    this.p95LatencyMs = data.p95LatencyMs;
    this.openOperations = countedOnce(data.openOperations);
  }
}
