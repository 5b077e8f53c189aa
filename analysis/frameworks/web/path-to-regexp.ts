import type { LibraryModel, Operation } from '../../wiring/library.js';
import { builtin, list, stringOf, UNDEFINED, UNKNOWN, type Native, type Value } from '../../wiring/value.js';
import { callMember } from '../../wiring/members.js';
import type { Evaluator } from '../../wiring/evaluator.js';

/** A path of `path-to-regexp` as a pattern: `/a/:b*`, `/a/:b(\\d+)`, `/((?!api).*)`, `/a/*rest`, `/a{/:b}`. */
export function patternOf(matcher: string): string {
  const named = matcher.replace(/\*(\w+)/g, '.+').replace(/\{([^{}]*[/:][^{}]*)\}/g, '(?:$1)?');
  return named.replace(
    /\/:(\w+)(\((?:[^()]|\([^()]*\))*\))?([*+?])?/g,
    (_text, _name, own: string | undefined, times: string | undefined) => {
      const one = own ?? '[^/]+';
      if (times === '*') return '(?:/.*)?';
      if (times === '+') return '/.+';
      return times === '?' ? `(?:/${one})?` : `/${one}`;
    },
  );
}

/** A regular expression, which newer versions of the package have as a member, beside its keys. */
function expressionFor(it: Evaluator, given: Value | undefined): Native {
  const texts = given?.k === 'list' ? given.elements.map(stringOf) : [given ? stringOf(given) : null];
  const expression = it.native(it.regexType, {
    pattern: `^(?:${texts.map((t) => (t === null ? '.*' : patternOf(t))).join('|')})/?$`,
    flags: 'i',
    isPartial: texts.includes(null),
  });
  expression.members.set('regexp', expression);
  expression.members.set('keys', list([], UNKNOWN));
  return expression;
}
const toExpression: Operation = (it, [path]) => expressionFor(it, path);
/** `match(path)(text)`: what was found, or false. */
const match: Operation = (it, [path], site) => {
  const expression = expressionFor(it, path);
  return builtin('match', ([text]) => callMember(it, expression, 'test', () => [text ?? UNDEFINED], site));
};

/** https://github.com/pillarjs/path-to-regexp */
export const pathToRegexp: LibraryModel = {
  name: 'path-to-regexp',
  packages: ['path-to-regexp'],
  calls: {
    '': toExpression,
    pathToRegexp: toExpression,
    match,
    parse: () => UNKNOWN,
    compile: () => UNKNOWN,
  },
};
