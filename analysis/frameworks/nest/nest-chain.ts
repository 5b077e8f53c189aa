import { uploadInterceptor } from './nest-uploads.js';
import { DECORATION, decorationsOf, type Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { memberOf } from '../../wiring/members.js';
import { runLink, runMiddleware } from '../../wiring/middleware.js';
import { Recorder, type AppliedLink } from '../../wiring/recorder.js';
import {
  builtin,
  record,
  textOf,
  UNDEFINED,
  unknown,
  type Native,
  type Record_,
  type Value,
} from '../../wiring/value.js';
import type { Trigger } from '../../model/model.js';
import type { AppState } from './nest-application.js';
import type { Activation, ClientState } from './nest-context.js';
import { guardsFields } from './nest-graphql.js';
import { guardName, ownLimit, passes, reading, throttleOf, throttles } from './nest-guards.js';
import type { Handler } from '../web/controllers.js';
import { pathsIn } from './nest-handlers.js';
import type { Consumed, Container, Global } from './nest-modules.js';
import { joinPaths, pathCovers } from '../web/paths.js';

/** What a decorator lists, on the class, its base classes and the method; in the order in which it runs. */
function listed(it: Evaluator, handler: Handler, name: string): Global[] {
  const classes: Decoration[][] = [];
  for (let cls: Value | null = handler.cls; cls?.k === 'class'; cls = cls.base)
    classes.unshift([...decorationsOf(it, cls).own]);
  return [...classes.flat(), ...handler.decorations]
    .filter((d) => d.name === name && d.package === '@nestjs/common')
    .flatMap((d) =>
      d.args.flatMap((value) =>
        (value.k === 'list' ? value.elements : [value]).map((each) => ({ value: each, site: d.site })),
      ),
    );
}
/** Global guards stand in front of routes and fields; of messages where the application says so; never of gateways. */
function globalGuards(app: AppState, container: Container, { kind }: Activation): readonly Global[] {
  const all = [...app.guards, ...container.guards];
  if (kind === 'http' || kind === 'graphql') return all;
  return kind === 'rpc' && (app.kind === 'microservice' || app.hybrid === true) ? all : [];
}

export function* runGuards(
  it: Evaluator,
  app: AppState,
  container: Container,
  handler: Handler,
  a: Activation,
  context: Native,
  trigger: Trigger,
): Iterable<AppliedLink> {
  const isField = trigger.kind === 'graphql' && !/^(Query|Mutation|Subscription)\./.test(trigger.name);
  if (isField && !guardsFields(container.graphql ?? UNDEFINED)) return;
  const done = new Set<Value>();
  for (const guard of [...globalGuards(app, container, a), ...listed(it, handler, 'UseGuards')]) {
    if (done.has(guard.value)) continue;
    done.add(guard.value);
    const link = reading(it, guard.value, () => runGuard(it, container, guard, handler, a, context));
    yield link;
    if (!throttles(link.facts)) continue;
    const own = ownLimit(it, decorationsOf(it, handler.cls).own, handler.decorations);
    if (own)
      yield runLink(
        it,
        { value: throttleOf(it, own), site: own },
        { args: () => [context], carries: [], goesOn: (result) => passes(it, it.facts, result, own) },
      );
  }
}
export function runGuard(
  it: Evaluator,
  container: Container,
  { value: guard, site }: Global,
  handler: Handler,
  a: Activation,
  context: Native,
): AppliedLink {
  const name = guardName(guard);
  const external = libraryGuard(guard);
  if (external && isExcepted(it, external, handler))
    return { name, arguments: [], place: it.place(site), definition: null, facts: [], opaque: false };
  if (external) return runLink(it, { value: external, site }, { args: () => [context], carries: [] });
  const instance = guard.k === 'class' ? container.get(guard) : guard;
  const base = libraryBase(instance);
  if (base && memberOf(it, instance, 'canActivate', site).k === 'unknown')
    return runLink(it, { value: base, site, name }, { args: () => [context], carries: [] });
  const canActivate =
    instance.k === 'native'
      ? (instance.type.inherited?.(it, instance, 'canActivate') ?? unknown())
      : instance.k === 'record'
        ? memberOf(it, instance, 'canActivate', site)
        : unknown();
  const before = it.facts;
  const link = runLink(
    it,
    { value: canActivate, site, self: instance, name },
    {
      args: () => [context],
      carries: [a.request, a.response, ...(a.context.k === 'native' ? [a.context] : [])],
      goesOn: (result) => passes(it, before, result, site),
      refusal: { how: 'answer', status: 403 },
    },
  );
  return guard.k === 'class'
    ? { ...link, definition: { file: guard.module.path, line: guard.node.line } }
    : link;
}
/** A package's own way of saying that its guard lets everyone in here: `Public`, `Unprotected`. */
function isExcepted(it: Evaluator, guard: Value, handler: Handler): boolean {
  const from = guard.k === 'external' ? guard.package : guard.k === 'unknown' ? guard.origin?.package : null;
  const decorations = [...decorationsOf(it, handler.cls).own, ...handler.decorations];
  return decorations.some((d) => d.package === from && EXCEPTION.test(d.name));
}
const EXCEPTION = /^(Public|Unprotected|AllowAnonymous|Anonymous|OptionalAuth|SkipAuth)$/;
/** The class of a package that a guard extends. */
function libraryBase(instance: Value): Value | null {
  let cls: Value | null = instance.k === 'record' ? instance.cls : null;
  while (cls?.k === 'class') cls = cls.base;
  return cls ? libraryGuard(cls) : null;
}
/** A guard that a package exports or makes, and that no model knows. */
function libraryGuard(guard: Value): Value | null {
  if (guard.k === 'external') return guard;
  if (guard.k === 'unknown' && guard.origin) return guard;
  if (guard.k !== 'native' || guard.type !== DECORATION) return null;
  const { package: from, name } = guard.state as Decoration;
  return { k: 'external', package: from, path: [...name.split('.'), '()'] };
}

/** Messages arrive from those whom `handleConnection` has not turned away. */
export function* runConnection(
  it: Evaluator,
  container: Container,
  connection: Handler,
  a: Activation,
): Iterable<AppliedLink> {
  if (a.context.k !== 'native') return;
  const client = a.context;
  const state = client.state as ClientState;
  const { recorder } = it;
  it.recorder = new Recorder();
  state.severs = true;
  const link = runLink(
    it,
    { value: connection.method, site: connection.mark.site, self: container.get(connection.cls) },
    { args: () => [client, a.request], carries: [client], goesOn: () => [] },
  );
  state.severs = false;
  it.recorder = recorder;
  yield { ...link, isIncidental: true };
}

/** Interceptors run after the guards; one that refuses stands in front of the handler like a guard. */
export function* runInterceptors(
  it: Evaluator,
  app: AppState,
  container: Container,
  handler: Handler,
  a: Activation,
  context: Native,
): Iterable<AppliedLink> {
  const all = [...app.interceptors, ...container.interceptors, ...listed(it, handler, 'UseInterceptors')];
  for (const { value, site } of all) {
    const upload = uploadInterceptor(it, value, handler);
    if (upload) {
      const link = runLink(it, { ...upload, site }, { args: (next) => [next], carries: [] });
      yield { ...link, isIncidental: true };
      continue;
    }
    const instance = value.k === 'class' ? container.get(value) : value;
    if (instance.k !== 'record') continue;
    const intercept = memberOf(it, instance, 'intercept', site);
    if (intercept.k !== 'function') continue;
    // What an interceptor does beside the handler, such as noting when somebody was last seen, is not the handler's work.
    const { recorder } = it;
    it.recorder = new Recorder();
    const link = runLink(
      it,
      { value: intercept, site, self: instance, name: guardName(value), isRoute: true },
      {
        args: (next) => [
          context,
          record([['handle', builtin('handle', (_args, _self, at) => it.call(next, [], UNDEFINED, at))]]),
        ],
        carries: [a.request, a.response],
        yields: unknown(),
      },
    );
    it.recorder = recorder;
    yield { ...link, isIncidental: true };
  }
}

/** Middleware of the application, then of modules, where it covers the route. */
export function* runMiddlewareOf(
  it: Evaluator,
  app: AppState,
  container: Container,
  handler: Handler,
  a: Activation,
  route: { method: string | null; path: string | null },
): Iterable<AppliedLink> {
  const path = route.path ?? '*';
  for (const { path: scope, values, site } of app.middleware)
    if (scope === null || pathCovers(scope, path, false))
      // A router of Express that is mounted beside has routes of its own.
      for (const value of values)
        if (!(value.k === 'native' && /^(router|application)$/.test(value.type.name)))
          yield runMiddleware(it, { value, site }, a.request, a.response);
  for (const consumed of container.consumed) {
    if (!covers(app, consumed, handler, route)) continue;
    for (const value of consumed.middleware) {
      const { site } = consumed;
      if (value.k !== 'class') {
        yield runMiddleware(it, { value, site }, a.request, a.response);
        continue;
      }
      const self = container.get(value);
      const use = memberOf(it, self, 'use', site);
      yield runMiddleware(it, { value: use, site, self, name: guardName(value) }, a.request, a.response);
    }
  }
}
function covers(
  app: AppState,
  { routes, exclude }: Consumed,
  handler: Handler,
  { method, path }: { method: string | null; path: string | null },
): boolean {
  const on = (value: Value, exact: boolean): boolean => {
    if (value.k === 'list') return value.elements.some((e) => on(e, exact));
    if (value.k === 'class') return value === handler.cls;
    const isPlain = value.k !== 'record';
    const wanted = isPlain ? undefined : (value as Record_).members.get('method');
    const verb = wanted?.k === 'external' ? wanted.path.at(-1) : 'ALL';
    if (verb !== 'ALL' && verb !== method) return false;
    const prefix = textOf(app.prefix);
    return pathsIn(value).some((scope) => {
      if (scope === null || path === null) return true;
      const full = prefix ? joinPaths(joinPaths('/', prefix), scope) : joinPaths('/', scope);
      return (
        pathCovers(full, path, exact || !isPlain) ||
        pathCovers(joinPaths('/', scope), path, exact || !isPlain)
      );
    });
  };
  return routes.some((r) => on(r, false)) && !exclude.some((e) => on(e, true));
}
