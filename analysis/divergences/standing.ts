import type { Model } from '../model/model.js';
import { LARGE } from '../precedents/another-kind.js';
import type { Finding } from './finding.js';
import { byProgram } from './programs.js';

/** Told of a change, and left to whoever looks through a large program where no change brings it. */
export const STANDS_AS_NOTE = { standing: 'note' } as const;

/**
 * What no change brings is told with less weight in a large program where it would be weighed by how a change differs from what was
 * there: many have passed by who knew why. In a small one there are few others, and few have passed by.
 */
export function asTheyStand(findings: readonly Finding[], { entryPoints }: Model): Finding[] {
  const large = byProgram(entryPoints).filter((all) => all.length >= LARGE);
  const inLarge = new Set(large.flatMap((all) => all.map((e) => e.id)));
  const isOfLarge = (f: Finding): boolean =>
    [f.entryPoint, ...f.affects].some((id) => id !== null && inLarge.has(id));
  return findings.map(({ standing, ...f }) =>
    standing && f.status !== 'new' && isOfLarge(f) ? { ...f, level: standing } : f,
  );
}
