import type { Evaluator } from './evaluator.js';
import type { Fact } from './fact.js';
import type { LibraryBehaviour } from './library.js';
import { atom } from './tests.js';
import { constantArguments, type External, type Site, type Value } from './value.js';

/** What a call of a package yields, by where it comes from; of a guard, with what the call asks it to ask for. */
export function madeOf(it: Evaluator, callee: External, args: readonly Value[]): External {
  const { package: name, path } = callee;
  const made = it.knowledge.behaviour({ k: 'external', package: name, path: [...path, '()'] });
  if (made?.does !== 'protect') return { k: 'external', package: name, path: [...path, '()'] };
  if (isLenient(made, args)) return { k: 'external', package: name, path: [...path, '(lenient)'] };
  const asks = permissionsIn(args);
  return { k: 'external', package: name, path: [...path, '()'], ...(asks.length > 0 ? { asks } : {}) };
}
/** What the constants that a guard of a package is given ask for; several in one text are several (RFC 6749, section 3.3). */
export const permissionsIn = (args: readonly Value[]): string[] => [
  ...new Set(constantArguments(args).flatMap((a) => a.split(/\s+/).filter(Boolean))),
];
/** `expressjwt({ credentialsRequired: false })`: made so that it lets everyone pass. */
function isLenient(made: LibraryBehaviour & { does: 'protect' }, args: readonly Value[]): boolean {
  if (!made.lenientWith) return false;
  const { option, value } = made.lenientWith;
  return args.some(
    (a) =>
      a.k === 'record' &&
      a.members.get(option)?.k === 'literal' &&
      (a.members.get(option) as { value: unknown }).value === value,
  );
}
/** What holds behind a guard of a package: its protection, with the constants that it was made to ask for. */
export function passedGuard(
  it: Evaluator,
  { protection, asking }: LibraryBehaviour & { does: 'protect' },
  { package: library, asks = [] }: External,
  site: Site,
): Fact[] {
  const passed = (of: string, args: readonly string[]): Fact =>
    atom(it, 'verified', [], site, { known: { protection: of, library, arguments: args } });
  // What signs somebody in is told how to, and not whom to let pass.
  const own = passed(protection, protection === 'authorization' ? asks : []);
  return asking !== undefined && asks.length > 0 ? [own, passed(asking, asks)] : [own];
}
