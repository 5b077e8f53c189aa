import { installationOf } from '../model/chain.js';
import type { ChainLink, EntryPoint } from '../model/model.js';

/** A guard that lets some of what stands behind it pass, and for whom. */
export interface Exemption {
  link: ChainLink;
  covered: EntryPoint[];
  /** Which part of what it stands in front of it asks. */
  share: number;
}

/**
 * Guards that ask who calls in front of others, and not in front of these: by a marker, an entry of an allow-list, an option.
 * Told by behaviour: it is the same installation.
 */
export function exemptions(entryPoints: readonly EntryPoint[]): Map<string, Exemption> {
  const behind = new Map<string, { asked: number; all: number }>();
  const applied = (e: EntryPoint): ChainLink[] => e.chain.filter((l) => l.position === 'applied');
  for (const e of entryPoints)
    for (const link of applied(e)) {
      const known = behind.get(installationOf(link)) ?? { asked: 0, all: 0 };
      behind.set(installationOf(link), known);
      known.all++;
      if (link.protections.includes('authentication')) known.asked++;
    }
  const found = new Map<string, Exemption>();
  for (const e of entryPoints) {
    if (e.protections.includes('authentication') || e.unknown.includes('authentication')) continue;
    for (const link of applied(e)) {
      const { asked, all } = behind.get(installationOf(link))!;
      // Where two of three pass, it is who is asked that is the exception.
      if (link.protections.length > 0 || asked < 2 || asked * 3 < all) continue;
      const known = found.get(installationOf(link));
      if (known) known.covered.push(e);
      else found.set(installationOf(link), { link, covered: [e], share: asked / all });
    }
  }
  return found;
}
