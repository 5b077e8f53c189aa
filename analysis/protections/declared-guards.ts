import { readList, type Mistake } from '../declarations-file.js';
import type { LibraryBehaviour } from '../wiring/library.js';
import type { External } from '../wiring/value.js';

const KEYS = ['module', 'export', 'enforces', 'refuses', 'async'];
const ENFORCED = [
  'authentication',
  'authorization',
  'ownership',
  'rate-limit',
  'csrf',
  'signature',
  'validation',
  'upload-limit',
];
const REFUSALS = ['answer', 'throw', 'return'];

export interface DeclaredGuards {
  modules: string[];
  /** What a project says that a function of a package does; null where it says nothing. */
  behaviour(external: External): LibraryBehaviour | null;
  mistakes: Mistake[];
}

/**
 * Reads the key `guards` of a project's own declarations: functions of packages that refuse, for which no code can be
 * read. Each mistake names its key; the rest of the file counts. See docs/own-guards.md.
 */
export function readGuards(text: string): DeclaredGuards {
  const modules = new Set<string>();
  const list = { key: 'guards', keys: KEYS, has: '`module` it is about' };
  // What is no YAML at all is said where the other declarations are read.
  const { values, mistakes } = readList(
    text,
    list,
    ({ item, given, wrong }): [string, LibraryBehaviour] | null => {
      const oneOf = (name: string, known: readonly string[], otherwise?: string): string | null => {
        const value = given(name) ?? otherwise;
        if (typeof value === 'string' && known.includes(value)) return value;
        return wrong(item.get(name, true) ?? item, `\`${name}\` has to be one of ${known.join(', ')}`);
      };
      const module = given('module');
      const path = pathOf(given('export') ?? 'default');
      if (typeof module !== 'string' || module === '' || /^[./]/.test(module))
        wrong(item.get('module', true) ?? item, '`module` has to be the name of a package');
      if (path === null)
        wrong(
          item.get('export', true) ?? item,
          '`export` has to be a name, as `guard`, `make()` or `make().guard`',
        );
      const enforces = oneOf('enforces', ENFORCED);
      const refuses = oneOf('refuses', REFUSALS, 'answer');
      const later = given('async') ?? false;
      if (typeof later !== 'boolean') wrong(item.get('async', true), '`async` has to be true or false');
      if (typeof module !== 'string' || path === null || enforces === null || refuses === null) return null;
      modules.add(module);
      return [`${module} ${path}`, behaviourOf(enforces, refuses, later === true)];
    },
  );
  const table = new Map(values);
  return {
    modules: [...modules],
    behaviour: ({ package: name, path }) =>
      table.size === 0 ? null : (table.get(`${name} ${path.join('.')}`) ?? null),
    mistakes,
  };
}
/** `default` is the module itself, as it is imported without braces; `make().guard` a member of what a call makes. */
function pathOf(text: unknown): string | null {
  if (typeof text !== 'string' || !/^[\w$]+(?:\(\))?(?:\.[\w$]+(?:\(\))?)*$/.test(text)) return null;
  return text
    .replaceAll('()', '.()')
    .replace(/^default(?:\.|$)/, '')
    .replace(/^\./, '');
}
function behaviourOf(protection: string, refuses: string, later: boolean): LibraryBehaviour {
  if (refuses === 'answer') return { does: 'protect', protection };
  return {
    does: refuses === 'throw' ? 'assert' : 'tell',
    protection,
    ...(later ? { later: true } : {}),
  };
}
