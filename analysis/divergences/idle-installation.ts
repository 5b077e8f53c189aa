import type { DefinedGuard, Model } from '../model/model.js';
import { fingerprint, OF_NO_ENTRY_POINT } from './describe.js';
import type { Finding } from './finding.js';

/**
 * Guards that are installed, and yet stand in front of nothing: behind the routes that they are for, since middleware runs
 * in order of installation, or on a path that nothing is registered under.
 */
export function idleInstallations(model: Model): Finding[] {
  // Where something was not followed, what it registers may stand behind the guard.
  const unclear = new Set(model.gaps.map((g) => g.file));
  return model.guards.flatMap((g): Finding[] => {
    const { installed } = g;
    if (!installed || g.applications > 0 || unclear.has(installed.file)) return [];
    const { path, routesBefore, routesAfter } = installed;
    if (routesBefore > 0 && routesAfter === 0 && (path === null || isServed(model, path)))
      return [findingOf(g, 'guard-after-route')];
    if (path !== null && routesBefore + routesAfter > 0 && !isServed(model, path))
      return [findingOf(g, 'dead-guard')];
    return [];
  });
}
const isServed = (model: Model, path: string): boolean => {
  const prefix = path.replace(/\/?\*?$/, '');
  return model.entryPoints.some(
    (e) =>
      'path' in e.trigger &&
      e.trigger.path !== null &&
      (e.trigger.path === prefix || e.trigger.path.startsWith(`${prefix}/`) || e.unmounted),
  );
};
function findingOf(g: DefinedGuard, rule: 'guard-after-route' | 'dead-guard'): Finding {
  const { path, file, line } = g.installed!;
  const what = `\`${g.name}\` (${g.protections.join(', ')})`;
  return {
    id: fingerprint(rule, rule, g.name),
    rule,
    level: 'error',
    confidence: 'high',
    status: 'new',
    blocking: true,
    missing: rule,
    ...OF_NO_ENTRY_POINT,
    place: { file, line },
    message:
      rule === 'dead-guard'
        ? `${what} is installed on \`${path}\`, and no entry point is registered under that path.`
        : `${what} is installed behind all routes: middleware runs in order of installation, so that it never runs for them.`,
    remedy:
      rule === 'dead-guard'
        ? `Install \`${g.name}\` on the path that its routes have, prefixes included.`
        : `Install \`${g.name}\` in front of the routes that it is for.`,
    precedents: [],
    affects: [],
  };
}
