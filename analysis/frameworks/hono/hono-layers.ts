import type { Evaluator } from '../../wiring/evaluator.js';
import type { Installed } from '../../wiring/middleware.js';
import type { Native, Site } from '../../wiring/value.js';

export interface App {
  layers: Layer[];
  /** What `basePath` put in front of everything that is registered through this one. */
  base: string;
  mounted: boolean;
  site: Site;
}
/** What an application runs, in order. */
export interface Layer {
  kind: 'use' | 'route' | 'mount';
  method: string;
  path: string | null;
  handlers: Installed[];
  /** What is mounted. */
  app: Native | null;
  site: Site;
}
/** What an application holds. */
export const stateOf = (app: Native): App => app.state as App;
/** What an application runs so far, to be added to. */
export const layersOf = (app: Native): Layer[] => stateOf(app).layers;
/** Every application of the program, in the order in which they were made. */
export const apps = (it: Evaluator): Native[] => it.stateOf<Native[]>('hono', () => []);
