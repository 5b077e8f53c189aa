import { bracketed, below } from '../web/file-routes.js';
import { patternOf } from '../web/path-to-regexp.js';
import { isHarmless, SAMPLES } from '../../wiring/patterns.js';

const APP = /^\/(?:[\w@.-]+\/){0,4}?(?:src\/)?app\//;
const PAGES = /^\/(?:[\w@.-]+\/){0,4}?(?:src\/)?pages\//;

/** The path that a route handler serves: `app/(shop)/carts/[id]/route.ts`. */
export function appPath(file: string, root: string): string | null {
  const inside = below(file, root, APP);
  if (inside === null || !/(?:^|\/)route$/.test(inside)) return null;
  const segments = inside.split('/').slice(0, -1);
  // Folders with an underscore are private: nothing in them is served.
  if (segments.some((s) => s.startsWith('_'))) return null;
  return pathOf(segments.filter((s) => !/^\(.*\)$/.test(s) && !s.startsWith('@')));
}
/** The path that a file of `pages/` serves. */
export function pagePath(file: string, root: string): string | null {
  const inside = below(file, root, PAGES);
  if (inside === null || /(?:^|\/)_(?:app|document|error)$/.test(inside)) return null;
  return pathOf(inside.split('/').filter((s, i, all) => !(s === 'index' && i === all.length - 1)));
}
const pathOf = (segments: readonly string[]): string =>
  `/${segments.map((s) => bracketed(s.replace(/^%5F/i, '_'))).join('/')}`;

/**
 * Does a matcher of the middleware cover a path? Parameters of the path are tried as what they may look like; null
 * where that does not decide it, or the matcher cannot be read.
 */
export function matcherCovers(matcher: string, path: string): boolean | null {
  const pattern = `^${matcher === '/' ? '/' : patternOf(matcher)}/?$`;
  if (!isHarmless(pattern)) return null;
  try {
    const expression = new RegExp(pattern);
    const answers = new Set(SAMPLES.map((sample) => expression.test(path.replace(/[:*]\w+/g, sample))));
    return answers.size === 1 ? [...answers][0]! : null;
  } catch {
    return null; // no pattern that this engine knows
  }
}
