import type { Model, OriginsAllowed } from '../model/model.js';
import { fingerprint, OF_NO_ENTRY_POINT, weighed } from './describe.js';
import type { Finding } from './finding.js';

/**
 * Programs that let whichever site asks read what they answer to the cookies of who visits it (OWASP ASVS 4.0.3, 14.5.3). Only
 * where cookies say who calls. An error where sites are named elsewhere, or were before the change.
 */
export function anyOrigin(model: Model, base?: Model): Finding[] {
  const all = model.origins ?? [];
  const named = all.filter((o) => !o.any);
  const wereNamed = new Set((base?.origins ?? []).filter((o) => !o.any).map((o) => o.program));
  const open = new Map(all.flatMap((o) => (o.any && goesByCookies(model, o.program) ? [[keyOf(o), o]] : [])));
  return [...open.values()].map((o) => findingOf(o, named, wereNamed.has(o.program)));
}
const keyOf = ({ program, place }: OriginsAllowed): string => `${program} ${place.file}`;
const goesByCookies = (model: Model, program: string): boolean =>
  model.entryPoints.some(
    (e) =>
      e.program === program &&
      ((e.cookies ?? []).some((c) => c.attributes.includes('HttpOnly')) ||
        e.effects.some((x) => x.operation === 'session-set')),
  );

function findingOf(o: OriginsAllowed, named: readonly OriginsAllowed[], wasNamed: boolean): Finding {
  const [first] = named;
  const isKnown = wasNamed || first !== undefined;
  return {
    id: fingerprint('any-origin', 'origin', keyOf(o)),
    rule: 'any-origin',
    ...weighed(isKnown),
    missing: 'origin',
    ...OF_NO_ENTRY_POINT,
    place: o.place,
    message: `Whichever site asks may read what ${o.program} answers to the cookies of whoever visits it.`,
    remedy: first
      ? `Name the sites that may, as ${first.place.file}:${first.place.line} does.`
      : wasNamed
        ? 'Name the sites that may, as before this change.'
        : 'Name the sites that may, or leave out `credentials`.',
    precedents: named
      .slice(0, 3)
      .map(({ place }) => ({ entryPoint: '', file: place.file, line: place.line, guard: 'named sites' })),
    affects: [],
  };
}
