import type { Evaluator } from '../../wiring/evaluator.js';
import type { Installed } from '../../wiring/middleware.js';
import {
  isCallable,
  optionIn,
  stringOf,
  UNDEFINED,
  UNKNOWN,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { identityOf, type Identity } from './sails-actions.js';
import { configured, flat, lineOf } from './sails-configuration.js';
import { policyNamed } from './sails-policies.js';

/** A route, of the configuration or of a blueprint. */
export interface Route {
  method: string;
  path: string;
  /** What it leads to: an action by its name, or functions. */
  identity: Identity | null;
  /** In front of the last, in the route itself. */
  links: Installed[];
  handler: Value | null;
  /** It sends elsewhere, and runs nothing: there is nothing to get at. It still takes what comes to its address. */
  onlyRedirects?: boolean;
  site: Site;
}
/** The routes of `config/routes.js`. */
export function explicitRoutes(it: Evaluator): Route[] {
  const config = configured(it, 'routes');
  if (!config) return [];
  const { value, site } = config;
  const routes = [...value.members].map(([key, given]) =>
    routeOf(it, key, given, { ...site, line: lineOf(site, key) }),
  );
  if (value.open) it.gap('some of these routes could not be followed', it.place(site));
  return routes;
}
/** `'GET /users/:id'`, `'/users'`, `'GET r|^/x/(\\d+)$|id'` */
function addressOf(key: string): { method: string; path: string } {
  const [, verb, rest] = /^(?:(\w+)\s+)?(.*)$/.exec(key.trim())!;
  const pattern = /^r\|(.*)\|[^|]*$/.exec(rest!)?.[1];
  const method = verb?.toUpperCase() ?? 'ALL';
  return { method, path: pattern === undefined ? rest! : `(${pattern})` };
}
function routeOf(it: Evaluator, key: string, given: Value, site: Site): Route {
  const route: Route = { ...addressOf(key), identity: null, links: [], handler: null, site };
  for (const target of flat(given)) {
    if (route.handler) route.links.push({ value: route.handler, site });
    route.handler = null;
    const policy = optionIn(target, 'policy');
    if (policy) {
      route.links.push(policyNamed(it, stringOf(policy) ?? '?', site));
      continue;
    }
    // Only functions and policies go on: what stands behind an action, a redirect, a view or a response never runs.
    const text = stringOf(optionIn(target, 'target') ?? target);
    if (text !== null) {
      if (isRedirect(text)) route.onlyRedirects = route.links.length === 0;
      else route.identity = identityOf(text);
      break;
    }
    const action = stringOf(optionIn(target, 'action') ?? UNDEFINED);
    const controller = stringOf(optionIn(target, 'controller') ?? UNDEFINED);
    if (action !== null) {
      route.identity = identityOf(controller === null ? action : `${controller}/${action}`);
      break;
    }
    if (optionIn(target, 'view') || optionIn(target, 'response')) break;
    if (isCallable(target)) route.handler = target;
    else if (optionIn(target, 'fn')) route.handler = optionIn(target, 'fn')!;
    else {
      it.gap('what this route leads to could not be followed', it.place(site));
      route.handler = UNKNOWN;
    }
  }
  return route;
}
/** `'/elsewhere'`, `'https://…'` */
const isRedirect = (target: string): boolean => /^(?:\/|https?:)/.test(target);
