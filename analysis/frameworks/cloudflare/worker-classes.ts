import type { Evaluator } from '../../wiring/evaluator.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import type { ClassValue, External, Value } from '../../wiring/value.js';
import { workers, type Worker } from './deployed-workers.js';
import { observeAlarm, observeMessages, observeObjectFetch } from './durable-object-handlers.js';
import { observeHandlers } from './worker-handlers.js';
import { instanceOf } from './worker-instance.js';
import { observeMethod, publicMethods } from './worker-rpc.js';
import { observeWorkflow } from './workflows.js';

/** Whatever else a Worker exports: once it is known what those have passed that reach its objects. */
export function observeClasses(it: Evaluator, ways: readonly AppliedLink[]): void {
  for (const worker of workers(it))
    for (const entry of worker.instance.module.exports) {
      if (entry.k === 'all') continue;
      const value = it.modules.exported(worker.instance, entry.exported);
      if (value.k === 'class')
        it.attempt({ file: value.module.path, line: value.node.line }, () =>
          observeClass(it, worker, value, entry.exported, ways),
        );
    }
}
/** An entrypoint, a Durable Object or a workflow, by what it extends and by what configuration binds. */
function observeClass(
  it: Evaluator,
  worker: Worker,
  cls: ClassValue,
  exported: string,
  ways: readonly AppliedLink[],
): void {
  const base = baseOf(cls);
  const isBound = worker.classes.has(exported) || worker.classes.has(cls.node.name ?? '');
  if (base === null && !isBound) return;
  const of = instanceOf(it, cls, exported);
  if (base === 'WorkflowEntrypoint') {
    observeWorkflow(it, of);
    return;
  }
  const site = { module: cls.module, line: cls.node.line };
  if (exported === 'default') observeHandlers(it, worker, of.made, site, true);
  // Of a class that is bound as an object: others may be called by other Workers.
  const inFront = base === 'WorkerEntrypoint' ? [] : ways;
  if (exported !== 'default') observeObjectFetch(it, of, inFront);
  if (base !== null) for (const name of publicMethods(cls)) observeMethod(it, of, name, inFront);
  observeAlarm(it, of);
  observeMessages(it, of, inFront);
}

const BASES = new Set(['DurableObject', 'WorkerEntrypoint', 'WorkflowEntrypoint']);
/** The class of the platform that a class extends. */
function baseOf(cls: ClassValue): string | null {
  let base: Value | null = cls;
  while (base?.k === 'class') base = base.base;
  const origin: External | null = base?.k === 'external' ? base : base?.k === 'unknown' ? base.origin : null;
  const name = origin?.package === 'cloudflare:workers' ? origin.path.at(-1) : undefined;
  return name !== undefined && BASES.has(name) ? name : null;
}
