import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel } from '../../wiring/library.js';
import { observeJobs } from '../jobs/jobs.js';
import { inFrontOf, type Delivery } from '../mcp/mcp-transports.js';
import { FRAMEWORK } from './deployed-workers.js';
import { observeClasses } from './worker-classes.js';
import { isWranglerConfig } from './wrangler.js';

/** How a Worker names the object that it is about to call: https://developers.cloudflare.com/durable-objects/api/namespace/ */
const NAMES = ['idFromName', 'idFromString', 'newUniqueId', 'getByName'];
/** Nobody calls these from outside. */
const BY_ITSELF = new Set(['job', 'message']);

const deliveriesOf = (it: Evaluator): Delivery[] => it.stateOf<Delivery[]>('durable-objects', () => []);
/**
 * Classes of Workers. Nobody reaches a Durable Object but a Worker to which it is bound: what its handlers have passed when they name one
 * stands in front of all that objects do, connections that they have accepted included.
 */
export const durableObjects: LibraryModel = {
  name: 'durable-objects',
  packages: [],
  about: {
    title: 'Durable Objects',
    registers: 'what Cloudflare Workers export as classes',
    guards:
      'what handlers of the program have passed where they name an object (`idFromName`, `getByName`, …)',
    answers: 'as Cloudflare Workers',
    limits: 'objects that another program calls; which class a name is of: all that reach any count for each',
  },
  calls: {},
  reads: isWranglerConfig,
  prepare: (it, texts) => {
    if (texts.size === 0) return;
    const deliveries = deliveriesOf(it);
    for (const name of NAMES)
      it.watched.set(name, (callee, _args, site) => {
        const { recorder } = it;
        if (callee !== null || !recorder || BY_ITSELF.has(recorder.trigger?.kind ?? '')) return;
        deliveries.push({ facts: it.facts, links: [...recorder.links], site, route: null });
      });
  },
  finish: (it) => {
    observeClasses(it, inFrontOf(it, [{ deliveries: deliveriesOf(it) }], false) ?? []);
    observeJobs(it, FRAMEWORK);
  },
};
