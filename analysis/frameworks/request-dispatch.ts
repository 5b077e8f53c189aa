import type { Atom, Fact } from '../wiring/fact.js';
import type { Dispatch } from '../wiring/observe.js';

const ofRequest = (source: string): boolean =>
  source === 'request.path' || source === 'request.method' || source.startsWith('params.');
const chooses = (atom: Atom): boolean =>
  (atom.test === 'equal' || atom.test === 'member') &&
  atom.arguments.length > 0 &&
  atom.sources.length > 0 &&
  atom.sources.every(ofRequest);
/** `/^\/x$/` as a path that says it is a pattern: `(^\/x$)`. */
const asPath = (text: string): string =>
  text.startsWith('/') && text.endsWith('/') && text.length > 1 ? `(${text.slice(1, -1)})` : text;

/** One handler for every request, which compares path and method by itself: each pair is an entry point. */
export const REQUEST_DISPATCH: Dispatch = {
  chooses,
  triggerOf: (facts: readonly Fact[]) => {
    const of = (source: string): string | null =>
      facts.find((f): f is Atom => f.k === 'atom' && chooses(f) && f.sources.includes(source))
        ?.arguments[0] ?? null;
    const path = of('request.path');
    if (path === null) return null;
    return { kind: 'http', method: (of('request.method') ?? 'ALL').toUpperCase(), path: asPath(path) };
  },
};
