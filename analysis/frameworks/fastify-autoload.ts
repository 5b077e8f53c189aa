import type { Evaluator } from '../wiring/evaluator.js';
import { memberOf } from '../wiring/members.js';
import { literal, record, textOf, type Record_, type Site, type Value } from '../wiring/value.js';

const CODE = /(?<!\.d)\.[cm]?[jt]sx?$/;
const IGNORED = /\.(?:test|spec)\.|^\.|^_{2}/;

/**
 * `@fastify/autoload`: registers every plugin below a folder, with the names of its folders as prefix, unless the plugin
 * exports one (`autoPrefix`). A folder that has an index is that plugin alone. https://github.com/fastify/fastify-autoload
 */
export function autoload(
  it: Evaluator,
  options: Value,
  site: Site,
  register: (plugin: Value, options: Value) => void,
): void {
  const option = (name: string): Value | undefined =>
    options.k === 'record' ? options.members.get(name) : undefined;
  const dir = option('dir') ? textOf(option('dir')!) : null;
  if (dir === null || dir.includes('*')) {
    it.gap('the folder that is loaded here is not known', it.place(site));
    return;
  }
  const is = (name: string, fallback: boolean): boolean => {
    const value = option(name);
    return value?.k === 'literal' ? value.value === true : fallback;
  };
  const prefixed = is('dirNameRoutePrefix', true);
  const parametric = is('routeParams', false);
  const shared = option('options');
  const base = shared?.k === 'record' ? textOf(shared.members.get('prefix') ?? literal('')) : '';
  const root = dir.replace(/^file:\/\//, '').replace(/^\/+|\/+$/g, '');
  const pluginAt = (path: string, prefix: string): void => {
    const module = it.modules.instantiate(path);
    if (!module) return;
    const exported = it.modules.exported(module, '*');
    const own = textOf(memberOf(it, exported, 'autoPrefix', site));
    const given: Record_ = record(shared?.k === 'record' ? [...shared.members] : []);
    given.members.set('prefix', literal(`${base ?? ''}${own ?? prefix}`));
    register(exported, given);
  };
  const walk = (folder: string, prefix: string): void => {
    const names = it.loader.list(folder).filter((n) => !IGNORED.test(n));
    const index = names.find((n) => /^index\.[cm]?[jt]s$/.test(n));
    const files = index ? [index] : names.filter((n) => CODE.test(n));
    for (const name of files) if (!/^\.?autohooks\./.test(name)) pluginAt(`${folder}/${name}`, prefix);
    for (const name of names) {
      if (CODE.test(name) || it.loader.list(`${folder}/${name}`).length === 0) continue;
      const part = parametric ? name.replace(/^_+/, ':') : name;
      walk(`${folder}/${name}`, prefixed ? `${prefix}/${part}` : prefix);
    }
  };
  if (is('autoHooks', false))
    it.gap('hooks that are loaded from files (autoHooks) are not followed', it.place(site));
  walk(root, '');
}
