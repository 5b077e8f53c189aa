import type { EntryPoint, Protection } from '../model/model.js';
import { askedBesides } from './asked-besides.js';
import type { ByProducts } from './by-products.js';
import { NEARLY_ALL } from './doors.js';
import { isAskedFor, type Evidence } from './evidence.js';
import { aboutTheSame } from './same-record.js';
import { evidenceOf, witnesses } from './witnesses.js';

/** What of an index is looked at here. */
interface Known {
  arrived: ReadonlySet<string>;
  below: ReadonlyMap<string, readonly EntryPoint[]>;
  isByProduct: ByProducts;
  isExempt(e: EntryPoint): boolean;
}
/** Nearly all others that are about the record which its path names ask whose that is, or who calls. */
export function byRecord(e: EntryPoint, protection: Protection, index: Known): Evidence[] {
  if (protection === 'authorization' || index.isExempt(e)) return [];
  return aboutTheSame(e, protection, index.below, index.isByProduct).flatMap(
    ({ path, others, effect }): Evidence[] => {
      const asked = witnesses(
        others.filter((p) => isAskedFor(p, protection)),
        (p) => p.protections.includes(protection),
        index,
      );
      // Of one that leaves the record out, it is not a matter of what the record has to do with it.
      const isRule = effect !== null && asked.having.length === asked.peers.length;
      const confidence = isRule ? 'high' : 'medium';
      return evidenceOf(asked, 0.75, { protection, confidence, common: `under \`${path}\``, effect });
    },
  );
}
/** Nearly all others beside it that pass the same guard are asked for a permission of their own as well. */
export function byGround(
  e: EntryPoint,
  protection: Protection,
  around: readonly EntryPoint[],
  index: Known,
): Evidence[] {
  const found = protection === 'authorization' ? askedBesides(e, around) : null;
  if (!found) return [];
  const { guard } = found;
  const asked = witnesses(
    found.others.filter((p) => isAskedFor(p, protection)),
    found.asks,
    index,
  );
  const common = `registered beside it in ${e.registration.file}`;
  return evidenceOf(asked, NEARLY_ALL, { protection, confidence: 'medium', common, guard });
}
