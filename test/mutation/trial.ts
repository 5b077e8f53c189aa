import { analyse } from '../../analysis/analyse.js';
import { judge, type Judgement } from '../../analysis/judge.js';
import type { Model } from '../../analysis/model/model.js';
import type { Cache, TreeSource } from '../../analysis/source.js';
import type { Mutant } from './mutant.js';

/** What the check made of a mutant. */
export interface Trial {
  mutant: Mutant;
  verdict: 'exact' | 'missed' | 'too much' | 'quiet' | 'false alarm' | 'no mutant';
  /** Expected and not reported. */
  missed: string[];
  /** Reported and not expected. */
  extra: string[];
  messages: string[];
  /** Entry points that came, went or changed, though nothing is reported. */
  affected: string[];
  /** A part of the answer is hidden by what the change introduced. */
  partial: boolean;
}

/** A cache that lives as long as the process: most files of a mutant are the base's. */
export class ProcessCache implements Cache {
  private readonly entries = new Map<string, string>();

  getMany(keys: readonly string[]): Map<string, string> {
    return new Map(
      keys.flatMap((key) => (this.entries.has(key) ? [[key, this.entries.get(key)!] as const] : [])),
    );
  }
  setMany(entries: ReadonlyMap<string, string>): void {
    for (const [key, value] of entries) this.entries.set(key, value);
  }
}

/** Judges a mutant as a check judges a change whose base is the parent. */
export async function tried(mutant: Mutant, base: Model, head: TreeSource, cache: Cache): Promise<Trial> {
  const model = await analyse(head, { cache });
  return weighed(mutant, base, model, judge(base, model));
}

function weighed(mutant: Mutant, base: Model, head: Model, judgement: Judgement): Trial {
  const fresh = judgement.findings.filter((f) => f.status === 'new');
  const reported = new Set(
    fresh.flatMap((f) => [...(f.entryPoint === null ? [] : [f.entryPoint]), ...f.affects]),
  );
  const missed = mutant.expected.filter((id) => !reported.has(id));
  const known = new Set([...mutant.expected, ...mutant.allowed]);
  const extra = [...reported].filter((id) => !known.has(id));
  const isNeutral = mutant.expected.length === 0;
  // A call that checks and does the work too cannot be taken away as a check.
  const isWork = mutant.mutator === 'remove-check' && mutant.expected.some((id) => losesWork(id, base, head));
  return {
    mutant,
    verdict: isWork
      ? 'no mutant'
      : isNeutral
        ? fresh.length > 0
          ? 'false alarm'
          : 'quiet'
        : missed.length > 0
          ? 'missed'
          : extra.length > 0
            ? 'too much'
            : 'exact',
    missed,
    extra,
    messages: fresh.map((f) => `${f.rule}: ${f.message}`),
    affected: judgement.affected.map((a) => `${a.change} ${a.entryPoint.id}`),
    partial: judgement.status === 'partial',
  };
}
/** It is still there, and writes less than it did. */
function losesWork(id: string, base: Model, head: Model): boolean {
  const writes = (model: Model): Set<string> | null => {
    const effects = model.entryPoints.find((e) => e.id === id)?.effects;
    return effects
      ? new Set(effects.filter((e) => e.class === 'write').map((e) => `${e.operation} ${e.target}`))
      : null;
  };
  const now = writes(head);
  return now !== null && [...(writes(base) ?? [])].some((w) => !now.has(w));
}
