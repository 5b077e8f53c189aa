import type { EntryPoint, Model } from '../../analysis/model/model.js';
import type { Provenance } from '../report/report.js';

/**
 * Who established what, as far as a history that is being played shows it. What was there before the history began
 * has no known origin, and stays without one.
 */
export class Establishment {
  private origins = new Map<string, string>();

  readonly lookUp: Provenance = (entryPoint, protection) =>
    this.origins.get(key(entryPoint, protection)) ?? null;

  /** Records what `after` has and `before` lacks as brought by `origin`; what `after` lacks is forgotten. */
  advance(before: Model, after: Model, origin: string): void {
    const had = new Set(before.entryPoints.flatMap(established));
    const origins = new Map<string, string>();
    for (const each of after.entryPoints.flatMap(established)) {
      const known = had.has(each) ? this.origins.get(each) : origin;
      if (known !== undefined) origins.set(each, known);
    }
    this.origins = origins;
  }
}

const established = (entryPoint: EntryPoint): string[] =>
  entryPoint.protections.map((protection) => key(entryPoint.id, protection));

const key = (entryPoint: string, protection: string): string => `${entryPoint}\0${protection}`;
