import type { LibraryModel } from '../../wiring/library.js';
import { record, UNDEFINED } from '../../wiring/value.js';
import { create } from './fastify-instance.js';
import { register } from './fastify-plugins.js';

const MANIFEST = /(?:^|\/)package\.json$/;
const COMMAND = /\bfastify\s+(?:start|run)\s+([^&|;"]*)/g;
const SOURCE = /\.[cm]?[jt]sx?$/;

/** Files that scripts hand to the command; not those that it mounts below a prefix, or without a name (`FASTIFY_…`). */
function startedBy(path: string, text: string): string[] {
  const folder = path.replace(MANIFEST, '');
  return [...text.matchAll(COMMAND)].flatMap(([, given]) => {
    const words = given!.trim().split(/\s+/);
    if (words.some((word) => /^(?:-[a-zA-Z]*r|--prefix)\b/.test(word))) return [];
    const file = words.findLast((word) => SOURCE.test(word));
    return file === undefined ? [] : [[folder, file.replace(/^\.\//, '')].filter(Boolean).join('/')];
  });
}

/**
 * `fastify start app.js`: the command makes an instance, and registers what the file exports on it. Files of that kind, and what they
 * load from folders, need to import nothing of Fastify. https://github.com/fastify/fastify-cli
 */
export const fastifyCli: LibraryModel = {
  name: 'fastify-cli',
  packages: ['fastify-cli'],
  about: {
    title: 'Fastify, started by its command',
    registers: 'the plugin that `fastify start` in a script of a package names, and all that it registers',
    guards: 'as Fastify',
    answers: 'as Fastify',
    limits: 'a prefix given on the command line',
  },
  calls: {},
  isEntry: () => false,
  named: (texts) =>
    [...texts].filter(([path]) => MANIFEST.test(path)).flatMap(([path, text]) => startedBy(path, text)),
  start: (it) => {
    for (const path of it.loader.entryFiles('fastify-cli')) {
      const module = it.modules.instantiate(path);
      if (!module) continue;
      const site = { module, line: 1 };
      const instance = create(it, [], site);
      if (instance.k === 'native')
        register(it, instance, it.modules.exported(module, '*'), record([], UNDEFINED), site);
    }
  },
};
