import type { Effect } from '../model/model.js';

/** It changes something, or gives something away of itself. */
export const isAtStake = (e: Effect): boolean => e.class === 'write' || (!e.check && !e.nested && !e.counted);
