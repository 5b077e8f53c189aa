import type { Evaluator } from '../wiring/evaluator.js';
import { memberOf } from '../wiring/members.js';
import { type ClassValue, type Value } from '../wiring/value.js';

/** https://docs.nestjs.com/fundamentals/lifecycle-events: called once for each instance, before anything is served. */
const HOOKS = ['onModuleInit', 'onApplicationBootstrap'] as const;
const HOOK_STEPS = 20_000;

/** Runs what classes of a container do before anything is served: what they keep is there from then on. */
export function beginAll(
  it: Evaluator,
  classes: Iterable<ClassValue>,
  instanceOf: (cls: ClassValue) => Value,
): void {
  const all = [...new Set(classes)];
  for (const hook of HOOKS)
    for (const cls of all) {
      if (!hasMethod(cls, hook)) continue;
      const instance = instanceOf(cls);
      const site = { module: cls.module, line: cls.node.line };
      it.attempt(it.place(site), () => {
        it.apart(cls.scope, () => {
          it.withBudget(HOOK_STEPS, () => {
            it.quietly(() => {
              it.awaiting(it.call(memberOf(it, instance, hook, site), [], instance, site));
            });
          });
        });
      });
    }
}
function hasMethod(cls: ClassValue, name: string): boolean {
  for (let current: Value | null = cls; current?.k === 'class'; current = current.base)
    if (current.node.members.some((m) => m.k === 'method' && m.name === name)) return true;
  return false;
}
