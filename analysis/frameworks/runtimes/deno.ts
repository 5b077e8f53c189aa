import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import {
  isCallable,
  promise,
  record,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { addJob, nameOf, observeJobs } from '../jobs/jobs.js';
import { makeServer, observeServed, pathOfRequest, type Server } from './serving.js';
import { SOCKET } from '../sockets/ws-socket.js';

interface Serve {
  handler: Value;
  server: Native;
  site: Site;
}
export const denoServers = (it: Evaluator): Serve[] => it.stateOf<Serve[]>('deno', () => []);
/** `serve(handler)`, `serve(options, handler)`, `serve({ handler })`, and `serve(handler, options)` of the standard library. */
const serve: Operation = (it, args, site) => {
  const inOptions = args.flatMap((a) => (a.k === 'record' ? (a.members.get('handler') ?? []) : []));
  const handler = [...args.filter((a) => isCallable(a)), ...inOptions][0];
  if (handler) denoServers(it).push({ handler, server: makeServer(it), site });
  else if (args.some((a) => a.k === 'unknown'))
    it.gap('what this server serves is not known', it.place(site));
  return UNKNOWN;
};
/** The request becomes a connection; what is heard on it is set by the handler. */
const upgrade: Operation = (it, [request], site) => {
  const found = pathOfRequest(it, request);
  for (const { server } of denoServers(it))
    (server.state as Server).upgrades.set(found, { facts: it.facts, data: UNKNOWN });
  const path = found === '*' ? null : found;
  return record([
    ['socket', it.native(SOCKET, { path, registration: site })],
    ['response', UNKNOWN],
  ]);
};
const cron: Operation = (it, args, site) => {
  const handler = args.findLast((a) => isCallable(a));
  if (handler)
    addJob(it, 'deno', { kind: 'job', name: nameOf(args[0], 'cron'), handler, site, arguments: [] });
  return promise(UNDEFINED);
};
/** https://docs.deno.com/deploy/kv/queue_overview/ */
const KV: LibraryType = {
  name: 'kv',
  methods: {
    listenQueue: (it, _self, [handler], site) => {
      if (handler)
        addJob(it, 'deno', {
          kind: 'message',
          name: 'queue',
          handler,
          site,
          arguments: [unknown(['message'])],
        });
      return promise(UNDEFINED);
    },
  },
};

/** Deno's server. https://docs.deno.com/api/deno/http-server */
export const deno: LibraryModel = {
  name: 'deno',
  packages: ['deno', '@std/http'],
  globals: ['Deno.serve', 'Deno.cron', '.listenQueue('],
  about: {
    title: 'Deno',
    registers:
      '`Deno.serve` and `serve` of the standard library, by the paths and methods that the handler compares with; `Deno.upgradeWebSocket`; `Deno.cron`, `listenQueue`',
    guards: 'tests in the handler',
    answers: 'a returned `Response`, a throw',
    limits: '`serveHttp`, a module that exports `{ fetch }` for `deno serve`',
  },
  calls: {
    serve,
    '/server.ts.serve': serve,
    '/server.serve': serve,
    upgradeWebSocket: upgrade,
    cron,
    openKv: (it) => promise(it.native(KV, null)),
    'env.get': (_it, [name]) => unknown([`config:${(name && textOf(name)) ?? '?'}`]),
  },
  global: (_it, name) => (name === 'Deno' ? { k: 'external', package: 'deno', path: [] } : null),
  finish: (it) => {
    for (const { handler, server, site } of denoServers(it))
      it.attempt(it.place(site), () =>
        observeServed(it, 'deno', { fetch: handler, routes: null, site, server }),
      );
    observeJobs(it, 'deno');
  },
};
