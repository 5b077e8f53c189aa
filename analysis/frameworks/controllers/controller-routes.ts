import type { Evaluator } from '../../wiring/evaluator.js';
import type { Installed } from '../../wiring/middleware.js';
import type { FunctionValue, Native, Site, Value } from '../../wiring/value.js';
import type { ControllerRoute } from '../web/controllers.js';
import { isRouter, routers, stateOf, type Layer } from '../express/express-layers.js';
import { makeRouter } from '../express/express-router.js';
import { isStack, koaLayers, stacks, type KoaLayer } from '../koa/koa-layers.js';
import { makeStack } from '../koa/koa-stacks.js';

/** Where in the order of a server its controllers stand: they are put there when all of them are known. */
export interface Spot {
  server: Native;
  isKoa: boolean;
  placeholder: Layer | KoaLayer;
}
export type Part =
  | { use: Installed; path: string }
  | { method: string; path: string | null; handler: FunctionValue; site: Site; controller: ControllerRoute };

/** A place on the server that is given, or on a new one; null where what is given is not known. */
export function spotOn(
  it: Evaluator,
  given: Value | null,
  isKoa: boolean,
  framework: string,
  site: Site,
): Spot {
  const isKnown = given !== null && given.k === 'native' && (isKoa ? isStack(given) : isRouter(given));
  if (given !== null && !isKnown)
    it.gap('what stands in front of these controllers is not known: nor is the server', it.place(site));
  const server = isKnown
    ? (given as Native)
    : isKoa
      ? makeStack(it, true, '', site)
      : makeRouter(it, site, true, framework);
  const shared = { kind: 'route', method: 'ALL', handlers: [], site, facts: it.facts } as const;
  if (isKoa) {
    const placeholder: KoaLayer = { ...shared, handlers: [], path: '' };
    koaLayers(server).push(placeholder);
    return { server, isKoa, placeholder };
  }
  const placeholder: Layer = { ...shared, handlers: [], paths: [''] };
  stateOf(server).layers.push(placeholder);
  return { server, isKoa, placeholder };
}
/** A router of its own for controllers that no server was seen to have. */
export const unservedSpot = (it: Evaluator, framework: string, site: Site): Spot => {
  const server = makeRouter(it, site, false, framework);
  const placeholder: Layer = { kind: 'route', method: 'ALL', paths: [''], handlers: [], site, facts: [] };
  stateOf(server).layers.push(placeholder);
  return { server, isKoa: false, placeholder };
};
/** Puts middleware and routes in their place, in order. */
export function fill({ server, isKoa, placeholder }: Spot, parts: readonly Part[]): void {
  const made = parts.map((part) => {
    const { facts } = placeholder;
    if ('use' in part)
      return {
        kind: 'use' as const,
        method: 'ALL',
        path: part.path,
        paths: [part.path],
        handlers: [part.use],
        site: part.use.site,
        facts,
      };
    const { method, path, handler, site, controller } = part;
    const handlers = [{ value: handler, site }];
    return { kind: 'route' as const, method, path, paths: [path], handlers, site, facts, controller };
  });
  const layers: (Layer | KoaLayer)[] = isKoa ? koaLayers(server) : stateOf(server).layers;
  layers.splice(layers.indexOf(placeholder), 1, ...made);
}
/** Every route that code has put on a server of Express or Koa. */
export const allRoutes = (it: Evaluator): (Layer | KoaLayer)[] => [
  ...routers(it).flatMap((router) => stateOf(router).layers.filter((l) => l.kind === 'route')),
  ...stacks(it).flatMap((stack) => koaLayers(stack).filter((l) => l.kind === 'route')),
];
