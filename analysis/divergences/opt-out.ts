import type { ChainLink, EntryPoint, Model } from '../model/model.js';
import { fingerprint, nameOf, sentence } from './describe.js';
import type { Finding } from './finding.js';

/** A guard that lets some of what stands behind it pass, and for whom. */
interface Exemption {
  link: ChainLink;
  covered: EntryPoint[];
}
const keyOf = ({ name, place }: ChainLink): string => `${name}|${place.file}:${place.line}`;

/**
 * Entry points that a change exempts from a guard that stands in front of them: by a marker, an entry of an allow-list, an
 * option. An exemption is told by behaviour: the same installation refuses unknown callers of others, and not here.
 * What `told` has findings of is told there; the rest is shown, so that nobody opens a door unseen.
 */
export function optOuts(base: Model, head: Model, told: (entryPoint: string) => boolean): Finding[] {
  const before = new Map(base.entryPoints.map((e) => [e.id, e]));
  const wasExempt = new Set([...exemptions(base).values()].flatMap((x) => x.covered.map((e) => e.id)));
  return [...exemptions(head).values()].flatMap(({ link, covered }): Finding[] => {
    const fresh = covered.filter(
      (e) =>
        !told(e.id) &&
        !wasExempt.has(e.id) &&
        (before.get(e.id)?.protections.includes('authentication') ?? true),
    );
    return fresh.length > 0 ? [findingOf(link, fresh)] : [];
  });
}
function exemptions(model: Model): Map<string, Exemption> {
  const behind = new Map<string, { asked: number; all: number }>();
  const applied = (e: EntryPoint): ChainLink[] => e.chain.filter((l) => l.position === 'applied');
  for (const e of model.entryPoints)
    for (const link of applied(e)) {
      const known = behind.get(keyOf(link)) ?? { asked: 0, all: 0 };
      behind.set(keyOf(link), known);
      known.all++;
      if (link.protections.includes('authentication')) known.asked++;
    }
  const found = new Map<string, Exemption>();
  for (const e of model.entryPoints) {
    if (e.protections.includes('authentication') || e.unknown.includes('authentication')) continue;
    for (const link of applied(e)) {
      const { asked, all } = behind.get(keyOf(link))!;
      // Where two of three pass, it is who is asked that is the exception.
      if (link.protections.length > 0 || asked < 2 || asked * 3 < all) continue;
      const known = found.get(keyOf(link));
      if (known) known.covered.push(e);
      else found.set(keyOf(link), { link, covered: [e] });
    }
  }
  return found;
}
function findingOf(link: ChainLink, covered: readonly EntryPoint[]): Finding {
  const [first] = covered;
  const unclear = covered.filter((e) => e.public === null);
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
    message: `${sentence(`\`${link.name}\``)} lets unknown callers of ${names}${more} pass, which it did not before this change; it asks who calls in front of others.`,
    remedy: 'See that each of them is meant to be open to everybody, and keep the exemption to these.',
    precedents: [],
    affects: covered.length === 1 ? [] : covered.map((e) => e.id),
  };
}
const NAMED = 5;
