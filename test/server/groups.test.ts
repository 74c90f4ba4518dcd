/** Who shares an execution, and who does not; and that a failing store is told to nobody. */
import { beforeEach, expect, test } from "@jest/globals";
import { buildSchema, type ExecutionArgs, parse } from "graphql";
import type { Told } from "../../src/live/stream.ts";
import { everyRight } from "../../src/operations/rights.ts";
import type { Caller, Context } from "../../src/resolvers/context.ts";
import { createGroups, type Group, type Groups, type Made, Unshown } from "../../src/server/groups.ts";
import { StoreTimeout } from "../../src/store/errors.ts";

const schema = buildSchema(`
  type Query { a: Int }
  type Subscription { changed(ids: [ID!], after: String): Event }
  type Event { cursor: String, later(after: String): String }
`);
const query = "subscription ($ids: [ID!], $after: String) { changed(ids: $ids, after: $after) { cursor later } }";
const document = parse(query);
let executions = 0;
let failing: Error | null = null;
let callers: Caller[] = [];
let groups: Groups;

beforeEach(() => {
  executions = 0;
  failing = null;
  callers = [];
  groups = createGroups({
    createContext: (caller) => {
      callers.push(caller);
      // The resolvers of this suite use nothing of it.
      return {} as Context;
    },
    present: ({ data }) => ({ data }),
  });
});

const caller: Caller = {
  viewer: { tenant: "default", owner: "me", seesTenant: false, address: "192.0.2.1" },
  rights: everyRight,
  customer: null,
  customerToken: "secret",
  byGet: false,
  isGone: () => true,
};

/** A change, as the schema's default resolvers read it. */
function change(cursor: string): Told {
  const event = {
    cursor,
    later: async () => {
      executions += 1;
      if (failing) throw failing;
      return "later";
    },
  };
  return { changed: event } as unknown as Told;
}

function join(parts: Partial<ExecutionArgs> = {}, who: Partial<Caller> = {}): Group {
  return groups.join({ schema, document, variableValues: { ids: ["1"] }, ...parts }, { ...caller, ...who });
}

const payloadOf = (group: Group, told: Told): Promise<string> =>
  new Promise((resolve, reject) => {
    const take = (made: Made) => ("failure" in made ? reject(made.failure) : resolve(String(made.payload)));
    const payload = group.payload(told, take);
    if (payload) take({ payload });
  });

test("members are told the same bytes of one execution, whenever they ask; the next change is executed anew", async () => {
  const members = [join(), join(), join()];
  const first = change("1");
  const payloads = await Promise.all(members.map((group) => payloadOf(group, first)));
  expect(payloads).toEqual(Array(3).fill('{"data":{"changed":{"cursor":"1","later":"later"}}}}'));
  await payloadOf(join(), first);
  expect(executions).toBe(1);
  await payloadOf(join(), change("2"));
  expect(executions).toBe(2);
});

test("where a subscriber begins makes no difference, nor the order of variables, nor its address", () => {
  join();
  join({ variableValues: { ids: ["1"], after: "cursor" } });
  join({ variableValues: { after: "another", ids: ["1"] } });
  join({}, { viewer: { ...caller.viewer, address: null }, customerToken: null });
  expect(groups.size).toBe(1);
});

test("another document, operation, variable, viewer or right is another group", () => {
  join();
  join({ document: parse(query) });
  join({ operationName: "other" });
  join({ variableValues: { ids: ["2"] } });
  join({}, { viewer: { ...caller.viewer, owner: "you" } });
  join({}, { viewer: { ...caller.viewer, tenant: "other" } });
  join({}, { viewer: { ...caller.viewer, seesTenant: true } });
  join({}, { customer: "7" });
  join({}, { rights: new Set(["operations:read"] as const) });
  expect(groups.size).toBe(9);
});

test("a variable that says where to begin and is used for something else as well tells groups apart", () => {
  const both = parse("subscription ($after: String) { changed(after: $after) { later(after: $after) } }");
  join({ document: both, variableValues: { after: "1" } });
  join({ document: both, variableValues: { after: "2" } });
  expect(groups.size).toBe(2);
});

test("what one member alone brought is not in what all are told", async () => {
  await payloadOf(join(), change("1"));
  expect(callers).toMatchObject([{ viewer: { owner: "me", address: null }, customerToken: null }]);
  expect(callers[0]?.isGone()).toBe(false);
});

test("a group ends with its last member", () => {
  const members = [join(), join()];
  members[0]?.leave();
  expect(groups.size).toBe(1);
  members[1]?.leave();
  expect(groups.size).toBe(0);
});

test("a failing store is told to nobody, and whoever asks again is answered", async () => {
  const [first, second] = [join(), join()];
  const told = change("1");
  failing = new StoreTimeout(1_000);
  const failed = await Promise.allSettled([payloadOf(first, told), payloadOf(second, told)]);
  expect(failed).toMatchObject([{ reason: expect.any(Unshown) }, { reason: expect.any(Unshown) }]);
  expect(executions).toBe(1);
  failing = null;
  expect(await payloadOf(second, told)).toContain('"later":"later"');
});
