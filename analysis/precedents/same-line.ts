import type { Effect, EntryPoint, Protection } from '../model/model.js';
import { lineOf, type ByProducts } from './by-products.js';
import { isAskedFor, type Evidence } from './evidence.js';
import { guards } from './whose.js';
import { witnesses } from './witnesses.js';

/** What of an index is looked at here. */
interface Known {
  arrived: ReadonlySet<string>;
  byLine: ReadonlyMap<string, readonly EntryPoint[]>;
  isByProduct: ByProducts;
  isExempt(e: EntryPoint): boolean;
}
/** A process is started, or a file is changed: there is no record by which others could be known that do the same. */
export const onMachine = (x: Effect): boolean =>
  x.class === 'write' && /^(?:process|file)-/.test(x.operation);

/**
 * Others come to the very line that starts a process or changes a file: they call the same function for the same end, whatever
 * stands around them. All of them have to ask, or three in four where there are several.
 */
export function bySameLine(e: EntryPoint, protection: Protection, index: Known): Evidence[] {
  if (protection === 'ownership' || e.protections.includes(protection) || index.isExempt(e)) return [];
  const lines = new Map(
    e.effects.flatMap((x) =>
      onMachine(x) && !x.check && !index.isByProduct(e, x) && !guards(e, x, protection)
        ? [[lineOf(x), x]]
        : [],
    ),
  );
  return [...lines].flatMap(([line, x]): Evidence[] => {
    const all = index.byLine.get(line) ?? [];
    if (all.length >= EVERYWHERE) return [];
    const asked = witnesses(
      // What one may do beyond being known is another matter from step to step, and forgotten at another door.
      all.filter(
        (p) =>
          p !== e &&
          p.public === null &&
          isAskedFor(p, protection) &&
          (protection === 'authentication' || p.trigger.kind !== e.trigger.kind),
      ),
      (p) => p.effects.every((y) => lineOf(y) !== line || guards(p, y, protection)),
      index,
    );
    const { peers, having, earlier } = asked;
    const isRule = having.length > 0 && having.length === peers.length;
    if (!isRule && (having.length < SEVERAL || having.length < peers.length * MOST)) return [];
    const does = x.operation === 'process-execute' ? 'start processes' : 'change files';
    const common = `that ${does} at ${x.place.file}:${x.place.line}`;
    return [
      {
        protection,
        having,
        peers: peers.length,
        earlier,
        confidence: 'medium',
        common,
        effect: null,
        atLine: true,
      },
    ];
  });
}
/** As many come to a line that writes whatever it is given. */
const EVERYWHERE = 12;
const SEVERAL = 3;
const MOST = 0.75;
