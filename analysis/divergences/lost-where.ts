import type { Effect, EntryPoint, Place, Protection } from '../model/model.js';
import { guards } from '../precedents/whose.js';
import { lostLink } from './lost.js';

/** Where a loss has to show in the text of a change, if the change brought it about. */
export interface LostWhere {
  /** Files of the base that the guard is applied, defined and makes its test in; none where it was a limit in a query. */
  guard: string[];
  /** Where the entry point is registered, and its handler is, in head. */
  entryPoint: Place[];
  /** It stood in front of the handler: what the handler does there is no matter. */
  inFront: boolean;
  /** Where it was done under the guard, in the base, and where the same is done without, in head. */
  did: Place[];
  does: Place[];
  /** What was done under the guard is done under it still, and beside that without. */
  beside: boolean;
}

export function lostWhere(before: EntryPoint, now: EntryPoint, protection: Protection): LostWhere {
  const link = lostLink(before, now, protection);
  const isSame = (a: Effect, b: Effect): boolean => a.target === b.target && a.class === b.class;
  // What a query was limited by may be a record that was looked up on the way, which is no guard of it.
  const guarded = before.effects.filter((e) => !link || guards(before, e, protection));
  const open = now.effects.filter((n) => !guards(now, n, protection) && guarded.some((e) => isSame(e, n)));
  const refusal = link && link.refuses.known !== 'unknown' ? link.refuses.place : null;
  const places = link ? [link.place, link.definition, link.test, refusal] : [];
  return {
    guard: [...new Set(places.flatMap((p) => (p ? [p.file] : [])))],
    entryPoint: [now.registration, ...(now.handler ? [now.handler] : [])].map(({ file, line }) => ({
      file,
      line,
    })),
    inFront: link?.position === 'applied',
    did: guarded.filter((e) => open.some((n) => isSame(e, n))).map((e) => e.place),
    does: open.map((e) => e.place),
    beside: now.effects.some((n) => guards(now, n, protection) && open.some((e) => isSame(e, n))),
  };
}
