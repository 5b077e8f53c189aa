import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, Operation } from '../../wiring/library.js';
import { unknown, type Native, type Site, type Value } from '../../wiring/value.js';
import { makeServer, observeServed, observeSockets } from './serving.js';

interface Serve {
  options: Value;
  server: Native;
  site: Site;
}
const servers = (it: Evaluator): Serve[] => it.stateOf<Serve[]>('bun', () => []);
const serve: Operation = (it, [options], site) => {
  const server = makeServer(it);
  if (options) servers(it).push({ options, server, site });
  return server;
};
const option = (options: Value, name: string): Value | null =>
  options.k === 'record' ? (options.members.get(name) ?? null) : null;

/** Bun's server. https://bun.com/docs/runtime/http/server */
export const bun: LibraryModel = {
  name: 'bun',
  packages: ['bun'],
  globals: ['Bun.serve'],
  about: {
    title: 'Bun',
    registers:
      '`Bun.serve`: `routes` (a function, or one for each method), `fetch` by the paths and methods that it compares with, WebSockets by `server.upgrade` and the messages that they tell apart',
    guards: 'tests in the handler, and on the way to `upgrade`',
    answers: 'a returned `Response`, a throw',
    limits: 'a module that exports `{ fetch }` without calling `serve`; `Bun.listen`',
  },
  calls: { serve },
  // Settings, and the rest as what it is.
  member: (_it, path) => (path[0] === 'env' && path.length === 2 ? unknown([`config:${path[1]}`]) : null),
  global: (_it, name) => (name === 'Bun' ? { k: 'external', package: 'bun', path: [] } : null),
  finish: (it) => {
    for (const { options, server, site } of servers(it))
      it.attempt(it.place(site), () => {
        const fetch = option(options, 'fetch');
        const routes = option(options, 'routes') ?? option(options, 'static');
        if (options.k !== 'record' && options.k !== 'native')
          it.gap('what this server serves is not known', it.place(site));
        observeServed(it, 'bun', { fetch, routes, site, server });
        const websocket = option(options, 'websocket');
        if (websocket) observeSockets(it, 'bun', { websocket, site, server, by: fetch });
      });
  },
};
