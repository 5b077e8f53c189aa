import type { Statement } from '../syntax/ast.js';
import { namesIn } from '../syntax/walk.js';
import type { Evaluator } from './evaluator.js';
import type { Scope } from './scope.js';
import { unknown, type Value } from './value.js';

/**
 * What stands in front of a handler goes on where it calls `next`. Code from which `next` cannot be reached does not go on,
 * whatever else it does: it puts a page together that says so, writes to a log, asks plugins. Of that, no more is followed
 * than is needed to see how it answers. `if (!request.user) return refuse(request, response)` refuses, however long that takes.
 */
interface Onward {
  /** What goes on, of what is being run in front of a handler; null where that is told in another way. */
  next: Value | null;
  /** What took longer than it is given: the next time, it is given less. */
  readonly long: Set<Statement>;
}
const onwardOf = (it: Evaluator): Onward =>
  it.stateOf<Onward>('wiring:onward', () => ({ next: null, long: new Set() }));
/** Runs what goes on by calling `next`. */
export function goingOnBy(it: Evaluator, next: Value | null, work: () => void): void {
  const onward = onwardOf(it);
  const outer = onward.next;
  onward.next = next;
  try {
    work();
  } finally {
    onward.next = outer;
  }
}

/** Steps for what does not go on any more, and where that did not suffice before. */
const STEPS = 4_000;
const STEPS_AGAIN = 400;

/** Whether what is being run was given `next` itself. */
export function isGivenNext(it: Evaluator, scope: Scope): boolean {
  const { next } = onwardOf(it);
  return next !== null && isGiven(scope.functionScope(), next);
}
/** Whether a function that is given `next` does not go on from here, for nothing in these statements leads to it. */
export function isPastReturn(it: Evaluator, rest: readonly Statement[], scope: Scope): boolean {
  const { next } = onwardOf(it);
  if (next === null) return false;
  for (const name of rest.flatMap((s) => [...namesIn(s)])) {
    const owner = scope.find(name);
    if (owner?.parent && leadsTo(owner.variables.get(name)!, next, DEPTH)) return false;
  }
  return true;
}
/** An arm that leaves its function and does not go on. */
export const isEndingArm = (it: Evaluator, arm: Statement, scope: Scope): boolean =>
  leaves(arm) && isGivenNext(it, scope) && isPastReturn(it, [arm], scope);

/** Runs what does not go on any more; what takes too long ends its function where that was noticed. */
export function runToTheEnd(it: Evaluator, first: Statement, work: () => void): void {
  const { long } = onwardOf(it);
  const answers = it.answers?.length ?? 0;
  let through = true;
  const isWhole = it.withBudget(
    long.has(first) ? STEPS_AGAIN : STEPS,
    () => {
      through = it.quietly(work);
    },
    true,
  );
  if (isWhole) {
    if (!through) it.endPath(it.lastExit);
    return;
  }
  long.add(first);
  it.abridge();
  // How it answered until then is how it answers.
  const refusal = it.answers?.slice(answers).findLast((a) => a.status !== null && a.status >= 400);
  if (refusal) it.answered = refusal;
  it.return(unknown());
}

function leaves(s: Statement | null | undefined): boolean {
  switch (s?.k) {
    case 'return':
    case 'throw':
      return true;
    case 'block':
      return leaves(s.body.at(-1));
    case 'if':
      return leaves(s.consequent) && leaves(s.alternate);
    default:
      return false;
  }
}
const isGiven = (scope: Scope, next: Value): boolean => {
  for (const value of scope.variables.values()) if (value === next) return true;
  return false;
};
const DEPTH = 3;
/** What calls this may come to `next`. */
function leadsTo(value: Value, next: Value, depth: number): boolean {
  if (value === next) return true;
  const any = (values: Iterable<Value>): boolean => {
    for (const v of values) if (depth <= 0 || leadsTo(v, next, depth - 1)) return true;
    return false;
  };
  switch (value.k) {
    case 'builtin':
      return true;
    case 'function': {
      for (let scope: Scope | null = value.scope; scope?.parent; scope = scope.parent)
        if (isGiven(scope, next)) return true;
      return any(value.bound) || (value.self !== null && value.self !== undefined && any([value.self]));
    }
    case 'choice':
      return any(value.options.map((o) => o.value));
    case 'promise':
      return any([value.value]);
    case 'list':
      return any(value.open ? [...value.elements, value.open] : value.elements);
    case 'record':
      return (
        value.cls === null &&
        any(value.open ? [...value.members.values(), value.open] : value.members.values())
      );
    case 'unknown':
      return value.wraps !== null && value.wraps !== undefined && any(value.wraps);
    default:
      return false;
  }
}
