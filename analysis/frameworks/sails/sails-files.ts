import type { Evaluator } from '../../wiring/evaluator.js';
import type { ModuleInstance } from '../../wiring/instance.js';
import type { Site, Value } from '../../wiring/value.js';

/** A file of one of the folders that Sails loads, by what stands below it. */
export interface Loaded {
  /** `admin/UserController`, without extension. */
  name: string;
  file: string;
}
/** The files of a folder, such as `api/models`. */
export const loadedFrom = (it: Evaluator, folder: string): Loaded[] =>
  it.stateOf<Loaded[]>(`sails:${folder}`, () =>
    it.loader.entryFiles('sails').flatMap((file) => {
      const at = `/${file}`.lastIndexOf(`/${folder}/`);
      return at < 0 ? [] : [{ file, name: file.slice(at + folder.length + 1).replace(/\.[cm]?[jt]s$/, '') }];
    }),
  );
/** What a module hands out, whichever way it exports. */
export const exportsOf = (it: Evaluator, instance: ModuleInstance): Value => {
  if (instance.module.exports.length === 0) return instance.exportsValue;
  const fallback = it.modules.exported(instance, 'default');
  return fallback.k === 'literal' ? it.modules.exported(instance, '*') : fallback;
};
/** What the module of a file exports, with where that stands. */
export function fileValue(it: Evaluator, file: string): { value: Value; site: Site } | null {
  const instance = it.modules.instantiate(file);
  if (!instance) return null;
  const value = exportsOf(it, instance);
  const line = value.k === 'function' && value.module === instance ? value.fn.line : 1;
  return { value, site: { module: instance, line } };
}
const plain = (name: string): string => name.replace(/[-_]/g, '').toLowerCase();
/** The file of a folder that a name stands for: Sails writes some with dashes, and names them in camel case. */
export const fileNamed = (it: Evaluator, folder: string, name: string): Loaded | undefined =>
  loadedFrom(it, folder).find((f) => plain(f.name) === plain(name));
