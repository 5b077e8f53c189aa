import type { DefinedGuard, Model, Protection } from '../model/model.js';
import { MANY, NEARLY_ALL } from '../precedents/doors.js';
import { hasCaller } from '../precedents/precedents.js';
import { fingerprint, OF_NO_ENTRY_POINT } from './describe.js';
import type { Finding } from './finding.js';

const isIdle = (g: DefinedGuard): boolean => g.applications === 0 && g.referencedFrom === 0;
const idOf = (g: DefinedGuard): string => fingerprint('never-mounted', 'never-mounted', g.name);
/** What nothing uses, guard or not yet: that it has become one is no reason to tell of it. */
export const unused = (model: Model): ReadonlySet<string> => new Set(model.guards.filter(isIdle).map(idOf));

function isAskedNearlyEverywhere(model: Model, protection: Protection): boolean {
  const all = model.entryPoints.filter((e) => hasCaller(e) && e.public === null);
  const asking = all.filter((e) => e.protections.includes(protection));
  return all.length > MANY && asking.length >= all.length * NEARLY_ALL;
}
/** Guards that are built and then stand in front of nothing. */
export function neverMounted(model: Model): Finding[] {
  const idle = model.guards.filter((g) => isIdle(g) && g.protections.length > 0);
  return idle.map((g) => {
    const mounted = model.guards.filter(
      (o) => o !== g && o.applications > 0 && o.protections.some((p) => g.protections.includes(p)),
    );
    const others =
      mounted.length > 0
        ? ` ${mounted.length === 1 ? 'The other guard' : `The ${mounted.length} other guards`} of its kind ${mounted.length === 1 ? 'is' : 'are'} applied.`
        : '';
    // Left over where something else asks the same of nearly everybody: nothing is open for want of it.
    const isNeeded = g.protections.some((p) => !isAskedNearlyEverywhere(model, p));
    // What makes guards may be there for what comes next, unless others stand in front of something and ask for all that it would.
    const isForLater = !model.entryPoints.some((e) =>
      e.chain.some((l) => l.position === 'applied' && g.protections.every((p) => l.protections.includes(p))),
    );
    return {
      id: idOf(g),
      rule: 'never-mounted',
      level: !isNeeded || (g.makes && isForLater) ? 'note' : g.makes ? 'warning' : 'error',
      confidence: mounted.length > 0 ? 'high' : 'medium',
      status: 'new',
      blocking: isNeeded && !g.makes,
      missing: 'never-mounted',
      ...OF_NO_ENTRY_POINT,
      place: g.place,
      message: `\`${g.name}\` (${g.makes ? 'makes guards: ' : ''}${g.protections.join(', ')}) is defined here, and nothing uses it: no entry point stands behind it.${others}`,
      remedy: `Apply \`${g.name}\` to the entry points that it was written for, or remove it.`,
      precedents: mounted
        .slice(0, 3)
        .map((o) => ({ entryPoint: '', file: o.place.file, line: o.place.line, guard: o.name })),
      affects: [],
    } satisfies Finding;
  });
}
