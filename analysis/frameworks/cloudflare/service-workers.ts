import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType } from '../../wiring/library.js';
import {
  builtin,
  isNullish,
  stringOf,
  UNDEFINED,
  unknown,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { addJob } from '../jobs/jobs.js';
import { keeping, observeFetch } from '../web/fetch-handlers.js';
import { FRAMEWORK } from './deployed-workers.js';
import { scheduledEvent } from './worker-events.js';

interface Listener {
  event: string;
  listener: Value;
  site: Site;
}
const listeners = (it: Evaluator): Listener[] => it.stateOf<Listener[]>('worker-listeners', () => []);

/** What the global scope of a service worker has: `addEventListener`, and what is bound to it. */
export function serviceWorkerGlobal(it: Evaluator, name: string, site: Site): Value | null {
  // What is bound to a service worker is in variables that nothing declares.
  if (/^[A-Z][A-Z\d_]+$/.test(name) && listeners(it).length > 0) return unknown([`config:${name}`]);
  if (name !== 'addEventListener') return null;
  return builtin(name, ([event, listener]) => {
    const text = event ? stringOf(event) : null;
    if (text !== null && listener && !isNullish(listener))
      listeners(it).push({ event: text, listener, site });
    return UNDEFINED;
  });
}

/** What `addEventListener('fetch')` hands over. https://developers.cloudflare.com/workers/reference/migrate-to-module-workers/ */
const FETCH_EVENT: LibraryType = {
  name: 'fetch event',
  methods: { waitUntil: () => UNDEFINED, passThroughOnException: () => UNDEFINED },
  get: (_it, self, name) => self.members.get(name) ?? null,
};
/** Finds the entry points of service workers: what listens to requests, and to schedules. */
export function observeListeners(it: Evaluator): void {
  for (const each of listeners(it)) it.attempt(it.place(each.site), () => observeListener(it, each));
}
function observeListener(it: Evaluator, { event, listener, site }: Listener): void {
  if (event === 'scheduled')
    addJob(it, FRAMEWORK, {
      kind: 'job',
      name: 'scheduled',
      handler: listener,
      site,
      arguments: [scheduledEvent()],
    });
  if (event !== 'fetch') return;
  let answer: Value = UNDEFINED;
  observeFetch(it, {
    framework: FRAMEWORK,
    handler: listener,
    site,
    path: null,
    args: (request) => {
      const given = it.native(FETCH_EVENT, null);
      given.members.set('request', request);
      given.members.set(
        'respondWith',
        keeping('respondWith', (value) => {
          answer = value;
        }),
      );
      answer = UNDEFINED;
      return [given];
    },
    answer: () => answer,
  });
}
