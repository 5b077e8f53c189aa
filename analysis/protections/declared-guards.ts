import type { GuardEntry } from '../policy-file/schema.js';
import type { LibraryBehaviour } from '../wiring/library.js';
import type { External } from '../wiring/value.js';
import { assert, protect, tell } from './behaviours.js';

export interface DeclaredGuards {
  modules: string[];
  /** What a project says that a function of a package does; null where it says nothing. */
  behaviour(external: External): LibraryBehaviour | null;
}

/**
 * What the entries under `guards` of a project's policy mean: functions of packages that refuse, for which no code can be
 * read. See docs/own-guards.md.
 */
export function declaredGuards(entries: readonly GuardEntry[]): DeclaredGuards {
  const table = new Map(
    entries.map((entry) => [`${entry.module} ${pathOf(entry.export ?? 'default')}`, behaviourOf(entry)]),
  );
  return {
    modules: [...new Set(entries.map((entry) => entry.module))],
    behaviour: ({ package: name, path }) =>
      table.size === 0 ? null : (table.get(`${name} ${path.join('.')}`) ?? null),
  };
}
/** `default` is the module itself, as it is imported without braces; `make().guard` a member of what a call makes. */
function pathOf(text: string): string {
  return text
    .replaceAll('()', '.()')
    .replace(/^default(?:\.|$)/, '')
    .replace(/^\./, '');
}
function behaviourOf({
  enforces: protection,
  refuses = 'answer',
  async: later,
}: GuardEntry): LibraryBehaviour {
  if (refuses === 'answer') return protect(protection);
  return refuses === 'throw' ? assert(protection, later) : tell(protection, later);
}
