import { decorationsOf, type Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { injected } from '../../wiring/injection.js';
import { runLink } from '../../wiring/middleware.js';
import { isNullish, optionIn, stringOf, textOf, type ClassValue, type Value } from '../../wiring/value.js';
import { markedMethods, middlewareOf, type ControllerRoute, type Handler } from '../web/controllers.js';
import { joinPaths } from '../web/paths.js';
import type { Part } from './controller-routes.js';
import { callOf } from './routing-controllers-action.js';
import { authorized } from './routing-controllers-checkers.js';
import { isRoute, marksClass, NAME, named } from './routing-controllers-decorators.js';
import { argumentOf } from './routing-controllers-parameters.js';

/** The actions of a controller as routes of a server with these options. */
export function actionsOf(it: Evaluator, cls: ClassValue, options: Value, unmounted: boolean): Part[] {
  const controller = decorationsOf(it, cls).own.find(marksClass)!;
  return markedMethods(it, cls, isRoute, false).map((handler) => {
    const { mark, method } = handler;
    const verb = mark.name === 'Method' ? ((mark.args[0] && stringOf(mark.args[0])) ?? 'ALL') : mark.name;
    return {
      method: verb.toUpperCase(),
      path: pathOf(options, controller, handler),
      handler: method,
      site: mark.site,
      controller: routeOf(it, handler, options, unmounted),
    };
  });
}
/** In front of the action: middleware of class and method, the checker, then what makes the arguments. */
function routeOf(it: Evaluator, handler: Handler, options: Value, unmounted: boolean): ControllerRoute {
  const { cls, owner, method, mark } = handler;
  const own = owner === cls ? handler.decorations : (decorationsOf(it, cls).members.get(handler.name) ?? []);
  const args: Value[] = [];
  return {
    framework: NAME,
    unmounted,
    *chain(exchange) {
      const call = callOf(it, exchange, options);
      for (const d of [...named(decorationsOf(it, cls).own, 'UseBefore'), ...named(own, 'UseBefore')])
        for (const value of d.args) yield runLink(it, middlewareOf(it, value, 'use', d.site), call.calling);
      const link = authorized(it, handler, own, call);
      if (link) yield link;
      args.length = 0;
      for (const index of method.fn.params.keys()) args.push(yield* argumentOf(it, handler, index, call));
    },
    work: () => it.runHandler(method, args, mark.site, injected(it, cls)),
  };
}

/** Prefix, path of the controller and of the action are written one after the other. */
function pathOf(options: Value, controller: Decoration, { mark }: Handler): string | null {
  const prefix = optionIn(options, 'routePrefix');
  const parts = [pathIn(controller.args[0]), pathIn(mark.name === 'Method' ? mark.args[1] : mark.args[0])];
  if (parts.includes(null)) return null;
  return joinPaths((prefix && (textOf(prefix) ?? '*')) ?? '', joinPaths('', parts.join(''))) || '/';
}
function pathIn(value: Value | undefined): string | null {
  if (!value || isNullish(value)) return '';
  if (value.k === 'native' && value.type.name === 'RegExp')
    return `(${(value.state as { pattern: string }).pattern})`;
  return textOf(value);
}
