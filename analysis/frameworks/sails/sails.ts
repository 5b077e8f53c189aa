import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import { runMiddleware, type Installed } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { atom } from '../../wiring/tests.js';
import {
  isCallable,
  record,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { folderOf, pathCovers } from '../web/paths.js';
import {
  exitsOf,
  exportsOf,
  fileNamed,
  fileValue,
  globalNamed,
  loadedFrom,
  makeExchange,
  sailsOf,
} from './sails-globals.js';

/** `user/login`, in lower case, as routes and policies name it. */
type Identity = string;
interface Action {
  value: Value;
  self: Value;
  site: Site;
}
const member = (value: Value | null | undefined, name: string): Value | undefined =>
  value?.k === 'record' ? value.members.get(name) : undefined;
/** `UserController.login`, `user.login` and `user/login` are one. */
const identityOf = (text: string): Identity =>
  text
    .replace(/Controller(?=[./]|$)/, '')
    .replaceAll('.', '/')
    .toLowerCase();

/** Actions of files and of classic controllers. */
function actionsOf(it: Evaluator): Map<Identity, Action> {
  const actions = new Map<Identity, Action>();
  for (const { name, file } of loadedFrom(it, 'api/controllers')) {
    const found = fileValue(it, file);
    if (!found) continue;
    const { value, site } = found;
    if (!name.endsWith('Controller')) {
      actions.set(name.toLowerCase(), { value, self: UNDEFINED, site });
      continue;
    }
    if (value.k !== 'record') continue;
    for (const [key, action] of value.members)
      if (isCallable(action) || member(action, 'fn'))
        actions.set(`${identityOf(name)}/${key.toLowerCase()}`, {
          value: action,
          self: value,
          site: action.k === 'function' ? { module: action.module, line: action.fn.line } : site,
        });
  }
  return actions;
}
/** One setting of `config/<name>.js`. */
function configured(it: Evaluator, name: string): { value: Value; site: Site } | null {
  const file = it.loader
    .entryFiles('sails')
    .find((f) => new RegExp(`(?:^|/)config/${name}\\.[cm]?[jt]s$`).test(f));
  const instance = file === undefined ? null : it.modules.instantiate(file);
  if (!instance) return null;
  const value = member(exportsOf(it, instance), name) ?? it.modules.exported(instance, name);
  return value.k === 'record' ? { value, site: { module: instance, line: 1 } } : null;
}
const flat = (value: Value | undefined): Value[] =>
  value === undefined ? [] : value.k === 'list' ? value.elements.flatMap(flat) : [value];

/**
 * The policies of an action: those of the most specific key that fits alone, none where that says true; null where it
 * says false, so that nobody gets there. https://sailsjs.com/documentation/concepts/policies
 */
function policiesOf(it: Evaluator, identity: Identity): Installed[] | null {
  const config = configured(it, 'policies');
  if (!config) {
    const file = it.loader.entryFiles('sails').find((f) => /(?:^|\/)config\/policies\.[cm]?[jt]s$/.test(f));
    const instance = file === undefined ? null : it.modules.instantiate(file);
    return instance ? [{ value: UNKNOWN, site: { module: instance, line: 1 }, name: 'policies' }] : [];
  }
  if (config.value.k !== 'record') return [];
  let best: { length: number; value: Value } | null = null;
  const consider = (key: string, value: Value): void => {
    const fits =
      key === identity || key === '*' || (key.endsWith('/*') && `${identity}/`.startsWith(key.slice(0, -1)));
    const length = key === identity ? Infinity : key.length;
    if (fits && (best === null || length >= best.length)) best = { length, value };
  };
  for (const [key, value] of config.value.members) {
    const name = key === '*' ? key : identityOf(key);
    if (value.k !== 'record') consider(name, value);
    else for (const [action, of] of value.members) consider(`${name}/${action.toLowerCase()}`, of);
  }
  // What is spread into it and not known may say anything of any action.
  if (config.value.open) return [{ value: UNKNOWN, site: config.site, name: 'policies' }];
  const chosen = (best as { value: Value } | null)?.value;
  if (chosen?.k === 'literal' && chosen.value === false) return null;
  return flat(chosen).flatMap((value): Installed[] => {
    const name = stringOf(value);
    if (name === null) return value.k === 'literal' ? [] : [{ value, site: config.site }];
    return [policyNamed(it, name, config.site)];
  });
}
function policyNamed(it: Evaluator, name: string, site: Site): Installed {
  const file = fileNamed(it, 'api/policies', name);
  return { value: (file ? fileValue(it, file.file)?.value : null) ?? UNKNOWN, site, name };
}

/** What stands in front of all: functions of `config/http.js`, and routes that hooks put before the others. */
function before(it: Evaluator): { path: string; installed: Installed }[] {
  const found: { path: string; installed: Installed }[] = [];
  const http = configured(it, 'http');
  const middleware = member(http?.value, 'middleware');
  if (http && middleware?.k === 'record') {
    const order = flat(middleware.members.get('order')).map((o) => stringOf(o));
    for (const [name, value] of middleware.members)
      if (isCallable(value) && (order.length === 0 || order.includes(name)))
        found.push({ path: '', installed: { value, site: http.site, name } });
  }
  for (const { file, name } of loadedFrom(it, 'api/hooks')) {
    const hook = fileValue(it, file);
    if (hook?.value.k !== 'function') continue;
    const made = it.call(hook.value, [sailsOf(it)], UNDEFINED, hook.site);
    const routes = member(member(made, 'routes'), 'before');
    for (const [path, value] of routes?.k === 'record' ? routes.members : [])
      for (const each of flat(value)) {
        const fn = member(each, 'fn') ?? each;
        if (isCallable(fn))
          found.push({
            path: path.replace(/^\w+\s+/, ''),
            installed: { value: fn, site: hook.site, name: name.split('/')[0]! },
          });
      }
  }
  return found;
}

interface Route {
  method: string;
  path: string;
  /** What it leads to: an action by its name, or functions. */
  identity: Identity | null;
  /** In front of the last, in the route itself. */
  links: Installed[];
  handler: Value | null;
  site: Site;
}
/** `'GET /users/:id'`, `'/users'`, `'GET r|^/x/(\\d+)$|id'` */
function addressOf(key: string): { method: string; path: string } {
  const [, verb, rest] = /^(?:(\w+)\s+)?(.*)$/.exec(key.trim())!;
  const pattern = /^r\|(.*)\|[^|]*$/.exec(rest!)?.[1];
  const method = verb?.toUpperCase() ?? 'ALL';
  return { method, path: pattern === undefined ? rest! : `(${pattern})` };
}
function routeOf(it: Evaluator, key: string, given: Value, site: Site): Route | null {
  const route: Route = { ...addressOf(key), identity: null, links: [], handler: null, site };
  for (const target of flat(given)) {
    const policy = member(target, 'policy');
    if (policy) {
      route.links.push(policyNamed(it, stringOf(policy) ?? '?', site));
      continue;
    }
    if (route.handler) route.links.push({ value: route.handler, site });
    route.handler = null;
    const text = stringOf(target);
    if (text !== null) {
      // `'/elsewhere'`, `'https://…'`: a redirect.
      if (!/^(?:\/|https?:)/.test(text)) route.identity = identityOf(text);
      continue;
    }
    const action = stringOf(member(target, 'action') ?? member(target, 'target') ?? UNDEFINED);
    const controller = stringOf(member(target, 'controller') ?? UNDEFINED);
    if (action !== null)
      route.identity = identityOf(controller === null ? action : `${controller}/${action}`);
    else if (isCallable(target)) route.handler = target;
    else if (member(target, 'fn')) route.handler = member(target, 'fn')!;
    else if (!member(target, 'view') && !member(target, 'response')) {
      it.gap('what this route leads to could not be followed', it.place(site));
      route.handler = UNKNOWN;
    }
  }
  return route;
}

/** Routes that blueprints make of models, behind explicit ones. https://sailsjs.com/documentation/concepts/blueprints */
function blueprints(it: Evaluator, actions: ReadonlyMap<Identity, Action>): Route[] {
  if (it.stateOf('sails:without', () => new Set<string>()).has('blueprints')) return [];
  const config = configured(it, 'blueprints')?.value;
  const setting = (name: string, fallback: boolean): boolean => {
    const value = member(config, name);
    return value?.k === 'literal' ? Boolean(value.value) : fallback;
  };
  const text = (name: string): string => stringOf(member(config, name) ?? UNDEFINED) ?? '';
  const routes: Route[] = [];
  const push = (method: string, path: string, identity: Identity, site: Site): void =>
    void routes.push({ method, path, identity, links: [], handler: null, site });
  if (setting('actions', false))
    for (const [identity, { site }] of actions)
      push('ALL', `${text('prefix')}/${identity.replace(/\/index$/, '')}`, identity, site);
  for (const { name, file } of loadedFrom(it, 'api/models')) {
    const site = fileValue(it, file)?.site;
    if (!site) continue;
    const model = name.toLowerCase();
    const path = `/${setting('pluralize', false) ? `${model}s` : model}`;
    const rest = `${text('prefix')}${text('restPrefix')}${path}`;
    const shortcut = `${text('prefix')}${path}`;
    if (setting('rest', true)) {
      push('GET', rest, `${model}/find`, site);
      push('GET', `${rest}/:id`, `${model}/findone`, site);
      push('POST', rest, `${model}/create`, site);
      push('PATCH', `${rest}/:id`, `${model}/update`, site);
      push('DELETE', `${rest}/:id`, `${model}/destroy`, site);
    }
    if (setting('shortcuts', true)) {
      push('GET', `${shortcut}/find`, `${model}/find`, site);
      push('GET', `${shortcut}/find/:id`, `${model}/findone`, site);
      push('GET', `${shortcut}/create`, `${model}/create`, site);
      push('GET', `${shortcut}/update/:id`, `${model}/update`, site);
      push('GET', `${shortcut}/destroy/:id`, `${model}/destroy`, site);
    }
  }
  return routes;
}

function observe(
  it: Evaluator,
  route: Route,
  action: Action | null,
  inFront: ReturnType<typeof before>,
): void {
  const { method, path, identity, site } = route;
  const policies = identity === null ? [] : policiesOf(it, identity);
  if (policies === null) return;
  const { request, response } = makeExchange(it, { method, path, base: '', application: null });
  const machine = member(action?.value, 'fn');
  const handler = route.handler ?? machine ?? action?.value ?? null;
  observeEntryPoint(it, {
    framework: 'sails',
    trigger: { kind: 'http', method, path },
    registration: site,
    handler,
    *chain(): Iterable<AppliedLink> {
      for (const { path: scope, installed } of inFront)
        if (scope === '' || pathCovers(scope, path, false))
          yield runMiddleware(it, installed, request, response);
      for (const installed of [...route.links, ...policies])
        yield runMiddleware(it, installed, request, response);
    },
    work: () => {
      if (!handler) return;
      if (!machine) return it.runHandler(handler, [request, response], site, action?.self ?? UNDEFINED);
      const inputs = member(action?.value, 'inputs');
      const names = inputs?.k === 'record' ? [...inputs.members.keys()] : [];
      const from = (name: string): string =>
        new RegExp(`:${name}\\b`).test(path) ? 'params' : method === 'GET' ? 'query' : 'body';
      // What is declared of inputs is checked before the action runs.
      if (names.length > 0) {
        const known = { protection: 'validation', library: 'sails', arguments: [] };
        it.learn([atom(it, 'verified', ['body'], site, { known })]);
      }
      const given = record(names.map((name): [string, Value] => [name, unknown([`${from(name)}.${name}`])]));
      const self = record([
        ['req', request],
        ['res', response],
        ['sails', sailsOf(it)],
      ]);
      return it.runHandler(machine, [given, exitsOf(it, action!.value, response)], site, self);
    },
  });
}

const FILES =
  /(?:^|\/)(?:api\/(?:controllers|policies|responses|models|helpers|services|hooks)\/.+|config\/(?:routes|policies|blueprints|http))\.[cm]?[jt]s$/;

const RC = /(?:^|\/)\.sailsrc$/;

/** Sails 1. https://sailsjs.com/documentation */
export const sails: LibraryModel = {
  name: 'sails',
  packages: ['sails'],
  about: {
    title: 'Sails',
    registers:
      '`config/routes.js`: actions by name, classic controllers, functions; what blueprints make of models and actions, as `config/blueprints.js` and `.sailsrc` say',
    guards:
      'policies of the most specific key in `config/policies.js`, run; `policy` in routes; routes of hooks `before` others; middleware of `config/http.js`; `inputs` of actions; helpers are followed',
    answers: '`res` with the responses of `api/responses/`, exits, a throw',
    limits:
      'sockets, which take the same routes; blueprints of associations; settings of environments; what Waterline does has no effects; before version 1',
  },
  calls: {},
  member: (it, path) =>
    path.length === 0 ? sailsOf(it) : memberOf(it, sailsOf(it), path[0]!, it.modules.somewhere),
  global: globalNamed,
  isEntry: ({ path }) => FILES.test(path) && !/\.(?:test|spec|d)\.[jt]s$/.test(path),
  onlyByConvention: true,
  reads: (path) => RC.test(path),
  // Hooks of Sails that are switched off there.
  prepare: (it, texts) => {
    for (const [file, text] of texts) {
      const folder = folderOf(file);
      if (!RC.test(file) || folder !== it.loader.root) continue;
      for (const [, name] of text.matchAll(/"(\w+)"\s*:\s*false/g))
        it.stateOf('sails:without', () => new Set<string>()).add(name!);
    }
  },
  finish: (it) => {
    if (it.loader.entryFiles('sails').length === 0) return;
    const actions = actionsOf(it);
    let inFront: ReturnType<typeof before> = [];
    it.attempt({ file: it.loader.entryFiles('sails')[0]!, line: 1 }, () => {
      it.withBudget(100_000, () => {
        inFront = before(it);
      });
    });
    const config = configured(it, 'routes');
    const explicit: Route[] = [];
    if (config?.value.k === 'record') {
      for (const [key, given] of config.value.members) {
        const route = routeOf(it, key, given, { ...config.site, line: lineOf(config.site, key) });
        if (route) explicit.push(route);
      }
      if (config.value.open) it.gap('some of these routes could not be followed', it.place(config.site));
    }
    for (const route of explicit)
      it.attempt(it.place(route.site), () => {
        const action = route.identity === null ? null : (actions.get(route.identity) ?? null);
        if (
          route.identity !== null &&
          !action &&
          !/\/(?:find|findone|create|update|destroy)$/.test(route.identity)
        )
          it.gap(`the action \`${route.identity}\` could not be found`, it.place(route.site));
        observe(it, route, action, inFront);
      });
    const shadows = (route: Route): boolean =>
      explicit.some(
        (e) => (e.method === 'ALL' || e.method === route.method) && pathCovers(e.path, route.path, true),
      );
    for (const route of blueprints(it, actions))
      if (!shadows(route))
        it.attempt(it.place(route.site), () =>
          observe(it, route, actions.get(route.identity!) ?? null, inFront),
        );
  },
};
/** The line on which a key of an object is written; 1 where it cannot be told. */
function lineOf({ module }: Site, key: string): number {
  const waiting: unknown[] = [module.module.body];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (typeof node !== 'object' || node === null) continue;
    const { k, key: own, line } = node as Record<string, unknown>;
    if (k === 'property' && own === key && typeof line === 'number') return line;
    waiting.push(...(Object.values(node) as unknown[]));
  }
  return 1;
}
