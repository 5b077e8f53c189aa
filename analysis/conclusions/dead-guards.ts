import type { Context } from '../protections/atoms.js';
import { classify } from '../protections/classify.js';
import type { DeadGuard, Protection } from '../model/model.js';
import type { Observation } from '../wiring/recorder.js';

/** Guards that are written at an entry point and never run, as far as they would protect it from what nothing else does. */
export function deadGuardsOf(
  o: Observation,
  protections: readonly Protection[],
  context: Context,
): DeadGuard[] {
  const found = new Map<string, DeadGuard>();
  for (const { guard, why, written, facts, place } of o.idle ?? []) {
    const lost = facts
      .flatMap((f) => classify(f, context))
      .filter((c) => c.protection !== 'validation' && !protections.includes(c.protection));
    if (lost.length === 0) continue;
    found.set(`${guard} ${written}`, {
      name: guard,
      protections: [...new Set(lost.map((c) => c.protection))].sort(),
      arguments: [...new Set(lost.flatMap((c) => c.arguments))].sort(),
      why,
      written,
      place,
    });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, dead]) => dead);
}
