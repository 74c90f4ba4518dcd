/** Parcels: look-up, send, follow. */
import { Arg, Ctx, ID, Mutation, Query, Resolver } from "type-graphql";
import { z } from "zod";
import { parseWrite } from "../../../src/datasources/input.ts";
import { follow } from "../../../src/operations/lookup.ts";
import { submit } from "../../../src/operations/submit.ts";
import { judgeFollow, naturalId } from "../../../src/resolvers/arguments.ts";
import type { Context } from "../../../src/resolvers/context.ts";
import { presentResult } from "../../../src/resolvers/present.ts";
import { toGraphProblem } from "../../../src/schema/index.ts";
import { Needs } from "../../../src/schema/rules.ts";
import { listOperations } from "../../../src/store/operations.ts";
import { courier, parcelInput } from "./courier.ts";
import { Depot, Parcel, ParcelResult, SendParcelInput } from "./parcel.ts";

const { kind } = courier;
const idShape = z.object({ trackingId: naturalId });

@Resolver()
export class ParcelResolver {
  @Needs(["operations:read"])
  @Query(() => ParcelResult, { description: "A parcel, as the courier sees it now." })
  async parcel(@Arg("trackingId", () => ID) trackingId: string, @Ctx() context: Context) {
    return presentResult(context, await context.loaders.lookUp.load({ kind, naturalId: trackingId, maxAgeSeconds: 5 }));
  }

  @Needs(["operations:read"])
  @Query(() => Depot, { description: "The parcels under way." })
  async depot(@Ctx() { operations: { store }, viewer }: Context): Promise<Depot> {
    const filter = { kinds: [kind], states: ["PENDING", "RUNNING"] } as const;
    const scope = { tenant: viewer.tenant, owner: null };
    const rows = await listOperations(store, { scope, filter, limit: 10, after: null });
    return new Depot(rows.map((row) => new Parcel(row)));
  }

  @Needs(["operations:write", "service"])
  @Mutation(() => ParcelResult, { description: "Sends a parcel, and follows it." })
  async sendParcel(@Arg("input", () => SendParcelInput) input: SendParcelInput, @Ctx() context: Context) {
    const judged = parseWrite(parcelInput, input);
    if (!judged.ok) return toGraphProblem(judged.problem);
    const { work, labels } = judged.value;
    const write = context.connections.client(courier)?.send ?? null;
    const submission = { kind, write, input: work, asked: work, ...labels };
    return presentResult(context, await submit(context.operations, context.viewer, submission));
  }

  @Needs(["operations:write"])
  @Mutation(() => ParcelResult, { description: "Follows a parcel that was sent elsewhere." })
  async followParcel(@Arg("trackingId", () => ID) trackingId: string, @Ctx() context: Context) {
    const judged = judgeFollow(idShape, { trackingId }, []);
    if (!judged.ok) return toGraphProblem(judged.problem);
    const wanted = { kind, naturalId: trackingId, tags: [] };
    return presentResult(context, await follow(context.operations, context.viewer, wanted));
  }
}
