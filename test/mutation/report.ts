import type { Model } from '../../analysis/model/model.js';
import type { Trial } from './trial.js';

export interface Run {
  repo: string;
  commit: string;
  seed: number;
  base: Model;
  trials: readonly Trial[];
  /** Guards of which no mutant was made, by reason. */
  skipped: ReadonlyMap<string, number>;
  /** Mutants that there are to choose from. */
  available: number;
}

/** What came out, a line a mutator, then every mutant that was not answered as expected. */
export function rendered({ repo, commit, seed, base, trials, skipped, available }: Run): string {
  const lines = [
    `${repo} ${commit.slice(0, 12)} seed ${seed}: ${base.entryPoints.length} entry points, ${available} guards that can be taken away`,
  ];
  const mutators = [...new Set(trials.map((t) => t.mutant.mutator))].sort();
  for (const name of mutators) {
    const of = trials.filter((t) => t.mutant.mutator === name);
    const count = (verdict: Trial['verdict']): number => of.filter((t) => t.verdict === verdict).length;
    const real = of.length - count('no mutant');
    lines.push(
      name.startsWith('remove-')
        ? `  ${name}: ${count('exact')} of ${real} exact, ${count('missed')} missed, ${count('too much')} with more than was lost` +
            (count('no mutant') > 0 ? `; ${count('no mutant')} took the work away with the check` : '')
        : `  ${name}: ${count('quiet')} of ${real} quiet, ${count('false alarm')} false alarms; ` +
            `${of.filter((t) => t.affected.length > 0).length} changed the model, ${of.filter((t) => t.partial).length} brought gaps`,
    );
  }
  for (const [why, times] of [...skipped].sort(([a], [b]) => (a < b ? -1 : 1)))
    lines.push(`  left out, ${times}: ${why}`);
  for (const t of trials) {
    const isAsWanted = t.verdict === 'exact' || t.verdict === 'quiet' || t.verdict === 'no mutant';
    const isUnseen = t.affected.length === 0 && !t.partial;
    if (isAsWanted && (t.mutant.expected.length > 0 || isUnseen)) continue;
    const { mutator, file, line, what } = t.mutant;
    lines.push(`${t.verdict}: ${mutator} ${file}:${line} ${what}`);
    for (const id of t.missed) lines.push(`    not reported: ${id}`);
    for (const id of t.extra) lines.push(`    reported too: ${id}`);
    for (const m of t.messages.slice(0, 3)) lines.push(`    ${m}`);
    if (t.verdict === 'quiet') {
      for (const a of t.affected.slice(0, 3)) lines.push(`    ${a}`);
      if (t.partial) lines.push('    a gap was introduced');
    }
  }
  return `${lines.join('\n')}\n`;
}
