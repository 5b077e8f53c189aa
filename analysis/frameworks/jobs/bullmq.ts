import { MAIL } from '../../protections/behaviours.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryModel, type LibraryType, type Operation } from '../../wiring/library.js';
import { isCallable, stringOf, UNDEFINED, unknown, UNKNOWN, type Value } from '../../wiring/value.js';
import { addJob, makeJob, nameOf, observeJobs } from './jobs.js';

const argumentsOf = (it: Evaluator): Value[] => [makeJob(it), unknown(['message'])];
/** To whom and what: what the queue is given is a letter, which whatever takes it from there sends. */
const isLetter = (payload: Value | undefined): boolean =>
  payload?.k === 'record' &&
  [TO, WHAT].every((part) => [...payload.members.keys()].some((k) => part.test(k)));
const TO = /^(?:to|e?-?mail(?:_?address)?|recipients?)$/i;
const WHAT = /^(?:subject|template(?:_?name)?|html)$/i;
const QUEUE: LibraryType = {
  name: 'queue',
  methods: {
    add: (it, _self, [, payload], site) => {
      if (isLetter(payload)) it.recorder?.act(it, MAIL.operation, MAIL.target, site);
      return UNKNOWN;
    },
    on: yieldsItself,
    // Bull: `process([name], [concurrency], processor)`
    process: (it, self, args, site) => {
      const handler = args.at(-1);
      const named = args.length > 1 ? stringOf(args[0]!) : null;
      const queue = self.state as string;
      if (handler && (isCallable(handler) || stringOf(handler) !== null))
        addJob(it, 'bullmq', {
          kind: 'job',
          name: named === null || named === '*' ? queue : `${queue}.${named}`,
          handler,
          site,
          arguments: argumentsOf(it),
        });
      return UNDEFINED;
    },
  },
};
const worker: Operation = (it, [queue, processor], site) => {
  const name = nameOf(queue, '?');
  if (processor && processor.k !== 'record')
    addJob(it, 'bullmq', { kind: 'job', name, handler: processor, site, arguments: argumentsOf(it) });
  return it.native(QUEUE, name);
};
const queue: Operation = (it, [name]) => it.native(QUEUE, nameOf(name, '?'));

/** Workers of BullMQ, and of Bull before it. https://docs.bullmq.io/guide/workers */
export const bullmq: LibraryModel = {
  name: 'bullmq',
  packages: ['bullmq', 'bull'],
  about: {
    title: 'BullMQ, Bull',
    registers:
      'the processor of a `Worker` or of `queue.process`, a function or a file; each job name that it compares with',
    guards: 'tests in the processor',
    answers: 'nothing: a throw fails the job',
    limits: 'who may add jobs to the queue',
  },
  calls: { Worker: worker, Queue: queue, '': queue, default: queue },
  finish: (it) => observeJobs(it, 'bullmq'),
};
