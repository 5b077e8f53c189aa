import type { Effect } from '../model/model.js';
import { guards } from '../precedents/whose.js';
import type { LostWhere } from './finding.js';
import { lostLink, type Loss } from './lost.js';

/** Where the loss of a protection has to show. */
export function lostWhere({ before, now, protection }: Loss): LostWhere {
  const link = lostLink(before, now, protection);
  const isSame = (a: Effect, b: Effect): boolean => a.target === b.target && a.class === b.class;
  // What a query was limited by may be a record that was looked up on the way, which is no guard of it.
  const guarded = before.effects.filter((e) => !link || guards(before, e, protection));
  const open = now.effects.filter((n) => !guards(now, n, protection) && guarded.some((e) => isSame(e, n)));
  const refusal = link && link.refuses.known !== 'unknown' ? link.refuses.place : null;
  const places = link ? [link.place, link.definition, link.test, refusal] : [];
  return {
    files: [...places, now.registration, now.handler].flatMap((p) => (p ? [p.file] : [])),
    byGuard: link !== null,
    inFront: link?.position === 'applied',
    did: guarded.filter((e) => open.some((n) => isSame(e, n))).map((e) => e.place),
    does: open.map((e) => e.place),
    test: link?.position === 'inline' ? refusal : null,
    unexplained: now.unexplained ?? [],
    beside: now.effects.some((n) => guards(now, n, protection) && open.some((e) => isSame(e, n))),
  };
}
