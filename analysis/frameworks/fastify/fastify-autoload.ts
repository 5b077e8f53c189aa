import type { Evaluator } from '../../wiring/evaluator.js';
import { memberOf } from '../../wiring/members.js';
import { literal, record, textOf, type Record_, type Site, type Value } from '../../wiring/value.js';

const CODE = /(?<!\.d)\.[cm]?[jt]sx?$/;
const IGNORED = /\.(?:test|spec)\.|^\.(?!autohooks\.)|^_{2}/;
const HOOKS = /^\.?autohooks\.[cm]?[jt]s$/;

/**
 * `@fastify/autoload`: registers every plugin below a folder, with the names of its folders as prefix, unless the plugin
 * exports one (`autoPrefix`). A folder that has an index is that plugin alone. With `autoHooks`, what `autohooks.js` of a folder
 * adds stands in front of its plugins, and of those below where it cascades. https://github.com/fastify/fastify-autoload
 */
export function autoload(
  it: Evaluator,
  options: Value,
  site: Site,
  register: (plugin: Value, options: Value, hooks: readonly Value[]) => void,
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
  const pluginAt = (path: string, prefix: string, hooks: readonly Value[]): void => {
    const module = it.modules.instantiate(path);
    if (!module) return;
    const exported = it.modules.exported(module, '*');
    const own = textOf(memberOf(it, exported, 'autoPrefix', site));
    const given: Record_ = record(shared?.k === 'record' ? [...shared.members] : []);
    given.members.set('prefix', literal(`${base ?? ''}${own ?? prefix}`));
    register(exported, given, hooks);
  };
  const hooked = is('autoHooks', false);
  const cascades = is('cascadeHooks', false);
  const overwrites = is('overwriteHooks', false);
  const hooksIn = (folder: string, above: readonly Value[]): readonly Value[] => {
    const name = hooked ? it.loader.list(folder).find((n) => HOOKS.test(n)) : undefined;
    const module = name === undefined ? null : it.modules.instantiate(`${folder}/${name}`);
    if (!module) return above;
    return [...(overwrites ? [] : above), it.modules.exported(module, '*')];
  };
  const walk = (folder: string, prefix: string, above: readonly Value[]): void => {
    const names = it.loader.list(folder).filter((n) => !IGNORED.test(n));
    const hooks = hooksIn(folder, above);
    const index = names.find((n) => /^index\.[cm]?[jt]s$/.test(n));
    const files = index ? [index] : names.filter((n) => CODE.test(n));
    for (const name of files) if (!HOOKS.test(name)) pluginAt(`${folder}/${name}`, prefix, hooks);
    for (const name of names) {
      if (CODE.test(name) || it.loader.list(`${folder}/${name}`).length === 0) continue;
      const part = parametric ? name.replace(/^_+/, ':') : name;
      walk(`${folder}/${name}`, prefixed ? `${prefix}/${part}` : prefix, cascades ? hooks : []);
    }
  };
  walk(root, '', []);
}
