import type { Evaluator } from './evaluator.js';
import { mergeSources } from './fact.js';
import {
  choice,
  isCallable,
  literal,
  record,
  sourcesOf,
  UNDEFINED,
  unknown,
  type FunctionValue,
  type Option,
  type Site,
  type Value,
} from './value.js';

const MAX_RECURSION = 2;
/** Of what walks folders while a program is set up: each time another known path. */
const MAX_WALK = 8;
/** How often a function may stand in the calls that lead to it. */
export const recursionOf = (it: Evaluator, args: readonly Value[]): number =>
  it.recorder === null &&
  args.length > 0 &&
  args.every((a) => a.k === 'literal' && typeof a.value === 'string')
    ? MAX_WALK
    : MAX_RECURSION;

/** A member of a function that is not called. Programs tell functions apart by the names of their constructors. */
export function memberOfFunction(of: FunctionValue, name: string): Value {
  const own = of.members.get(name);
  if (own) return own;
  if (name === 'name') return literal(of.fn.name ?? '');
  if (name === 'constructor') {
    const { isAsync, isGenerator } = of.fn;
    return record([['name', literal(`${isAsync ? 'Async' : ''}${isGenerator ? 'Generator' : ''}Function`)]]);
  }
  if (name !== 'prototype') return UNDEFINED;
  const prototype = record();
  of.members.set('prototype', prototype);
  return prototype;
}

/** `call`, `apply` and `bind`. Null for anything else. */
export function functionMethod(
  it: Evaluator,
  self: Value,
  name: string,
  args: readonly Value[],
  site: Site,
): Value | null {
  const [receiver, ...rest] = args;
  switch (name) {
    case 'call':
      if (self.k === 'external') return null;
      return it.call(
        self.k === 'function' ? { ...self, self: self.self ?? null } : self,
        rest,
        receiver ?? UNDEFINED,
        site,
      );
    case 'apply':
      if (self.k === 'external') return null;
      return it.call(self, rest[0]?.k === 'list' ? rest[0].elements : rest, receiver ?? UNDEFINED, site);
    case 'bind':
      if (self.k === 'function')
        return {
          ...self,
          self: self.fn.isArrow ? self.self : (receiver ?? UNDEFINED),
          bound: [...self.bound, ...rest],
        };
      return self;
    default:
      return null;
  }
}

/** Calls each of several functions of which one is meant, under the facts under which it is. */
export function callChoice(
  it: Evaluator,
  options: readonly Option[],
  args: readonly Value[],
  self: Value,
  site: Site,
): Value {
  const callable = options.filter(
    (o) => isCallable(o.value) || o.value.k === 'unknown' || o.value.k === 'external',
  );
  if (callable.length === 0) return unknown(mergeSources(...args.map((a) => sourcesOf(a))));
  if (callable.length <= FEW) return forEach(it, callable, (value) => it.call(value, args, self, site));
  let left = callable.length;
  return forEach(it, callable, (value) => {
    let result: Value = unknown(mergeSources(...args.map((a) => sourcesOf(a))));
    // What one member of a long table does leaves none of the others unseen.
    const isWhole = withShare(it, left--, () => {
      result = it.call(value, args, self, site);
    });
    if (!isWhole) it.abridge();
    return result;
  });
}
/** Tables that are longer than this share the steps that are left. */
const FEW = 8;
/** Runs one of so many pieces of work with its share of the steps that are left; false when that did not suffice. */
function withShare(it: Evaluator, pieces: number, work: () => void): boolean {
  let through = true;
  const isWhole = it.withBudget(it.stepsLeft / pieces, () => (through = it.quietly(work)), true);
  if (!through) it.endPath(it.lastExit);
  return isWhole;
}
/** Does something with each of several values of which one is meant, under the facts under which it is. */
export function forEach(it: Evaluator, options: readonly Option[], work: (value: Value) => Value): Value {
  const results: Option[] = [];
  const arms = options.map(({ value, facts }) =>
    it.arm(facts, () => void results.push({ value: work(value), facts })),
  );
  // Which of them it is was no test, unless one of them goes no further.
  if (arms.every((a) => a.facts !== null))
    for (const [i, arm] of arms.entries())
      arm.facts = arm.facts!.filter((f) => it.facts.includes(f) || !options[i]!.facts.includes(f));
  it.merge(arms);
  return choice(results);
}
