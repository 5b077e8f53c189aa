import type { Place } from '../model/model.js';
import type { Argument, ClassNode, FunctionNode } from '../syntax/ast.js';
import {
  joinFacts,
  mergeSources,
  newFacts,
  NO_SOURCES,
  type Call,
  type Fact,
  type Refusal,
  type Source,
} from './fact.js';
import type { LibraryType } from './library.js';
import type { ModuleInstance } from './instance.js';
import { sharedBeginning } from './beginnings.js';
import { anyOfAKind, eitherWay, sameFacts, sameValue } from './same-value.js';
import { born, moment, type Scope, type Written } from './scope.js';

/** An abstract value: what is known of a value without running the program. */
export type Value =
  | Literal
  | Text
  | List
  | Record_
  | FunctionValue
  | ClassValue
  | External
  | Native
  | Builtin
  | PromiseValue
  | Choice
  | TestValue
  | Unknown;

export interface Literal {
  k: 'literal';
  value: string | number | boolean | null | undefined;
  /** The member of an enum that it is the number of, or that number as a text: what people know it by. */ member?: string;
  /** It is an address, with whatever query is put behind it. */ andQuery?: true;
}
/** A string of which parts are known. */
export interface Text {
  k: 'text';
  parts: readonly (string | Value)[];
  andQuery?: true;
}
/** `open` is what further, unknown elements look like. */
export interface List {
  k: 'list';
  elements: Value[];
  open: Value | null;
  /** When it came into being; see `born`. */ bornAt?: number;
  /** Some of its elements were put there on one path of several: how many there are is not known. */
  mayBeFewer?: true;
}
/** An object. `open` is what members that are not listed look like; null: they are undefined. */
export interface Record_ {
  k: 'record';
  members: Map<string, Value>;
  cls: ClassValue | null;
  open: Value | null;
  /** Accessors from object literals, by name. */
  getters: Map<string, FunctionValue> | null;
  /** The plain function that made it as its constructor. */
  maker?: FunctionNode;
}
export interface FunctionValue {
  k: 'function';
  fn: FunctionNode;
  module: ModuleInstance;
  scope: Scope;
  /** `this`, when bound or lexical. */
  self: Value | null;
  /** Class whose member it is, for `super`. */
  home: ClassValue | null;
  bound: readonly Value[];
  members: Map<string, Value>;
  /** The call that made it, for a closure without a name of its own: `requireRole('admin')`. */
  madeBy?: { name: string; arguments: readonly string[] };
  /** The function that returned it, when it is a closure. */
  maker?: { name: string; arguments: readonly string[] };
  /** It is a decorated method, or a decorator put it in the place of one: how the method, or the decorator, is called. */
  standsFor?: string;
}
export interface ClassValue {
  k: 'class';
  node: ClassNode;
  module: ModuleInstance;
  scope: Scope;
  base: Value | null;
  members: Map<string, Value>;
  /** The call that made it, for a class made by a function. */
  madeBy?: { name: string; arguments: readonly string[] };
}
/** A member of a package, not called yet: `External('jsonwebtoken', ['verify'])`. */
export interface External {
  k: 'external';
  package: string;
  path: readonly string[];
  /** Of a guard that a call made: the constants that the call was given, `requiredScopes('read:notes')`. */
  asks?: readonly string[];
  /** Of a guard that a call made: what says of a request that it is let pass unseen. */
  skips?: FunctionValue;
}
/** A value that a library model made and understands. */
export interface Native {
  k: 'native';
  type: LibraryType;
  state: unknown;
  members: Map<string, Value>;
}
export interface Builtin {
  k: 'builtin';
  name: string;
  call: BuiltinCall;
}
export type BuiltinCall = (args: readonly Value[], self: Value, site: Site) => Value;
/** Awaiting it yields `value` and makes `facts` hold. */
export interface PromiseValue {
  k: 'promise';
  value: Value;
  facts: readonly Fact[];
  /** Set when it never resolves. */ rejects?: Refusal;
  /** What making it has written: it is so where it resolves. */ left?: readonly Left[];
  /** It has resolved: what yielded it threw where it would have been rejected, and nobody has to wait. */ isKept?: boolean;
  /** The call that it is surely the promise of. */ of?: { name: string; place: Place };
  /** The call that yielded it, whoever made it. */ from?: { name: string; place: Place };
}
export interface Left extends Written {
  after: Value | undefined;
}
/** One of several, each under its own facts. */
export interface Choice {
  k: 'choice';
  options: readonly Option[];
}
export interface Option {
  value: Value;
  facts: readonly Fact[];
}
/** A boolean whose two outcomes are known to mean something. */
export interface TestValue {
  k: 'test';
  whenTrue: readonly Fact[];
  whenFalse: readonly Fact[];
  sources: readonly Source[];
}
/**
 * Nothing is known but where it comes from. `wraps`: functions that whatever made it was handed, and may call. `type` is evidence.
 */
export interface Unknown {
  k: 'unknown';
  sources: readonly Source[];
  wraps: readonly Value[] | null;
  type: string | null;
  origin: External | null;
  /** What an import that leads nowhere is called. */
  name?: string;
  /** It was tested on the way to being this value: `a || b` is `a` only where `a` is true. */
  isTruthy?: boolean;
  /** It was made so that it is neither `null` nor `undefined`: a number of whatever it was made from. */
  isDefined?: boolean;
  /** Which column of a record it was read from. */
  column?: string;
  /** Members of which more is known than of the rest. */
  parts?: ReadonlyMap<string, Value>;
  /** The class that it was made an instance of, out of sight. */
  cls?: ClassValue;
  /** It is all that a request has sent, as it came, but for these members that were taken out of it. */
  sentBut?: readonly string[];
  /**
   * All that a request has sent, read and written anew; how long something is, and nothing else of it; whether a secret was right; all
   * the roles or permissions that somebody has; the kind of something that was sent, which can be any but a function; the place of
   * something that was found in a list, which is no less than nought.
   */
  form?: 'rewritten' | 'length' | 'match' | 'roles' | 'kind-of-sent' | 'place' | 'answer';
}

/** Where an operation stands in the code. */
export interface Site {
  module: ModuleInstance;
  line: number;
  endLine?: number;
  /** Calls of the project's functions that led there, the outermost first. */
  calls?: readonly Call[];
  /** How the arguments of the call are written. */
  args?: readonly Argument[];
}

export const UNDEFINED: Literal = { k: 'literal', value: undefined };
export const NULL: Literal = { k: 'literal', value: null };
export const UNKNOWN: Unknown = { k: 'unknown', sources: NO_SOURCES, wraps: null, type: null, origin: null };

export const literal = (value: Literal['value']): Literal => ({ k: 'literal', value });
export const unknown = (sources: readonly Source[] = NO_SOURCES, extra: Partial<Unknown> = {}): Unknown =>
  sources.length === 0 && Object.keys(extra).length === 0 ? UNKNOWN : { ...UNKNOWN, sources, ...extra };
export const list = (elements: Value[], open: Value | null = null): List => ({
  k: 'list',
  elements,
  open,
  bornAt: moment(),
});
export const record = (members: Iterable<[string, Value]> = [], open: Value | null = null): Record_ => ({
  k: 'record',
  members: born(new Map(members)),
  cls: null,
  open,
  getters: null,
});
/** An option, where options are written out. */
export const optionIn = (options: Value | undefined, name: string): Value | undefined =>
  options?.k === 'record' ? options.members.get(name) : undefined;
export const builtin = (name: string, call: BuiltinCall): Builtin => ({ k: 'builtin', name, call });
export const promise = (
  value: Value,
  facts: readonly Fact[] = [],
  of?: PromiseValue['of'],
  written: readonly Written[] = [],
): PromiseValue => ({
  ...(value.k === 'promise'
    ? { ...value, facts: [...facts, ...value.facts] }
    : { k: 'promise' as const, value, facts }),
  ...(of && { of }),
  ...(written.length > 0 && { left: written.map((w) => ({ ...w, after: w.map.get(w.key) })) }),
});

const MAX_OPTIONS = 8;
/** Joins values into at most eight options; beyond that answers are kept by their status, and of all else only the origin. */
export function choice(options: readonly Option[]): Value {
  const distinct = withoutTwins(options.flatMap(flattened), sameValue);
  if (distinct.length === 1 && distinct[0]!.facts.length === 0) return distinct[0]!.value;
  if (distinct.length <= MAX_OPTIONS || isTable(distinct)) return { k: 'choice', options: distinct };
  const others = distinct.filter((o) => !isAnswer(o.value));
  const values = others.map((o) => o.value);
  const origin =
    sharedBeginning(values) ??
    anyOfAKind(values) ??
    unknown(mergeSources(...values.map((v) => sourcesOf(v))));
  if (others.length === distinct.length) return origin;
  const answers = withoutTwins(
    distinct.filter((o) => isAnswer(o.value)),
    answersAlike,
  );
  const held = others.map((o) => o.facts).reduce(inBoth, others[0]?.facts ?? []);
  return { k: 'choice', options: others.length > 0 ? [...answers, { value: origin, facts: held }] : answers };
}
/** A choice among choices, as one. */
const flattened = (option: Option): readonly Option[] =>
  option.value.k === 'choice'
    ? option.value.options.flatMap(({ value, facts }) =>
        flattened({
          value,
          facts: option.facts.length > 0 ? [...option.facts, ...newFacts(option.facts, facts)] : facts,
        }),
      )
    : [option];
const isAnswer = (value: Value): boolean => value.k === 'native' && value.type.answer !== undefined;
const inBoth = (a: readonly Fact[], b: readonly Fact[]): readonly Fact[] => a.filter((f) => b.includes(f));
function withoutTwins(options: readonly Option[], areTwins: (a: Value, b: Value) => boolean): Option[] {
  const distinct: Option[] = [];
  for (const option of options) {
    const twin = distinct.findIndex((d) => areTwins(d.value, option.value));
    const alike = twin < 0 ? distinct.findIndex((d) => isAlike(d, option)) : -1;
    if (alike >= 0)
      distinct[alike] = {
        value: eitherWay(distinct[alike]!.value, option.value)!,
        facts: option.facts,
      };
    else if (twin < 0) distinct.push(option);
    else if (distinct[twin]!.facts.length > 0)
      distinct[twin] =
        option.facts.length === 0
          ? option
          : { value: option.value, facts: sharedFacts(option, distinct[twin]!) };
  }
  return distinct;
}
const isAlike = (a: Option, b: Option): boolean =>
  eitherWay(a.value, b.value) !== null && sameFacts(a.facts, b.facts);
/** Responses with the same status say the same of who is turned away, whatever they bring. */
function answersAlike(a: Value, b: Value): boolean {
  if (a.k !== 'native' || b.k !== 'native') return false;
  const [one, other] = [a.type.answer?.(a), b.type.answer?.(b)];
  return one?.how === other?.how && one?.status === other?.status;
}
/** What two ways lead to was given for the one reason or the other: an answer, who calls. A handler that two names have is no test. */
const sharedFacts = (a: Option, b: Option): readonly Fact[] =>
  GIVEN.has(a.value.k) ? joinFacts(b.facts, a.facts) : inBoth(b.facts, a.facts);
const GIVEN: ReadonlySet<Value['k']> = new Set(['literal', 'promise', 'unknown']);
/** Members of a table that a constant chooses among, a few perhaps of unknown make: each of many is worth following. */
const isTable = (options: readonly Option[]): boolean =>
  options.length <= MAX_TABLE &&
  options.some(({ value }) => isMember(value)) &&
  options.every(
    ({ value, facts }) =>
      isNullish(value) ||
      ((isMember(value) || value.k === 'unknown') &&
        facts.some((f) => f.k === 'atom' && f.test === 'equal' && f.arguments.length === 1)),
  );
const isMember = (value: Value): boolean => value.k === 'function' || value.k === 'record';
const MAX_TABLE = 512;
export const joinValues = (a: Value, b: Value): Value =>
  eitherWay(a, b) ??
  choice([
    { value: a, facts: [] },
    { value: b, facts: [] },
  ]);
/** What is given where one or a list of them may be. */
export const listed = (value: Value | undefined): readonly Value[] =>
  value === undefined ? [] : value.k === 'list' ? value.elements : [value];
/** Where a value comes from, members included one level down. */
export function sourcesOf(value: Value, depth = 2): readonly Source[] {
  switch (value.k) {
    case 'unknown':
    case 'test':
      return value.sources;
    case 'text':
      return sourcesOfParts(
        value.parts.map((p) => (typeof p === 'string' ? NO_SOURCES : sourcesOf(p, depth))),
      );
    case 'choice':
      return mergeSources(...value.options.map((o) => sourcesOf(o.value, depth)));
    case 'promise':
      return sourcesOf(value.value, depth);
    case 'list':
      return depth <= 0
        ? NO_SOURCES
        : sourcesOfParts([
            ...value.elements.slice(0, 16).map((e) => sourcesOf(e, depth - 1)),
            value.open ? sourcesOf(value.open, depth - 1) : NO_SOURCES,
          ]);
    case 'record':
      return depth <= 0
        ? NO_SOURCES
        : sourcesOfParts([
            ...[...value.members.values()].slice(0, 32).map((m) => sourcesOf(m, depth - 1)),
            value.open ? sourcesOf(value.open, depth - 1) : NO_SOURCES,
          ]);
    case 'native':
      return value.type.sources?.(value) ?? NO_SOURCES;
    default:
      return NO_SOURCES;
  }
}
/**
 * What is put together of how many there are and of the thing itself, `{ text, length: text.length }`, is more than a count:
 * whoever gets it has seen the thing.
 */
function sourcesOfParts(parts: readonly (readonly Source[])[]): readonly Source[] {
  const isCount = (sources: readonly Source[]): boolean => sources.includes('count');
  const all = mergeSources(...parts);
  if (!isCount(all)) return all;
  const seen = mergeSources(...parts.filter((p) => !isCount(p)));
  return all.every((s) => s === 'count' || seen.includes(s)) ? seen : all;
}

/** That something is there, or is so, is not the thing: of a record of which only this is told, nobody has seen anything. */
export const whether = (source: Source): Source => `whether:${source}`;
/** Nor is how many there are. */
export const howMany = (source: Source): Source => `count:${source}`;
/** Where what is told comes from, when a value is given away. */
export function toldBy(value: Value, depth = 5): readonly Source[] {
  switch (value.k) {
    case 'test':
      return value.sources.map(whether);
    case 'unknown':
      return value.sources.includes('count') ? value.sources.map(howMany) : value.sources;
    case 'choice':
      return mergeSources(...value.options.map((o) => toldBy(o.value, depth)));
    case 'promise':
      return toldBy(value.value, depth);
    case 'record':
      return depth <= 0
        ? NO_SOURCES
        : mergeSources(
            ...[...value.members.values()].slice(0, 32).map((m) => toldBy(m, depth - 1)),
            value.open ? toldBy(value.open, depth - 1) : NO_SOURCES,
          );
    default:
      return sourcesOf(value, depth);
  }
}

/** Not known, and from nowhere: from no request, no record and no setting. */
export const isOfNobody = (value: Value): boolean =>
  value.k === 'unknown' && value.sources.length === 0 && !value.wraps && !value.origin;
/**
 * The text of a string value, with `hole` for each part that is not known; null when nothing of it is known. What something
 * else may put in place of a constant, as a plugin that is asked whether a route is to have another name, is taken to leave
 * it as it is.
 */
export function textOf(value: Value, hole = '*'): string | null {
  if (value.k === 'literal')
    return value.value === undefined || value.value === null ? null : String(value.value);
  if (value.k === 'text')
    return value.parts.map((p) => (typeof p === 'string' ? p : (textOf(p, hole) ?? hole))).join('');
  return value.k === 'choice' ? unlessReplaced(value, hole) : null;
}
function unlessReplaced({ options }: Choice, hole: string): string | null {
  let only: string | null = null;
  for (const { value } of options) {
    if (isOfNobody(value)) continue;
    const text = textOf(value, hole);
    if (text === null || (only !== null && text !== only)) return null;
    only = text;
  }
  return only;
}
export const stringOf = (value: Value): string | null =>
  value.k === 'literal' && typeof value.value === 'string' ? value.value : null;
export const isNullish = (value: Value): boolean =>
  value.k === 'literal' && (value.value === null || value.value === undefined);
export const isCallable = (value: Value): boolean =>
  value.k === 'function' ||
  value.k === 'builtin' ||
  value.k === 'class' ||
  (value.k === 'unknown' && value.wraps !== null) ||
  (value.k === 'native' && value.type.call !== undefined) ||
  (value.k === 'choice' && value.options.some((o) => isCallable(o.value)));

/** The options of a value that may not be a choice. */
export const optionsOf = (value: Value): readonly Option[] =>
  value.k === 'choice' ? value.options : [{ value, facts: [] }];

/** A constant as it is written in reports; null when it is not one. */
export const constantText = (value: Value): string | null =>
  value.k === 'literal' && !isNullish(value) ? String(value.value) : null;
/** What a function is given that is written in the code, as far as anybody would want to read it. */
export const constantArguments = (args: readonly Value[]): string[] =>
  args.flatMap((a) => constantsOf(a) ?? []).slice(0, 8);
/** The constants in a value: itself, or a list's elements; null when some are not constants. */
export function constantsOf(value: Value): string[] | null {
  if (value.k === 'list') {
    if (value.open) return null;
    const texts = value.elements.map(constantText);
    return texts.includes(null) ? null : (texts as string[]);
  }
  const text = constantText(value);
  return text === null ? null : [text];
}
