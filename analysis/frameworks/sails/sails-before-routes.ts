import type { Evaluator } from '../../wiring/evaluator.js';
import type { Installed } from '../../wiring/middleware.js';
import { isCallable, optionIn, stringOf, UNDEFINED } from '../../wiring/value.js';
import { configured, flat } from './sails-configuration.js';
import { fileValue, loadedFrom } from './sails-files.js';
import { sailsOf } from './sails-globals.js';

/** A function that runs in front of what is at a path or below it; in front of everything where the path is empty. */
export interface Before {
  path: string;
  installed: Installed;
}
/** What stands in front of all: functions of `config/http.js`, and routes that hooks put before the others. */
export function beforeRoutes(it: Evaluator): Before[] {
  const found: Before[] = [];
  const http = configured(it, 'http');
  const middleware = optionIn(http?.value, 'middleware');
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
    const routes = optionIn(optionIn(made, 'routes'), 'before');
    for (const [path, value] of routes?.k === 'record' ? routes.members : [])
      for (const each of flat(value)) {
        const fn = optionIn(each, 'fn') ?? each;
        if (isCallable(fn))
          found.push({
            path: path.replace(/^\w+\s+/, ''),
            installed: { value: fn, site: hook.site, name: name.split('/')[0]! },
          });
      }
  }
  return found;
}
