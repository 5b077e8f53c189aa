import type { LibraryModel, LibraryType, Method } from '../wiring/library.js';
import { textOf, unknown } from '../wiring/value.js';

/** A setting by its name, as far as that is known. */
const read: Method = (_it, _self, [name]) => {
  const text = name && textOf(name);
  return unknown([`config:${text && !text.includes('*') ? text : '?'}`]);
};
const itself: Method = (_it, self) => self;
/** All settings of a program: the same for every request. */
const SETTINGS: LibraryType = {
  name: 'settings',
  methods: {
    get: read,
    getOrThrow: read,
    required: read,
    has: read,
    // These say where settings are read from, and yield the settings.
    argv: itself,
    env: itself,
    file: itself,
    defaults: itself,
    use: itself,
    add: itself,
    load: itself,
    loadFile: itself,
    validate: itself,
    from: itself,
  },
  call: itself,
  get: (_it, _self, name) =>
    unknown([name === '*index*' || name === '*elements*' ? 'config:?' : `config:${name}`]),
};
/**
 * What a program is started with, read by a library from files and from the environment.
 * https://github.com/node-config/node-config, https://github.com/indexzero/nconf, https://github.com/mozilla/node-convict,
 * https://github.com/evanshortiss/env-var, https://github.com/dominictarr/rc
 */
export const settings: LibraryModel = {
  name: 'settings',
  packages: ['config', 'nconf', 'convict', 'env-var', 'rc'],
  about: {
    title: 'config, nconf, convict, env-var, rc',
    registers: 'nothing',
    guards:
      'what the request brings, compared with a setting, is checked; a check that a setting turns off is conditional',
    answers: '',
  },
  calls: {},
  member: (it, path) => (path.length === 0 ? it.native(SETTINGS, null) : null),
};
