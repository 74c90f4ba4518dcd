/** Starts GraphiQL in the page. It knows where GraphQL answers, how headers reach a socket, and nothing of the schema. */
import { explorerStorage } from "./storage.js";

// Set by the classic scripts before this one; the page has no bundler.
const { React, ReactDOM, GraphiQL, graphqlWs } = window;
// The name under which GraphiQL's parts look for the mark that the page's policy wants on a style element.
window.__webpack_nonce__ = document.querySelector("meta[name=style-nonce]").content;
const place = document.getElementById("explorer");

/** A request or, for a subscription, a socket: each bears the headers that stood in the headers editor when it was sent. */
function createFetcher(endpoint) {
  const socketUrl = new URL(endpoint, location.href);
  socketUrl.protocol = socketUrl.protocol === "https:" ? "wss:" : "ws:";
  return (request, options) => {
    // GraphiQL's fetcher gives headers to HTTP alone. A client connects only when something subscribes, and lets go of its
    // socket with the last subscription, so one for each request costs nothing and can't hold on to an older token.
    const wsClient = graphqlWs.createClient({
      url: socketUrl.href,
      connectionParams: withLowerCaseNames(options?.headers ?? {}),
    });
    return GraphiQL.createFetcher({ url: endpoint, wsClient })(request, options);
  };
}

/** HTTP's names know no case; the payload of a socket's first message is plain JSON, and does. */
function withLowerCaseNames(headers) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

async function start() {
  const response = await fetch("/graphiql/explorer.json");
  if (!response.ok) throw new Error(`expected /graphiql/explorer.json with status 200, got ${response.status}`);
  const { endpoint, tabs } = await response.json();
  const explorer = React.createElement(
    GraphiQL,
    {
      fetcher: createFetcher(endpoint),
      defaultTabs: tabs,
      storage: explorerStorage(localStorage, sessionStorage, tabs),
      // The storage decides for how long: see storage.js.
      shouldPersistHeaders: true,
      showPersistHeadersSettings: false,
    },
    React.createElement(GraphiQL.Logo, null, "statusgraph"),
  );
  ReactDOM.createRoot(place).render(explorer);
}

start().catch((error) => {
  place.firstElementChild.textContent = `GraphiQL could not start: ${error.message}. Is the gateway still running? Reload to try again.`;
});
