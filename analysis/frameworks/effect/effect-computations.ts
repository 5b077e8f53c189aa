import type { FunctionNode } from '../../syntax/ast.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { membersOf } from '../../wiring/globals.js';
import type { LibraryType, Method, Operation } from '../../wiring/library.js';
import { IDENTITY_NAME } from '../../wiring/members.js';
import { outcomes } from '../../wiring/tests.js';
import {
  builtin,
  choice,
  isCallable,
  list,
  optionIn,
  promise,
  record,
  sourcesOf,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type FunctionValue,
  type Native,
  type Option,
  type Site,
  type Value,
} from '../../wiring/value.js';

/** `effect.pipe(f, g)`: each gets what the one before it made. */
export const pipe: Method = (it, self, functions, site) => piped(it, self, functions, site);
const piped = (it: Evaluator, first: Value, functions: readonly Value[], site: Site): Value =>
  functions.reduce<Value>((value, f) => it.call(f, [value], UNDEFINED, site), first);

/** A computation that has not run. It runs, each time, where it is yielded or handed to something that runs it. */
type Run = () => Value;
const EFFECT: LibraryType = {
  name: 'effect',
  methods: { pipe },
  // One that yields another hands it over as it is.
  awaited: (it, self) => {
    const made = (self.state as Run)();
    if (made.k !== 'promise') return made;
    if (made.rejects) it.endPath(made.rejects);
    it.learn(made.facts);
    return made.value;
  },
};
/** A computation, or what is to be done with one. */
const MAYBE: LibraryType = { ...EFFECT, call: (_it, _self, [effect]) => effect ?? UNKNOWN };
export const makeEffect = (it: Evaluator, run: Run): Native => it.native(EFFECT, run);
export const run = (it: Evaluator, value: Value | undefined): Value => it.awaiting(value ?? UNDEFINED);

/** A generator that yields computations, as the function of promises that it amounts to. */
function asAsync(it: Evaluator, value: Value): Value {
  if (value.k !== 'function' || !value.fn.isGenerator) return value;
  const made = it.stateOf('effect:functions', () => new Map<FunctionNode, FunctionNode>());
  const known = made.get(value.fn) ?? { ...value.fn, isGenerator: false, isAsync: true };
  made.set(value.fn, known);
  return { ...value, fn: known } satisfies FunctionValue;
}
const gen: Operation = (it, args, site) => {
  const work = args.find((a) => a.k === 'function') ?? UNKNOWN;
  const self = args.length > 1 ? args[0]! : UNDEFINED;
  return makeEffect(it, () => it.call(asAsync(it, work), [], self, site));
};
/** `Effect.fn(name)(function* () {}, ...steps)`: a function that makes a computation. */
const FUNCTION: LibraryType = {
  name: 'effect function',
  methods: {},
  wrapped: (self) => (self.state as { work: Value }).work,
  call: (it, self, args, site) => {
    const { work, steps } = self.state as { work: Value; steps: readonly Value[] };
    const made = makeEffect(it, () => it.call(asAsync(it, work), args, UNDEFINED, site));
    return steps.reduce<Value>((value, f) => it.call(f, [value, ...args], UNDEFINED, site), made);
  },
};
const fn: Operation = (it, args) => {
  const [work, ...steps] = args.slice(args.findIndex((a) => a.k === 'function'));
  return work?.k === 'function'
    ? it.native(FUNCTION, { work, steps })
    : builtin('fn', (more, _self, at) => fn(it, more, at));
};

/** What stands for a service: a class with a name of its own, and what was provided for it. */
export interface Tag {
  key: string;
  /** Options that it was made with: of middleware, or of a service that brings its own implementation. */
  options: Value;
  /** How middleware is made with it: `(token)`, or around what it lets pass. */
  isAround: boolean;
  /** What a layer makes of it, or a computation that does. */
  provided: { value: Value; isMade: boolean } | null;
}
export const TAG: LibraryType = {
  name: 'service',
  methods: {
    pipe,
    of: (_it, _self, [value]) => value ?? UNKNOWN,
    use: (it, self, [f], site) =>
      makeEffect(it, () => it.call(f ?? UNKNOWN, [serviceOf(it, self)], UNDEFINED, site)),
    layer: (_it, self, [value]) => {
      if (value) (self.state as Tag).provided = { value, isMade: false };
      return UNKNOWN;
    },
  },
  get: (it, self, name) => {
    if (TAG.methods[name]) return null;
    const { options } = self.state as Tag;
    const given = options.k === 'record' ? options.members.get(name) : undefined;
    return given ?? (name === 'Default' || name === 'Live' ? UNKNOWN : null);
  },
  awaited: (it, self) => serviceOf(it, self),
};
export function tagOf(value: Value | undefined): Native | null {
  let at: Value | null | undefined = value;
  while (at?.k === 'class') at = at.base;
  return at?.k === 'native' && at.type === TAG ? at : null;
}
/** What was provided; by convention of the ecosystem, a service that is called after a person is who the caller is. */
function serviceOf(it: Evaluator, self: Native): Value {
  const tag = self.state as Tag;
  const set = self.members.get('*current*');
  if (set) return set;
  const own = optionIn(tag.options, 'effect') ?? optionIn(tag.options, 'scoped');
  const plain = optionIn(tag.options, 'succeed') ?? optionIn(tag.options, 'sync');
  const made =
    tag.provided ?? (own ? { value: own, isMade: true } : plain ? { value: plain, isMade: false } : null);
  const built = it.stateOf('effect:services', () => new Map<Native, Value>());
  const known = built.get(self);
  if (known) return known;
  built.set(self, UNKNOWN);
  let service: Value = unknown(IDENTITY_NAME.test(lastPart(tag.key)) ? ['identity'] : []);
  if (made)
    it.quietly(() => {
      const { value, isMade } = made;
      const given = value.k === 'function' ? it.call(value, [], UNDEFINED, it.modules.somewhere) : value;
      service = isMade ? run(it, given) : given;
    });
  // What is made while one entry point is followed goes with it.
  if (it.recorder) built.delete(self);
  else built.set(self, service);
  return service;
}
const lastPart = (key: string): string =>
  key
    .split(/[/.@]/)
    .at(-1)!
    .replace(/^Current|^Authenticated/, '');
export function makeTag(
  it: Evaluator,
  key: Value | undefined,
  options: Value | undefined,
  isAround = false,
): Native {
  const made = it.native(TAG, {
    key: (key && stringOf(key)) ?? '?',
    options: options ?? UNDEFINED,
    isAround,
    provided: null,
  } satisfies Tag);
  tags(it).push(made);
  return made;
}
/** Makes what layers provide, once for all that ask for it. */
export function buildServices(it: Evaluator): void {
  for (const each of tags(it))
    it.attempt(
      it.place(it.modules.somewhere),
      () => void it.withBudget(STEPS_OF_SERVICE, () => serviceOf(it, each)),
    );
}
const STEPS_OF_SERVICE = 60_000;
const tags = (it: Evaluator): Native[] => it.stateOf<Native[]>('effect:tags', () => []);
/** `Context.Tag(key)<Self, Shape>()` and `Effect.Service<Self>()(key, options)`. */
const tag: Operation = (it, [key]) => builtin('Tag', () => makeTag(it, key, undefined));
const service: Operation = (it, args) =>
  args.length > 0
    ? makeTag(it, args[0], args[1])
    : builtin('Service', ([key, options]) => makeTag(it, key, options));
const provide =
  (isMade: boolean): Operation =>
  (_it, [given, value]) => {
    const known = tagOf(given);
    if (known && value) (known.state as Tag).provided ??= { value, isMade };
    return LAYER;
  };
const LAYER: Value = record(
  ['pipe', 'build', 'of'].map((name) => [name, builtin(name, () => LAYER)]),
  UNKNOWN,
);

/** An error that is yielded fails the computation. */
const FAILURE: LibraryType = {
  name: 'failure',
  methods: { pipe },
  awaited: (it, self, value) => {
    const { status } = self.state as { status: Value | undefined };
    return it.throw(status ? record([['status', status]], UNKNOWN) : value);
  },
  answer: (self) => {
    const { status } = self.state as { status: Value | undefined };
    const code = status?.k === 'literal' && typeof status.value === 'number' ? status.value : null;
    return { how: 'throw', status: code };
  },
};
export const makeFailure = (it: Evaluator, status: Value | undefined): Native =>
  it.native(FAILURE, { status });
/** `Schema.TaggedError<Self>()(name, fields, annotations)` */
const errorClass: Operation = (it, args) => {
  const base = (given: readonly Value[]): Native =>
    makeFailure(
      it,
      given.map((g) => optionIn(g, 'status') ?? optionIn(g, 'httpApiStatus')).find((s) => s),
    );
  return args.length > 0 ? base(args) : builtin('TaggedError', (given) => base(given));
};

type Step = (effect: Value, args: readonly Value[], site: Site) => Value;
/** An operator may be given the computation first, or be given it by `pipe`. */
const operator = (name: string, arity: number, make: (it: Evaluator) => Step): [string, Operation] => [
  name,
  (it, args, at) =>
    args.length > arity
      ? makeEffect(it, () => make(it)(args[0]!, args.slice(1), at))
      : builtin(name, ([effect]) => makeEffect(it, () => make(it)(effect ?? UNKNOWN, args, at))),
];
const follow = (it: Evaluator, next: Value | undefined, value: Value, at: Site): Value =>
  next && isCallable(next) ? run(it, it.call(next, [value], UNDEFINED, at)) : run(it, next);
/** Where it fails, something else is done instead: what holds is what both share. */
function recovered(it: Evaluator, effect: Value, instead: () => Value): Value {
  const results: Option[] = [];
  const take = (value: Value): void => void results.push({ value, facts: [] });
  const arms = [it.arm([], () => take(run(it, effect))), it.arm([], () => take(instead()))];
  it.merge(arms);
  return choice(results);
}
const RECOVERING =
  'catchAll catchTag catchTags catchIf catchAllCause catch catchSome catchCause orElse orElseSucceed';
const OPERATORS: Readonly<Record<string, Operation>> = Object.fromEntries([
  ...RECOVERING.split(' ').map((name) =>
    operator(
      name,
      name === 'catchTag' || name === 'catchIf' ? 2 : 1,
      (it) => (effect, args, at) =>
        recovered(it, effect, () => {
          const last = args.at(-1);
          const handlers = last?.k === 'record' ? membersOf(it, last).pairs.map(([, v]) => v) : [last];
          return handlers.map((h) => follow(it, h, unknown(['error']), at)).at(-1) ?? UNKNOWN;
        }),
    ),
  ),
  ...['option', 'either', 'result', 'exit', 'ignore', 'ignoreLogged'].map((name) =>
    operator(name, 0, (it) => (effect) => recovered(it, effect, () => UNDEFINED)),
  ),
  operator(
    'map',
    1,
    (it) =>
      (effect, [f], at) =>
        it.call(f ?? UNKNOWN, [run(it, effect)], UNDEFINED, at),
  ),
  ...['flatMap', 'andThen'].map((name) =>
    operator(
      name,
      1,
      (it) =>
        (effect, [f], at) =>
          follow(it, f, run(it, effect), at),
    ),
  ),
  ...['tap', 'zipLeft'].map((name) =>
    operator(name, 1, (it) => (effect, [f], at) => {
      const value = run(it, effect);
      follow(it, f, value, at);
      return value;
    }),
  ),
  ...['zipRight', 'zip'].map((name) =>
    operator(name, 1, (it) => (effect, [second]) => {
      run(it, effect);
      return run(it, second);
    }),
  ),
  operator('as', 1, (it) => (effect, [value]) => {
    run(it, effect);
    return value ?? UNDEFINED;
  }),
  ...['filterOrFail', 'filterOrElse', 'filterOrDie', 'filterOrDieMessage'].map((name) =>
    operator(name, 2, (it) => (effect, [predicate, instead], at) => {
      const value = run(it, effect);
      const { whenTrue, whenFalse } = outcomes(it, it.call(predicate ?? UNKNOWN, [value], UNDEFINED, at), at);
      const results: Option[] = [];
      it.merge([
        it.arm(whenFalse ?? [], () => {
          const other = instead ? it.call(instead, [value], UNDEFINED, at) : UNKNOWN;
          if (name !== 'filterOrElse') it.throw(other);
          results.push({ value: run(it, other), facts: [] });
        }),
        it.arm(whenTrue ?? [], () => results.push({ value, facts: [] })),
      ]);
      return choice(results);
    }),
  ),
  operator('provideService', 2, (it) => (effect, [given, value]) => {
    const known = tagOf(given);
    if (known && value) it.journal.write(known.members, '*current*', value);
    return run(it, effect);
  }),
]);
const lazily: Operation = (it, [work], at) =>
  makeEffect(it, () => it.awaiting(it.call(optionIn(work, 'try') ?? work ?? UNKNOWN, [], UNDEFINED, at)));
const fail: Operation = (it, [error]) => makeEffect(it, () => it.throw(error ?? UNKNOWN));
const immediately: Operation = (it, [effect]) => promise(run(it, effect));
const EFFECTS: Readonly<Record<string, Operation>> = {
  ...OPERATORS,
  gen,
  fn,
  fnUntraced: fn,
  succeed: (it, [value]) => makeEffect(it, () => value ?? UNDEFINED),
  fail,
  die: fail,
  dieMessage: fail,
  failSync: (it, [f], at) => makeEffect(it, () => it.throw(f ? it.call(f, [], UNDEFINED, at) : UNKNOWN)),
  sync: lazily,
  suspend: lazily,
  promise: lazily,
  try: lazily,
  tryPromise: lazily,
  all: (it, [effects]) =>
    makeEffect(it, () =>
      effects?.k === 'list'
        ? list(effects.elements.map((e) => run(it, e)))
        : record(membersOf(it, effects).pairs.map(([key, e]) => [key, run(it, e)])),
    ),
  forEach: (it, [items, f], at) =>
    makeEffect(it, () => {
      const each = items?.k === 'list' ? items.elements : [unknown(items ? sourcesOf(items) : [])];
      return list(each.map((e) => follow(it, f, e, at)));
    }),
  runPromise: immediately,
  runSync: immediately,
  runFork: immediately,
  Service: service,
  Tag: tag,
};
/** `Option` is the value itself, or nothing. */
const same: Operation = (_it, [value]) => value ?? UNDEFINED;
const matchOption: Operation = (it, args, at) => {
  const match = (value: Value, cases: Value | undefined): Value => {
    const { whenTrue, whenFalse } = outcomes(it, value, at);
    const results: Option[] = [];
    const arm = (facts: NonNullable<typeof whenTrue>, name: string, given: readonly Value[]) =>
      it.arm(facts, () => {
        const made = it.call(optionIn(cases, name) ?? UNKNOWN, given, UNDEFINED, at);
        results.push({ value: run(it, made), facts: [] });
      });
    it.merge([
      ...(whenFalse ? [arm(whenFalse, 'onNone', [])] : []),
      ...(whenTrue ? [arm(whenTrue, 'onSome', [value])] : []),
    ]);
    return choice(results);
  };
  return args.length > 1
    ? match(args[0]!, args[1])
    : builtin('match', ([value]) => match(value ?? UNKNOWN, args[0]));
};
const testOption =
  (isSome: boolean): Operation =>
  (it, [value], at) => {
    const { whenTrue, whenFalse } = outcomes(it, value ?? UNKNOWN, at);
    const sides = isSome ? [whenTrue, whenFalse] : [whenFalse, whenTrue];
    if (!sides[0] || !sides[1]) return { k: 'literal', value: sides[0] !== null };
    return { k: 'test', whenTrue: sides[0], whenFalse: sides[1], sources: value ? sourcesOf(value) : [] };
  };
const OPTIONS: Readonly<Record<string, Operation>> = {
  some: same,
  fromNullable: same,
  fromNullishOr: same,
  getOrNull: same,
  getOrUndefined: same,
  none: () => UNDEFINED,
  match: matchOption,
  isNone: testOption(false),
  isSome: testOption(true),
};
const ERRORS: Readonly<Record<string, Operation>> = {
  TaggedError: errorClass,
  TaggedErrorClass: errorClass,
  Error: errorClass,
};
const pipeFrom: Operation = (it, [first, ...functions], at) => piped(it, first ?? UNDEFINED, functions, at);
/** From the package itself, or from the module of that name. */
const under = (name: string, calls: Readonly<Record<string, Operation>>): [string, Operation][] =>
  Object.entries(calls).flatMap(([key, op]): [string, Operation][] => [
    [`${name}.${key}`, op],
    [`/${name}.${key}`, op],
  ]);

/** Computations of Effect, as far as they lead from an entry point to what it does. */
export const COMPUTATIONS: Readonly<Record<string, Operation>> = Object.fromEntries([
  ...under('Effect', EFFECTS),
  ...under('Option', OPTIONS),
  ...under('Schema', ERRORS),
  ...under('Data', ERRORS),
  ...under('Context', {
    Tag: tag,
    GenericTag: (it, [key]) => makeTag(it, key, undefined),
    Service: service,
  }),
  ...under('Layer', {
    effect: provide(true),
    scoped: provide(true),
    succeed: provide(false),
    sync: provide(false),
  }),
  ...under('Function', { pipe: pipeFrom }),
  ...under('Redacted', { value: same, make: same }),
  ['pipe', pipeFrom] as [string, Operation],
]);
/** `Effect.void`; operators of which nothing else is known keep what they are given. */
export function effectMember(it: Evaluator, path: readonly string[]): Value | null {
  const [from, name] = [path.at(-2)?.replace('/', ''), path.at(-1)!];
  if (from !== 'Effect' || EFFECTS[name] || !/^[a-z]/.test(name)) return null;
  if (name === 'void' || name === 'unit') return makeEffect(it, () => UNDEFINED);
  return builtin(name, (args) => {
    const given = args.find((a) => a.k === 'native' && a.type === EFFECT);
    const keep = builtin(name, ([effect]) => effect ?? UNKNOWN);
    // What is not known may be the computation, or something that says how to run one.
    const [first] = args;
    return given ?? (first?.k === 'unknown' ? it.native(MAYBE, () => first) : keep);
  });
}
