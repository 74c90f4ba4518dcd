/**
 * The whole matrix: every root field × who asks × whose it is × door. What must come of each cell follows from the table
 * alone; that the table is complete is the business of walk.test.ts.
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { bearer } from "../support/tokens.ts";
import { allCells, type Cell, expectedOf, isAskedFor, nameOf, viewerOf } from "./cases.ts";
import { may, reaches, roles } from "./roles.ts";
import { rootFields } from "./table.ts";
import { prepare, standingOf, type Trial, type Tried, tryAll } from "./trial.ts";
import { startWorld, type World } from "./world.ts";

const cells = allCells(roles);
const fields = Object.keys(rootFields);

let world: World;
const trials = new Map<string, Trial[]>();
const before = new Map<string, string>();
const tried: Tried[] = [];
beforeAll(async () => {
  world = await startWorld();
  const prepared = await prepare(world, cells, roles);
  for (const [field, ofField] of Map.groupBy(prepared, ({ cell }) => cell.field)) trials.set(field, ofField);
  const standing = await standingOf(
    world,
    prepared.map(({ subject }) => subject.target),
  );
  for (const [id, text] of standing) before.set(id, text);
  // Well over a thousand look-ups, before anything is tried.
}, 300_000);
afterAll(() => world.dispose());

test.each(fields)("%s does what its right allows, and nothing else", async (field) => {
  const results = await tryAll(world, trials.get(field) ?? []);
  tried.push(...results);
  expect(results.length).toBeGreaterThanOrEqual(roles.length);
  const wrong = results.filter(({ cell, outcome }) => outcome !== expectedOf(cell));
  expect(wrong.map(({ cell, outcome }) => `${nameOf(cell)}: expected ${expectedOf(cell)}, got ${outcome}`)).toEqual([]);
  // Somebody is let in, and but for what everybody may do, somebody is not.
  const seen = new Set(results.map(({ outcome }) => outcome));
  expect(seen).toContain("shown");
  expect(seen.size).toBeGreaterThan(field === "Query.providers" ? 0 : 1);
});

test("a provider is asked by whoever may have it asked, as often for what is somebody else's as for what is nobody's", () => {
  const wrong = tried.filter(({ cell, asked }) => (isAskedFor(cell) ? asked === 0 : asked > 0));
  expect(wrong.map(({ cell, asked }) => `${nameOf(cell)}: asked ${asked} times`)).toEqual([]);
  expect(unlike(({ asked }) => `${asked}`)).toEqual([]);
});

test("what is somebody else's is answered in the very words of what does not exist", () => {
  expect(unlike(({ words }) => words)).toEqual([]);
});

test("no answer names an operation that its viewer may not see, but by the id that was asked for", () => {
  const leaks = tried.flatMap(({ cell, text, subject }) => {
    const others = text.replaceAll(subject.target.id, "").replaceAll(subject.target.naturalId, "");
    const foreign = world.ownersIn(others).filter((owner) => !reaches(viewerOf(cell.role, cell.on), owner));
    return foreign.map((owner) => `${nameOf(cell)}: ${JSON.stringify(owner)}`);
  });
  expect(leaks).toEqual([]);
  // The markers of lists and streams are found in them, so what is looked for can be found.
  expect(tried.filter(({ text, subject }) => text.includes(subject.marker.id)).length).toBeGreaterThan(100);
});

test("what was refused has changed nothing", async () => {
  const after = await standingOf(
    world,
    tried.map(({ subject }) => subject.target),
  );
  const refused = tried.filter(({ cell, subject }) => subject.target.owner && expectedOf(cell) !== "shown");
  expect(refused.length).toBeGreaterThan(500);
  const changed = refused.filter(({ subject: { target } }) => after.get(target.id) !== before.get(target.id));
  expect(
    changed.map(
      ({ cell, subject: { target } }) => `${nameOf(cell)}: ${before.get(target.id)} became ${after.get(target.id)}`,
    ),
  ).toEqual([]);

  const revoking = tried.filter(({ cell }) => cell.field === "Mutation.revokeTokens");
  const answers = await Promise.all(
    revoking.map(async ({ cell: { role }, subject: { stamp } }) => {
      // From before.
      const earlier = { sub: `nobody-${stamp}`, tenant: "acme", now: Date.now() - 3_600_000, expiresInSeconds: 7_200 };
      const { status } = await world.gateway.request("{ __typename }", {}, await bearer(earlier));
      return `${role.name}: ${status}`;
    }),
  );
  expect(answers).toEqual(revoking.map(({ cell: { role } }) => `${role.name}: ${may(role, "admin") ? 401 : 200}`));
});

test("every cell was tried", () => {
  // About operations: 14 fields by two doors and 2 by one, on 5 targets each. About customers, addresses, and nothing.
  expect(cells).toHaveLength(roles.length * ((14 * 2 + 2) * 5 + 2 * 2 * 4 + 2 * 2 * 2 + 4 * 2 + 1));
  expect(new Set(tried.map(({ cell }) => cell))).toEqual(new Set(cells));
});

/** Cells about what is not the viewer's that differ in something from the one about what does not exist. */
function unlike(of: (one: Tried) => string): string[] {
  const key = ({ cell: { field, role, door } }: Tried) => JSON.stringify([field, role.name, door]);
  const relationOf = ({ on }: Cell) => (on.about === "an operation" ? on.relation : null);
  const reference = new Map(tried.filter(({ cell }) => relationOf(cell) === "nobody's").map((one) => [key(one), one]));
  const compared = tried.filter(({ cell }) => relationOf(cell) !== null && expectedOf(cell) !== "shown");
  expect(compared.length).toBeGreaterThan(1000);
  return compared.flatMap((one) => {
    const same = reference.get(key(one));
    const expected = same ? of(same) : "an answer about nobody's";
    return of(one) === expected ? [] : [`${nameOf(one.cell)}: expected ${expected}, got ${of(one)}`];
  });
}
