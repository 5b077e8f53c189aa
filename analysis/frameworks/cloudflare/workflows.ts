import type { Evaluator } from '../../wiring/evaluator.js';
import { siteOfFunction } from '../../wiring/own-site.js';
import {
  builtin,
  isCallable,
  promise,
  record,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Value,
} from '../../wiring/value.js';
import { addJob } from '../jobs/jobs.js';
import { FRAMEWORK } from './deployed-workers.js';
import { boundTo, type WorkerInstance } from './worker-instance.js';

/** A workflow is a job: whoever starts it says what its event holds. */
export function observeWorkflow(it: Evaluator, of: WorkerInstance): void {
  const run = of.method('run');
  if (!run) return;
  addJob(it, FRAMEWORK, {
    kind: 'job',
    name: of.called,
    handler: boundTo(run, of),
    site: siteOfFunction(run),
    arguments: [unknown(['message']), makeStep(it)],
  });
}
/** `step.do(name, [config], work)` does its work at once, as far as what it reaches is concerned. */
const makeStep = (it: Evaluator): Value =>
  record(
    [
      [
        'do',
        builtin('do', (args, _self, site) => {
          const work = args.at(-1);
          return work && isCallable(work) ? it.call(work, [], UNDEFINED, site) : promise(UNKNOWN);
        }),
      ],
    ],
    UNKNOWN,
  );
