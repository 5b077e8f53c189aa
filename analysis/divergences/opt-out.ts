import type { ChainLink, EntryPoint, Model } from '../model/model.js';
import { exemptions } from '../precedents/exemptions.js';
import { fingerprint, nameOf, sentence } from './describe.js';
import type { Finding } from './finding.js';

/**
 * Entry points that a change exempts from a guard that stands in front of them: by a marker, an entry of an allow-list, an
 * option. An exemption is told by behaviour: the same installation refuses unknown callers of others, and not here.
 * What `told` has findings of is told there; the rest is shown, so that nobody opens a door unseen.
 */
export function optOuts(base: Model, head: Model, told: (entryPoint: string) => boolean): Finding[] {
  const before = new Map(base.entryPoints.map((e) => [e.id, e]));
  const wasExempt = new Set(
    [...exemptions(base.entryPoints).values()].flatMap((x) => x.covered.map((e) => e.id)),
  );
  return [...exemptions(head.entryPoints).values()].flatMap(({ link, covered }): Finding[] => {
    const fresh = covered.filter(
      (e) =>
        !told(e.id) &&
        !wasExempt.has(e.id) &&
        (before.get(e.id)?.protections.includes('authentication') ?? true),
    );
    return fresh.length > 0 ? [findingOf(link, fresh, (e) => before.has(e.id))] : [];
  });
}
function findingOf(
  link: ChainLink,
  covered: readonly EntryPoint[],
  wasThere: (e: EntryPoint) => boolean,
): Finding {
  const [first] = covered;
  const unclear = covered.filter((e) => e.public === null && !isIdle(e));
  const since = covered.some(wasThere)
    ? 'which it did not before this change'
    : covered.length === 1
      ? 'which is new'
      : 'all of them new';
  const names = covered.slice(0, NAMED).map(nameOf).join(', ');
  const more = covered.length > NAMED ? ` and ${covered.length - NAMED} more` : '';
  return {
    id: fingerprint(
      'opt-out',
      'authentication',
      `${link.name} ${covered
        .map((e) => e.id)
        .sort()
        .join()}`,
    ),
    rule: 'opt-out',
    level: unclear.length > 0 ? 'warning' : 'note',
    confidence: unclear.length > 0 ? 'medium' : 'low',
    status: 'new',
    blocking: false,
    missing: 'authentication',
    entryPoint: covered.length === 1 ? first!.id : null,
    trigger: covered.length === 1 ? first!.trigger : null,
    entryPointPlace: covered.length === 1 ? first!.registration : null,
    handler: null,
    place: (unclear[0] ?? first!).registration,
    message: `${sentence(`\`${link.name}\``)} lets unknown callers of ${names}${more} pass, ${since}; it asks who calls in front of others.`,
    remedy: 'See that each of them is meant to be open to everybody, and keep the exemption to these.',
    precedents: [],
    affects: covered.length === 1 ? [] : covered.map((e) => e.id),
  };
}
/** It is only asked for, and reaches nothing: whether the program is there, where to sign in. */
const isIdle = (e: EntryPoint): boolean =>
  e.trigger.kind === 'http' && e.trigger.method === 'GET' && e.effects.length === 0 && e.unknown.length === 0;
const NAMED = 5;
