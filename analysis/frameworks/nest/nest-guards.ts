import { DECORATION, type Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { newFacts, type Fact } from '../../wiring/fact.js';
import { yieldsItself, type LibraryType, type Operation } from '../../wiring/library.js';
import { assignMember, memberOf } from '../../wiring/members.js';
import { metadataOf, noteMetadata, readings } from '../../wiring/metadata.js';
import { atom, outcomes } from '../../wiring/tests.js';
import {
  builtin,
  constantsOf,
  listed,
  literal,
  promise,
  record,
  sourcesOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type ClassValue,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { activationOf } from './nest-context.js';

/** Runs what a library's own asynchronous method does; what it establishes holds where it is awaited. */
function later(it: Evaluator, work: () => Value): Value {
  const before = it.facts;
  let result: Value = UNDEFINED;
  const through = it.quietly(() => {
    result = work();
  });
  const gained = newFacts(before, it.facts);
  it.facts = before;
  return through
    ? promise(result, gained)
    : { ...promise(UNKNOWN), rejects: it.lastExit ?? { how: 'throw', status: null } };
}
const established = (it: Evaluator, protection: string, library: string, site: Site): Fact =>
  atom(it, 'verified', [], site, { known: { protection, library, arguments: [] } });

/** A strategy of Passport as a project defines it: `class X extends PassportStrategy(Strategy, 'name')`. */
interface StrategyState {
  library: string;
  name: string | null;
}
const STRATEGY: LibraryType = { name: 'passport strategy', methods: {} };
export const passportStrategy: Operation = (it, [strategy, name]) =>
  it.native(STRATEGY, {
    library: strategy?.k === 'external' ? strategy.package : '',
    name: (name && constantsOf(name)?.[0]) ?? null,
  } satisfies StrategyState);
const DEFAULT_NAMES: Readonly<Record<string, string>> = {
  'passport-http-bearer': 'bearer',
  'passport-http': 'basic',
  'passport-google-oauth20': 'google',
};
function strategies(it: Evaluator): { name: string; library: string; cls: ClassValue }[] {
  return it.decorated.flatMap((cls) => {
    let base: Value | null = cls.base;
    while (base?.k === 'class') base = base.base;
    if (base?.k !== 'native' || base.type !== STRATEGY) return [];
    const { library, name } = base.state as StrategyState;
    return [{ name: name ?? DEFAULT_NAMES[library] ?? library.replace(/^.*passport-/, ''), library, cls }];
  });
}
/** Lets everyone pass: who nobody knows is the anonymous user. */
const isAnonymous = (it: Evaluator, name: string): boolean =>
  name === 'anonymous' || strategies(it).some((s) => s.name === name && s.library === 'passport-anonymous');

interface GuardState {
  strategies: readonly string[];
}
/** The class that `AuthGuard('jwt')` makes: it asks Passport, and refuses whoever is not known. */
export const PASSPORT_GUARD: LibraryType = {
  name: 'AuthGuard',
  methods: {},
  call: yieldsItself,
  inherited: (it, base, name) => {
    switch (name) {
      case 'canActivate':
        return builtin(name, ([context], self, site) =>
          later(it, () => {
            const own = (member: string): Value =>
              self.k === 'record'
                ? memberOf(it, self, member, site)
                : PASSPORT_GUARD.inherited!(it, base, member)!;
            const ask = (member: string, args: readonly Value[]): Value =>
              it.awaiting(it.call(own(member), args, self, site));
            const { strategies: names } = base.state as GuardState;
            const request = ask('getRequest', [context ?? UNDEFINED]);
            if (names.some((each) => isAnonymous(it, each))) return literal(true);
            const user = ask('handleRequest', [
              unknown(['error']),
              unknown(['identity']),
              unknown(['error']),
              context ?? UNDEFINED,
            ]);
            assignMember(it, request, 'user', user, site);
            return literal(true);
          }),
        );
      case 'handleRequest':
        return builtin(name, ([, user], _self, site) => {
          it.learn([established(it, 'authentication', '@nestjs/passport', site)]);
          return user ?? unknown(['identity']);
        });
      case 'getRequest':
        return builtin(name, ([context]) => activationOf(context)?.request ?? UNKNOWN);
      case 'logIn':
        return builtin(name, () => promise(UNDEFINED));
      default:
        return null;
    }
  },
};
export const authGuard: Operation = (it, [names]) =>
  it.native(PASSPORT_GUARD, { strategies: (names && constantsOf(names)) ?? [] } satisfies GuardState);

const THROTTLER = '@nestjs/throttler';
const SKIP = literal('throttler:skip');
/** `@SkipThrottle()` */
export const skipThrottle: Operation = (it, [options]) =>
  builtin('SkipThrottle', (target) => {
    noteMetadata(it, SKIP, options ?? literal(true), target);
    return UNDEFINED;
  });
function skips(options: Value): boolean {
  const flags = options.k === 'record' ? [...options.members.values()] : [options];
  return flags.some((f) => f.k === 'literal' && f.value === true);
}
/** `ThrottlerGuard`: refuses who calls too often. */
export const THROTTLER_GUARD: LibraryType = {
  name: 'ThrottlerGuard',
  methods: {},
  call: yieldsItself,
  inherited: (it, _base, name) =>
    name === 'canActivate'
      ? builtin(name, ([context], _self, site) => {
          const activation = activationOf(context);
          const noted = activation
            ? [activation.handler, activation.cls].map((t) => metadataOf(it, SKIP, t))
            : [];
          const options = noted.find((v) => !(v.k === 'literal' && v.value === undefined));
          return promise(
            literal(true),
            options && skips(options) ? [] : [established(it, 'rate-limit', THROTTLER, site)],
          );
        })
      : null,
};
/** How many calls are let in in a millisecond, or in whatever a version of the package counts time in; null where that is not constant. */
function rateIn(limit: Value | undefined, time: Value | undefined): number | null {
  const [calls, span] = [limit, time].map((v) => (v ? spanOf(v) : null));
  return calls != null && span != null && span > 0 ? calls / span : null;
}
const SPANS: Readonly<Record<string, number>> = {
  seconds: 1e3,
  minutes: 60e3,
  hours: 3600e3,
  days: 86_400e3,
  weeks: 604_800e3,
};
function spanOf(value: Value): number | null {
  if (value.k === 'literal') return typeof value.value === 'number' ? value.value : null;
  if (value.k !== 'native' || value.type !== DECORATION) return null;
  const { name, args } = value.state as Decoration;
  const count = args[0] ? spanOf(args[0]) : null;
  return count === null || SPANS[name] === undefined ? null : count * SPANS[name];
}
const rateOf = (value: Value): number | null =>
  value.k === 'record' ? rateIn(value.members.get('limit'), value.members.get('ttl')) : null;
const generalLimits = (it: Evaluator): Value[] => it.stateOf('nestjs:throttlers', () => [] as Value[]);
/** `ThrottlerModule.forRoot([{ ttl, limit }])`: what every route is limited to that says nothing else. */
export const throttlerModule: Operation = (it, [options]) => {
  generalLimits(it).push(options ?? UNKNOWN);
  return record([]);
};
/** The loosest, for that is what the others are stricter than; null where it is not constant. */
function generalRate(it: Evaluator): number | null {
  const rates = generalLimits(it).flatMap((options) => {
    const throttlers = options.k === 'record' ? options.members.get('throttlers') : undefined;
    return listed(throttlers ?? options).map(rateOf);
  });
  return rates.length > 0 && !rates.includes(null) ? Math.max(...(rates as number[])) : null;
}
/** No program could be used that lets nobody do more than this in a minute, whatever they do. */
const TOO_FEW_FOR_ALL = 10;
/**
 * A limit of the route's own, `@Throttle({ default: { limit: 5, ttl: 60_000 } })` on the method or else on the class: stricter than what the
 * application limits everything to. It counts beside that, and is lost by itself.
 */
export function ownLimit(
  it: Evaluator,
  onClass: readonly Decoration[],
  onMethod: readonly Decoration[],
): Site | null {
  const isLimit = (d: Decoration): boolean => d.package === THROTTLER && d.name === 'Throttle';
  const own = onMethod.find(isLimit) ?? onClass.find(isLimit);
  const [first, second] = own?.args ?? [];
  if (!own || !first) return null;
  const rates = (
    first.k === 'record' ? [...first.members.values()].map(rateOf) : [rateIn(first, second)]
  ).filter((rate) => rate !== null);
  // What is written in two numbers is of a version that counts seconds.
  const general = generalRate(it) ?? (TOO_FEW_FOR_ALL + 1) / (first.k === 'record' ? 60e3 : 60);
  return rates.some((rate) => rate < general) ? own.site : null;
}
/** It counts how often somebody calls, here. */
export const throttles = (facts: readonly Fact[]): boolean =>
  facts.some((f) => f.k === 'atom' && f.known?.protection === 'rate-limit' && f.known.library === THROTTLER);
/** Counts by what is written at the route. */
export const throttleOf = (it: Evaluator, site: Site): Value =>
  builtin('Throttle', () => promise(literal(true), [established(it, 'rate-limit', THROTTLER, site)]));
const throttlerGuard = (it: Evaluator): Native =>
  it.stateOf<Native>('nestjs:throttler', () => it.native(THROTTLER_GUARD, null));
/** Guards that libraries export as classes. */
export const guardClass = (it: Evaluator, name: string | undefined): Value | null =>
  name === 'ThrottlerGuard' ? throttlerGuard(it) : null;

/** How a guard is called in reports: the class, or what made it. */
export function guardName(value: Value): string {
  if (value.k === 'native' && value.type === PASSPORT_GUARD) {
    const { strategies: names } = value.state as GuardState;
    return `AuthGuard(${names.map((n) => `'${n}'`).join(', ')})`;
  }
  if (value.k === 'record' && value.cls) return guardName(value.cls);
  if (value.k === 'class') return value.madeBy?.name ?? value.node.name ?? 'guard';
  return value.k === 'native' ? value.type.name : 'guard';
}
/** What holds when a guard has answered: what it says of its own truth; null when nothing can be told of it. */
export function passes(
  it: Evaluator,
  before: readonly Fact[],
  result: Value,
  site: Site,
): readonly Fact[] | null {
  const { whenTrue } = outcomes(it, result, site);
  const isTold =
    result.k !== 'unknown' || sourcesOf(result).length > 0 || newFacts(before, it.facts).length > 0;
  return isTold ? whenTrue : null;
}

/** Guards, and the keys of metadata that each has asked for. */
export const readersIn = (it: Evaluator): Map<Value, Set<Value>> =>
  it.stateOf('nestjs:readers', () => new Map<Value, Set<Value>>());
/** Runs a guard, and takes down which metadata it asks for. */
export function reading<T>(it: Evaluator, guard: Value, run: () => T): T {
  const { keys } = readings(it);
  const before = keys.splice(0);
  const result = run();
  const known = readersIn(it).get(guard) ?? new Set();
  if (keys.length > 0) readersIn(it).set(guard, known);
  for (const key of keys.splice(0, keys.length, ...before)) known.add(key);
  return result;
}
