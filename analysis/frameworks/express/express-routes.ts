import type { Fact } from '../../wiring/fact.js';
import type { Installed } from '../../wiring/middleware.js';
import { optionsOf, type External, type Native, type Site, type Value } from '../../wiring/value.js';
import type { ControllerRoute } from '../web/controllers.js';
import { joinPaths, pathCovers } from '../web/paths.js';
import { isRouter, stateOf, type Layer } from './express-layers.js';

interface Context {
  chain: {
    installed: Installed;
    scope: string;
    params: string | null;
    base: string;
    exact: boolean;
    method: string;
    facts: readonly Fact[];
    /** A path that is not known, of which it sees what is below. */
    somewhere?: string | null;
  }[];
  prefix: string;
  known: boolean;
  /** Paths that are not known, below which it is. */
  somewhere: readonly string[];
}
export const AT_THE_ROOT: Omit<Context, 'chain'> = { prefix: '', known: true, somewhere: [] };
export interface Route {
  method: string;
  path: string | null;
  handlers: Installed[];
  chain: Context['chain'];
  site: Site;
  base: string;
  known: boolean;
  somewhere: readonly string[];
  facts: readonly Fact[];
  given?: Layer['given'];
  /** Files are served, by a library. */
  isFolder?: boolean;
  controller?: ControllerRoute;
}

/** Flattens a tree of routers in Express's order: what is registered earlier, and covers the path, runs first. */
export function flatten(router: Native, context: Context, routes: Route[], seen: Set<Native>): void {
  if (seen.has(router)) return;
  const inside = new Set(seen).add(router);
  for (const layer of stateOf(router).layers) {
    for (const path of layer.paths) {
      const full = path === null ? null : joinPaths(context.prefix, path);
      const somewhere = layer.somewhere ? [...context.somewhere, layer.somewhere] : context.somewhere;
      if (layer.kind === 'param') {
        context.chain.push(
          ...layer.handlers.map((installed) => ({
            installed,
            scope: context.prefix,
            params: path,
            base: context.prefix,
            exact: false,
            method: 'ALL',
            facts: layer.facts,
          })),
        );
      } else if (layer.kind === 'use') {
        const before = context.chain.length;
        for (const [i, installed] of layer.handlers.entries()) {
          const options = optionsOf(installed.value);
          const mounted = options.flatMap(({ value }) => {
            if (!isRouter(value)) return [];
            const prefix = full ?? joinPaths(context.prefix, '*');
            const known = context.known && full !== null;
            const within: Context = { chain: [...context.chain], prefix, known, somewhere };
            flatten(value, within, routes, inside);
            return [within.chain.slice(context.chain.length)];
          });
          // What a router runs for every request stands in front of all that comes after it under its path, too.
          if (mounted.length === 1 && options.length === 1 && full !== null)
            for (const link of mounted[0]!)
              if (link.params === null && !link.exact)
                context.chain.push({ ...link, facts: [...layer.facts, ...link.facts] });
          if (mounted.length > 0) continue;
          // A folder of files under a path of its own is a door like any other.
          if (full !== null && path && path !== '/' && servesFiles(installed.value))
            routes.push({
              method: 'GET',
              path: full,
              handlers: [...layer.handlers.slice(0, i), installed],
              chain: context.chain.slice(0, before),
              site: layer.site,
              base: full,
              known: context.known,
              somewhere,
              facts: layer.facts,
              isFolder: true,
            });
          // In front of what, is not known: it is counted nowhere, rather than everywhere.
          if (path === null && !layer.somewhere) continue;
          context.chain.push({
            installed,
            scope: full ?? context.prefix,
            params: null,
            base: full ?? context.prefix,
            exact: false,
            method: 'ALL',
            facts: layer.facts,
            somewhere: layer.somewhere,
          });
          if (
            i === layer.handlers.length - 1 &&
            (path !== '' || handles(installed.value)) &&
            isTerminal(installed.value)
          ) {
            routes.push({
              method: 'ALL',
              path: full,
              handlers: layer.handlers.slice(0, i + 1),
              chain: context.chain.slice(0, before),
              site: layer.site,
              base: full ?? context.prefix,
              known: context.known,
              somewhere,
              facts: layer.facts,
            });
          }
        }
      } else {
        const chain = [...context.chain];
        if (layer.handlers.length > 0)
          routes.push({
            method: layer.method,
            path: full,
            handlers: layer.handlers,
            chain,
            site: layer.site,
            base: context.prefix,
            known: context.known,
            somewhere,
            facts: layer.facts,
            ...(layer.controller && { controller: layer.controller }),
            given: layer.given,
          });
        // A route whose handlers go on is in front of later routes of the same path.
        if (full !== null && !layer.controller)
          for (const installed of layer.handlers)
            if (goesOn(installed.value))
              context.chain.push({
                installed: { ...installed, isRoute: true },
                scope: full,
                params: null,
                base: context.prefix,
                exact: true,
                method: layer.method,
                facts: layer.facts,
              });
      }
    }
  }
}
/** What `express.static(folder)` made. */
const servesFiles = ({ k, ...rest }: Value): boolean => {
  const origin = k === 'unknown' ? (rest as { origin: External | null }).origin : null;
  return (origin?.package === 'express' && origin.path[0] === 'static') || origin?.package === 'serve-static';
};
const arity = (value: Value): number =>
  value.k === 'function' ? value.fn.params.length - value.bound.length : 3;
const goesOn = (value: Value): boolean =>
  (value.k === 'function' && arity(value) >= 3) || (value.k === 'unknown' && value.wraps === null);
const isTerminal = (value: Value): boolean =>
  handles(value) || (value.k === 'function' && (arity(value) === 2 || takesAll(value)));
/** `(...args) => instance(...args)`: whether it goes on shows where it is run. */
const takesAll = (value: Value): boolean => value.k === 'function' && value.fn.params[0]?.rest === true;
const handles = (value: Value): boolean => value.k === 'native' && value.type.handles === true;
export const isErrorHandler = (value: Value): boolean => value.k === 'function' && arity(value) === 4;

export function applicable(route: Route): Context['chain'] {
  const { path } = route;
  return route.chain.filter((link) => {
    if (link.params !== null)
      return (
        path !== null &&
        new RegExp(`:${link.params.replace(/[^\w]/g, '')}\\b`).test(path) &&
        pathCovers(link.scope, path, false)
      );
    if (link.somewhere && !route.somewhere.includes(link.somewhere)) return false;
    if (link.method !== 'ALL' && link.method !== route.method && route.method !== 'ALL') return false;
    if (link.somewhere) return true;
    return path === null ? link.scope === '' : pathCovers(link.scope, path, link.exact);
  });
}

/** What stands in front of something that another library serves, as if it were a route installed at this position. */
export function routeAt(
  router: Native,
  position: number,
  probe: { method: string; path: string; site: Site; facts: readonly Fact[] },
): Route {
  const state = stateOf(router);
  const layer: Layer = {
    kind: 'route',
    method: probe.method,
    paths: [probe.path],
    handlers: [{ value: router, site: probe.site }],
    site: probe.site,
    facts: probe.facts,
  };
  const routes: Route[] = [];
  const copy = { ...router, state: { ...state, layers: [...state.layers.slice(0, position), layer] } };
  flatten(copy, { chain: [], ...AT_THE_ROOT }, routes, new Set());
  return routes.at(-1)!;
}
