import { composed, decorationsOf, type Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { injected } from '../../wiring/injection.js';
import type { LibraryModel, Operation } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import {
  builtin,
  isNullish,
  promise,
  record,
  stringOf,
  textOf,
  UNDEFINED,
  UNKNOWN,
  type ClassValue,
  type Native,
  type Value,
} from '../../wiring/value.js';
import { fill, spotOn, unservedSpot, type Part } from './controller-routes.js';
import { classesIn, markedMethods } from '../web/controllers.js';
import { makeRouter } from '../express/express-router.js';
import { makeStack } from '../koa/koa-stacks.js';
import { joinPaths } from '../web/paths.js';
import { isOurs, NAME, named, routeOf } from './tsed-endpoint.js';

const VERB = /^(Get|Post|Put|Patch|Delete|Head|Options|All)$/;
const isRoute = (d: Decoration): boolean => isOurs(d) && (VERB.test(d.name) || d.name === 'Operation');
const controllerOf = (it: Evaluator, cls: ClassValue): Decoration | undefined =>
  named(decorationsOf(it, cls).own, 'Controller')[0];
/** The application that `@Inject() app: PlatformApplication` is. */
const application = (it: Evaluator): Native =>
  it.stateOf<Native>('tsed:application', () => {
    const site = it.modules.somewhere;
    const app = it.loader.uses('@tsed/platform-koa')
      ? makeStack(it, true, '', site)
      : makeRouter(it, site, true);
    app.members.set('raw', app);
    app.members.set(
      'getApp',
      builtin('getApp', () => app),
    );
    return app;
  });
/** What `bootstrap(Server, settings)` adds to what the server says itself. */
const started = (it: Evaluator): Map<Value, Value> =>
  it.stateOf('tsed:started', () => new Map<Value, Value>());
const bootstrap: Operation = (it, [cls, settings]) => {
  if (cls) started(it).set(cls, settings ?? UNDEFINED);
  return promise(
    record(
      ['listen', 'stop'].map((name): [string, Value] => [name, builtin(name, () => promise(UNDEFINED))]),
      UNKNOWN,
    ),
  );
};

/** Path and children of a controller: `@Controller('/x')`, `@Controller({ path, children })`. */
function settingsOf(it: Evaluator, cls: ClassValue): { path: string | null; children: ClassValue[] } {
  const mark = controllerOf(it, cls);
  const [first, ...rest] = mark?.args ?? [];
  const listed = (value: Value | undefined): ClassValue[] =>
    (value?.k === 'list' ? value.elements : value ? [value] : []).filter((v) => v.k === 'class');
  if (first?.k === 'record') {
    const path = first.members.get('path');
    return {
      path: path ? textOf(path) : '',
      children: listed(first.members.get('children') ?? first.members.get('childrenControllers')),
    };
  }
  return {
    path: first && !isNullish(first) ? textOf(first) : '',
    children: rest.flatMap((r) => listed(r)),
  };
}
function partsOf(
  it: Evaluator,
  cls: ClassValue,
  base: string | null,
  outer: readonly Decoration[],
  unmounted: boolean,
  seen: readonly ClassValue[] = [],
): Part[] {
  if (seen.includes(cls)) return [];
  const { path, children } = settingsOf(it, cls);
  const at = base === null || path === null ? null : joinPaths(base, path);
  const own = markedMethods(it, cls, isRoute, false).map((handler): Part => {
    const { mark, method } = handler;
    const isOperation = mark.name === 'Operation';
    const [first, second] = mark.args;
    const given = isOperation ? second : first;
    const hasPath = given !== undefined && given.k !== 'class' && given.k !== 'function';
    const below = hasPath ? textOf(given) : '';
    return {
      method: isOperation ? ((first && stringOf(first)) ?? 'ALL').toUpperCase() : mark.name.toUpperCase(),
      path: at === null || below === null ? null : joinPaths(joinPaths('', at), below) || '/',
      handler: method,
      site: mark.site,
      controller: routeOf(it, handler, outer, unmounted),
    };
  });
  // What a class has in front of it, its children have too.
  const inner = [...outer, ...named([...decorationsOf(it, cls).own].reverse(), 'UseBefore')];
  return [...own, ...children.flatMap((child) => partsOf(it, child, at, inner, unmounted, [...seen, cls]))];
}

/** Runs what a server does when it starts, with its controllers where they are put. */
function serve(
  it: Evaluator,
  cls: ClassValue,
  configuration: Decoration,
  all: readonly ClassValue[],
): ClassValue[] {
  const site = { module: cls.module, line: cls.node.line };
  const app = application(it);
  const instance = injected(it, cls);
  const settings = [configuration.args[0], started(it).get(cls)].filter((s) => s?.k === 'record');
  const option = (name: string): Value[] =>
    settings.flatMap((s) => (s?.k === 'record' ? (s.members.get(name) ?? []) : []));
  const call = (name: string): void =>
    it.attempt(it.place(site), () => {
      const method = instance.k === 'record' ? memberOf(it, instance, name, site) : UNDEFINED;
      if (method.k !== 'function') return;
      it.apart(cls.scope, () => {
        it.withBudget(STEPS, () => void it.awaiting(it.call(method, [], instance, site)));
      });
    });
  const use = (value: Value): void => void it.call(memberOf(it, app, 'use', site), [value], app, site);
  for (const name of ['$beforeInit', '$onInit', '$afterInit']) call(name);
  for (const each of option('middlewares').flatMap((v) => (v.k === 'list' ? v.elements : [v]))) {
    const value = each.k === 'record' && each.cls === null ? each.members.get('use') : each;
    // Names stand for packages, such as cors.
    if (value && (value.k === 'function' || value.k === 'external' || value.k === 'unknown')) use(value);
  }
  call('$beforeRoutesInit');
  const spot = spotOn(it, app, it.loader.uses('@tsed/platform-koa'), 'express', site);
  const served = new Set<ClassValue>();
  const parts: Part[] = [];
  const children = new Set(all.flatMap((c) => settingsOf(it, c).children));
  const mounts = option('mount').flatMap((m) => (m.k === 'record' ? [...m.members] : []));
  for (const [path, value] of mounts) {
    const { classes, sure } = classesIn(value, all);
    const candidates = sure ? classes : all;
    for (const each of candidates) {
      // One that has a parent is served below that alone.
      if (children.has(each) || controllerOf(it, each) === undefined) continue;
      served.add(each);
      parts.push(...partsOf(it, each, path, [], !sure && !classes.includes(each) && mounts.length > 1));
    }
  }
  fill(spot, parts);
  call('$afterRoutesInit');
  return [...served, ...children];
}
const STEPS = 300_000;

/** https://tsed.dev */
export const tsed: LibraryModel = {
  name: NAME,
  packages: [
    '@tsed/common',
    '@tsed/di',
    '@tsed/schema',
    '@tsed/core',
    '@tsed/platform-http',
    '@tsed/platform-express',
    '@tsed/platform-koa',
    '@tsed/platform-params',
    '@tsed/platform-middlewares',
    '@tsed/platform-router',
    '@tsed/passport',
  ],
  about: {
    title: 'Ts.ED',
    registers:
      'methods of `Controller` classes that `mount` of a `Configuration` or of `bootstrap` names, by class or by pattern of files, with their children and what they inherit; routes that the server puts on its application itself',
    guards:
      'what `$beforeRoutesInit` and `middlewares` install, `UseBefore` of parents, classes and methods, `UseAuth` with its options, `Authenticate` and `Authorize` of `@tsed/passport` where none of the strategies lets everyone pass, `Use`, middleware in the arguments of a route; models in bodies where `@tsed/ajv` is imported',
    answers: 'what is returned; exceptions with their status',
    limits: 'interceptors, response filters, WebSockets of `@tsed/socketio`',
  },
  calls: {
    useDecorators: (it, args) => composed(it, args),
    applyDecorators: (it, args) => composed(it, args),
    'PlatformExpress.bootstrap': bootstrap,
    'PlatformKoa.bootstrap': bootstrap,
    'PlatformBuilder.bootstrap': bootstrap,
  },
  typed: (it, type) => (/^PlatformApplication\b/.test(type) ? application(it) : null),
  finish: (it) => {
    const all = it.decorated.filter((cls) => controllerOf(it, cls) !== undefined);
    const servers = it.decorated.flatMap((cls) => {
      const mark = named(decorationsOf(it, cls).own, 'Configuration', 'ServerSettings')[0];
      return mark ? [{ cls, mark }] : [];
    });
    const served = new Set<ClassValue>();
    for (const { cls, mark } of servers)
      it.attempt({ file: cls.module.path, line: cls.node.line }, () => {
        for (const each of serve(it, cls, mark, all)) served.add(each);
      });
    const rest = all.filter((cls) => !served.has(cls));
    const [first] = rest;
    if (!first) return;
    fill(
      unservedSpot(it, NAME, { module: first.module, line: first.node.line }),
      rest.flatMap((cls) => partsOf(it, cls, '', [], true)),
    );
  },
};
