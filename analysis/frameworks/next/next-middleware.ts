import type { Evaluator } from '../../wiring/evaluator.js';
import { joinFacts } from '../../wiring/fact.js';
import type { ModuleInstance } from '../../wiring/instance.js';
import { runLink } from '../../wiring/middleware.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { optionsOf, stringOf, UNKNOWN, type Native, type Site, type Value } from '../../wiring/value.js';
import { matcherCovers } from './next-routes.js';
import { goesOn } from './next-server.js';

/** What stands in front of one path and method. */
export type NextMiddleware = (path: string, method: string, request: Native) => Iterable<AppliedLink>;

/** Runs what `middleware.ts` exports where its matcher covers the path; null where there is none. */
export function middlewareOf(it: Evaluator, files: readonly string[]): NextMiddleware | null {
  const { root } = it.loader;
  const prefix = root === '' ? '' : `${root}/`;
  const file = files.find((f) => /^(?:src\/)?(?:middleware|proxy)\.[cm]?[jt]s$/.test(f.slice(prefix.length)));
  const instance = file === undefined ? null : it.modules.instantiate(file);
  if (!instance) return null;
  const found = ['middleware', 'proxy', 'default'].flatMap((name) => {
    const value = it.modules.exported(instance, name);
    const line = instance.module.exports.find((e) => e.k !== 'all' && e.exported === name)?.line ?? 1;
    return value.k === 'literal' ? [] : [{ value, site: { module: instance, line } }];
  })[0];
  if (!found) return null;
  const { value } = found;
  const site =
    value.k === 'function' && value.module === instance
      ? { module: instance, line: value.fn.line }
      : found.site;
  const matchers = matchersOf(it, instance, site);
  return function* (path, _method, request) {
    const answers = matchers?.map((m) => (m === null ? null : matcherCovers(m, path))) ?? [true];
    if (answers.every((a) => a === false)) return;
    const link = runLink(
      it,
      { value, site, name: 'middleware' },
      {
        args: () => [request, UNKNOWN],
        carries: [request],
        goesOn: (result) => {
          const on = optionsOf(result).filter((o) => goesOn(o.value));
          return on.length === 0 ? null : on.map((o) => o.facts).reduce(joinFacts);
        },
      },
    );
    // A matcher that could not be read may leave this path out.
    yield answers.includes(true) ? link : { ...link, facts: [], opaque: true };
  };
}
/** The matchers of `config`; null inside for one that is not constant, and null for none at all. */
function matchersOf(it: Evaluator, instance: ModuleInstance, site: Site): (string | null)[] | null {
  const config = it.modules.exported(instance, 'config');
  const matcher = config.k === 'record' ? config.members.get('matcher') : undefined;
  if (!matcher) return null;
  const all =
    matcher.k === 'list' ? [...matcher.elements, ...(matcher.open ? [matcher.open] : [])] : [matcher];
  const texts = all.map((m: Value) => stringOf(m.k === 'record' ? (m.members.get('source') ?? m) : m));
  if (texts.includes(null))
    it.gap('a matcher of this middleware could not be read', it.place({ module: instance, line: site.line }));
  return texts;
}
