/** A cursor to begin from: the place where the newest operation came into being; none where there is no operation. */
const query = /* GraphQL */ `{ operations(first: 1) { nodes { timeline(first: 1) { nodes { cursor } } } } }`;

export async function beginning(url: string): Promise<string | undefined> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  const { data } = (await response.json()) as {
    data: { operations: { nodes: Array<{ timeline: { nodes: Array<{ cursor: string }> } }> } };
  };
  return data.operations.nodes[0]?.timeline.nodes[0]?.cursor;
}
