import type { Evaluator } from '../../wiring/evaluator.js';
import { optionIn, stringOf, UNDEFINED, type Site } from '../../wiring/value.js';
import type { Action, Identity } from './sails-actions.js';
import { configured } from './sails-configuration.js';
import { fileValue, loadedFrom } from './sails-files.js';
import { isWithout } from './sails-rc.js';
import type { Route } from './sails-routes.js';

/** Routes that blueprints make of models, behind explicit ones. https://sailsjs.com/documentation/concepts/blueprints */
export function blueprints(it: Evaluator, actions: ReadonlyMap<Identity, Action>): Route[] {
  if (isWithout(it, 'blueprints')) return [];
  const config = configured(it, 'blueprints')?.value;
  const setting = (name: string, fallback: boolean): boolean => {
    const value = optionIn(config, name);
    return value?.k === 'literal' ? Boolean(value.value) : fallback;
  };
  const text = (name: string): string => stringOf(optionIn(config, name) ?? UNDEFINED) ?? '';
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
