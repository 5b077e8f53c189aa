import type { Evaluator } from '../../wiring/evaluator.js';
import { memberOf } from '../../wiring/members.js';
import { ownSite } from '../../wiring/own-site.js';
import { isCallable, unknown, type Site, type Value } from '../../wiring/value.js';
import { addJob } from '../jobs/jobs.js';
import { makeBindings, observeFetch } from '../web/fetch-handlers.js';
import { siteOf } from '../web/file-routes.js';
import { FRAMEWORK, type Worker } from './deployed-workers.js';
import { makeExecutionContext } from './worker-context.js';
import { messageBatch, scheduledEvent } from './worker-events.js';
import { socketPaths } from './worker-sockets.js';

/** Finds the entry points of what a Worker exports by default, unless that is a class. */
export function observeDefault(it: Evaluator, worker: Worker): void {
  const { instance } = worker;
  const exported = it.awaiting(it.modules.exported(instance, 'default'));
  const site = siteOf(exported, instance, 'default');
  if (exported.k === 'record') observeHandlers(it, worker, exported, site, false);
  else if (
    exported.k === 'unknown' &&
    exported.origin &&
    it.knowledge.model(exported.origin.package) === null
  )
    it.gap(`what \`${exported.origin.package}\` makes of this Worker is not known`, it.place(site));
}
/** `export default { fetch, scheduled, queue, email, tail }`, or an instance of a class that has them. */
export function observeHandlers(
  it: Evaluator,
  worker: Worker,
  self: Value,
  site: Site,
  isClass: boolean,
): void {
  const env = makeBindings(it);
  const rest = isClass ? [] : [env, makeExecutionContext(it)];
  const handlerOf = (name: string): Value | null => {
    const found = memberOf(it, self, name, site);
    return found.k === 'function' || (found.k === 'choice' && isCallable(found)) || isWrapped(found)
      ? found
      : null;
  };
  const fetch = handlerOf('fetch');
  if (fetch)
    observeFetch(it, {
      framework: FRAMEWORK,
      handler: fetch,
      site: ownSite(fetch, site),
      self,
      path: null,
      args: (request) => [request, ...rest],
      triggerOf: (path, method) =>
        socketPaths(it).has(path) ? { kind: 'websocket', path, name: null } : { kind: 'http', method, path },
    });
  const job = (kind: 'job' | 'message', member: string, name: string, first: Value): void => {
    const handler = handlerOf(member);
    if (!handler) return;
    addJob(it, FRAMEWORK, {
      kind,
      name,
      handler: handler.k === 'function' ? { ...handler, self: handler.self ?? self } : handler,
      site: ownSite(handler, site),
      arguments: [first, ...rest],
    });
  };
  job('job', 'scheduled', 'scheduled', scheduledEvent());
  job('message', 'queue', worker.queues.length === 1 ? worker.queues[0]! : 'queue', messageBatch());
  job('message', 'email', 'email', unknown(['message']));
  for (const name of ['tail', 'trace']) job('job', name, name, unknown(['message']));
}
const isWrapped = (value: Value): boolean => value.k === 'unknown' && (value.wraps?.length ?? 0) > 0;
