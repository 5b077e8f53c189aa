import { noteAddressTest, withQuery } from './address-tests.js';
import type { Evaluator } from './evaluator.js';
import { mergeSources } from './fact.js';
import { matchOf, REGEX, textsOf } from './patterns.js';
import { anyBoolean, testValue } from './tests.js';
import { replaced } from './replacing.js';
import { asText, piecesOf } from './texts.js';
import {
  isNullish,
  list,
  literal,
  sourcesOf,
  stringOf,
  textOf,
  unknown,
  type Site,
  type Value,
} from './value.js';

const TRANSFORMS = new Set([
  'toString',
  'trim',
  'trimStart',
  'trimEnd',
  'toLowerCase',
  'toUpperCase',
  'toLocaleLowerCase',
  'toLocaleUpperCase',
  'slice',
  'substring',
  'substr',
  'replace',
  'replaceAll',
  'split',
  'match',
  'normalize',
  'padStart',
  'padEnd',
  'charAt',
  'valueOf',
  'concat',
  'at',
  'repeat',
  'toFixed',
  'matchAll',
]);
const TESTS = new Set([
  'startsWith',
  'endsWith',
  'includes',
  'search',
  'indexOf',
  'localeCompare',
  'equals',
  'test',
]);

const PARTS = { startsWith: 'start', endsWith: 'end', includes: 'inside' } as const;

/**
 * Methods of strings. Known text is computed; of the rest only the origin is kept (transforming a credential does not
 * verify it). Null where the receiver may be something else.
 */
export function stringMethod(
  it: Evaluator,
  self: Value,
  name: string,
  args: readonly Value[],
  site: Site,
): Value | null {
  if (name === 'toString' && self.k === 'literal' && args.length === 0 && !isNullish(self))
    return asText(self);
  const text = stringOf(self);
  const given = args.map(stringOf);
  if (text !== null && given.every((g, i) => g !== null || args[i]?.k === 'literal')) {
    const computed = compute(text, name, args);
    if (computed !== undefined) {
      if (given[0] != null) noteAddressTest(it, self, name, { text: given[0] }, computed, site);
      return keepsQuery(self, name) ? withQuery(computed) : computed;
    }
  }
  // `/api/users/*`.startsWith('/api'): the known beginning decides, when it is long enough.
  if (self.k === 'text' && given[0] != null && name === 'startsWith' && typeof self.parts[0] === 'string') {
    const head = self.parts[0];
    if (head.length >= given[0].length) return literal(head.startsWith(given[0]));
    if (!given[0].startsWith(head)) return literal(false);
  }
  // `/books/:id`.endsWith('.json'): what a parameter usually looks like decides.
  if (self.k === 'text' && isPathText(self) && given[0] != null && name in PARTS) {
    const answers = new Set(textsOf(self)?.map((t) => t[name as keyof typeof PARTS](given[0]!)));
    if (answers.size === 1) {
      const answer = literal([...answers][0]!);
      noteAddressTest(it, self, name, { text: given[0] }, answer, site);
      return answer;
    }
  }
  if (self.k === 'text' && isPathText(self) && given[0] != null && name === 'split') {
    const pieces = piecesOf(self.parts, given[0]);
    if (pieces) return list(pieces);
  }
  const [pattern] = args;
  const isPath = self.k === 'unknown' && self.sources.join() === 'request.path';
  if (
    name === 'match' &&
    pattern?.k === 'native' &&
    pattern.type === REGEX &&
    (self.k !== 'unknown' || isPath)
  )
    return matchOf(it, pattern, self, site);
  const sources = mergeSources(sourcesOf(self), ...args.map((a) => sourcesOf(a)));
  if (TESTS.has(name)) {
    if (self.k === 'unknown' && name === 'test') return null;
    if (
      self.k === 'unknown' &&
      name === 'includes' &&
      args[0] &&
      sourcesOf(args[0]).length === 0 &&
      given[0] == null
    )
      return null;
    if (sources.length === 0) return self.k === 'unknown' ? null : anyBoolean(it, [], site);
    const constants = given.filter((g): g is string => g !== null);
    return testValue(
      it,
      name === 'includes' ? ['member', 'unequal'] : ['equal', 'unequal'],
      sources,
      site,
      constants,
      name in PARTS ? { part: PARTS[name as keyof typeof PARTS] } : {},
    );
  }
  if (TRANSFORMS.has(name)) {
    if (self.k === 'unknown' && self.origin) return null;
    const replacer = args.find((a) => a.k === 'function');
    if (replacer) it.handToUnknown([replacer], sources, site);
    const isReplacing = name === 'replace' || name === 'replaceAll';
    return (isReplacing ? replaced(self, name === 'replaceAll', args) : null) ?? unknown(sources);
  }
  return null;
}
const keepsQuery = (self: Value, name: string): boolean =>
  self.k === 'literal' &&
  self.andQuery === true &&
  /^to(?:Locale)?(?:Lower|Upper)Case$|^toString$|^trim$/.test(name);
const isPathText = ({ parts: [head] }: Value & { k: 'text' }): boolean =>
  typeof head === 'string' && head.startsWith('/');
function compute(text: string, name: string, args: readonly Value[]): Value | undefined {
  const [a, b] = args.map((x) => (x.k === 'literal' ? x.value : undefined));
  switch (name) {
    case 'startsWith':
    case 'endsWith':
    case 'includes':
      return typeof a === 'string' ? literal(text[name](a)) : undefined;
    case 'indexOf':
      return typeof a === 'string' ? literal(text.indexOf(a)) : undefined;
    case 'toLowerCase':
    case 'toLocaleLowerCase':
      return literal(text.toLowerCase());
    case 'toUpperCase':
    case 'toLocaleUpperCase':
      return literal(text.toUpperCase());
    case 'trim':
      return literal(text.trim());
    case 'toString':
    case 'valueOf':
      return literal(text);
    case 'slice':
    case 'substring':
      return typeof a === 'number'
        ? literal(text[name](a, typeof b === 'number' ? b : undefined))
        : undefined;
    case 'replace':
    case 'replaceAll':
      return typeof a === 'string' && typeof b === 'string'
        ? literal(name === 'replace' ? text.replace(a, () => b) : text.split(a).join(b))
        : undefined;
    case 'split':
      return typeof a === 'string' ? list(text.split(a).map(literal)) : undefined;
    case 'concat':
      return literal(text + args.map((x) => textOf(x) ?? '').join(''));
    case 'charAt':
      return typeof a === 'number' ? literal(text.charAt(a)) : undefined;
    default:
      return undefined;
  }
}
