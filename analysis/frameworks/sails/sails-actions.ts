import type { Evaluator } from '../../wiring/evaluator.js';
import { ownSite } from '../../wiring/own-site.js';
import { isCallable, optionIn, UNDEFINED, type Site, type Value } from '../../wiring/value.js';
import { fileValue, loadedFrom } from './sails-files.js';

/** `user/login`, in lower case, as routes and policies name it. */
export type Identity = string;
/** A function, or a machine with `inputs`, `exits` and `fn`. */
export interface Action {
  value: Value;
  self: Value;
  site: Site;
}
/** `UserController.login`, `user.login` and `user/login` are one. */
export const identityOf = (text: string): Identity =>
  text
    .replace(/Controller(?=[./]|$)/, '')
    .replaceAll('.', '/')
    .toLowerCase();
/** Actions of files and of classic controllers. */
export function actionsOf(it: Evaluator): Map<Identity, Action> {
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
      if (isCallable(action) || optionIn(action, 'fn'))
        actions.set(`${identityOf(name)}/${key.toLowerCase()}`, {
          value: action,
          self: value,
          site: ownSite(action, site),
        });
  }
  return actions;
}
