import isSafe from 'safe-regex2';
import { noteAddressTest } from './address-tests.js';
import type { Evaluator } from './evaluator.js';
import type { LibraryType } from './library.js';
import { anyBoolean, testValue } from './tests.js';
import { choice, literal, sourcesOf, unknown, type Native, type Site, type Value } from './value.js';

interface Pattern {
  pattern: string;
  flags: string;
  /** Parts of the pattern are not known, and stand in it as `.*`: it fits whatever they may be. */
  isPartial?: boolean;
}
/** Longer texts are no paths or names. */
export const MAX_MATCHED = 500;
/** What a parameter in a path may look like: a number, a name, an identifier. */
export const SAMPLES = ['7', 'x', '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d'] as const;

/** The texts that a value may be, as far as a pattern may care; null when they are not known. */
export function textsOf(value: Value): string[] | null {
  if (value.k === 'literal') return typeof value.value === 'string' ? [value.value] : null;
  if (value.k !== 'text') return null;
  const isPath = value.parts.every(
    (p) => typeof p === 'string' || sourcesOf(p).every((s) => s.startsWith('params.')),
  );
  if (!isPath) return null;
  return SAMPLES.map((sample) => value.parts.map((p) => (typeof p === 'string' ? p : sample)).join(''));
}
/** A pattern of a repository is run only where it cannot keep us busy. */
function compiled({ pattern, flags, isPartial }: Pattern, without = /[gy]/g): RegExp | null {
  if (isPartial && !/[^.*]/.test(pattern)) return null;
  try {
    const expression = new RegExp(pattern, flags.replace(without, ''));
    return isHarmless(pattern) ? expression : null;
  } catch {
    return null; // a syntax that this engine does not have
  }
}
/** As it is written, and what replaces by it all that it would; null where that can't be told, or is not to be run. */
export function toRun({ state }: Native): { source: string; expression: RegExp | null } {
  const pattern = state as Pattern;
  return { source: pattern.pattern, expression: pattern.isPartial ? null : compiled(pattern, /y/g) };
}
/** An optional group repeats nothing, though the check counts it as a repetition. */
export const isHarmless = (pattern: string): boolean => isSafe(pattern.replaceAll(')?', ')'));
/** `pattern.test(value)`: known where all that the value may be gives the same answer. */
export function matches(it: Evaluator, self: Native, value: Value | undefined, site: Site): Value {
  const pattern = self.state as Pattern;
  const texts = value ? textsOf(value) : null;
  if (texts?.every((t) => t.length < MAX_MATCHED)) {
    const expression = compiled(pattern);
    const answers = new Set(texts.map((t) => expression?.test(t)));
    const [answer] = answers;
    if (answers.size === 1 && answer !== undefined && !(answer && pattern.isPartial)) {
      // One that says where it begins is not changed by what follows the path.
      if (value && !isAnchored(pattern.pattern))
        noteAddressTest(it, value, 'test', { text: pattern.pattern, isPattern: true }, literal(answer), site);
      return literal(answer);
    }
  }
  const sources = value ? sourcesOf(value) : [];
  return sources.length > 0
    ? testValue(it, ['equal', 'unequal'], sources, site, [`/${pattern.pattern}/`])
    : anyBoolean(it, [], site);
}
const isAnchored = (pattern: string): boolean => pattern.replace(/\\.|\[(?:\\.|[^\]])*\]/g, '').includes('^');
export const REGEX: LibraryType = {
  name: 'RegExp',
  isConstant: true,
  methods: {
    test: (it, self, [value], site) => matches(it, self, value, site),
    exec: (it, self, [value], site) => matchOf(it, self, value, site),
  },
};
/** `text.match(pattern)`: nothing, or groups that come from the text. */
export function matchOf(it: Evaluator, self: Native, value: Value | undefined, site: Site): Value {
  const answer = matches(it, self, value, site);
  if (answer.k === 'literal' && answer.value === false) return literal(null);
  const groups = unknown(value ? sourcesOf(value) : []);
  // Which path it is chooses what is done: where there are groups, the pattern fits.
  return answer.k === 'test' && answer.sources.join() === 'request.path'
    ? choice([
        { value: { ...groups, isTruthy: true }, facts: answer.whenTrue },
        { value: literal(null), facts: answer.whenFalse },
      ])
    : groups;
}
