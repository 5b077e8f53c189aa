import picomatch from 'picomatch';
import type { Effect, EntryPoint } from '../model/model.js';
import { listOf } from '../policy-file/policy.js';
import type { RequiredEntry, Where } from '../policy-file/schema.js';

/** `*` and `?` inside of a segment of a path, `**` across, `{a,b}`, `[ab]`; nothing that takes long to match. */
const OPTIONS = { dot: true, nonegate: true, noextglob: true } as const;
const matchers = new Map<string, (text: string) => boolean>();

export function globMatches(glob: string, text: string): boolean {
  let matcher = matchers.get(glob);
  if (!matcher) {
    matcher = picomatch(glob, OPTIONS);
    if (matchers.size >= MAX_MATCHERS) matchers.clear();
    matchers.set(glob, matcher);
  }
  return matcher(text);
}
const MAX_MATCHERS = 1000;

/** Is an entry point one that an entry of a policy is about? All that is given has to hold, of a list any. */
export const isMeant = (where: Where, e: EntryPoint): boolean =>
  isMeantButForItsPath(where, e) && matchesPath(where, e);

/** The same for what an entry allows: of what answers every method, a single one is not enough. */
export const isAllowed = (where: Where, e: EntryPoint): boolean =>
  isMeant(where, e) &&
  (where.method === undefined ||
    !('method' in e.trigger) ||
    e.trigger.method !== 'ALL' ||
    listOf(where.method).some((m) => m.toUpperCase() === 'ALL'));

/** Whether it would be meant cannot be said: where it ends up is not known. */
export const isPerhapsMeant = (where: Where, e: EntryPoint): boolean =>
  where.path !== undefined &&
  'path' in e.trigger &&
  (e.unmounted || e.trigger.path === null) &&
  isMeantButForItsPath(where, e) &&
  !matchesPath(where, e);

function matchesPath({ path }: Where, { trigger }: EntryPoint): boolean {
  if (path === undefined) return true;
  const own = 'path' in trigger ? trigger.path : null;
  return own !== null && listOf(path).some((glob) => globMatches(glob, own));
}
function isMeantButForItsPath({ method, name, kind, program, entryPoint }: Where, e: EntryPoint): boolean {
  const { trigger } = e;
  const own = {
    method: 'method' in trigger ? trigger.method : null,
    name: 'name' in trigger ? trigger.name : null,
  };
  const isAny = (globs: string | string[] | undefined, text: string | null): boolean =>
    globs === undefined || (text !== null && listOf(globs).some((glob) => globMatches(glob, text)));
  return (
    // What is registered for every method is so for this one.
    (method === undefined ||
      own.method === 'ALL' ||
      listOf(method).some((m) => m.toUpperCase() === own.method)) &&
    isAny(name, own.name) &&
    (kind === undefined || listOf(kind).includes(trigger.kind)) &&
    isAny(program, e.program) &&
    (entryPoint === undefined || listOf(entryPoint).includes(e.id))
  );
}

/** The effects that a requirement is about; null where it is about the entry point as a whole. */
export function effectsMeant({ entity, effect }: RequiredEntry, e: EntryPoint): Effect[] | null {
  if (entity === undefined && effect === undefined) return null;
  return e.effects.filter(
    (x) =>
      // What only serves a check is no more than that.
      !x.check &&
      (entity === undefined || listOf(entity).some((glob) => globMatches(glob, x.target))) &&
      (effect === undefined || listOf(effect).some((given) => given === x.class || given === x.operation)),
  );
}

/** `Order: update`, as waivers and messages have it. */
export const effectText = ({ target, operation }: Pick<Effect, 'target' | 'operation'>): string =>
  target === '' ? operation : `${target}: ${operation}`;

/** What entry points do that is more than what was known when something was decided about them. */
export function effectsBeyond(known: readonly string[], about: readonly EntryPoint[]): string[] {
  return effectsOfAll(about).filter((effect) => !known.includes(effect));
}
export function effectsOfAll(about: readonly EntryPoint[]): string[] {
  // What only serves a check is no reason to ask again.
  const effects = about.flatMap((e) => e.effects.filter((x) => !x.check).map(effectText));
  return [...new Set(effects)].sort();
}

/** What an entry selects, in words. */
export function selectionText(entry: Partial<Record<(typeof SELECTORS)[number], string | string[]>>): string {
  const given = SELECTORS.flatMap((key) => {
    const value = entry[key];
    return value === undefined ? [] : [`${key} \`${listOf(value).join(', ')}\``];
  });
  return given.length === 0 ? 'everything' : given.join(', ');
}
const SELECTORS = ['path', 'method', 'name', 'kind', 'program', 'entryPoint', 'entity', 'effect'] as const;
