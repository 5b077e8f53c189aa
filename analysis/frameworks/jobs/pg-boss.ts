import {
  yieldsItself,
  type LibraryModel,
  type LibraryType,
  type Method,
  type Operation,
} from '../../wiring/library.js';
import { isCallable, list, promise, record, unknown, type Native } from '../../wiring/value.js';
import { addJob, nameOf, observeJobs } from './jobs.js';

const MESSAGE = unknown(['message']);
const work: Method = (it, _self, args, site) => {
  const handler = args.slice(1).find((a) => isCallable(a));
  const job = record([['data', MESSAGE]], MESSAGE);
  if (handler)
    addJob(it, 'pg-boss', {
      kind: 'job',
      name: nameOf(args[0], '?'),
      handler,
      site,
      // A list of jobs since version 10.
      arguments: [list([job], job)],
    });
  return promise(unknown());
};
const BOSS: LibraryType = {
  name: 'pg-boss',
  methods: { work, subscribe: work, start: (_it, self) => promise(self), on: yieldsItself },
};
const makeBoss: Operation = (it) => it.native(BOSS, null);

/** https://timgit.github.io/pg-boss */
export const pgBoss: LibraryModel = {
  name: 'pg-boss',
  packages: ['pg-boss'],
  about: {
    title: 'pg-boss',
    registers: '`work`, under the name of the queue',
    guards: 'tests in the handler',
    answers: 'nothing',
  },
  calls: { '': makeBoss, PgBoss: makeBoss },
  typed: (it, type) =>
    /^PgBoss$/.test(type) ? it.stateOf<Native>('pg-boss:inferred', () => it.native(BOSS, null)) : null,
  finish: (it) => observeJobs(it, 'pg-boss'),
};
