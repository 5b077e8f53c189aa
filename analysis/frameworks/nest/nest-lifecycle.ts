import type { Evaluator } from '../../wiring/evaluator.js';
import { memberOf } from '../../wiring/members.js';
import type { Scope } from '../../wiring/scope.js';
import type { ClassValue, Site, Value } from '../../wiring/value.js';

const STEPS = 20_000;
/**
 * Runs what a container does before anything is served: what is written on the way lasts, and what goes wrong there ends there.
 * What takes too long has not been run, which is a gap: what it would have kept is not known.
 */
export function setUp(it: Evaluator, scope: Scope, site: Site, work: () => void): void {
  it.attempt(it.place(site), () => {
    it.apart(scope, () => {
      const isWhole = it.withBudget(STEPS, () => {
        it.quietly(work);
      });
      if (!isWhole) it.gap('what is set up here took more steps than it is given', it.place(site));
    });
  });
}

/** https://docs.nestjs.com/fundamentals/lifecycle-events: called once for each instance, before anything is served. */
const HOOKS = ['onModuleInit', 'onApplicationBootstrap'] as const;
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
      setUp(it, cls.scope, site, () => {
        it.awaiting(it.call(memberOf(it, instance, hook, site), [], instance, site));
      });
    }
}
function hasMethod(cls: ClassValue, name: string): boolean {
  for (let current: Value | null = cls; current?.k === 'class'; current = current.base)
    if (current.node.members.some((m) => m.k === 'method' && m.name === name)) return true;
  return false;
}
