import type { Evaluator } from '../../wiring/evaluator.js';
import type { Installed } from '../../wiring/middleware.js';
import { stringOf, UNKNOWN, type Site, type Value } from '../../wiring/value.js';
import { identityOf, type Identity } from './sails-actions.js';
import { configModule, configured, flat } from './sails-configuration.js';
import { fileNamed, fileValue } from './sails-files.js';

/**
 * The policies of an action: those of the most specific key that fits alone, none where that says true; null where it
 * says false, so that nobody gets there. https://sailsjs.com/documentation/concepts/policies
 */
export function policiesOf(it: Evaluator, identity: Identity): Installed[] | null {
  const config = configured(it, 'policies');
  if (!config) {
    const instance = configModule(it, 'policies');
    return instance ? [{ value: UNKNOWN, site: { module: instance, line: 1 }, name: 'policies' }] : [];
  }
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
/** A policy by its name, which is that of its file. */
export function policyNamed(it: Evaluator, name: string, site: Site): Installed {
  const file = fileNamed(it, 'api/policies', name);
  return { value: (file ? fileValue(it, file.file)?.value : null) ?? UNKNOWN, site, name };
}
