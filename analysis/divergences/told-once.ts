import { listed } from './describe.js';
import type { Finding } from './finding.js';

/** What is about one entry point by itself. */
const OF_ONE: ReadonlySet<string> = new Set(['missing-protection', 'guard-removed', 're-authentication']);
/** Of a signature several things may be weak at once. */
const isOfOne = ({ rule, missing }: Finding): boolean =>
  OF_ONE.has(rule) || (rule === 'weaker-than-peers' && missing === 'authorization');

/**
 * Several programs can serve what one package registers, and a program can register it for each of several servers: it is
 * one line of code, and one fault. Findings keep apart what is new from what was there.
 */
export function toldOnce(findings: readonly Finding[]): Finding[] {
  const groups = new Map<string, Finding[]>();
  for (const f of findings) {
    const key = keyOf(f);
    groups.set(key, [...(groups.get(key) ?? []), f]);
  }
  return [...groups.values()].map(together);
}
function keyOf(f: Finding): string {
  if (f.entryPoint === null || f.entryPointPlace === null || !isOfOne(f)) return f.id;
  const { file, line } = f.entryPointPlace;
  return JSON.stringify([f.rule, f.missing, f.status, f.level, f.blocking, f.trigger, file, line]);
}
export const programOf = (id: string): string => id.slice(0, id.indexOf(': '));
function together(group: readonly Finding[]): Finding {
  const [first, ...rest] = group as [Finding, ...Finding[]];
  // What is about no entry point is the same finding wherever it is read off, as a setting that several lines fall back from.
  if (rest.length === 0 || first.entryPoint === null) return first;
  const own = programOf(first.entryPoint);
  const programs = [...new Set(rest.map((f) => programOf(f.entryPoint!)))].filter((p) => p !== own);
  return {
    ...first,
    message: programs.length === 0 ? first.message : `${first.message} So it is in ${listed(programs)}.`,
    affects: [...first.affects, ...rest.flatMap((f) => [f.entryPoint!, ...f.affects])],
  };
}
