import type { LibraryModel, Operation } from '../../wiring/library.js';
import { isCallable, stringOf, UNKNOWN, type Value } from '../../wiring/value.js';
import { addJob, nameOf, observeJobs } from './jobs.js';

/** The first text says when, or what it is called; the first function is the work. */
const schedule: Operation = (it, args, site) => {
  const [options] = args;
  const member = (name: string): Value | undefined =>
    options?.k === 'record' ? options.members.get(name) : undefined;
  const handler =
    member('onTick') ??
    args.find(isCallable) ??
    // The path of a file.
    (args[1] && stringOf(args[1]) !== null ? args[1] : undefined);
  const given = args.map((a) => (a.k === 'record' ? a.members.get('name') : undefined)).find(Boolean);
  if (handler)
    addJob(it, 'node-cron', {
      kind: 'job',
      name: nameOf(given ?? member('cronTime') ?? options, 'scheduled'),
      handler,
      site,
      arguments: [],
    });
  return UNKNOWN;
};

/** What is run by the clock: node-cron, cron, node-schedule, croner. */
export const nodeCron: LibraryModel = {
  name: 'node-cron',
  packages: ['node-cron', 'cron', 'node-schedule', 'croner'],
  about: {
    title: 'node-cron, cron, node-schedule, croner',
    registers:
      '`schedule`, `scheduleJob`, `CronJob`, `Cron`; called by their pattern where they have no name',
    guards: 'tests in the function',
    answers: 'nothing',
  },
  calls: {
    schedule,
    scheduleJob: schedule,
    CronJob: schedule,
    'CronJob.from': schedule,
    Cron: schedule,
    '': schedule,
  },
  finish: (it) => observeJobs(it, 'node-cron'),
};
