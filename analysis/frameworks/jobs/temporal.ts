import type { Evaluator } from '../../wiring/evaluator.js';
import { membersOf } from '../../wiring/globals.js';
import type { LibraryModel, Operation } from '../../wiring/library.js';
import { ownSite } from '../../wiring/own-site.js';
import { isCallable, promise, unknown, UNKNOWN, type Site, type Value } from '../../wiring/value.js';
import { addJob, observeJobs } from './jobs.js';

const create: Operation = (it, [options], site) => {
  const activities = options?.k === 'record' ? options.members.get('activities') : undefined;
  if (activities) addActivities(it, activities, site);
  else if (!(options?.k === 'record' && options.members.has('workflowsPath')))
    it.gap('the activities of this worker could not be followed', it.place(site));
  return promise(UNKNOWN);
};
function addActivities(it: Evaluator, activities: Value, site: Site): void {
  const { pairs, open } = membersOf(it, activities);
  if (open) it.gap('some activities of this worker could not be followed', it.place(site));
  for (const [name, handler] of pairs)
    if (isCallable(handler))
      addJob(it, 'temporal', {
        kind: 'job',
        name,
        handler,
        site: ownSite(handler, site),
        arguments: handler.k === 'function' ? handler.fn.params.map(() => unknown(['message'])) : [],
      });
}

/** Activities of Temporal workers. https://docs.temporal.io/develop/typescript/core-application */
export const temporal: LibraryModel = {
  name: 'temporal',
  packages: ['@temporalio/worker'],
  about: {
    title: 'Temporal',
    registers: 'each of the `activities` of `Worker.create`',
    guards: 'tests in the activity',
    answers: 'nothing: a throw fails the activity',
    limits: 'workflows, which reach nothing but activities; interceptors',
  },
  calls: { 'Worker.create': create },
  finish: (it) => observeJobs(it, 'temporal'),
};
