import type { Evaluator } from './evaluator.js';
import { isSent, mergeSources, type Fact, type Source } from './fact.js';
import { callableName } from './naming.js';
import { joinText } from './texts.js';
import { anyBoolean, atom, equality, membership, negate, testValue } from './tests.js';
import {
  choice,
  isNullish,
  list,
  literal,
  optionsOf,
  sourcesOf,
  UNDEFINED,
  unknown,
  type Choice,
  type Site,
  type Value,
} from './value.js';

const isOfRequest = (value: Value): boolean =>
  value.k === 'unknown' && !value.wraps && value.sources.length > 0 && value.sources.every(isSent);
/** `typeof request.body.done === 'function'` */
const isFunctionSent = (left: Value, right: Value): boolean =>
  left.k === 'unknown' && left.form === 'kind-of-sent' && right.k === 'literal' && right.value === 'function';
export function unary(it: Evaluator, operator: string, value: Value, site: Site): Value {
  switch (operator) {
    case '!':
      return negate(it, value, site);
    case 'typeof':
      if (value.k === 'choice') return ofEach(value, (v) => unary(it, operator, v, site));
      if (value.k === 'literal') return literal(value.value === null ? 'object' : typeof value.value);
      if (value.k === 'function' || value.k === 'class' || value.k === 'builtin') return literal('function');
      if (value.k === 'record' || value.k === 'list' || value.k === 'promise') return literal('object');
      // What a library made is there; what it found may not be.
      if (value.k === 'native' && sourcesOf(value).length === 0)
        return literal(value.type.call ? 'function' : 'object');
      if (value.k === 'text') return literal('string');
      // The kind of a value tells nothing of who sent it.
      return unknown(['type'], isOfRequest(value) ? { form: 'kind-of-sent' } : {});
    case 'void':
    case 'delete':
      return UNDEFINED;
    case '-':
      return value.k === 'literal' && typeof value.value === 'number'
        ? literal(-value.value)
        : unknown(sourcesOf(value));
    default:
      return value.k === 'literal' && operator === '+'
        ? literal(Number(value.value))
        : unknown(sourcesOf(value));
  }
}
export function binary(it: Evaluator, operator: string, left: Value, right: Value, site: Site): Value {
  switch (operator) {
    case '==':
    case '===':
      return isFunctionSent(left, right) ? literal(false) : equality(it, left, right, site, false);
    case '!=':
    case '!==':
      return isFunctionSent(left, right) ? literal(true) : equality(it, left, right, site, true);
    case '+':
      if (left.k === 'choice' || right.k === 'choice') {
        const options = optionsOf(left).flatMap((l) =>
          optionsOf(right).map((r) => ({
            value: binary(it, '+', l.value, r.value, site),
            facts: [...l.facts, ...r.facts],
          })),
        );
        return choice(options);
      }
      if (left.k === 'literal' && right.k === 'literal') {
        return typeof left.value === 'number' && typeof right.value === 'number'
          ? literal(left.value + right.value)
          : joinText([left, right]);
      }
      if (isTextual(left) || isTextual(right)) return joinText([left, right]);
      return unknown(mergeSources(sourcesOf(left), sourcesOf(right)));
    case '<':
    case '>':
    case '<=':
    case '>=': {
      if (left.k === 'literal' && right.k === 'literal' && left.value != null && right.value != null) {
        const [a, b] = [left.value as number, right.value as number];
        return literal(
          operator === '<' ? a < b : operator === '>' ? a > b : operator === '<=' ? a <= b : a >= b,
        );
      }
      // `undefined >= 2` is false: a missing attribute passes no threshold.
      if (isNullish(left) || isNullish(right)) return literal(false);
      const ranked = mergeSources(rankedBy(left, right), rankedBy(right, left));
      if ((left.k === 'choice' || right.k === 'choice') && ranked.length === 0) {
        const options = optionsOf(left).flatMap((l) =>
          optionsOf(right).map((r) => ({
            value: binary(it, operator, l.value, r.value, site),
            facts: [...l.facts, ...r.facts],
          })),
        );
        if (options.length <= 8) return choice(options);
      }
      const sources = mergeSources(sourcesOf(left), sourcesOf(right), ranked);
      const constant = left.k === 'literal' ? left : right;
      if (sources.length === 0) return anyBoolean(it, [], site);
      // Written with the constant on the right: `2 <= level` is `level >= 2`.
      const seen = left.k === 'literal' ? MIRRORED[operator] : operator;
      // `found.length > 0`, `found.length < 1`: whether there are any.
      const asksForAny =
        constant.k === 'literal' && sources.includes('count') && ANY[`${seen} ${constant.value}`];
      const counted = left === constant ? right : left;
      // What a record is known by is a number, whoever calls.
      if (constant.k === 'literal' && constant.value === 0 && isKey(counted) && NOUGHT.has(seen!))
        return literal(seen === '>=');
      if (isPlace(counted) && constant.k === 'literal' && PLACED.has(`${seen} ${constant.value}`))
        return literal(seen!.startsWith('>'));
      if (asksForAny && counted.k === 'unknown' && counted.isTruthy) return literal(asksForAny === 'some');
      if (asksForAny)
        return testValue(
          it,
          asksForAny === 'some' ? ['truthy', 'falsy'] : ['falsy', 'truthy'],
          sources,
          site,
        );
      // With nothing that is written out, all that is known of the two ways in which it can come out is that they differ.
      const make = (op: string, fails: boolean): readonly Fact[] => [
        constant.k === 'literal'
          ? atom(it, 'compare', sources, site, { arguments: [`${op} ${String(constant.value)}`] })
          : atom(it, 'compare', sources, site, { fails }),
      ];
      return { k: 'test', whenTrue: make(seen, false), whenFalse: make(INVERSE[seen], true), sources };
    }
    case 'in':
      if (right.k === 'choice') return ofEach(right, (r) => binary(it, operator, left, r, site));
      if (right.k === 'record' && right.open === null && left.k === 'literal')
        return literal(right.members.has(String(left.value)));
      if (right.k === 'record')
        return membership(it, list([...right.members.keys()].map(literal)), left, site);
      return anyBoolean(it, mergeSources(sourcesOf(left), sourcesOf(right)), site);
    case 'instanceof':
      return instanceOf(it, left, right, site);
    default:
      if (
        left.k === 'literal' &&
        right.k === 'literal' &&
        typeof left.value === 'number' &&
        typeof right.value === 'number'
      ) {
        const [a, b] = [left.value, right.value];
        const result = {
          '-': a - b,
          '*': a * b,
          '/': a / b,
          '%': a % b,
          '|': a | b,
          '&': a & b,
          '^': a ^ b,
          '<<': a << b,
          '>>': a >> b,
          '>>>': a >>> b,
          '**': a ** b,
        }[operator];
        if (result !== undefined) return literal(result);
      }
      return unknown(mergeSources(sourcesOf(left), sourcesOf(right)), { type: 'number' });
  }
}
/** Functions of `Math`. */
export const CALCULATIONS: Readonly<Record<string, (...numbers: number[]) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  max: Math.max,
  min: Math.min,
  round: Math.round,
  trunc: Math.trunc,
};
export function calculated(name: string, args: readonly Value[]): Value {
  const numbers = args.flatMap((a) => (a.k === 'literal' && typeof a.value === 'number' ? [a.value] : []));
  return numbers.length === args.length
    ? literal(CALCULATIONS[name]!(...numbers))
    : unknown(mergeSources(...args.map((a) => sourcesOf(a))), { type: 'number' });
}
/** What a rank was looked up by, where it is held against one of which nothing is known. */
const rankedBy = (rank: Value, other: Value): readonly Source[] =>
  rank.k === 'choice' && other.k === 'unknown' && sourcesOf(rank).length + other.sources.length === 0
    ? mergeSources(...rank.options.flatMap((o) => o.facts.map((f) => (f.k === 'atom' ? f.sources : []))))
    : [];
const ofEach = (value: Choice, answer: (value: Value) => Value): Value =>
  choice(value.options.map((o) => ({ value: answer(o.value), facts: o.facts })));
const ANY: Readonly<Record<string, 'some' | 'none'>> = {
  '> 0': 'some',
  '>= 1': 'some',
  '< 1': 'none',
  '<= 0': 'none',
};
const MIRRORED = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' } as const;
const INVERSE = { '<': '>=', '>': '<=', '<=': '>', '>=': '<' } as const;
const isTextual = (v: Value): boolean => v.k === 'text' || (v.k === 'literal' && typeof v.value === 'string');

function instanceOf(it: Evaluator, left: Value, right: Value, site: Site): Value {
  if (left.k === 'record' && left.cls && right.k === 'class') {
    for (let cls: Value | null = left.cls; cls?.k === 'class'; cls = cls.base)
      if (cls.node === right.node) return literal(true);
    return literal(false);
  }
  if (left.k === 'record' && left.maker && right.k === 'function' && right.fn === left.maker)
    return literal(true);
  if (left.k === 'literal') return literal(false);
  const name = right.k === 'unknown' || right.k === 'external' ? callableName(right) : null;
  if (left.k === 'native' && left.type.instanceOf && name !== null)
    return literal(left.type.instanceOf.includes(name));
  if (left.k === 'choice') return ofEach(left, (v) => instanceOf(it, v, right, site));
  return anyBoolean(it, sourcesOf(left), site);
}
const isPlace = (value: Value): boolean => value.k === 'unknown' && value.form === 'place';
/** What is settled of a number that is no less than nought. */
const PLACED: ReadonlySet<string> = new Set(['> -1', '>= 0', '< 0', '<= -1']);
const isKey = (value: Value): boolean =>
  value.k === 'unknown' && value.column !== undefined && /(?:^|_)id$|Id$/.test(value.column);
const NOUGHT: ReadonlySet<string> = new Set(['<', '>=']);
