import {
  yieldsItself,
  type LibraryModel,
  type LibraryType,
  type Method,
  type Operation,
} from '../../wiring/library.js';
import { textOf, unknown } from '../../wiring/value.js';

/** A setting by its name, as far as that is known. */
const read: Method = (_it, _self, [name]) => {
  const text = name && textOf(name);
  return unknown([`config:${text && !text.includes('*') ? text : '?'}`]);
};
const READS = ['get', 'getOrThrow', 'required', 'has'];
/** All settings of a program: the same for every request. */
const SETTINGS: LibraryType = {
  name: 'settings',
  methods: {
    ...Object.fromEntries(READS.map((name) => [name, read])),
    // These say where settings are read from, and yield the settings.
    argv: yieldsItself,
    env: yieldsItself,
    file: yieldsItself,
    defaults: yieldsItself,
    use: yieldsItself,
    add: yieldsItself,
    load: yieldsItself,
    loadFile: yieldsItself,
    validate: yieldsItself,
    from: yieldsItself,
  },
  call: yieldsItself,
  // What reads a setting by its name is none; `config.env` is one, whatever else is called so.
  get: (_it, _self, name) =>
    READS.includes(name)
      ? null
      : unknown([name === '*index*' || name === '*elements*' ? 'config:?' : `config:${name}`]),
};
/** Settings that are described by a schema are made by a function, which is told where they are read from. */
const made: Operation = (it) => it.native(SETTINGS, null);
/** `env('PORT')`: https://github.com/expatfile/next-runtime-env */
const named: Operation = (it, args, site) => read(it, it.native(SETTINGS, null), args, site)!;
const DESCRIBED = ['@t3-oss/env-core', '@t3-oss/env-nextjs', '@t3-oss/env-nuxt', 'envalid', 'envsafe', 'znv'];
/**
 * What a program is started with, read by a library from files and from the environment.
 * https://github.com/node-config/node-config, https://github.com/indexzero/nconf, https://github.com/mozilla/node-convict,
 * https://github.com/evanshortiss/env-var, https://github.com/dominictarr/rc, and by what holds them against a schema first:
 * https://env.t3.gg, https://github.com/af/envalid, https://github.com/KATT/envsafe, https://github.com/lostfictions/znv
 */
export const settings: LibraryModel = {
  name: 'settings',
  packages: ['config', 'nconf', 'convict', 'env-var', 'rc', 'next-runtime-env', ...DESCRIBED],
  about: {
    title: 'config, nconf, convict, env-var, rc, next-runtime-env, T3 Env, envalid, envsafe, znv',
    registers: 'nothing',
    guards:
      'what the request brings, compared with a setting, is checked; a check that a setting turns off is conditional',
    answers: '',
  },
  calls: { '': made, env: named, createEnv: made, cleanEnv: made, envsafe: made, parseEnv: made },
  member: (it, path) => (path.length === 0 ? it.native(SETTINGS, null) : null),
};
