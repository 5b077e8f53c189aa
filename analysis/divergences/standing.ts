import type { Model } from '../model/model.js';
import { LARGE } from '../precedents/another-kind.js';
import type { Finding } from './finding.js';

/** Told of a change, and left to whoever looks through a large program where no change brings it. */
export const STANDS_AS_NOTE = { standing: 'note' } as const;

/**
 * What no change brings is told with less weight in a large program where it would be weighed by how a change differs from what was
 * there: many have passed by who knew why. In a small one there are few others, and few have passed by.
 */
export function asTheyStand(findings: readonly Finding[], { entryPoints }: Model): Finding[] {
  const sizes = new Map<string, number>();
  for (const { program } of entryPoints) sizes.set(program, (sizes.get(program) ?? 0) + 1);
  const programs = new Map(entryPoints.map((e) => [e.id, e.program]));
  const isOfLarge = (f: Finding): boolean =>
    [f.entryPoint, ...f.affects].some((id) => (sizes.get(programs.get(id ?? '') ?? '') ?? 0) >= LARGE);
  return findings.map(({ standing, ...f }) =>
    standing && f.status !== 'new' && isOfLarge(f) ? { ...f, level: standing } : f,
  );
}
