import { createHash } from 'node:crypto';
import { linesWith, linksWith } from '../model/chain.js';
import { lineText } from '../model/place.js';
import { triggerText } from '../model/trigger.js';
import type { ChainLink, EntryPoint, Place, Protection } from '../model/model.js';
import { standsWith } from '../precedents/another-kind.js';
import type { Finding, Precedent } from './finding.js';

/** Stable across lines, files and names: rule, what is missing, which entry point. */
export function fingerprint(rule: string, missing: string, subject: string): string {
  return createHash('sha256').update(`${rule}\0${missing}\0${subject}`).digest('hex').slice(0, 20);
}
/** `GET /users/:id`, `the message "join" on /live` */
export function nameOf(e: EntryPoint): string {
  const { trigger } = e;
  if (trigger.kind === 'http' || trigger.kind === 'sse')
    return `${trigger.method} ${trigger.path ?? '(unknown path)'}`;
  if (trigger.kind === 'websocket')
    return trigger.name === null
      ? `the WebSocket ${trigger.path ?? '(unknown path)'}`
      : `the WebSocket message "${trigger.name}"`;
  return triggerText(trigger);
}
/** How the guard of a precedent is named where there is no function: a limit in the query, a test in the handler. */
export const IN_THE_QUERY = 'the filter of its query';
export const INLINE = 'inline check';
/**
 * The link of a chain that brings a protection: the one that is there for it rather than for something else as well,
 * and of those the closest to the handler.
 */
export function linkWith(e: EntryPoint, protection: string): ChainLink | null {
  const bringing = linksWith(e, protection).reverse();
  // Who calls is asked in front of everything; a test inside that relies on it is only its echo.
  const rank = (l: ChainLink): number =>
    l.protections.length + (protection === 'authentication' && l.position === 'inline' ? 10 : 0);
  return bringing.toSorted((a, b) => rank(a) - rank(b))[0] ?? null;
}
/** How something compares is no name of a role or permission, and nobody wrote it as an argument. */
export const isComparison = (argument: string): boolean => /^[<>]=? /.test(argument);
export function linkText(link: ChainLink): string {
  const named = link.arguments.filter((a) => !isComparison(a));
  return named.length > 0 ? `${link.name}(${named.join(', ')})` : link.name;
}
/**
 * Some of those that have the protection, as somebody would look for them who adds it.
 *
 * @param near what lacks it: what stands with it, or is reached through the same framework, is told first
 */
export function precedentsOf(
  having: readonly EntryPoint[],
  protection: Protection,
  near?: EntryPoint,
): Precedent[] {
  const far = (e: EntryPoint): number => (near ? distance(near, e) : 0);
  return having
    .toSorted((a, b) => far(a) - far(b) || (a.id < b.id ? -1 : 1))
    .map((e): Precedent => {
      const link = linkWith(e, protection);
      const effect = e.effects.find((x) => x.protections.includes(protection));
      // What does the work as well is shown by its test.
      const test = link?.works ? link.definition : null;
      const place: Place = test ?? link?.place ?? effect?.place ?? e.registration;
      return {
        entryPoint: e.id,
        file: place.file,
        line: place.line,
        guard: test ? INLINE : link ? linkText(link) : IN_THE_QUERY,
      };
    })
    .slice(0, MAX_PRECEDENTS);
}
const MAX_PRECEDENTS = 5;
/** The guard that most of those have which are nearest to what lacks it: one of theirs is what would be put there. */
export function guardNear(
  e: EntryPoint,
  having: readonly EntryPoint[],
  protection: Protection,
): Precedent | null {
  const least = Math.min(...having.map((p) => distance(e, p)));
  const nearest = having.filter((p) => distance(e, p) === least);
  return commonGuard(precedentsOf(nearest, protection));
}
function distance(e: EntryPoint, p: EntryPoint): number {
  if (standsWith(p, e)) return 0;
  return p.program === e.program && p.framework === e.framework ? 1 : 2;
}
export function placesOf(
  e: EntryPoint,
): Pick<Finding, 'entryPoint' | 'trigger' | 'entryPointPlace' | 'handler'> {
  const handler = e.handler && { file: e.handler.file, line: e.handler.line, endLine: e.handler.endLine };
  return { entryPoint: e.id, trigger: e.trigger, entryPointPlace: e.registration, handler };
}
export const entryPointsOf = (all: readonly { entryPoint: EntryPoint }[]): EntryPoint[] =>
  all.map((each) => each.entryPoint);
/** Where what an entry point asks for is written: not at a guard that stands in front of the others as well, and is told by each what to ask. */
export function placeOfDemand(
  e: EntryPoint,
  link: ChainLink | null,
  others: readonly EntryPoint[],
): EntryPoint['registration'] {
  const isShared = others.some((o) =>
    linesWith(o, 'authorization').includes(link ? lineText(link.place) : ''),
  );
  return link && !isShared ? link.place : e.registration;
}
/** The guard that most precedents use, for a remedy in the project's own words. */
export function commonGuard(precedents: readonly Precedent[]): Precedent | null {
  const counts = new Map<string, number>();
  for (const p of precedents) counts.set(p.guard, (counts.get(p.guard) ?? 0) + 1);
  const [name] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0] ?? [];
  return precedents.find((p) => p.guard === name) ?? null;
}

/** Where it is known how to do without, an error that blocks; else a warning. */
export const weighed = (isKnown: boolean): Pick<Finding, 'level' | 'confidence' | 'status' | 'blocking'> => ({
  level: isKnown ? 'error' : 'warning',
  confidence: isKnown ? 'high' : 'medium',
  status: 'new',
  blocking: isKnown,
});
/** Worth a look, and no more: nothing blocks by it. */
export const AS_NOTE = { level: 'note', confidence: 'low', status: 'new', blocking: false } as const;
/** Told all the same, where something about it is not understood: it does not block, and says why. */
export const unsure = (finding: Finding, why: string): Finding => ({
  ...finding,
  level: 'warning',
  confidence: 'medium',
  blocking: false,
  message: `${finding.message} ${why}`,
});
/** What is about the program, and no entry point of it. */
export const OF_NO_ENTRY_POINT = {
  entryPoint: null,
  trigger: null,
  entryPointPlace: null,
  handler: null,
} as const;

/** Begins a sentence. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
/** `a`, `a and b`, `a, b and c` */
export const listed = (all: readonly string[]): string =>
  all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
