import type { Evaluator } from '../../wiring/evaluator.js';
import { matches } from '../../wiring/patterns.js';
import { isNullish, literal, stringOf, UNDEFINED, type Site, type Value } from '../../wiring/value.js';
import { listed, member, services, type Service } from './moleculer-services.js';
import { joinPaths } from '../web/paths.js';

/** A route of the gateway, and one door of it. */
export interface Door {
  method: string;
  path: string;
  /** Its path is whole: that of the route does not go in front. */
  isWhole?: boolean;
  /** The name of an action, or functions the last of which answers. */
  action: string | null;
  links: Value[];
  handler: Value | null;
}
const REST: readonly [string, string, string][] = [
  ['GET', '', 'list'],
  ['GET', '/:id', 'get'],
  ['POST', '', 'create'],
  ['PUT', '/:id', 'update'],
  ['PATCH', '/:id', 'patch'],
  ['DELETE', '/:id', 'remove'],
];
/** `posts.*`, `**`, a pattern: which actions a list names. */
function names(it: Evaluator, list: Value | undefined, action: string, site: Site): boolean {
  return listed(list).some((each) => {
    const text = stringOf(each);
    if (text === null) {
      const answer =
        each.k === 'native' && each.type === it.regexType ? matches(it, each, literal(action), site) : null;
      // What could not be read may name it.
      return answer?.k !== 'literal' || Boolean(answer.value);
    }
    const pattern = text
      .split('**')
      .map((part) => part.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^.]*'))
      .join('.*');
    return new RegExp(`^${pattern}$`).test(action);
  });
}
const isTrue = (value: Value | undefined): boolean => value?.k === 'literal' && value.value === true;
const allowed = (it: Evaluator, route: Value, action: string, site: Site): boolean => {
  const [white, black] = [member(route, 'whitelist'), member(route, 'blacklist')];
  const isOut = black?.k === 'list' && !black.open && names(it, black, action, site);
  return !isOut && (white?.k !== 'list' || white.open !== null || names(it, white, action, site));
};
const address = (text: string, fallback = 'ALL'): [string, string] => {
  const [, verb, path] = /^(?:(\w+|\*)\s+)?(.*)$/.exec(text.trim())!;
  return [verb === undefined || verb === '*' ? fallback : verb.toUpperCase(), path!];
};

/** https://moleculer.services/docs/0.14/moleculer-web#Aliases */
function aliasDoors(it: Evaluator, route: Value, site: Site): Door[] {
  const aliases = member(route, 'aliases');
  if (aliases && aliases.k === 'record' && aliases.open)
    it.gap('some of these aliases could not be followed', it.place(site));
  return (aliases?.k === 'record' ? [...aliases.members] : []).flatMap(([key, target]): Door[] => {
    const [method, path] = address(key);
    const steps = target.k === 'list' ? target.elements : [target];
    const last = steps.at(-1) ?? UNDEFINED;
    const action = stringOf(last) ?? stringOf(member(last, 'action') ?? UNDEFINED);
    const links = steps.slice(0, -1);
    if (method === 'REST' && action !== null) {
      const [only, except] = [member(last, 'only'), member(last, 'except')];
      return REST.filter(
        ([, , name]) => (!only || names(it, only, name, site)) && !(except && names(it, except, name, site)),
      ).map(([verb, below, name]) => ({
        method: verb,
        path: `${path}${below}`,
        action: `${action}.${name}`,
        links,
        handler: null,
      }));
    }
    const handler = action === null ? (member(last, 'handler') ?? last) : null;
    return [{ method, path, action, links, handler }];
  });
}
/** `rest` of actions, below that of their service. https://moleculer.services/docs/0.14/moleculer-web#Auto-alias */
function restDoors(service: Service): Door[] {
  const own = member(service.settings, 'rest');
  const bases = listed(own).map((b) => stringOf(b) ?? '*');
  if (bases.length === 0) bases.push(service.name.replaceAll('.', '/'));
  return [...service.actions].flatMap(([name, definition]): Door[] => {
    const rest = member(definition, 'rest');
    if (!rest || isNullish(rest) || (rest.k === 'literal' && rest.value === false)) return [];
    const usual = REST.find(([, , of]) => of === name);
    return (isTrue(rest) ? [rest] : listed(rest)).flatMap((each): Door[] => {
      const text = stringOf(each);
      const path = stringOf(member(each, 'path') ?? UNDEFINED);
      const full = stringOf(member(each, 'fullPath') ?? UNDEFINED);
      const base = stringOf(member(each, 'basePath') ?? UNDEFINED);
      const [method, below] = isTrue(each)
        ? [usual?.[0] ?? 'ALL', usual?.[1] ?? `/${name}`]
        : text === null
          ? [stringOf(member(each, 'method') ?? UNDEFINED)?.toUpperCase() ?? 'ALL', path ?? `/${name}`]
          : address(text);
      const action = `${service.name}.${name}`;
      if (full !== null) return [{ method, path: full, isWhole: true, action, links: [], handler: null }];
      return (base === null ? bases : [base]).map((b) => ({
        method: method === '*' ? 'ALL' : method,
        path: joinPaths(b, below),
        action,
        links: [],
        handler: null,
      }));
    });
  });
}
/**
 * Everything that one route of a gateway opens. Without a `mappingPolicy` every action can be called by its name where
 * the route has no aliases of either kind, else only what they name (moleculer-web 0.10, "Breaking changes").
 */
export function doorsOf(it: Evaluator, route: Value, site: Site): Door[] {
  const all = services(it);
  const hasAutomatic = isTrue(member(route, 'autoAliases'));
  const explicit = [...aliasDoors(it, route, site), ...(hasAutomatic ? all.flatMap(restDoors) : [])];
  const policy = stringOf(member(route, 'mappingPolicy') ?? UNDEFINED);
  const isRestricted = policy === null ? explicit.length > 0 || hasAutomatic : policy === 'restrict';
  const mapped = isRestricted
    ? []
    : all.flatMap((service) =>
        [...service.actions.keys()].map((name): Door => {
          const action = `${service.name}.${name}`;
          return { method: 'ALL', path: action.replaceAll('.', '/'), action, links: [], handler: null };
        }),
      );
  return [...explicit, ...mapped].filter((d) => d.action === null || allowed(it, route, d.action, site));
}
