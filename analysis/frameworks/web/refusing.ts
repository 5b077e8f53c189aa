import type { Evaluator } from '../../wiring/evaluator.js';
import type { KnownProtection, Source } from '../../wiring/fact.js';
import { atom } from '../../wiring/tests.js';
import { builtin, UNDEFINED, type Value } from '../../wiring/value.js';

/**
 * A middleware of a package that refuses by itself, whichever framework runs it: it goes on by the last function that it is
 * given, and what it is known for then holds. Null: it refuses nobody.
 */
export const refusing = (
  it: Evaluator,
  name: string,
  known: KnownProtection | null,
  sources: readonly Source[] = [],
): Value =>
  builtin(name, (args, _self, site) => {
    if (known) it.learn([atom(it, 'verified', sources, site, { known })]);
    const next = args.findLast((a) => a.k === 'builtin' || a.k === 'function');
    if (!next) return UNDEFINED;
    return next.k === 'function'
      ? it.inTail(() => it.call(next, [], UNDEFINED, site))
      : it.call(next, [], UNDEFINED, site);
  });
