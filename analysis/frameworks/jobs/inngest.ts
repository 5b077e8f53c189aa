import type { LibraryModel, LibraryType, Method, Operation } from '../../wiring/library.js';
import { isCallable, promise, record, UNDEFINED, unknown, UNKNOWN, type Value } from '../../wiring/value.js';
import { addJob, nameOf, observeJobs } from './jobs.js';

/** `step.run('name', fn)`: runs it, once. */
const run: Method = (it, _self, args, site) => {
  const work = args.find(isCallable);
  return work ? promise(it.awaiting(it.call(work, [], UNDEFINED, site))) : UNKNOWN;
};
const STEP: LibraryType = { name: 'step', methods: { run } };
const CLIENT: LibraryType = {
  name: 'inngest',
  methods: {
    createFunction: (it, _self, args, site) => {
      const [options] = args;
      const handler = args.find((a) => a !== options && isCallable(a));
      const id =
        options?.k === 'record' ? (options.members.get('id') ?? options.members.get('name')) : options;
      const given: Value = record(
        [
          ['event', unknown(['message'])],
          ['step', it.native(STEP, null)],
        ],
        UNKNOWN,
      );
      if (handler)
        addJob(it, 'inngest', { kind: 'job', name: nameOf(id, '?'), handler, site, arguments: [given] });
      return UNKNOWN;
    },
  },
};
const client: Operation = (it) => it.native(CLIENT, null);

/** Functions of Inngest. https://www.inngest.com/docs/reference/functions/create */
export const inngest: LibraryModel = {
  name: 'inngest',
  packages: ['inngest'],
  about: {
    title: 'Inngest',
    registers: '`createFunction({ id }, …)`',
    guards: 'tests in the function and in its steps',
    answers: 'nothing: a throw fails the run',
    limits: 'middleware of the client; the endpoint that `serve` makes, which checks signatures itself',
  },
  calls: { Inngest: client },
  typed: (it, type) => (/^Inngest\b/.test(type) ? it.native(CLIENT, null) : null),
  finish: (it) => observeJobs(it, 'inngest'),
};
