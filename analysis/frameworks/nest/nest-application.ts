import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryType, type Method, type Operation } from '../../wiring/library.js';
import {
  listed,
  promise,
  textOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { makeServer } from '../node/http-server.js';
import { containerOf, type Container, type Global } from './nest-modules.js';

/** An application, as its start-up code sets it up. */
export interface AppState {
  kind: 'http' | 'microservice' | 'context';
  root: Value;
  site: Site;
  /** Something makes it listen; one that is only made for its configuration serves nobody. */
  starts: boolean;
  /** Also serves messages: whether these have the global guards; null when it does not. */
  hybrid: boolean | null;
  prefix: Value;
  exclude: Value;
  versioning: Value | null;
  middleware: { path: string | null; values: readonly Value[]; site: Site }[];
  guards: Global[];
  pipes: Global[];
  interceptors: Global[];
  container: Container | null;
}
export const appOf = (app: Native): AppState => app.state as AppState;
export const apps = (it: Evaluator): Native[] => it.stateOf<Native[]>('nestjs', () => []);

const globals =
  (kind: 'guards' | 'pipes' | 'interceptors'): Method =>
  (_it, self, args, site) => {
    appOf(self)[kind].push(...args.map((value) => ({ value, site })));
    return self;
  };
const starts: Method = (it, self, args, site) => {
  appOf(self).starts = true;
  it.handToUnknown(args, [], site);
  return promise(UNKNOWN);
};
const get: Method = (it, self, [token]) => {
  const state = appOf(self);
  state.container ??= containerOf(it, state.root);
  return token ? state.container.get(token) : UNKNOWN;
};
/** What `NestFactory.create` makes. */
const APPLICATION: LibraryType = {
  name: 'application',
  methods: {
    use: (_it, self, args, site) => {
      const path = args[0] && textOf(args[0]);
      appOf(self).middleware.push({
        path: path ?? null,
        values: (path ? args.slice(1) : args).flatMap(listed),
        site,
      });
      return self;
    },
    setGlobalPrefix: (_it, self, [prefix, options]) => {
      appOf(self).prefix = prefix ?? UNDEFINED;
      if (options?.k === 'record') appOf(self).exclude = options.members.get('exclude') ?? UNDEFINED;
      return self;
    },
    enableVersioning: (_it, self, [options]) => {
      appOf(self).versioning = options ?? UNDEFINED;
      return self;
    },
    useGlobalGuards: globals('guards'),
    useGlobalPipes: globals('pipes'),
    useGlobalInterceptors: globals('interceptors'),
    connectMicroservice: (_it, self, [, options]) => {
      const inherits = options?.k === 'record' ? options.members.get('inheritAppConfig') : undefined;
      appOf(self).hybrid = inherits?.k === 'literal' && inherits.value === true;
      return self;
    },
    listen: starts,
    listenAsync: starts,
    init: starts,
    startAllMicroservices: starts,
    close: () => promise(UNDEFINED),
    get,
    resolve: (it, self, args, site) => promise(get(it, self, args, site)),
    select: yieldsItself,
    getHttpServer: (it, self, _args, site) => {
      appOf(self).starts = true;
      return makeServer(it, null, site);
    },
    getHttpAdapter: (_it, self) => {
      appOf(self).starts = true;
      return UNKNOWN;
    },
    set: yieldsItself,
    enable: yieldsItself,
    disable: yieldsItself,
  },
};
/** An application for which nothing is set yet. */
export const unsetApp = (kind: AppState['kind'], root: Value, site: Site): AppState => ({
  kind,
  root,
  site,
  starts: false,
  hybrid: null,
  prefix: UNDEFINED,
  exclude: UNDEFINED,
  versioning: null,
  middleware: [],
  guards: [],
  pipes: [],
  interceptors: [],
  container: null,
});
export const create =
  (kind: AppState['kind']): Operation =>
  (it, [root], site) => {
    const app = it.native(APPLICATION, unsetApp(kind, root ?? UNDEFINED, site));
    apps(it).push(app);
    return promise(app);
  };
