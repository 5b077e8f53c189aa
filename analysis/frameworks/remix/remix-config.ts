import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType, Operation } from '../../wiring/library.js';
import { list, stringOf, UNDEFINED, type Native, type Value } from '../../wiring/value.js';
import { joinPaths } from '../web/paths.js';

/** A route of `routes.ts`: the file that serves a path, and the routes inside it. */
interface ConfiguredRoute {
  path: string;
  file: string | null;
  children: readonly Native[];
}
const ROUTE: LibraryType = { name: 'configured route', methods: {} };
const childrenIn = (value: Value | undefined): Native[] =>
  value?.k === 'list' ? value.elements.filter((e): e is Native => e.k === 'native' && e.type === ROUTE) : [];
const make = (it: Evaluator, path: string, file: string | null, children: readonly Native[]): Native =>
  it.native(ROUTE, { path, file, children } satisfies ConfiguredRoute);
const textOf = (value: Value | undefined): string | null => (value ? stringOf(value) : null);
const childrenOf = (args: readonly Value[]): Native[] => childrenIn(args.find((a) => a.k === 'list'));

const OPERATIONS: Readonly<Record<string, Operation>> = {
  route: (it, args) => make(it, textOf(args[0]) ?? '', textOf(args[1]), childrenOf(args)),
  index: (it, args) => make(it, '', textOf(args[0]), []),
  layout: (it, args) => make(it, '', textOf(args[0]), childrenOf(args)),
  prefix: (it, args) => list(childrenOf(args).map((child) => make(it, textOf(args[0]) ?? '', null, [child]))),
  relative: () => UNDEFINED,
};
/** What `@react-router/dev/routes` exports. */
export const CONFIG_CALLS: Readonly<Record<string, Operation>> = Object.fromEntries(
  Object.entries(OPERATIONS).map(([name, operation]) => [`/routes.${name}`, operation]),
);

export interface FileRoute {
  file: string;
  path: string;
  /** Files around it, outermost first. */
  parents: readonly string[];
}
/** The routes that `routes.ts` names, with paths of files relative to it; empty where it leaves that to file names. */
export function configuredRoutes(config: Value): FileRoute[] {
  const found: FileRoute[] = [];
  const visit = (route: Native, base: string, parents: readonly string[]): void => {
    const { path, file, children } = route.state as ConfiguredRoute;
    const whole = joinPaths(base, path.replace(/\*$/, '*'));
    if (file !== null) found.push({ file: file.replace(/^\.\//, ''), path: whole || '/', parents });
    for (const child of children)
      visit(child, whole, file === null ? parents : [...parents, file.replace(/^\.\//, '')]);
  };
  for (const route of childrenIn(config)) visit(route, '', []);
  return found;
}
