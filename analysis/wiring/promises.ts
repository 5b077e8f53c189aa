import type { Evaluator } from './evaluator.js';
import type { Exit } from './exits.js';
import { disjunction, type Fact } from './fact.js';
import { joinAll } from './joining.js';
import { callMember } from './members.js';
import { statusOf } from './naming.js';
import {
  builtin,
  choice,
  joinValues,
  list,
  promise,
  sourcesOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Option,
  type PromiseValue,
  type Site,
  type Value,
} from './value.js';

/** What a library made that can be waited for: itself, as the base of a class, or of an instance. */
function computationOf(value: Value): Native | null {
  if (value.k === 'native') return value.type.awaited ? value : null;
  let cls: Value | null = value.k === 'record' ? value.cls : value;
  while (cls?.k === 'class') cls = cls.base;
  return cls?.k === 'native' ? computationOf(cls) : null;
}
export const isComputation = (value: Value): boolean =>
  value.k === 'choice' ? value.options.some((o) => isComputation(o.value)) : computationOf(value) !== null;

/** `await`: the value, with what the promise establishes. */
export function awaited(it: Evaluator, value: Value): Value {
  const computation = computationOf(value);
  if (computation) return computation.type.awaited!(it, computation, value);
  if (value.k === 'choice' && isComputation(value)) {
    const results: Option[] = [];
    const arms = value.options.map((o) =>
      it.arm(o.facts, () => results.push({ value: awaited(it, o.value), facts: [] })),
    );
    it.merge(arms);
    return choice(results);
  }
  if (value.k === 'promise') {
    if (value.rejects) it.endPath(value.rejects);
    it.learn(value.facts);
    return awaited(it, value.value);
  }
  if (value.k !== 'choice') return value;
  const { options, any } = ofOptions(value);
  if (any) it.learn([any]);
  return choice(options);
}
/** What one of several may come to, of which some are promises: whichever it was, what that one establishes holds. */
function ofOptions(value: Value & { k: 'choice' }): { options: Option[]; any: Fact | null } {
  const options = value.options.map((o) => ({
    value: o.value.k === 'promise' ? o.value.value : o.value,
    facts: o.value.k === 'promise' ? [...o.facts, ...o.value.facts] : o.facts,
  }));
  const establishes = value.options.some((o) => o.value.k === 'promise' && o.value.facts.length > 0);
  return { options, any: establishes ? disjunction(options.map((o) => o.facts)) : null };
}
/** `then`, `catch`, `finally`. */
export function promiseMethod(
  it: Evaluator,
  value: Value & { k: 'promise' },
  name: string,
  args: readonly Value[],
  site: Site,
): Value {
  if (name === 'then') {
    const [onFulfilled, onRejected] = args;
    let result: Value = value.value;
    let facts = value.facts;
    if (onFulfilled && onFulfilled.k !== 'literal') {
      const outer = it.facts;
      const arm = it.arm(value.facts, () => {
        result = it.call(onFulfilled, [value.value], UNDEFINED, site);
      });
      it.journal.apply([arm.writes], joinAll, UNDEFINED, arm.since);
      facts = arm.facts ? arm.facts.filter((f) => !outer.includes(f)) : value.facts;
    }
    if (onRejected && onRejected.k !== 'literal')
      it.aside(() => void it.call(onRejected, [unknown(['error'])], UNDEFINED, site));
    return promise(result, facts, value.of, value.left);
  }
  if (name === 'catch' && args[0]) {
    const handler = args[0];
    let recovered: Value = UNKNOWN;
    const arm = it.arm([], () => {
      recovered = it.call(handler, [unknown(['error'])], UNDEFINED, site);
    });
    // A handler that answers or passes the error on does not recover.
    const swallows = arm.facts !== null && arm.answered === it.answered && handler.k === 'function';
    if (swallows) maybeLeft(it, value);
    it.journal.apply([arm.writes, new Map()], joinAll, UNDEFINED, arm.since);
    return swallows ? promise(joinValues(value.value, recovered), []) : value;
  }
  if (name === 'finally' && args[0]) {
    const handler = args[0];
    it.aside(() => void it.call(handler, [], UNDEFINED, site));
    return value;
  }
  if (name === 'catch' || name === 'finally') return value;
  const inner = value.value;
  // Query builders are thenable: a call on one that is still pending goes to what it builds.
  if (inner.k === 'native' || inner.k === 'unknown')
    return callMember(it, inner, name, () => [...args], site);
  it.handToUnknown(args, sourcesOf(inner), site);
  return unknown(sourcesOf(inner));
}
/** Where its failure is caught, what making it has written is there only where it did not fail: under what it establishes. */
function maybeLeft(it: Evaluator, { left = [], facts }: PromiseValue): void {
  for (const { map, key, before = UNDEFINED, after = UNDEFINED } of left)
    if (map.get(key) === after)
      it.journal.write(
        map,
        key,
        choice([
          { value: after, facts },
          { value: before, facts: [] },
        ]),
      );
}
/** An async function that returns a promise settles as that does: `return this.check()` needs no `await`. */
export const settled = (exits: Exit[]): Exit[] =>
  exits.flatMap((exit) => {
    const { value } = exit;
    if (value.k === 'choice' && value.options.some((o) => o.value.k === 'promise')) {
      const { options, any } = ofOptions(value);
      return [{ ...exit, value: choice(options), facts: any ? [...exit.facts, any] : exit.facts }];
    }
    if (value.k !== 'promise') return [exit];
    if (value.rejects && exits.length > 1) return [];
    return value.rejects ? [exit] : [{ ...exit, value: value.value, facts: [...exit.facts, ...value.facts] }];
  });

/** The promise of what work calls `resolve` with, under what held on every way there. */
export function promiseBy(it: Evaluator, work: (resolve: Value, reject: Value) => void): PromiseValue {
  const resolved: Value[] = [];
  const factsAt: (readonly Fact[])[] = [];
  const resolve = builtin('resolve', ([v]) => {
    resolved.push(v ?? UNDEFINED);
    factsAt.push(it.facts);
    return UNDEFINED;
  });
  // Whoever it is rejected for is turned away as by a throw; what the executor does after that is done all the same.
  const reject = builtin('reject', ([v]) => {
    it.answered = { how: 'throw', status: v ? statusOf(v) : null };
    return UNDEFINED;
  });
  it.aside(() => {
    work(resolve, reject);
  });
  const facts =
    factsAt.length > 0
      ? factsAt.reduce((a, b) => a.filter((f) => b.includes(f))).filter((f) => !it.facts.includes(f))
      : [];
  return promise(resolved.length > 0 ? resolved.reduce(joinValues) : UNKNOWN, facts);
}

/** `Promise`: its constructor, and what waits for several. */
export function promiseGlobal(it: Evaluator): Value {
  const all = builtin('all', ([v]) => {
    if (v?.k !== 'list') return promise(unknown(v ? sourcesOf(v) : []));
    v = list(
      v.elements.map((e) => (isComputation(e) ? awaited(it, e) : e)),
      v.open && isComputation(v.open) ? awaited(it, v.open) : v.open,
    );
    // What each of unknown many establishes is established of all of them.
    const facts = [...v.elements, ...(v.open ? [v.open] : [])].flatMap((e) => {
      const any = e.k === 'choice' ? ofOptions(e).any : null;
      return e.k === 'promise' ? e.facts : any ? [any] : [];
    });
    // What a library can wait for is done where all of them are waited for.
    const done = (e: Value): Value =>
      e.k === 'promise'
        ? done(e.value)
        : isComputation(e)
          ? it.awaiting(e)
          : e.k === 'choice' && e.options.some((o) => o.value.k === 'promise')
            ? choice(ofOptions(e).options)
            : e;
    let { open } = v;
    if (open)
      it.aside(() => {
        open = done(open!);
      });
    return promise(list(v.elements.map(done), open), facts);
  });
  const value = builtin('Promise', ([executor], _self, site) => {
    if (executor && onlyRejects(executor)) {
      let reason: Value = UNKNOWN;
      const reject = builtin('reject', ([v]) => (reason = v ?? UNDEFINED));
      it.aside(() => void it.call(executor, [UNKNOWN, reject], UNDEFINED, site));
      return it.throw(reason);
    }
    return promiseBy(it, (resolve, reject) => {
      if (executor) it.call(executor, [resolve, reject], UNDEFINED, site);
    });
  });
  return {
    k: 'function',
    fn: NO_FUNCTION,
    module: null as never,
    scope: null as never,
    self: null,
    home: null,
    bound: [],
    members: new Map<string, Value>([
      ['all', all],
      ['allSettled', all],
      ['race', all],
      ['any', all],
      ['resolve', builtin('resolve', ([v]) => promise(v ?? UNDEFINED))],
      ['reject', builtin('reject', ([v]) => it.throw(v ?? UNKNOWN))],
      ['*construct*', value],
    ]),
  };
}
/** `new Promise((_, reject) => reject(error))`, which is `Promise.reject(error)`: it does nothing else. */
function onlyRejects(executor: Value): boolean {
  if (executor.k !== 'function' || executor.fn.body.length !== 1) return false;
  const { params, body } = executor.fn;
  const [statement] = body;
  const does =
    statement?.k === 'return' ? statement.value : statement?.k === 'expression' ? statement.expression : null;
  const reject = params[1]?.pattern;
  return (
    does?.k === 'call' &&
    does.callee.k === 'identifier' &&
    reject?.k === 'identifier' &&
    does.callee.name === reject.name
  );
}
/** Stands where a function value is needed for its members only. */
export const NO_FUNCTION = {
  id: -1,
  name: 'Promise',
  params: [],
  body: [],
  isAsync: false,
  isGenerator: false,
  isArrow: true,
  returnType: null,
  line: 0,
  endLine: 0,
};
