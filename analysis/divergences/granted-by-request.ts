import type { Effect, EntryPoint, Model } from '../model/model.js';
import { guards } from '../precedents/whose.js';
import { commonGuard, fingerprint, listed, nameOf, placesOf, precedentsOf, sentence } from './describe.js';
import type { Finding } from './finding.js';
import { byProgram } from './programs.js';

/**
 * Entry points at which the request says what somebody may, be it the caller in their own record, where others ask a permission of
 * whoever writes that column (OWASP API3:2023, mass assignment). That a record is the caller's own is no answer: it is they
 * who must not choose.
 */
export function grantedByRequest(model: Model): Finding[] {
  return byProgram(model.entryPoints).flatMap((entryPoints) => {
    const all = entryPoints.flatMap((entryPoint) =>
      entryPoint.effects.flatMap((effect) => (effect.grants ? [{ entryPoint, effect }] : [])),
    );
    const told = new Set<string>();
    return all.flatMap(({ entryPoint: e, effect }) => {
      if (told.has(e.id) || e.operated || e.unknown.includes('authorization')) return [];
      if (guards(e, effect, 'authorization')) return [];
      const having = all.filter(
        (o) =>
          o.entryPoint !== e &&
          o.effect.target === effect.target &&
          o.effect.grants!.some((c) => effect.grants!.includes(c)) &&
          guards(o.entryPoint, o.effect, 'authorization'),
      );
      if (having.length === 0) return [];
      told.add(e.id);
      return [findingOf(e, effect, [...new Set(having.map((o) => o.entryPoint))])];
    });
  });
}
function findingOf(e: EntryPoint, effect: Effect, having: readonly EntryPoint[]): Finding {
  const precedents = precedentsOf(having, 'authorization');
  const guard = commonGuard(precedents);
  const columns = listed(effect.grants!.map((c) => `\`${c}\``));
  return {
    id: fingerprint('missing-protection', 'authorization', e.id),
    rule: 'missing-protection',
    level: 'error',
    confidence: 'high',
    status: 'new',
    blocking: true,
    missing: 'authorization',
    ...placesOf(e),
    place: effect.place,
    message: `${sentence(nameOf(e))} writes ${columns} of ${effect.target} as the request says it, without a role or permission check; ${nameOf(having[0]!)} asks for one.`,
    remedy: `Write only what the caller may choose${guard ? `, or require \`${guard.guard}\` as ${guard.file}:${guard.line} does` : ''}.`,
    precedents,
    affects: [],
  };
}
