import type { Evaluator } from '../../wiring/evaluator.js';
import { mergeSources, type Source } from '../../wiring/fact.js';
import { classMember } from '../../wiring/classes.js';
import type { LibraryType } from '../../wiring/library.js';
import { callMember } from '../../wiring/members.js';
import { callersIn, chosenIn, lookedUpIn, ofOneOrEach } from '../../wiring/quantified.js';
import { outcomes } from '../../wiring/tests.js';
import {
  isCallable,
  list,
  NULL,
  optionsOf,
  promise,
  record,
  sourcesOf,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Record_,
  type Site,
  type Value,
} from '../../wiring/value.js';

// ── records ───────────────────────────────────────────────────────────────────────────────────────────────────────
/** What can be done to a record of one library by way of the record itself; undefined: not known to the library. */
export type RecordMethod = (
  it: Evaluator,
  self: Native,
  name: string,
  args: readonly Value[],
  site: Site,
) => Value | undefined;
interface RecordState {
  sources: readonly Source[];
  /** Made here, and not stored yet. */
  isNew: boolean;
  method: RecordMethod;
  /** Functions of the project that its records have. */
  own: Value | null;
}
const recordState = (self: Native): RecordState => self.state as RecordState;
/** A record that was loaded, or is to be stored. */
const RECORD: LibraryType = {
  name: 'stored record',
  methods: {
    '*': (it, self, [name, ...args], site) => {
      const called = stringOf(name ?? UNDEFINED) ?? '';
      const own = ownMember(it, self, called, site);
      if (own && isCallable(own) && ofProject(own)) return it.call(own, args, self, site);
      const { method, sources } = recordState(self);
      const known = method(it, self, called, args, site);
      if (known) return known;
      if (own && isCallable(own)) return it.call(own, args, self, site);
      it.handToUnknown(args, sources, site);
      return unknown(mergeSources(sources, ...args.map((a) => sourcesOf(a))));
    },
  },
  get: (it, self, name, site) =>
    self.members.get(name) ?? (name === '*elements*' ? null : ofProject(ownMember(it, self, name, site))),
  sources: (self) =>
    recordState(self).isNew
      ? mergeSources(...[...self.members.values()].map((v) => sourcesOf(v, 1)))
      : recordState(self).sources,
};
/** What the library gives to all that extend its base is done to the record that it is. */
const ofProject = (own: Value | null): Value | null => (own?.k === 'builtin' ? null : own);
function ownMember(it: Evaluator, self: Native, name: string, site: Site): Value | null {
  const { own } = recordState(self);
  if (own?.k === 'record') return own.members.get(name) ?? null;
  return own?.k === 'class' ? classMember(it, own, name, self, site) : null;
}
export function makeRecord(
  it: Evaluator,
  given: { sources: readonly Source[]; method: RecordMethod; own?: Value | null; data?: Value },
): Native {
  const isNew = given.data !== undefined;
  const state: RecordState = { ...given, isNew, own: given.own ?? null };
  const made = it.native(RECORD, state);
  for (const { value } of optionsOf(given.data ?? UNDEFINED)) {
    if (value.k === 'record') for (const [name, member] of value.members) made.members.set(name, member);
    const rest = value.k === 'record' ? value.open : value;
    if (rest && sourcesOf(rest).length > 0) made.members.set('*rest*', unknown(sourcesOf(rest)));
  }
  return made;
}
export const isNewRecord = (self: Native): boolean => self.type === RECORD && recordState(self).isNew;
export const isRecord = (value: Value | undefined): value is Native =>
  value?.k === 'native' && value.type === RECORD;
/** What a record holds that is not stored yet, or has been assigned to it since it was loaded. */
export const heldBy = (self: Native): Record_ =>
  record(
    [...self.members].filter(([name]) => !name.startsWith('*')),
    self.members.get('*rest*') ?? null,
  );

/** Records that were found: one stands for them all. */
const RECORDS: LibraryType = {
  name: 'stored records',
  methods: {
    '*': (it, self, [name, ...args], site) => {
      const { one } = self.state as { one: Value };
      const called = stringOf(name ?? UNDEFINED) ?? '';
      const [callback] = args;
      if (callback && isCallable(callback) && EACH.test(called)) {
        let result = UNKNOWN as Value;
        const given = called.startsWith('reduce') ? [args[1] ?? UNKNOWN, one] : [one, UNKNOWN];
        it.aside(() => {
          result = it.call(callback, given, UNDEFINED, site);
        });
        if (/map$/i.test(called)) return list([], result);
        if (called.startsWith('find') && called !== 'findIndex') {
          const { whenTrue } = outcomes(it, result, site);
          const chosen =
            chosenIn(it, sourcesOf(one), result, site) ??
            lookedUpIn(it, sourcesOf(one), whenTrue ?? [], site);
          return chosen ? withSources(one, chosen) : alsoOf(one, callersIn(it, result, site));
        }
        if (/^(filter|sort|toSorted)$/.test(called)) return self;
        return ofOneOrEach(it, result, sourcesOf(self), site);
      }
      if (/^(slice|reverse|concat|flat|splice|toArray|get)$/.test(called)) return self;
      if (/^(at|pop|shift)$/.test(called)) return one;
      it.handToUnknown(args, sourcesOf(self), site);
      return unknown(mergeSources(sourcesOf(self), ...args.map((a) => sourcesOf(a))));
    },
  },
  get: (_it, self, name) => {
    const { one } = self.state as { one: Value };
    if (name === '*elements*') return list([], one);
    return name === '*index*' || /^\d+$/.test(name) ? one : null;
  },
  sources: (self) => sourcesOf((self.state as { one: Value }).one),
};
/** The same record, of which it is known whose it is. */
function alsoOf(one: Value, callers: readonly Source[]): Value {
  return callers.length === 0 ? one : withSources(one, mergeSources(sourcesOf(one), callers));
}
function withSources(one: Value, sources: readonly Source[]): Value {
  return isRecord(one) ? { ...one, state: { ...recordState(one), sources } } : unknown(sources);
}
const EACH = /^(map|flatMap|forEach|filter|some|every|find|findLast|findIndex|sort|toSorted|reduce)$/;
/** Of what may be given as one or as several, one. */
export const oneOf = (given: Value): Value =>
  given.k === 'list' ? (given.elements[0] ?? given.open ?? UNKNOWN) : given;
export const recordsOf = (it: Evaluator, one: Value): Native => it.native(RECORDS, { one });

// ── queries ───────────────────────────────────────────────────────────────────────────────────────────────────────
/** One step of building a query: what it yields, where that is not the query itself. */
export type Step = (it: Evaluator, query: Native, args: readonly Value[], site: Site) => Value | void;
interface QueryState {
  steps: Readonly<Record<string, Step>>;
  run(it: Evaluator, query: Native): Value;
  site: Site;
}
/** A query that is being built. Nothing happens before its result is asked for: by `await`, `then`, or the like. */
const QUERY: LibraryType = {
  name: 'query',
  methods: {
    '*': (it, self, [name, ...args], site) => {
      const { steps, run } = self.state as QueryState;
      const called = stringOf(name ?? UNDEFINED) ?? '';
      if (called === 'then' || called === 'catch' || called === 'finally')
        return callMember(it, promise(run(it, self)), called, () => [...args], site);
      const step = Object.hasOwn(steps, called) ? steps[called] : undefined;
      return step?.(it, self, args, site) ?? self;
    },
  },
  get: (it, self, name) => {
    // `for await (const found of query)`
    if (name !== '*elements*') return null;
    const found = it.awaiting((self.state as QueryState).run(it, self));
    return list(
      [],
      found.k === 'native' && found.type === RECORDS ? (found.state as { one: Value }).one : found,
    );
  },
  awaited: (it, self) => it.awaiting((self.state as QueryState).run(it, self)),
};
export const makeQuery = (it: Evaluator, state: QueryState): Native => it.native(QUERY, state);
export const isQuery = (value: Value | undefined): value is Native =>
  value?.k === 'native' && value.type === QUERY;
export const siteOfQuery = (query: Native): Site => (query.state as QueryState).site;
/** Parts of a query are kept like members, so that what one arm of a branch adds is undone in the other. */
export const put = (it: Evaluator, query: Native, part: string, value: Value): void =>
  it.journal.write(query.members, `*${part}*`, value);
export const part = (query: Native, name: string): Value => query.members.get(`*${name}*`) ?? UNDEFINED;
export const textPart = (query: Native, name: string): string | null =>
  optionsOf(part(query, name))
    .map((o) => stringOf(o.value))
    .find((t) => t !== null) ?? null;
/** Asks for more, beside what is asked for already. */
export function narrow(it: Evaluator, query: Native, condition: Value): void {
  const before = part(query, 'where');
  put(it, query, 'where', before === UNDEFINED ? condition : list([before, condition]));
}
/** Asks for this, or for what is asked for already. */
export function widen(it: Evaluator, query: Native, condition: Value): void {
  const before = part(query, 'where');
  put(it, query, 'where', before === UNDEFINED ? condition : record([['$or', list([before, condition])]]));
}
/** `find(filter, (error, found) => …)`: what is given as the last argument is called with the result. */
export function withCallback(
  it: Evaluator,
  args: readonly Value[],
  result: () => Value,
  site: Site,
): boolean {
  const callback = args.at(-1);
  if (callback?.k !== 'function') return false;
  const found = it.awaiting(result());
  // No fact of what it tests holds outside of it.
  it.aside(() => {
    const error = callback.fn.params.length > 1 ? [joinError(), found] : [found];
    it.inTail(() => void it.call(callback, error, UNDEFINED, site));
  });
  return true;
}
const joinError = (): Value => ({
  k: 'choice',
  options: [
    { value: NULL, facts: [] },
    { value: unknown(['error']), facts: [] },
  ],
});
