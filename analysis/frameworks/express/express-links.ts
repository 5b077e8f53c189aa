import type { Evaluator } from '../../wiring/evaluator.js';
import type { Fact } from '../../wiring/fact.js';
import { memberOf } from '../../wiring/members.js';
import { runMiddleware } from '../../wiring/middleware.js';
import { opaqueLink, type AppliedLink } from '../../wiring/recorder.js';
import { eitherWay } from '../../wiring/same-value.js';
import { choice, literal, unknown, type Native, type Site, type Value } from '../../wiring/value.js';
import { askedFor, settingsOf } from '../web/installed-under.js';
import type { RequestState } from '../web/web-request.js';
import { applicable, isErrorHandler, type Route } from './express-routes.js';

/** Runs what is installed in front of a route, in order. */
export function* linksInFront(
  it: Evaluator,
  route: Route,
  request: Native,
  response: Native,
): Generator<AppliedLink> {
  const state = request.state as RequestState;
  for (const link of applicable(route)) {
    if (link.params === null && isErrorHandler(link.installed.value)) continue;
    state.base = link.base;
    const settings = settingsOf(link.facts, route.facts);
    const extra = link.params === null ? [] : [unknown([`params.${link.params}`]), literal(link.params)];
    const before = settings.length > 0 ? new Map(request.members) : null;
    yield {
      ...runMiddleware(it, link.installed, request, response, extra),
      onlyWith: askedFor(settings),
    };
    if (before) onlyUnder(it, settings, request, before, link.installed.site);
  }
  state.base = route.base;
}
/** What was put on a request by what is only installed under some configuration is there under that. */
function onlyUnder(
  it: Evaluator,
  settings: readonly Fact[],
  request: Native,
  before: ReadonlyMap<string, Value>,
  site: Site,
): void {
  // What is taken out and put back would be met again.
  const now = [...request.members];
  for (const [name, value] of now) {
    const old = before.get(name);
    if (old === value) continue;
    if (old === undefined) request.members.delete(name);
    const without = old ?? memberOf(it, request, name, site);
    const either = eitherWay(without, value);
    it.journal.write(
      request.members,
      name,
      either ??
        choice([
          { value, facts: settings },
          { value: without, facts: [] },
        ]),
    );
  }
}
/**
 * A router that nothing mounts of what was followed, as one that a loader finds in its folder: it is part of an application all the
 * same, and what that asks in front of it is not seen.
 */
export function unseenInFront(it: Evaluator, { site }: Route): AppliedLink {
  const place = it.place(site);
  const told = it.stateOf('express:unseen-in-front', () => new Set<string>());
  if (!told.has(place.file))
    it.gap('nothing that was followed mounts this router: what stands in front of it is not known', place);
  told.add(place.file);
  return opaqueLink('not followed', place);
}
