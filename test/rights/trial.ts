/** Tries cells of the matrix on a gateway, many at once, and says in one word what came of each. */
import { type Case, type Cell, customers, type Outcome, ownerOf, viewerOf } from "./cases.ts";
import { type Given, type Probe, probes, type Subject } from "./probes.ts";
import { asMaker, type Owner, type Role } from "./roles.ts";
import type { Answer, Kind, Target, World } from "./world.ts";

/** A cell with what it is tried on. */
export interface Trial {
  readonly cell: Cell;
  readonly probe: Probe;
  readonly subject: Subject;
}

export interface Tried extends Trial {
  /** An Outcome, or a sentence on what came instead. */
  readonly outcome: Outcome | string;
  /** The whole answer, with the target's ids taken out: equal for what must not be told apart. */
  readonly words: string;
  /** The whole answer. */
  readonly text: string;
  /** How often its provider was asked, in the meantime and of it. */
  readonly asked: number;
}

/** Each cell about an operation gets one of its own, so that none sees what another has done. */
export async function prepare(world: World, cells: readonly Cell[], roles: readonly Role[]): Promise<Trial[]> {
  const since = new Map<string, string>();
  for (const { name } of roles) since.set(name, await cursorOf(world, { tenant: "acme", sub: name }));
  const wanted = new Map<string, { kind: Kind; owner: Owner; cells: Cell[] }>();
  for (const cell of cells) {
    const owner = cell.on.about === "an operation" ? ownerOf(cell.role, cell.on.relation) : null;
    if (!owner) continue;
    const kind = probeOf(cell).plants;
    const key = JSON.stringify([kind, owner]);
    const group = wanted.get(key) ?? { kind, owner, cells: [] };
    group.cells.push(cell);
    wanted.set(key, group);
  }
  const targets = new Map<Cell, Target>();
  for (const { kind, owner, cells: ofGroup } of wanted.values()) {
    const planted = await world.plant(kind, owner, ofGroup.length);
    for (const [place, target] of planted.entries()) {
      const cell = ofGroup[place];
      if (cell) targets.set(cell, target);
    }
  }
  // Last, so that a stream that has told of it has told of all the others that it tells of.
  const markers = new Map<string, Target>();
  for (const { name } of roles) {
    const [marker] = await world.plant("PurchaseSync", { tenant: "acme", sub: name }, 1);
    if (marker) markers.set(name, marker);
  }
  return cells.map((cell, place) => {
    const marker = markers.get(cell.role.name);
    if (!marker) throw new Error(`Expected a marker of ${cell.role.name}.`);
    return {
      cell,
      probe: probeOf(cell),
      subject: {
        target: targets.get(cell) ?? world.nobodys(),
        marker,
        since: since.get(cell.role.name) ?? "",
        ...claimsIn(cell.on),
        stamp: `${100_000_000_000_000 + place}`,
      },
    };
  });
}

function claimsIn(on: Case): Pick<Subject, "customerId" | "ipAddress"> {
  const isAnother = on.about === "a customer" && on.customer === "another";
  const withAddress = (on.about === "a customer" || on.about === "an address") && on.withAddress;
  return { customerId: isAnother ? customers.another : customers.theirs, ipAddress: withAddress ? "8.8.8.8" : null };
}

/** The place of the first thing that somebody had. */
async function cursorOf(world: World, owner: Owner): Promise<string> {
  const [first] = await world.plant("PurchaseSync", owner, 1);
  const { data } = await world.http.ask(
    asMaker(owner),
    "query ($id: ID!) { node(id: $id) { ... on Operation { timeline { pageInfo { endCursor } } } } }",
    { id: first?.id },
  );
  return data.node.timeline.pageInfo.endCursor;
}

const atOnce = 16;

export async function tryAll(world: World, trials: readonly Trial[]): Promise<Tried[]> {
  const tried: Tried[] = [];
  const left = [...trials];
  const work = async () => {
    for (let trial = left.shift(); trial; trial = left.shift()) tried.push(await tryOne(world, trial));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return tried;
}

async function tryOne(world: World, trial: Trial): Promise<Tried> {
  const { cell, subject } = trial;
  const mark = cell.on.about === "an operation" ? subject.target.naturalId : subject.stamp;
  const before = world.providers.asked(mark);
  const answer = await askOne(world, trial);
  const { given, errors, status } = answer;
  const asked = world.providers.asked(mark) - before;
  const text = JSON.stringify({ given, errors, status });
  const words = text.replaceAll(subject.target.id, "<id>").replaceAll(subject.target.naturalId, "<id>");
  return { ...trial, outcome: outcomeOf(trial, answer), words, text, asked };
}

interface Asked extends Pick<Answer, "errors"> {
  readonly given: Given;
  /** Of HTTP; else null. */
  readonly status: number | null;
  /** Whether errors came where a refusal has no place: in an event of a stream. */
  readonly tooLate: boolean;
}

async function askOne(world: World, { cell, probe, subject }: Trial): Promise<Asked> {
  const viewer = viewerOf(cell.role, cell.on);
  const variables = probe.variables(subject);
  if (!cell.field.startsWith("Subscription.")) {
    const door = cell.door === "HTTP" ? world.http : world.webSocket;
    const { data, errors, status = null } = await door.ask(viewer, probe.document, variables);
    return { given: data?.given ?? null, errors, status, tooLate: false };
  }
  const isEnough = (data: Given) => cell.on.about === "nothing" || JSON.stringify(data).includes(subject.marker.id);
  const { events, errors, inEvent } = await world.listen(viewer, probe.document, variables, isEnough);
  return { given: events.map(({ given }) => given), errors, status: null, tooLate: inEvent };
}

function outcomeOf({ cell, probe, subject }: Trial, { given, errors, tooLate }: Asked): Outcome | string {
  const [error] = errors;
  if (error) {
    const { code, ids } = error.extensions;
    const isBare = errors.length === 1 && !tooLate && (given === null || given.length === 0);
    if (isBare && code === "FORBIDDEN") return "forbidden";
    if (isBare && code === "NOT_FOUND" && JSON.stringify(ids) === JSON.stringify([subject.target.id]))
      return "not found";
    return `${tooLate ? "an event with " : ""}the errors ${JSON.stringify(errors)} and ${JSON.stringify(given)}`;
  }
  // A stream that ends without a word is no answer: what it can't tell of, it must be refused for.
  if (Array.isArray(given) && given.length === 0) return "nothing at all";
  const about = given === null ? null : probe.about(given, subject);
  if (about === null || about === undefined) return "not found";
  const typename: unknown = about.__typename;
  if (typename === "NotFound") return "not found";
  if (typename === "NotAllowed") return "not allowed";
  const text = JSON.stringify(about);
  if (Object.keys(about).some((name) => name === `${typename}__code`)) return `the problem ${text}`;
  if (cell.on.about === "an operation" && !text.includes(subject.target.id)) return `something else: ${text}`;
  return "shown";
}

function probeOf({ field }: Cell): Probe {
  const probe = probes[field];
  if (!probe) throw new Error(`Expected a probe of ${field}.`);
  return probe;
}

/** As their owner sees them: what a refused call must not have changed. */
export async function standingOf(world: World, targets: readonly Target[]): Promise<Map<string, string>> {
  const owners = Map.groupBy(targets, ({ owner }) => JSON.stringify(owner));
  const standing = new Map<string, string>();
  for (const [key, ofOwner] of owners) {
    const owner: Owner | null = JSON.parse(key);
    for (let from = 0; owner && from < ofOwner.length; from += 500) {
      const ids = ofOwner.slice(from, from + 500).map(({ id }) => id);
      const { data } = await world.http.ask(asMaker(owner), standingQuery, { ids });
      for (const node of data.nodes) standing.set(node.id, JSON.stringify(node));
    }
  }
  return standing;
}

const standingQuery = `query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Operation {
  revision state outcome followed tags checkedAt changedAt nextCheckAt deadlineAt providerStatus timeline { nodes { revision } } } } }`;
