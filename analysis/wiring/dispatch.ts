import type { Place } from '../model/model.js';
import type { Fact } from './fact.js';
import type { RecordedEffect, Recorder } from './recorder.js';

/** What one arm of a dispatch over request data does. */
export interface DispatchedArm {
  at: Place;
  facts: readonly Fact[];
  effects: RecordedEffect[];
}

/**
 * Groups what a recorder took down by the entry point that the tests passed on the way choose; `keyOf` names it, or
 * null where they choose none. `rest` are effects that belong to no arm.
 */
export function dispatched(
  recorder: Recorder,
  keyOf: (facts: readonly Fact[]) => string | null,
): { arms: Map<string, DispatchedArm>; rest: RecordedEffect[] } {
  const arms = new Map<string, DispatchedArm>();
  const depths = new Map<string, number>();
  for (const arm of recorder.arms) {
    const key = keyOf(arm.facts);
    if (key === null) continue;
    // `case 'join': if (message.room) …`: the outer test is what chooses, and what is tested inside it is a detail.
    if (arm.depth < (depths.get(key) ?? Infinity)) {
      arms.set(key, { at: arm.place, facts: arm.facts, effects: [] });
      depths.set(key, arm.depth);
    }
  }
  const rest: RecordedEffect[] = [];
  for (const effect of recorder.effects) {
    const key = keyOf(effect.facts);
    const home = key === null ? undefined : arms.get(key);
    if (home) home.effects.push(effect);
    else rest.push(effect);
  }
  return { arms, rest };
}
