import type { LibraryModel, Operation } from '../../wiring/library.js';
import { unknown, UNKNOWN } from '../../wiring/value.js';
import { addJob, nameOf, observeJobs } from './jobs.js';

const task: Operation = (it, [options], site) => {
  const handler = options?.k === 'record' ? options.members.get('run') : undefined;
  if (options?.k === 'record' && handler)
    addJob(it, 'trigger-dev', {
      kind: 'job',
      name: nameOf(options.members.get('id'), '?'),
      handler,
      site,
      arguments: [unknown(['message']), UNKNOWN],
    });
  return UNKNOWN;
};
const calls = { task, schemaTask: task, 'schedules.task': task };

/** Tasks of Trigger.dev, version 3 and later. https://trigger.dev/docs/tasks/overview */
export const triggerDev: LibraryModel = {
  name: 'trigger-dev',
  packages: ['@trigger.dev/sdk'],
  about: {
    title: 'Trigger.dev',
    registers: '`task`, `schemaTask`, `schedules.task`',
    guards: 'tests in `run`',
    answers: 'nothing: a throw fails the run',
    limits: 'jobs of version 2',
  },
  calls: {
    ...calls,
    ...Object.fromEntries(Object.entries(calls).map(([name, operation]) => [`/v3.${name}`, operation])),
  },
  finish: (it) => observeJobs(it, 'trigger-dev'),
};
