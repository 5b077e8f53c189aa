import type { Effect, EntryPoint, Protection } from '../model/model.js';
import { isEntityEffect, isReading, isWriting } from './acting.js';
import { askedBesides } from './asked-besides.js';
import type { ByProducts } from './by-products.js';
import { NEARLY_ALL, neighbourhood } from './doors.js';
import { isAskedFor, type Evidence } from './evidence.js';
import { aboutTheSame } from './same-record.js';
import { evidenceOf, witnesses } from './witnesses.js';

/** What of an index is looked at here. */
interface Known {
  arrived: ReadonlySet<string>;
  below: ReadonlyMap<string, readonly EntryPoint[]>;
  byNeighbourhood: ReadonlyMap<string, readonly EntryPoint[]>;
  isByProduct: ByProducts;
  isExempt(e: EntryPoint): boolean;
  share(neighbourhood: string, protection: Protection): number;
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
/** Nothing is known of what it reaches: what its neighbours all have is expected of it too, with less weight. */
export function byNeighbours(e: EntryPoint, protection: Protection, index: Known): Evidence[] {
  if (protection === 'ownership' || e.protections.includes(protection)) return [];
  if (e.effects.some((x) => isEntityEffect(x) && !index.isByProduct(e, x))) return [];
  if (e.trigger.kind === 'http' && (e.trigger.method === 'HEAD' || e.trigger.method === 'OPTIONS')) return [];
  // Who was told apart from its neighbours was not forgotten.
  if (index.isExempt(e)) return [];
  // Counted before listed: files with thousands of routes exist.
  const around = index.byNeighbourhood.get(neighbourhood(e)) ?? [];
  if (around.length < 4 || index.share(neighbourhood(e), protection) < 0.5) return [];
  const asked = witnesses(
    around.filter(
      (p) =>
        p.id !== e.id &&
        p.public === null &&
        isAskedFor(p, protection) &&
        (protection === 'authentication' ||
          isWriting(p, index.isByProduct) === isWriting(e, index.isByProduct)),
    ),
    (p) => p.protections.includes(protection),
    index,
  );
  // Who calls is asked wherever something happens; a server action is a request to change something, whatever is seen of it.
  const acts =
    isWriting(e, index.isByProduct) ||
    (protection === 'authentication' &&
      (e.trigger.kind === 'server-action' || e.effects.some((x) => happens(e, x, index))));
  const isSure = acts && asked.having.length / asked.peers.length >= 0.9;
  const common = `registered beside it in ${e.registration.file}`;
  return evidenceOf(asked, 0.8, { protection, confidence: isSure ? 'medium' : 'low', common });
}
/** What a request to read something keeps in a file is a copy; a process that it starts is more. */
const happens = (e: EntryPoint, x: Effect, { isByProduct }: Known): boolean =>
  x.class === 'write' && !isByProduct(e, x) && (!isReading(e) || x.operation === 'process-execute');
