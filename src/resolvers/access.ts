/** Cleeng access: decisions now, and their changes. The customer's token is passed on and never kept. */
import { Arg, Ctx, Query, Resolver, Root, Subscription } from "type-graphql";
import { z } from "zod";
import { viewerAddress } from "../datasources/address.ts";
import { cleengAccess } from "../datasources/cleeng-access/index.ts";
import {
  accessArguments,
  offerId as offerForm,
  customerToken as tokenForm,
} from "../datasources/cleeng-access/input.ts";
import type { AccessDecision } from "../datasources/cleeng-access/status.ts";
import { parseInput } from "../datasources/input.ts";
import { invalidInput, isProblem, notConfigured, type Problem as ProblemData } from "../datasources/problems.ts";
import type { AccessTold } from "../live/access.ts";
import { AccessChange, AccessCheck, AccessResult, type Problem, toGraphProblem } from "../schema/index.ts";
import { Needs } from "../schema/rules.ts";
import { notYourAddress } from "./arguments.ts";
import type { Context } from "./context.ts";
import { badUserInput, codedError, limitExceeded } from "./errors.ts";

@Resolver()
export class AccessResolver {
  @Needs(["access:check"])
  @Query(() => AccessResult, {
    description:
      "May this customer see this offer, now? customerToken may instead come as the header x-cleeng-customer-token (or the " +
      "connection parameter of that name); as an argument it is refused over GET. With neither: InvalidInput.",
  })
  access(
    @Arg("offerId", () => String, {
      description: "Cleeng's id of the offer; with a suffix such as _US for one country.",
    })
    offerId: string,
    @Arg("customerToken", () => String, { nullable: true, description: "Cleeng's token of the customer. A secret." })
    customerToken: string | null,
    @Arg("ipAddress", () => String, {
      nullable: true,
      description: "The customer's public IPv4 address; each uses up one of 4 places for 3 hours.",
    })
    ipAddress: string | null,
    @Ctx() context: Context,
  ): Promise<AccessCheck | Problem> {
    return check(context, { offerId, customerToken, ipAddress }, "offerId");
  }

  @Needs(["access:check"], { forEach: "offerIds" })
  @Query(() => [AccessResult], {
    description: "In the order asked; one HTTP request upstream for each 25 offers. At most 200.",
  })
  accessMany(
    @Arg("offerIds", () => [String], { description: "Cleeng's ids of the offers." }) offerIds: string[],
    @Arg("customerToken", () => String, { nullable: true, description: "As for access." }) customerToken: string | null,
    @Arg("ipAddress", () => String, { nullable: true, description: "As for access." }) ipAddress: string | null,
    @Ctx() context: Context,
  ): Promise<Array<AccessCheck | Problem>> {
    tooMany(context, offerIds);
    return Promise.all(
      offerIds.map((offerId, index) => check(context, { offerId, customerToken, ipAddress }, `offerIds.${index}`)),
    );
  }

  @Needs(["access:check"])
  @Subscription(() => AccessChange, {
    description:
      "The decision for each offer at once (SNAPSHOT), then whenever accessGranted, grantType or expiresAt changes. A provider " +
      "that can't be asked for a while is not a change: the last decision stands. A refused or expired token is told once, and " +
      "then the stream completes. The token is kept in memory alone, for as long as the subscription lasts.",
    subscribe: ({ args, context }) => watch(context as Context, args as WatchArguments),
  })
  accessChanged(
    @Arg("offerIds", () => [String], { description: "Cleeng's ids of the offers; at most 200." }) _offerIds: string[],
    @Arg("customerToken", () => String, { nullable: true, description: "As for access." }) _customerToken:
      | string
      | null,
    @Root() { offerId, kind, at, result }: AccessTold,
  ): AccessChange {
    return new AccessChange({ offerId, kind, at, result: presentDecision(result, at) as AccessResult });
  }
}

interface AccessArguments {
  readonly offerId: string;
  readonly customerToken: string | null | undefined;
  readonly ipAddress: string | null | undefined;
}

async function check(context: Context, given: AccessArguments, path: string): Promise<AccessCheck | Problem> {
  const { loaders, viewer, byGet } = context;
  if (given.ipAddress != null && !viewer.seesTenant) return toGraphProblem(notYourAddress());
  if (!loaders.access) return toGraphProblem(notConfigured(cleengAccess.provider, cleengAccess.configuredBy));
  if (byGet && given.customerToken != null) return toGraphProblem(tokenOverGet());
  const customerToken = given.customerToken ?? context.customerToken ?? undefined;
  const judged = parseInput(accessArguments, { offerId: given.offerId, customerToken, ipAddress: given.ipAddress });
  if (!judged.ok) {
    const fields = judged.problem.fields.map((field) => (field.path === "offerId" ? { ...field, path } : field));
    return toGraphProblem(invalidInput(fields));
  }
  // Without one given, the connection's own, where it is one that Cleeng may be told.
  const ipAddress = viewerAddress(judged.value.ipAddress, viewer.address);
  const result = await loaders.access.load({ ...judged.value, ipAddress });
  return presentDecision(result, new Date(context.operations.clock.now()));
}

interface WatchArguments {
  readonly offerIds: readonly string[];
  readonly customerToken?: string | null;
}

const watchArguments = z.object({
  offerIds: z.array(offerForm).min(1, "Expected at least one offer to watch; got none."),
  customerToken: tokenForm,
});

async function watch(context: Context, { offerIds, customerToken }: WatchArguments) {
  tooMany(context, offerIds);
  const judged = parseInput(watchArguments, {
    offerIds,
    customerToken: customerToken ?? context.customerToken ?? undefined,
  });
  if (!judged.ok) throw badUserInput(judged.problem);
  const client = context.connections.client(cleengAccess);
  if (!client) {
    const { message, code } = notConfigured(cleengAccess.provider, cleengAccess.configuredBy);
    throw codedError("BAD_USER_INPUT", message, { problem: code });
  }
  const { live, accessWatch, viewer, isGone } = context;
  return live.patiently(isGone, () => accessWatch.open(client, { ...judged.value, viewer }));
}

function tooMany({ limits: { offers } }: Context, offerIds: readonly string[]): void {
  if (offerIds.length > offers) throw limitExceeded("offers", offers, offerIds.length, "Ask several times.");
}

function tokenOverGet(): ProblemData {
  const message =
    "Expected the token in the header x-cleeng-customer-token: over GET an argument ends up in logs and histories.";
  return invalidInput([{ path: "customerToken", message }]);
}

function presentDecision(result: AccessDecision | ProblemData, checkedAt: Date): AccessCheck | Problem {
  if (isProblem(result)) return toGraphProblem(result);
  return new AccessCheck({
    ...result,
    expiresAt: result.expiresAt === null ? null : new Date(result.expiresAt),
    checkedAt,
  });
}
