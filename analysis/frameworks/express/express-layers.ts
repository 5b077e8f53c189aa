import type { Evaluator } from '../../wiring/evaluator.js';
import type { Fact } from '../../wiring/fact.js';
import type { Installed } from '../../wiring/middleware.js';
import type { Native, Site, Value } from '../../wiring/value.js';
import type { ControllerRoute } from '../web/controllers.js';

/** An application or a router. */
export interface RouterState {
  layers: Layer[];
  mounted: boolean;
  site: Site;
  isApplication: boolean;
  framework: string;
  settings: Map<string, Value>;
}
/** What a router runs, in order. */
export interface Layer {
  kind: 'use' | 'route' | 'param';
  method: string;
  paths: (string | null)[];
  /** A path of which nothing is known but how it is referred to: what is referred to alike is the same. */
  somewhere?: string | null;
  handlers: Installed[];
  site: Site;
  /** What held where it was installed: configuration that switches it on. */
  facts: readonly Fact[];
  /** Its one handler is a method of a controller, which is called by other rules. */
  controller?: ControllerRoute;
  /** What the library that registers it puts on requests. */
  given?: readonly [string, Value][];
}
/** What an application or a router holds. */
export const stateOf = (router: Native): RouterState => router.state as RouterState;
/** Whether something is an application or a router. */
export const isRouter = (value: Value): value is Native =>
  value.k === 'native' && (value.type.name === 'router' || value.type.name === 'application');
/** Every application and router of the program, in the order in which they were made. */
export const routers = (it: Evaluator): Native[] => it.stateOf<Native[]>('express', () => []);
/** Adds a layer behind those that there are, under what holds here. */
export function addLayer(it: Evaluator, router: Native, layer: Omit<Layer, 'facts'>): void {
  stateOf(router).layers.push({ ...layer, facts: it.facts });
  for (const handler of layer.handlers) if (isRouter(handler.value)) stateOf(handler.value).mounted = true;
}
