import type { Evaluator } from '../../wiring/evaluator.js';
import type { Fact } from '../../wiring/fact.js';
import type { LibraryType, Operation } from '../../wiring/library.js';
import type { Installed } from '../../wiring/middleware.js';
import { textOf, type Native, type Site, type Value } from '../../wiring/value.js';
import type { ControllerRoute } from '../web/controllers.js';

/** What an application or a router runs, in order. */
export interface KoaLayer {
  kind: 'use' | 'route' | 'param';
  method: string;
  /** Null where it is not known; '' where there is none. */
  path: string | null;
  handlers: Installed[];
  site: Site;
  facts: readonly Fact[];
  /** Its one handler is a method of a controller, which is called by other rules. */
  controller?: ControllerRoute;
}
/** An application or a router. */
export interface Stack {
  layers: KoaLayer[];
  prefix: string;
  isApplication: boolean;
  mounted: boolean;
  site: Site;
}
/** What an application or a router holds. */
export const stateOf = (native: Native): Stack => native.state as Stack;
/** Every application and router of the program, in the order in which they were made. */
export const stacks = (it: Evaluator): Native[] => it.stateOf<Native[]>('koa', () => []);
/** Whether something is an application or a router. */
export const isStack = (value: Value): value is Native =>
  value.k === 'native' && (value.type.name === 'koa application' || value.type.name === 'koa router');
/** What an application or a router runs so far, to be added to. */
export const koaLayers = (native: Native): KoaLayer[] => stateOf(native).layers;
/** Adds a layer behind those that there are, under what holds here. */
export function addLayer(it: Evaluator, self: Native, layer: Omit<KoaLayer, 'facts'>): void {
  stateOf(self).layers.push({ ...layer, facts: it.facts });
}

interface Mounted {
  stack: Value;
  path: string;
}
/** An application below a path, of koa-mount. */
const MOUNTED: LibraryType = { name: 'mounted application', methods: {} };
/** `mount(path, application)` */
export const mount: Operation = (it, args) => {
  const path = args.length > 1 ? (textOf(args[0]!) ?? '*') : '';
  const inner = args.at(-1)!;
  return it.native(MOUNTED, { stack: inner, path } satisfies Mounted);
};
/** What an installed value brings with routes of its own, and below which path; null for a function. */
export function mountedBy(value: Value): Mounted | null {
  if (value.k !== 'native') return null;
  if (value.type === MOUNTED) return value.state as Mounted;
  return isStack(value) ? { stack: value, path: '' } : null;
}

const IGNORED: LibraryType = { name: 'allowed methods', methods: {} };
/** `router.allowedMethods()`: it only answers where no route does. */
export const allowedMethods = (it: Evaluator): Native => it.native(IGNORED, null);
/** Whether something is what `allowedMethods()` made. */
export const isIgnored = (value: Value): boolean => value.k === 'native' && value.type === IGNORED;
