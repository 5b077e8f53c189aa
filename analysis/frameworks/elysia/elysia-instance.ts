import { yieldsItself, type LibraryType, type Method, type Operation } from '../../wiring/library.js';
import { optionIn, stringOf, textOf, UNKNOWN } from '../../wiring/value.js';
import { joinPaths } from '../web/paths.js';
import { makeApp, stateOf } from './elysia-apps.js';
import { checkedBy, hooksIn, hooksOf, inFront, reachOf } from './elysia-hooks.js';
import { define } from './elysia-macros.js';
import { group, guard, use } from './elysia-nesting.js';

const route =
  (method: string): Method =>
  (it, self, [path, handler, options], site) => {
    const app = stateOf(self);
    const isSocket = method === 'WS';
    const text = path ? textOf(path, ':*') : null;
    const message = isSocket && handler?.k === 'record' ? handler.members.get('message') : handler;
    app.routes.push({
      method,
      path: text === null ? null : joinPaths(app.prefix, text) || '/',
      handler: message ?? UNKNOWN,
      hooks: inFront(app.hooks, [
        ...(isSocket ? [] : checkedBy(it, options, site)),
        ...hooksIn(it, app.macros, isSocket ? handler : options, site),
      ]),
      decorations: app.decorations,
      site,
    });
    return self;
  };
/** `onBeforeHandle`, `derive`, `resolve`: with `{ as }` in front, or without. */
const hook =
  (derives: boolean): Method =>
  (_it, self, args, site) => {
    const value = args.at(-1);
    const reach = args.length > 1 ? reachOf(args[0]) : 'local';
    if (value) stateOf(self).hooks.push(...hooksOf(value, derives, reach, site));
    return self;
  };
/** `decorate('name', value)`, or several as an object. */
const decorate: Method = (_it, self, args) => {
  const { decorations } = stateOf(self);
  const name = args.length > 1 ? stringOf(args.at(-2)!) : null;
  const value = args.at(-1);
  if (name !== null && value) decorations.set(name, value);
  else if (value?.k === 'record') for (const [key, each] of value.members) decorations.set(key, each);
  return self;
};
const VERBS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'all', 'ws'];
const SERVES = new Set(['fetch', 'handle', 'listen']);
const APP: LibraryType = {
  name: 'elysia',
  methods: {
    ...Object.fromEntries(VERBS.map((v) => [v, route(v.toUpperCase())])),
    ...Object.fromEntries(
      ['state', 'model', 'onStart', 'onStop', 'onError', 'onParse', 'onTransform']
        .concat('onAfterHandle', 'onAfterResponse', 'mapResponse', 'error', 'headers', 'trace', 'compile')
        .map((name) => [name, yieldsItself]),
    ),
    route: (it, self, [method, ...rest], site) =>
      route(((method && stringOf(method)) ?? 'ALL').toUpperCase())(it, self, rest, site),
    decorate,
    macro: (it, self, args, site) => {
      define(it, stateOf(self).macros, args, site);
      return self;
    },
    mount: (it, self, args, site) => {
      const handler = args.at(-1);
      // What a package answers, such as the routes of its sign-in, is its own affair.
      if (handler && (handler.k === 'function' || handler.k === 'native'))
        it.gap('what is mounted here is not followed', it.place(site));
      return self;
    },
    onBeforeHandle: hook(false),
    onRequest: hook(false),
    derive: hook(true),
    resolve: hook(true),
    guard,
    group,
    as: (_it, self, [reach]) => {
      const app = stateOf(self);
      app.hooks = app.hooks.map((h) => ({ ...h, reach: reachOf(reach) }));
      return self;
    },
    use,
    listen: (_it, self) => {
      stateOf(self).served = true;
      return self;
    },
  },
  get: (_it, self, name) => {
    if (SERVES.has(name)) stateOf(self).served = true;
    return null;
  },
};
/** `new Elysia({ prefix })` */
export const create: Operation = (it, [options]) => {
  const prefix = optionIn(options, 'prefix');
  return makeApp(it, APP, (prefix && textOf(prefix, ':*')) ?? '');
};
