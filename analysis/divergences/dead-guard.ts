import type { DeadGuard, EntryPoint, Model } from '../model/model.js';
import { fingerprint, nameOf, placesOf, sentence } from './describe.js';
import type { Finding } from './finding.js';

/**
 * Guards that are written at an entry point and never run: it says what a guard is to ask for that does not stand in front
 * of it, or has the guard where the framework does not look. No precedent is needed: it says itself what it should have.
 */
export function deadGuards(model: Model): Finding[] {
  return model.entryPoints.flatMap((e) =>
    together(e.deadGuards ?? []).map((dead) => findingOf(model, e, dead)),
  );
}
/** Several in one option are one fault. */
function together(all: readonly DeadGuard[]): DeadGuard[] {
  const byPlace = new Map<string, DeadGuard>();
  for (const dead of all) {
    const key = dead.why === 'misplaced' ? dead.written : `${dead.written} ${dead.name}`;
    const known = byPlace.get(key);
    const protections = [...new Set([...(known?.protections ?? []), ...dead.protections])].sort();
    byPlace.set(key, known ? { ...known, protections, name: `${known.name}, ${dead.name}` } : dead);
  }
  return [...byPlace.values()];
}
/** What the dead guards of an entry point would bring is told of them, not as missing besides. */
export function toldByDeadGuard(model: Model): (f: Finding) => boolean {
  const told = new Set(
    model.entryPoints.flatMap((e) =>
      (e.deadGuards ?? []).flatMap((d) => d.protections.map((p) => `${e.id}|${p}`)),
    ),
  );
  return (f) => {
    const of = f.entryPoint === null ? f.affects : [f.entryPoint];
    return of.length > 0 && of.every((id) => told.has(`${id}|${f.missing}`));
  };
}
function findingOf(model: Model, e: EntryPoint, dead: DeadGuard): Finding {
  const { name, why, written, arguments: asked } = dead;
  const running = model.entryPoints.filter(
    (o) => o !== e && o.chain.some((l) => l.name === name && l.protections.length > 0),
  );
  const missing = dead.protections.includes('authorization') ? 'authorization' : dead.protections[0]!;
  const noted = asked.length > 0 ? `\`${written}\` (${asked.join(', ')})` : `\`${written}\``;
  return {
    id: fingerprint('dead-guard', missing, e.id),
    rule: 'dead-guard',
    level: 'error',
    confidence: why === 'misplaced' || running.length > 0 ? 'high' : 'medium',
    status: 'new',
    blocking: true,
    missing,
    ...placesOf(e),
    place: dead.place,
    message:
      why === 'unread'
        ? `${sentence(nameOf(e))} says with ${noted} what \`${name}\` is to ask for, and \`${name}\` does not stand in front of it.`
        : `${sentence(nameOf(e))} has \`${name}\` under \`${written}\`, where the framework does not look for guards: it never runs.`,
    remedy:
      why === 'unread'
        ? `Put \`${name}\` in front of it.`
        : `Put \`${name}\` where the framework runs it, as an option of its own.`,
    precedents: running.slice(0, 5).map((o) => {
      const link = o.chain.find((l) => l.name === name)!;
      return { entryPoint: o.id, ...link.place, guard: name };
    }),
    affects: [],
  };
}
