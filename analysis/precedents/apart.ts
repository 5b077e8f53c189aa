import type { Effect, EntryPoint } from '../model/model.js';
import { isEntityEffect } from './acting.js';
import type { Apart } from './evidence.js';

/**
 * Members of a group take steps that they may not describe: they tick off a task, check somebody in, pay into what all own, while
 * its fields are for others to edit, and the record for others to end. So it is with who adds a record to what others keep in
 * order. Whoever acts asked for the group; how far a permission for the one is a rule for the other, nobody shows who does the like.
 */
export function apartFrom(effect: Effect, having: readonly EntryPoint[]): Apart | undefined {
  if (effect.class !== 'write') return undefined;
  const theirs = having.flatMap((p) =>
    p.effects.filter((x) => isEntityEffect(x) && x.class === 'write' && x.target === effect.target),
  );
  // One more takes part, or has looked: that it is counted is no change of what others describe.
  if (effect.tallies && !theirs.some((x) => x.tallies)) return 'settled';
  if (!effect.protections.includes('ownership')) return undefined;
  if (effect.operation === 'create') return theirs.some((x) => x.operation === 'create') ? undefined : 'made';
  if (effect.raises) return theirs.some((x) => x.raises) ? undefined : 'settled';
  if (effect.settled) return theirs.some((x) => x.settled && !x.raises) ? undefined : 'settled';
  return undefined;
}
