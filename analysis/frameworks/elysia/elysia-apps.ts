import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType } from '../../wiring/library.js';
import type { Native, Site, Value } from '../../wiring/value.js';
import type { Hook } from './elysia-hooks.js';

/** An instance, a plugin or a group. */
export interface App {
  prefix: string;
  hooks: Hook[];
  routes: Route[];
  /** What options of routes mean that the project gave a meaning to. */
  macros: Map<string, Value>;
  /** What is put into the context of every request: by `decorate`, and by plugins. */
  decorations: Map<string, Value>;
  used: boolean;
  served: boolean;
}
export interface Route {
  method: string;
  path: string | null;
  handler: Value;
  hooks: readonly Hook[];
  decorations: ReadonlyMap<string, Value>;
  site: Site;
}
/** What an instance holds. */
export const stateOf = (app: Native): App => app.state as App;
/** Every instance of the program, in the order in which they were made. */
export const apps = (it: Evaluator): Native[] => it.stateOf<Native[]>('elysia', () => []);
/** An instance, within another one or by itself. */
export function makeApp(
  it: Evaluator,
  type: LibraryType,
  prefix: string,
  within: App | null = null,
  hooks: readonly Hook[] = [],
): Native {
  const app = it.native(type, {
    prefix,
    hooks: [...hooks],
    routes: [],
    // What is registered in a group is known outside of it: both are one application.
    macros: within?.macros ?? new Map<string, Value>(),
    decorations: within?.decorations ?? new Map<string, Value>(),
    used: within !== null,
    served: false,
  } satisfies App);
  apps(it).push(app);
  return app;
}
