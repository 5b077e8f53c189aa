import type { LibraryModel } from '../../wiring/library.js';
import { builtin } from '../../wiring/value.js';
import { makeBindings } from '../web/fetch-handlers.js';
import { configs, FRAMEWORK, workers } from './deployed-workers.js';
import { observeListeners, serviceWorkerGlobal } from './service-workers.js';
import { baseInstance } from './worker-context.js';
import { observeDefault } from './worker-handlers.js';
import { makeSocketPair } from './worker-sockets.js';
import { isWranglerConfig, readWranglerConfig, startedBy } from './wrangler.js';

/** Workers. https://developers.cloudflare.com/workers/runtime-apis/handlers/ */
export const cloudflareWorkers: LibraryModel = {
  name: FRAMEWORK,
  packages: ['cloudflare:workers'],
  about: {
    title: 'Cloudflare Workers',
    registers:
      "the module that a `wrangler` file names: `fetch` (each path and method that it compares with), `scheduled`, `queue`, `email`, `tail`; `WorkerEntrypoint`; `addEventListener('fetch')`; Durable Objects: `fetch`, `alarm`, `webSocketMessage`, public methods as RPC; workflows",
    guards:
      'tests in the handler, also in front of a Hono or itty-router application that it hands requests to',
    answers: 'a returned `Response`, `respondWith`, a throw',
    limits: 'wrappers of the whole Worker (a gap), PartyServer and Agents (a gap), dispatch namespaces',
  },
  calls: {
    DurableObject: baseInstance,
    WorkerEntrypoint: baseInstance,
    WorkflowEntrypoint: baseInstance,
  },
  member: (it, path) => (path.join('.') === 'env' ? makeBindings(it) : null),
  global: (it, name, site) => {
    if (configs(it).length === 0) return null;
    if (name === 'WebSocketPair') return builtin(name, (_args, _self, at) => makeSocketPair(it, at));
    return it.loader.entryFiles(FRAMEWORK).length > 0 ? serviceWorkerGlobal(it, name, site) : null;
  },
  isEntry: () => false,
  named: (texts) =>
    [...texts]
      .filter(([path]) => isWranglerConfig(path))
      .flatMap(([path, text]) => startedBy(readWranglerConfig(path, text))),
  reads: isWranglerConfig,
  prepare: (it, texts) => {
    for (const [path, text] of texts) configs(it).push(readWranglerConfig(path, text));
  },
  finish: (it) => {
    for (const worker of workers(it))
      it.attempt({ file: worker.instance.path, line: 1 }, () => observeDefault(it, worker));
    observeListeners(it);
  },
};
