import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, Operation } from '../../wiring/library.js';
import { callMember, memberOf } from '../../wiring/members.js';
import { equality } from '../../wiring/tests.js';
import {
  builtin,
  isCallable,
  listed,
  literal,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Site,
  type Value,
} from '../../wiring/value.js';

/**
 * `jwt({ … }).unless({ path: ['/login', /^\/public/, { url: '/boats', methods: ['GET'] }], method: 'OPTIONS' })`: a guard that
 * is passed by on some paths, by some methods, or as a function says. Where that is not known, the guard may be passed by.
 * https://github.com/jfromaniello/express-unless, https://github.com/Foxandxss/koa-unless
 */
const unless =
  (packageName: string, path: readonly string[]): Operation =>
  (it, [options], site) => {
    const guard = unknown([], { origin: { k: 'external', package: packageName, path } });
    return builtin('unless', (given, _self, at) => {
      const goOn = [...given].reverse().find(isCallable) ?? UNDEFINED;
      const passes = isPassedBy(it, options ?? UNDEFINED, given[0] ?? UNDEFINED, site);
      const pass = (): Value => it.call(goOn, [], UNDEFINED, at);
      const ask = (): Value => it.awaiting(it.call(guard, given, UNDEFINED, at));
      if (passes !== null) return passes ? pass() : ask();
      it.merge([it.arm([], () => void pass()), it.arm([], () => void ask())]);
      return UNDEFINED;
    });
  };
/** Null where that is not known. */
function isPassedBy(it: Evaluator, options: Value, carrier: Value, site: Site): boolean | null {
  if (options.k !== 'record') return null;
  const url = memberOf(it, carrier, 'originalUrl', site);
  const method = memberOf(it, carrier, 'method', site);
  const verdicts = [...options.members].map(([name, value]) => {
    if (name === 'useOriginalUrl') return false;
    if (name === 'path') return some(each(value), (path) => isAt(it, path, url, method, site));
    if (name === 'method') return some(each(value), (m) => isEqual(it, method, m, site));
    if (name === 'ext')
      return some(each(value), (end) => {
        const [text, wanted] = [textOf(url), textOf(end)];
        return text === null || wanted === null ? null : text.endsWith(wanted);
      });
    const said = name === 'custom' ? it.call(value, [carrier], UNDEFINED, site) : null;
    return said?.k === 'literal' ? Boolean(said.value) : null;
  });
  return some(verdicts, (v) => v);
}
function isAt(it: Evaluator, path: Value, url: Value, method: Value, site: Site): boolean | null {
  if (path.k === 'record' && path.members.has('url')) {
    const at = isAt(it, path.members.get('url')!, url, method, site);
    const methods = path.members.get('methods');
    const by = methods ? some(each(methods), (m) => isEqual(it, method, m, site)) : true;
    return at === false || by === false ? false : at === true && by === true ? true : null;
  }
  if (path.k !== 'native') return isEqual(it, url, path, site);
  const found = callMember(it, path, 'test', () => [url], site);
  return found.k === 'literal' ? found.value === true : null;
}
/** A parameter of a path is hardly ever what is written there. */
function isEqual(it: Evaluator, actual: Value, wanted: Value, site: Site): boolean | null {
  if (wanted.k !== 'literal') return null;
  if (actual.k === 'text') return false;
  const same = equality(it, actual, literal(wanted.value), site, false);
  return same.k === 'literal' ? same.value === true : null;
}
/** What further elements look like is no constant, and nothing is known of whether they fit. */
const each = (value: Value): readonly Value[] =>
  value.k === 'list' && value.open ? [...value.elements, UNKNOWN] : listed(value);
const some = <T>(all: readonly T[], test: (one: T) => boolean | null): boolean | null => {
  const verdicts = all.map(test);
  return verdicts.includes(true) ? true : verdicts.includes(null) ? null : false;
};

const callsOf = (name: string, made: readonly (readonly string[])[]): LibraryModel['calls'] =>
  Object.fromEntries(made.map((path) => [[...path, 'unless'].join('.'), unless(name, path)]));

export const unlessOfExpress: LibraryModel = {
  name: 'unless',
  packages: ['express-jwt'],
  about: {
    title: '`unless` of express-jwt and koa-jwt',
    registers: 'nothing',
    guards: 'the guard, but for the paths, the methods and the endings of paths that `unless` is given',
    answers: 'by itself: 401',
  },
  calls: callsOf('express-jwt', [['()'], ['expressjwt', '()'], ['(lenient)'], ['expressjwt', '(lenient)']]),
};
export const unlessOfKoa: LibraryModel = {
  name: 'unless of koa-jwt',
  packages: ['koa-jwt'],
  calls: callsOf('koa-jwt', [['()'], ['(lenient)']]),
};
