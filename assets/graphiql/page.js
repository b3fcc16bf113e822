// GraphiQL beside a field for the token. The token stays in this tab: it is kept for a reload, sent to
// this server only, and gone when the tab is.

'use strict';

(() => {
  const KEY = 'tenantatlas.token';
  const api = new URL('graphql', document.baseURI);
  const sockets = new URL(api);
  sockets.protocol = api.protocol === 'https:' ? 'wss:' : 'ws:';

  const field = document.getElementById('token');
  const state = document.getElementById('state');
  const root = ReactDOM.createRoot(document.getElementById('graphiql'));

  // What was typed, variables with secrets among them, is gone with the page: GraphiQL would keep it in
  // the browser for good.
  const memory = new Map();
  const storage = {
    getItem: (name) => memory.get(name) ?? null,
    setItem: (name, value) => memory.set(name, value),
    removeItem: (name) => memory.delete(name),
    clear: () => memory.clear(),
    get length() {
      return memory.size;
    },
  };

  // A new token makes everything anew: the schema may be read, connections say who they are.
  function show(token, generation) {
    const authorization = `Bearer ${token}`;
    const fetcher = GraphiQL.createFetcher({
      url: api.href,
      headers: token === '' ? {} : { authorization },
      subscriptionUrl: sockets.href,
      wsConnectionParams: { authorization },
    });
    root.render(
      React.createElement(GraphiQL, {
        key: generation,
        fetcher,
        storage,
        // Headers would be kept, and with them a token that somebody writes there.
        isHeadersEditorEnabled: false,
        shouldPersistHeaders: false,
        defaultEditorToolsVisibility: 'variables',
        defaultQuery: '{\n  serverInfo {\n    version\n  }\n}\n',
      }),
    );
    state.value = token === '' ? 'The API answers whoever sends a token.' : '';
  }

  let generation = 0;
  document.getElementById('credential').addEventListener('submit', (event) => {
    event.preventDefault();
    const token = field.value.trim().replace(/^Bearer\s+/i, '');
    sessionStorage.setItem(KEY, token);
    generation += 1;
    show(token, generation);
  });

  field.value = sessionStorage.getItem(KEY) ?? '';
  show(field.value, generation);
})();
