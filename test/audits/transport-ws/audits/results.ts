/** Operations with one result: next, complete and error, each under the right id. */
import { type Audit, must, should } from "../audit.ts";
import { expectThat, isEqual, isObject, shown } from "../breach.ts";
import { areErrors, dataOf, errorOf, isUsable, outcomesOf } from "../operations.ts";
import { complete, onConnection, subscribe } from "../peer.ts";
import { documentOf } from "../target.ts";

/** At any server, for `__typename` has no fields. */
const invalid = "{ __typename { aField } }";
const noDocument = "{ __typename";

export const results: readonly Audit[] = [
  must("5A21", "answer a query with one next, then complete", (target) =>
    onConnection(target, async (peer) => {
      peer.send(subscribe("1", target.documents.query));
      await dataOf(peer, "1");
    }),
  ),
  must(
    "C94F",
    "answer a mutation with one next, then complete",
    (target) =>
      onConnection(target, async (peer) => {
        peer.send(subscribe("1", documentOf(target, "mutation")));
        await dataOf(peer, "1");
      }),
    "mutation",
  ),
  must("7730", "send nothing for an operation after its complete", (target) =>
    onConnection(target, async (peer) => {
      peer.send(subscribe("1", target.documents.query));
      await dataOf(peer, "1");
      const more = (await peer.quiet()).filter(({ id }) => id === "1");
      expectThat(more.length === 0, `Expected nothing after complete; got ${shown(more[0])}.`);
    }),
  ),
  must("E8C2", "execute with the variables that come with the document", (target) =>
    onConnection(target, async (peer) => {
      const query = "query ($yes: Boolean!) { here: __typename @include(if: $yes) there: __typename @skip(if: $yes) }";
      for (const yes of [true, false]) {
        const id = `${yes}`;
        peer.send(subscribe(id, query, { variables: { yes } }));
        const names = Object.keys(await dataOf(peer, id));
        expectThat(
          isEqual(names, [yes ? "here" : "there"]),
          `Expected $yes to be ${yes}; got the fields ${shown(names)}.`,
        );
      }
    }),
  ),
  must("38B5", "execute the operation that operationName names", (target) =>
    onConnection(target, async (peer) => {
      const query = "query A { a: __typename } query B { b: __typename }";
      peer.send(subscribe("1", query, { operationName: "B" }));
      const names = Object.keys(await dataOf(peer, "1"));
      expectThat(isEqual(names, ["b"]), `Expected the operation B; got the fields ${shown(names)}.`);
    }),
  ),
  must("0DF6", "take null for variables, operationName and extensions as if they were not there", (target) =>
    onConnection(target, async (peer) => {
      const more = { variables: null, operationName: null, extensions: null };
      peer.send(subscribe("1", target.documents.query, more));
      await dataOf(peer, "1");
    }),
  ),
  must("A49B", "take extensions that it doesn't know, and answer all the same", (target) =>
    onConnection(target, async (peer) => {
      peer.send(subscribe("1", target.documents.query, { extensions: { "a name of nobody's": { deep: [1] } } }));
      await dataOf(peer, "1");
    }),
  ),
  must("6107", "answer a document that is not valid with error, before any result", (target) =>
    onConnection(target, async (peer) => {
      peer.send(subscribe("1", invalid));
      await errorOf(peer, "1");
    }),
  ),
  should("D2E8", "answer a document that can't be parsed with error, and keep the socket open", (target) =>
    onConnection(target, async (peer) => {
      peer.send(subscribe("1", noDocument));
      const { payload } = await errorOf(peer, "1");
      expectThat(areErrors(payload), `Expected a list of errors with messages; got ${shown(payload)}.`);
      await isUsable(peer, target);
    }),
  ),
  should("F67C", "answer an operationName that the document has not with error", (target) =>
    onConnection(target, async (peer) => {
      peer.send(subscribe("1", "query A { __typename }", { operationName: "B" }));
      await errorOf(peer, "1");
    }),
  ),
  must("8B03", "make the payload of error a list of objects with a message each, and not an empty one", (target) =>
    onConnection(target, async (peer) => {
      peer.send(subscribe("1", invalid));
      const { payload } = await errorOf(peer, "1");
      expectThat(areErrors(payload), `Expected a list of errors with messages; got ${shown(payload)}.`);
    }),
  ),
  must("29DA", "send nothing for an operation after its error, no complete either", (target) =>
    onConnection(target, async (peer) => {
      peer.send(subscribe("1", invalid));
      await errorOf(peer, "1");
      const more = (await peer.quiet()).filter(({ id }) => id === "1");
      expectThat(more.length === 0, `Expected nothing after error; got ${shown(more[0])}.`);
    }),
  ),
  must("B36E", "keep the socket open, and answer others, after an operation has ended with error", (target) =>
    onConnection(target, async (peer) => {
      for (const id of ["1", "2"]) {
        peer.send(subscribe(id, invalid));
        await errorOf(peer, id);
        await isUsable(peer, target);
      }
    }),
  ),
  must("4C81", "answer several operations at once on one socket, each under its own id", (target) =>
    onConnection(target, async (peer) => {
      const ids = Array.from({ length: 12 }, (_, index) => `operation ${index}`);
      for (const [index, id] of ids.entries()) {
        peer.send(index % 4 === 3 ? subscribe(id, invalid) : subscribe(id, `{ answer${index}: __typename }`));
      }
      const outcomes = await outcomesOf(peer, ids);
      for (const [index, id] of ids.entries()) {
        const outcome = outcomes.get(id);
        const wanted = index % 4 === 3 ? "error" : "complete";
        expectThat(outcome?.end.type === wanted, `Expected ${wanted} for ${shown(id)}; got ${shown(outcome)}.`);
        const result = outcome.results[0];
        const names = isObject(result) && isObject(result.data) ? Object.keys(result.data) : [];
        const fields = wanted === "error" ? [] : [`answer${index}`];
        expectThat(
          isEqual(names, fields),
          `Expected the fields ${shown(fields)} for ${shown(id)}; got ${shown(names)}.`,
        );
      }
    }),
  ),
  should("1F5D", "not send the result of a query that the client completed before it was there", (target) =>
    onConnection(target, async (peer) => {
      peer.send(subscribe("1", target.documents.query));
      peer.send(complete("1"));
      // What was sent before the complete was read is on its way; the pong is sent after that.
      await peer.fence();
      const more = (await peer.quiet()).filter(({ id }) => id === "1");
      expectThat(more.length === 0, `Expected nothing after the client's complete; got ${shown(more[0])}.`);
    }),
  ),
];
