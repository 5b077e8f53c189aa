import type { Evaluator } from '../../wiring/evaluator.js';
import { runMiddleware } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { optionIn, UNDEFINED } from '../../wiring/value.js';
import { pathCovers } from '../web/paths.js';
import { actionsOf, type Action } from './sails-actions.js';
import { beforeRoutes, type Before } from './sails-before-routes.js';
import { blueprints } from './sails-blueprints.js';
import { makeExchange } from './sails-exchange.js';
import { runMachine } from './sails-machines.js';
import { policiesOf } from './sails-policies.js';
import { explicitRoutes, type Route } from './sails-routes.js';

/** Finds the entry points of an application: its explicit routes, then those of blueprints which these leave. */
export function observeRoutes(it: Evaluator): void {
  const [first] = it.loader.entryFiles('sails');
  if (first === undefined) return;
  const actions = actionsOf(it);
  let inFront: readonly Before[] = [];
  it.attempt({ file: first, line: 1 }, () => {
    it.withBudget(100_000, () => {
      inFront = beforeRoutes(it);
    });
  });
  const explicit = explicitRoutes(it);
  for (const route of explicit.filter((r) => !r.onlyRedirects))
    it.attempt(it.place(route.site), () => {
      const { identity, site } = route;
      const action = identity === null ? null : (actions.get(identity) ?? null);
      if (identity !== null && !action && !/\/(?:find|findone|create|update|destroy)$/.test(identity))
        it.gap(`the action \`${identity}\` could not be found`, it.place(site));
      observeRoute(it, route, action, inFront);
    });
  const shadows = (route: Route): boolean =>
    explicit.some(
      (e) => (e.method === 'ALL' || e.method === route.method) && pathCovers(e.path, route.path, true),
    );
  for (const route of blueprints(it, actions))
    if (!shadows(route))
      it.attempt(it.place(route.site), () =>
        observeRoute(it, route, actions.get(route.identity!) ?? null, inFront),
      );
}
function observeRoute(it: Evaluator, route: Route, action: Action | null, inFront: readonly Before[]): void {
  const { method, path, identity, site } = route;
  const policies = identity === null ? [] : policiesOf(it, identity);
  if (policies === null) return;
  const exchange = makeExchange(it, { method, path, base: '', application: null });
  const { request, response } = exchange;
  const machine = optionIn(action?.value, 'fn');
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
      if (machine) return runMachine(it, machine, action!, route, exchange);
      return it.runHandler(handler, [request, response], site, action?.self ?? UNDEFINED);
    },
  });
}
