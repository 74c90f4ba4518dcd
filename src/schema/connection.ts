/**
 * Pages: the types `<Name>Edge` and `<Name>Connection` for any node. How a page is read is the store's.
 */
// type-graphql refuses to decorate before this is loaded; every file of decorated classes imports one that begins with it.
import "reflect-metadata";
import type { GraphQLScalarType } from "graphql";
import { Field, Int, ObjectType } from "type-graphql";
import { AsItsParent } from "./rules.ts";

@ObjectType({ description: "Where a page lies among the others.", simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, { description: "Whether there is more after endCursor." })
  readonly hasNextPage: boolean;

  @Field(() => Boolean, { description: "Whether there is more before startCursor." })
  readonly hasPreviousPage: boolean;

  @Field(() => String, { nullable: true, description: "The first edge's cursor; null on an empty page." })
  readonly startCursor: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The last edge's cursor, to hand back as `after`; null on an empty page.",
  })
  readonly endCursor: string | null;

  constructor(
    edges: ReadonlyArray<{ readonly cursor: string }>,
    more: { hasNextPage: boolean; hasPreviousPage: boolean },
  ) {
    this.hasNextPage = more.hasNextPage;
    this.hasPreviousPage = more.hasPreviousPage;
    this.startCursor = edges.at(0)?.cursor ?? null;
    this.endCursor = edges.at(-1)?.cursor ?? null;
  }
}

/** A number, or how to come by it: a function is called only when a client asks for totalCount. */
export type Count = number | null | (() => number | null | Promise<number | null>);

/** However often it is asked under aliases. */
export function countedOnce<T extends number | null>(count: T | (() => T | Promise<T>)): T | (() => T | Promise<T>) {
  if (typeof count !== "function") return count;
  let counted: T | Promise<T> | undefined;
  return () => {
    counted ??= count();
    return counted;
  };
}

export interface PageData<Node> {
  readonly edges: ReadonlyArray<{ readonly cursor: string; readonly node: Node }>;
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** Ignored by a connection without totalCount. */
  readonly totalCount?: Count;
}

export interface Page<Node> {
  readonly edges: ReadonlyArray<{ readonly cursor: string; readonly node: Node }>;
  readonly nodes: readonly Node[];
  readonly pageInfo: PageInfo;
  readonly totalCount: Count;
}

interface ConnectionOptions {
  /** The scalar of an edge's cursor: a String of the page, or a Cursor of the log. */
  readonly cursor: GraphQLScalarType;
  readonly description: string;
  /** Left out where a connection has no totalCount. */
  readonly totalCount?: { readonly nullable: boolean; readonly description: string };
}

/** Declares `<name>Edge` and `<name>Connection`; the class that it gives back makes a page. `node` is the class of the nodes. */
export function Connection<Node extends object>(
  name: string,
  node: () => object,
  { cursor, description, totalCount }: ConnectionOptions,
): new (
  data: PageData<Node>,
) => Page<Node> {
  @ObjectType(`${name}Edge`, { description: `One entry of ${name}Connection, and its place.`, simpleResolvers: true })
  class Edge {
    @Field(() => cursor, { description: "The entry's place, to hand back as `after`." })
    readonly cursor: string;

    @AsItsParent()
    @Field(node, { description: "The entry." })
    readonly node: Node;

    constructor(edge: { readonly cursor: string; readonly node: Node }) {
      this.cursor = edge.cursor;
      this.node = edge.node;
    }
  }

  @ObjectType(`${name}Connection`, { description, simpleResolvers: true })
  class ConnectionPage implements Page<Node> {
    @Field(() => [Edge], { description: "The entries of this page, each with its place." })
    readonly edges: readonly Edge[];

    @AsItsParent()
    @Field(() => [node()], { description: "The entries of this page." })
    readonly nodes: readonly Node[];

    @Field(() => PageInfo, { description: "Where this page lies among the others." })
    readonly pageInfo: PageInfo;

    readonly totalCount: Count;

    constructor(data: PageData<Node>) {
      this.edges = data.edges.map((edge) => new Edge(edge));
      this.nodes = data.edges.map((edge) => edge.node);
      this.pageInfo = new PageInfo(data.edges, data);
      this.totalCount = countedOnce(data.totalCount ?? null);
    }
  }

  if (totalCount) Field(() => Int, totalCount)(ConnectionPage.prototype, "totalCount");
  return ConnectionPage;
}
