import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType } from '../../wiring/library.js';
import type { Installed } from '../../wiring/middleware.js';
import type { Native, Site, Value } from '../../wiring/value.js';
import type { Misplaced } from './fastify-options.js';

// Encapsulated contexts: https://fastify.dev/docs/latest/Reference/Encapsulation/

/** One encapsulated context. */
export interface Instance {
  parent: Native | null;
  prefix: string | null;
  hooks: Hook[];
  routes: Route[];
  decorators: Map<string, Value>;
  requests: Map<string, Value>;
  /** When it was registered on its parent, and whether that was awaited. */
  registration: Registration | null;
  /** Nobody here made it: something unseen hands it to a plugin. */
  inferred: boolean;
  /** Functions among the options that it was registered with, and that it has no use for. */
  misplaced: readonly Misplaced[];
  site: Site;
}
export interface Registration {
  at: number;
  isAwaited: boolean;
}
export interface Hook {
  stage: string;
  installed: Installed;
  /** The path below which it sees requests; null where it sees all. */
  below: string | null;
  at: number;
  /** Which plugin without a context of its own added it. */
  plugin: Registration | null;
}
export interface Route {
  method: string;
  path: string | null;
  options: Value;
  handler: Value;
  isSocket: boolean;
  site: Site;
}

/** What a context holds. */
export const stateOf = (instance: Native): Instance => instance.state as Instance;
/** Every context of the program, in the order in which they were made. */
export const instances = (it: Evaluator): Native[] => it.stateOf<Native[]>('fastify', () => []);
/** Orders registrations; the plugin that is running without a context of its own. */
export const moment = (it: Evaluator): { now: number; plugin: Registration | null } =>
  it.stateOf('fastify:moment', () => ({ now: 0, plugin: null }));

/** A context with nothing in it but what it is told. A plugin is given one of the same type as that around it. */
export function makeInstance(
  it: Evaluator,
  type: LibraryType,
  known: Partial<Instance> & Pick<Instance, 'prefix' | 'site'>,
): Native {
  const instance = it.native(type, {
    parent: null,
    hooks: [],
    routes: [],
    decorators: new Map(),
    requests: new Map(),
    registration: null,
    inferred: false,
    misplaced: [],
    ...known,
  } satisfies Instance);
  instances(it).push(instance);
  return instance;
}

/** Whether it, or a context around it, was handed over by something unseen. */
export const isInferred = (instance: Native): boolean => {
  const { parent, inferred } = stateOf(instance);
  return inferred || (parent !== null && isInferred(parent));
};
/** What `decorate` put under a name, here or in a context around it. */
export function decoratorOf(instance: Native, name: string): Value | null {
  for (let at: Native | null = instance; at; at = stateOf(at).parent) {
    const found = stateOf(at).decorators.get(name);
    if (found) return found;
  }
  return null;
}
/** What `decorateRequest` puts on requests, here and in the contexts around it. */
export function requestDecorators(instance: Native): Map<string, Value> {
  const { parent, requests } = stateOf(instance);
  return new Map([...(parent ? requestDecorators(parent) : []), ...requests]);
}
