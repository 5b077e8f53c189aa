import type { Trigger } from '../../model/model.js';
import type { Atom, Fact } from '../../wiring/fact.js';
import type { Dispatch } from '../../wiring/observe.js';

const ofRequest = (source: string): boolean =>
  source === 'request.path' || source === 'request.method' || source.startsWith('params.');
const chooses = (atom: Atom): boolean =>
  (atom.test === 'equal' || atom.test === 'member') &&
  atom.arguments.length > 0 &&
  atom.sources.length > 0 &&
  atom.sources.every(ofRequest);

/** `^\/notes\/(\d+)$` as a path: `/notes/:1`; else the pattern itself, in parentheses. */
function patternPath(pattern: string): string {
  let groups = 0;
  const path = pattern
    .replace(/^\^/, '')
    .replace(/\\?\/\??\$$|\$$/, '')
    .replace(/\\([/.-])/g, '$1')
    .replace(/\((?:\?<(\w+)>)?(?:\[[^\]]*\]|\\[dw]|\.)[+*](?:\{[\d,]*\})?\)/g, (_, name?: string) => {
      groups++;
      return `:${name ?? groups}`;
    });
  return /^\/[\w/.:-]*$/.test(path) ? path + (pattern.endsWith('$') ? '' : '*') : `(${pattern})`;
}
function pathOf(argument: string, part: Atom['part']): string {
  if (
    argument.length > 1 &&
    argument.startsWith('/') &&
    argument.endsWith('/') &&
    /[\\^$()[\]*+]/.test(argument)
  )
    return patternPath(argument.slice(1, -1));
  switch (part) {
    case 'start':
      return argument.startsWith('/') ? `${argument.replace(/\/$/, '')}/*` : `*/${argument}*`;
    case 'end':
      return `*${argument}`;
    case 'inside':
      return `*${argument}*`;
    default:
      // A part of the path that was cut out of it: what stands around it is not known.
      return argument.startsWith('/') || argument === '*' ? argument : `*/${argument}`;
  }
}
/** Every path or method that a fact leaves possible; null where it says nothing of it. */
function constantsOf(fact: Fact, source: string): { texts: readonly string[]; isWhole: boolean } | null {
  if (fact.k === 'atom') {
    if (!chooses(fact) || !fact.sources.includes(source)) return null;
    return {
      texts: source === 'request.path' ? fact.arguments.map((a) => pathOf(a, fact.part)) : fact.arguments,
      isWhole: fact.part === undefined,
    };
  }
  const each = fact.alternatives.map(
    (a) => a.map((f) => constantsOf(f, source)).findLast((found) => found !== null) ?? null,
  );
  if (each.includes(null)) return null;
  return { texts: [...new Set(each.flatMap((e) => e!.texts))], isWhole: each.every((e) => e!.isWhole) };
}
function constantsIn(facts: readonly Fact[], source: string): readonly string[] | null {
  const found = facts.flatMap((f) => constantsOf(f, source) ?? []);
  return (found.findLast((f) => f.isWhole) ?? found.at(-1))?.texts ?? null;
}

/** The path that the tests passed so far leave, where they leave one. */
export function pathIn(facts: readonly Fact[]): string | null {
  const paths = constantsIn(facts, 'request.path');
  return paths?.length === 1 ? paths[0]! : null;
}
export type TriggerOf = (path: string, method: string) => Trigger;
const asHttp: TriggerOf = (path, method) => ({ kind: 'http', method, path });

/**
 * How a listener for everything chooses by itself: each path, and each method, that it compares its request's with is an
 * entry point. `fixed` is the path where only methods are left to choose.
 */
export const pathDispatch = (fixed: string | null = null, triggerFor: TriggerOf = asHttp): Dispatch => ({
  chooses,
  triggerOf: (facts): Trigger[] | null => {
    const paths = constantsIn(facts, 'request.path') ?? (fixed === null ? null : [fixed]);
    const methods = constantsIn(facts, 'request.method');
    if (paths === null || (fixed !== null && methods === null && paths[0] === fixed)) return null;
    return paths.flatMap((path) => (methods ?? ['ALL']).map((m) => triggerFor(path, m.toUpperCase())));
  },
});
