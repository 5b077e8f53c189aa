import type { Evaluator } from '../../wiring/evaluator.js';
import type { Fact } from '../../wiring/fact.js';
import { runLink } from '../../wiring/middleware.js';
import { callableName } from '../../wiring/naming.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { isCallable, isNullish, optionsOf, unknown, type Native, type Value } from '../../wiring/value.js';
import { addToContext, makeContext } from '../web/context.js';
import { apps, stateOf, type Route } from './elysia-apps.js';
import { contextOf } from './elysia-context.js';
import type { Hook } from './elysia-hooks.js';

/** Turns the routes of instances that no other one uses into entry points; where any is served, the others are unmounted. */
export function observeApps(it: Evaluator): void {
  const roots = apps(it).filter((app) => !stateOf(app).used);
  const anyServed = roots.some((app) => stateOf(app).served);
  for (const root of roots) {
    const { routes, served } = stateOf(root);
    for (const route of routes) observe(it, route, anyServed && !served);
  }
}
/** A hook goes on where it returns nothing, one that derives where what it returns is no answer. */
function run(it: Evaluator, { installed, derives, macro }: Hook, context: Native): AppliedLink {
  const isAnswer = (value: Value): boolean => value.k === 'native' && value.type.answer !== undefined;
  const goesOn = (result: Value): readonly Fact[] | null => {
    const on = optionsOf(result).filter(({ value }) =>
      derives ? !isAnswer(value) : isNullish(value) || (value.k === 'unknown' && macro === undefined),
    );
    if (on.length === 0) return null;
    if (derives) for (const { value } of on) addToContext(it, context, value);
    return on.length === 1 ? on[0]!.facts : [];
  };
  const isNameless = installed.value.k === 'function' && callableName(installed.value) === 'anonymous';
  const named = derives && isNameless ? { ...installed, name: 'derive' } : installed;
  return runLink(it, named, { args: () => [context], carries: [context], goesOn });
}
function observe(it: Evaluator, route: Route, unmounted: boolean): void {
  const { method, path, handler, hooks, site } = route;
  const context = contextOf(it, route);
  observeEntryPoint(it, {
    framework: 'elysia',
    trigger: method === 'WS' ? { kind: 'websocket', path, name: 'message' } : { kind: 'http', method, path },
    registration: site,
    handler,
    unmounted: unmounted || path === null,
    *chain() {
      for (const hook of hooks) yield run(it, hook, context);
    },
    work: () =>
      method === 'WS'
        ? void it.runHandler(handler, [makeContext(it, { data: context }), unknown(['message'])], site)
        : isCallable(handler)
          ? it.runHandler(handler, [context], site)
          : undefined,
  });
}
