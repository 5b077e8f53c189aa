import { settingsPackage, type SettingsPackage } from '../protections/secret-uses.js';
import type { Expression } from '../syntax/ast.js';
import type { ModuleInstance } from '../wiring/instance.js';
import { declarationOf, declaratorsIn, importedFrom, valueIn, type Where } from './code.js';
import { headOf, typeHanded } from './handed.js';

/** A setting that is asked for by its name, of a service that a class is handed. */
export type Asked =
  | { k: 'setting'; name: string; fallback: Expression | null }
  /** One of a group that the program makes itself. */
  | { k: 'made'; value: Expression; instance: ModuleInstance };

/** `this.settings.get('KEY')`, `settings.get('KEY', 'otherwise')` */
export function askedByName(e: Expression & { k: 'call' }, at: Where): Asked | null {
  const { callee } = e;
  const [key, fallback] = e.args;
  if (callee.k !== 'member' || key?.k !== 'literal' || typeof key.value !== 'string') return null;
  const type = typeHanded(callee.object, at.instance.module);
  const of = type === null ? null : packageOf(headOf(type), at);
  if (!of || headOf(type!) !== of.service || !of.reads.includes(callee.name)) return null;
  const [group, ...path] = key.value.split('.');
  if (path.length === 1) {
    const made = groupNamed(group!, at);
    const value = made && valueIn(made.object, path[0]!);
    if (value) return { k: 'made', value, instance: made.instance };
  }
  return { k: 'setting', name: key.value, fallback: fallback && fallback.k !== 'spread' ? fallback : null };
}
/** The group of settings that `x` or `this.x` is written to be. */
export function groupHanded(e: Expression, at: Where): Made | null {
  const type = typeHanded(e, at.instance.module);
  const name = type && /<\s*typeof\s+([\w$]+)\s*>/.exec(type)?.[1];
  if (!name || packageOf(headOf(type), at)?.typeOfGroup !== headOf(type)) return null;
  return groupAt(name, at);
}
function groupAt(name: string, at: Where): Made | null {
  const declared = declarationOf(at.instance.module, name);
  if (declared) return declared.k === 'call' ? madeBy(declared, at) : null;
  const imported = importedFrom(at.it, at.instance, name);
  if (!imported) return null;
  const value = declarationOf(imported.instance.module, imported.name);
  return value?.k === 'call' ? madeBy(value, { ...at, instance: imported.instance }) : null;
}
function packageOf(local: string, { it, instance }: Where): SettingsPackage | null {
  const binding = instance.imports.get(local);
  const target = binding && it.loader.resolve(instance.path, binding.source);
  return target?.kind === 'package' ? settingsPackage(target.name) : null;
}
interface Made {
  object: Expression & { k: 'object' };
  instance: ModuleInstance;
}
/** `group('name', () => ({ … }))` */
function madeBy(e: Expression & { k: 'call' }, at: Where): Made | null {
  if (
    e.callee.k !== 'identifier' ||
    packageOf(e.callee.name, at)?.group !== at.instance.imports.get(e.callee.name)?.imported
  )
    return null;
  const make = e.args.at(-1);
  if (make?.k !== 'function') return null;
  for (const s of make.fn.body)
    if (s.k === 'return' && s.value?.k === 'object') return { object: s.value, instance: at.instance };
  return null;
}
function groupNamed(name: string, at: Where): Made | null {
  for (const instance of at.it.modules.loaded) {
    if ([...instance.imports.values()].every((b) => b.source.startsWith('.'))) continue;
    const inits = [
      ...declaratorsIn(instance.module).map((d) => d.init),
      ...instance.module.body.map((s) => (s.k === 'exportDefault' ? s.value : null)),
    ];
    for (const init of inits) {
      if (init?.k !== 'call') continue;
      const [first] = init.args;
      if (first?.k !== 'literal' || first.value !== name) continue;
      const made = madeBy(init, { ...at, instance });
      if (made) return made;
    }
  }
  return null;
}
