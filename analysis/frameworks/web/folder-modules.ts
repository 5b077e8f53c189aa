import type { LibraryModel, Operation } from '../../wiring/library.js';
import { optionsOf, record, textOf, UNDEFINED, unknown, type Value } from '../../wiring/value.js';
import { exportedBy } from './globbed-files.js';

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
        const exported = exportedBy(it, file);
        return exported ? [[name.replace(/\.\w+$/, ''), exported]] : [];
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
