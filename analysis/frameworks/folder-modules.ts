import { memberOf } from '../wiring/members.js';
import type { LibraryModel, Operation } from '../wiring/library.js';
import { isNullish, optionsOf, record, textOf, UNDEFINED, unknown, type Value } from '../wiring/value.js';

/** What the modules of a folder export, by the names of their files; folders inside are objects. */
const load: Operation = (it, [options], site) => {
  const dir =
    options?.k === 'record' ? (options.members.get('dirname') ?? UNDEFINED) : (options ?? UNDEFINED);
  const path = optionsOf(dir)
    .map((o) => textOf(o.value))
    .find((text) => text !== null && !text.includes('*'));
  if (path === undefined || path === null) {
    it.gap('the folder that is loaded here is not known', it.place(site));
    return unknown();
  }
  const walk = (folder: string): Value =>
    record(
      it.loader.list(folder).flatMap((name): [string, Value][] => {
        const file = `${folder}/${name}`;
        if (it.loader.list(file).length > 0) return [[name, walk(file)]];
        const instance = /\.[cm]?[jt]s$/.test(name) ? it.modules.instantiate(file) : null;
        if (!instance) return [];
        const exported =
          instance.module.exports.length > 0 ? it.modules.exported(instance, '*') : instance.exportsValue;
        const fallback =
          exported.k === 'native' || exported.k === 'record'
            ? memberOf(it, exported, 'default', site)
            : UNDEFINED;
        return [[name.replace(/\.\w+$/, ''), isNullish(fallback) ? exported : fallback]];
      }),
    );
  return walk(path.replace(/^\/+|\/+$/g, ''));
};
/** Packages that load every module of a folder. */
export const folderModules: LibraryModel = {
  name: 'folder-modules',
  packages: ['auto-load', 'require-all', 'include-all', 'require-directory', 'require-dir'],
  calls: { '': load },
};
