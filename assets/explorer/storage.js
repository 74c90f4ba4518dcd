/**
 * What the explorer remembers, in the shape of a Web Storage for GraphiQL. It knows GraphiQL's keys, and no network.
 *
 * Headers may bear credentials, so they live no longer than the browser's tab (session); all else is kept (local). An
 * example whose headers are gone gets its own back, so that it runs as it is again.
 */
const prefix = "graphiql:";
const tabsKey = `${prefix}tabState`;
/**
 * GraphiQL also stores the open editors by themselves and, on loading, looks for the tab with the same text; where the
 * two were not written together it opens one tab more. Here the tabs are the only record, and these are read from them.
 */
const editorOf = new Map([
  [`${prefix}query`, "query"],
  [`${prefix}variables`, "variables"],
  [`${prefix}headers`, "headers"],
]);

/** `examples` are the tabs of a visitor who was never here: { query, variables, headers }, each a text or null. */
export function explorerStorage(local, session, examples) {
  const readTabs = () => {
    const stored = parseTabs(session.getItem(tabsKey));
    if (stored) return stored;
    const older = parseTabs(local.getItem(tabsKey));
    return older && mapTabs(older, (tab) => ({ ...tab, headers: tab.headers ?? headersOf(tab, examples) }));
  };
  const openTab = () => {
    const stored = readTabs();
    return stored ? stored.tabs[stored.activeTabIndex] : examples[0];
  };

  return {
    getItem(key) {
      const editor = editorOf.get(key);
      if (editor) return openTab()?.[editor] ?? null;
      if (key !== tabsKey) return local.getItem(key);
      const stored = readTabs();
      return stored && JSON.stringify(stored);
    },
    setItem(key, value) {
      if (editorOf.has(key)) return;
      if (key !== tabsKey) return local.setItem(key, value);
      session.setItem(key, value);
      const stored = parseTabs(value);
      if (stored) local.setItem(key, JSON.stringify(mapTabs(stored, (tab) => ({ ...tab, headers: null }))));
    },
    removeItem(key) {
      local.removeItem(key);
      session.removeItem(key);
    },
    clear() {
      for (const storage of [local, session]) for (const key of ownKeys(storage)) storage.removeItem(key);
    },
    get length() {
      return ownKeys(local).length;
    },
  };
}

function ownKeys(storage) {
  return Object.keys(storage).filter((key) => key.startsWith(prefix));
}

/** Null for what is no list of tabs: the visitor, or another version, may have left anything there. */
function parseTabs(text) {
  try {
    const stored = JSON.parse(text);
    return Array.isArray(stored?.tabs) && stored.tabs.length > 0 ? stored : null;
  } catch {
    return null;
  }
}

function mapTabs(stored, change) {
  return { ...stored, tabs: stored.tabs.map(change) };
}

function headersOf({ query }, examples) {
  return examples.find((example) => example.query === query)?.headers ?? null;
}
