import type { Method } from '../../wiring/library.js';
import {
  listed,
  optionIn,
  optionsOf,
  stringOf,
  textOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Value,
} from '../../wiring/value.js';
import { joinPaths } from '../web/paths.js';
import { stateOf, type Route } from './fastify-contexts.js';

/** With `websocket`, or by `wsHandler` beside another handler, of `@fastify/websocket`, a route opens a WebSocket. */
const add = (self: Native, route: Omit<Route, 'isSocket'>): void => {
  const socket = optionIn(route.options, 'websocket');
  const isSocket = socket?.k === 'literal' && socket.value === true;
  const { prefix, routes } = stateOf(self);
  const path = prefix === null || route.path === null ? null : joinPaths(prefix, route.path) || '/';
  routes.push({ ...route, path, isSocket });
  const socketHandler = optionIn(route.options, 'wsHandler');
  if (socketHandler) routes.push({ ...route, path, handler: socketHandler, isSocket: true });
};
const pathsOf = (value: Value | undefined): (string | null)[] =>
  value ? optionsOf(value).map((o) => textOf(o.value, '*')) : [null];
const METHODS = [
  'get',
  'head',
  'post',
  'put',
  'delete',
  'options',
  'patch',
  'trace',
  'all',
  'propfind',
  'search',
];
const shorthand =
  (method: string): Method =>
  (_it, self, [path, ...rest], site) => {
    const options = rest.length > 1 || rest[0]?.k === 'record' ? rest[0]! : UNDEFINED;
    const handler = rest.at(-1)?.k === 'record' ? optionIn(rest[0], 'handler') : rest.at(-1);
    for (const each of pathsOf(path))
      add(self, { method: method.toUpperCase(), path: each, options, handler: handler ?? UNKNOWN, site });
    return self;
  };
const route: Method = (it, self, [options], site) => {
  if (options?.k !== 'record') {
    it.gap('what this route is could not be followed', it.place(site));
    return self;
  }
  for (const method of listed(options.members.get('method') ?? UNKNOWN))
    for (const path of pathsOf(options.members.get('url') ?? options.members.get('path')))
      add(self, {
        method: (stringOf(method) ?? 'ALL').toUpperCase(),
        path,
        options,
        handler: options.members.get('handler') ?? UNKNOWN,
        site,
      });
  return self;
};
/** Methods of an instance that register routes: `get(path, options, handler)` and its kin, `route(options)`. */
export const ROUTING: Readonly<Record<string, Method>> = {
  ...Object.fromEntries(METHODS.map((m) => [m, shorthand(m)])),
  route,
};
