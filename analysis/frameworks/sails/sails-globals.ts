import type { Evaluator } from '../../wiring/evaluator.js';
import type { ModuleInstance } from '../../wiring/instance.js';
import type { LibraryType } from '../../wiring/library.js';
import { IDENTITY_NAME, memberOf } from '../../wiring/members.js';
import {
  builtin,
  isCallable,
  isNullish,
  literal,
  promise,
  record,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { REQUEST, RESPONSE, type RequestState } from '../web/web-request.js';

/** A file of one of the folders that Sails loads, by what stands below it. */
export interface Loaded {
  /** `admin/UserController`, without extension. */
  name: string;
  file: string;
}
export const loadedFrom = (it: Evaluator, folder: string): Loaded[] =>
  it.stateOf<Loaded[]>(`sails:${folder}`, () =>
    it.loader.entryFiles('sails').flatMap((file) => {
      const at = `/${file}`.lastIndexOf(`/${folder}/`);
      return at < 0 ? [] : [{ file, name: file.slice(at + folder.length + 1).replace(/\.[cm]?[jt]s$/, '') }];
    }),
  );
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
export const plain = (name: string): string => name.replace(/[-_]/g, '').toLowerCase();
export const fileNamed = (it: Evaluator, folder: string, name: string): Loaded | undefined =>
  loadedFrom(it, folder).find((f) => plain(f.name) === plain(name));

/** What a helper answers: intercepting its errors changes nothing of what holds when it is done. */
const ANSWER: LibraryType = {
  name: 'helper answer',
  methods: {
    intercept: (_it, self) => self,
    meta: (_it, self) => self,
    timeout: (_it, self) => self,
    retry: (_it, self) => self,
    tolerate: (it, self) => {
      let value = UNKNOWN as Value;
      it.aside(() => {
        value = it.awaiting(self.state as Value);
      });
      return promise(value);
    },
    exec: (it, self, args, site) => {
      it.handToUnknown(args, [], site);
      return UNDEFINED;
    },
    now: (it, self) => it.awaiting(self.state as Value),
  },
  awaited: (it, self) => it.awaiting(self.state as Value),
};
/** https://sailsjs.com/documentation/concepts/helpers: `sails.helpers.users.isOwner(user, project)` */
const HELPERS: LibraryType = {
  name: 'helpers',
  methods: {
    with: (it, self, [inputs], site) => callHelper(it, self.state as string, inputs ?? record(), site),
  },
  get: (it, self, name) =>
    name in HELPERS.methods
      ? null
      : it.native(HELPERS, (self.state as string) === '' ? name : `${self.state as string}/${name}`),
  call: (it, self, args, site) => {
    const found = fileNamed(it, 'api/helpers', self.state as string);
    const machine = found ? fileValue(it, found.file)?.value : null;
    const inputs = machine?.k === 'record' ? machine.members.get('inputs') : undefined;
    const names = inputs?.k === 'record' ? [...inputs.members.keys()] : [];
    const given = names.flatMap((name, i): [string, Value][] => (args[i] ? [[name, args[i]!]] : []));
    return callHelper(it, self.state as string, record(given), site);
  },
};
function callHelper(it: Evaluator, path: string, inputs: Value, site: Site): Value {
  const found = fileNamed(it, 'api/helpers', path);
  const machine = found ? fileValue(it, found.file)?.value : null;
  if (machine?.k !== 'record') return unknown();
  const fn = machine.members.get('fn');
  if (!fn || !isCallable(fn)) return unknown();
  const exits = it.native(EXITS, null);
  const result = it.call(fn, [inputs, exits], record([['sails', sailsOf(it)]], UNKNOWN), site);
  const sync = machine.members.get('sync');
  if (sync?.k === 'literal' && sync.value === true) return result;
  return it.native(ANSWER, result.k === 'promise' ? result : promise(result));
}
/** `exits.success(value)` of a machine that answers by calling. */
const EXITS: LibraryType = {
  name: 'exits',
  methods: {},
  get: (it, _self, name) =>
    builtin(name, ([value]) =>
      name === 'success' ? (value ?? UNDEFINED) : it.throw(record([[name, value ?? literal(true)]])),
    ),
};
const CONFIG: LibraryType = {
  name: 'configuration',
  methods: {},
  get: (_it, _self, name) => unknown([`config:${name}`]),
};
const SAILS: LibraryType = {
  name: 'sails',
  methods: {
    on: (_it, self) => self,
    after: (_it, self) => self,
    lift: () => UNDEFINED,
    load: () => UNDEFINED,
  },
  get: (it, _self, name) =>
    name === 'helpers'
      ? it.native(HELPERS, '')
      : name === 'config'
        ? it.native(CONFIG, null)
        : name === 'services'
          ? record([], UNKNOWN)
          : name === 'models'
            ? record([], UNKNOWN)
            : null,
};
export const sailsOf = (it: Evaluator): Value =>
  it.stateOf<Value>('sails:itself', () => it.native(SAILS, null));

/** `sails`, models and services are globals under the names of their files; so is lodash. */
export function globalNamed(it: Evaluator, name: string): Value | null {
  if (it.loader.entryFiles('sails').length === 0) return null;
  if (name === 'sails') return sailsOf(it);
  if (name === '_') return it.modules.externalMember('lodash', []);
  const model = loadedFrom(it, 'api/models').find((f) => f.name === name);
  const service = model ?? loadedFrom(it, 'api/services').find((f) => f.name.split('/').at(-1) === name);
  if (!service) return null;
  return it.stateOf<Value>(`sails:global:${name}`, () => {
    const value = fileValue(it, service.file)?.value ?? UNKNOWN;
    // Waterline puts its methods beside what the file itself has.
    return model && value.k === 'record' ? { ...value, open: value.open ?? UNKNOWN } : value;
  });
}

/** By convention of the ecosystem, what is put into the request under such a name is who the caller is. */
const SAILS_REQUEST: LibraryType = {
  ...REQUEST,
  methods: {
    ...REQUEST.methods,
    allParams: () => unknown(['body']),
    param: (it, self, args, site) => REQUEST.methods['param']!(it, self, args, site),
    setLocale: () => UNDEFINED,
  },
  set: (it, self, name, value) => {
    if (!IDENTITY_NAME.test(name) || isNullish(value)) return false;
    it.journal.write(self.members, name, unknown(['identity']));
    return true;
  },
  get: (it, self, name, site) =>
    name in SAILS_REQUEST.methods ? (self.members.get(name) ?? null) : REQUEST.get!(it, self, name, site),
};
/** https://sailsjs.com/documentation/reference/response-res */
export const STATUS: Readonly<Record<string, number>> = {
  ok: 200,
  created: 201,
  badRequest: 400,
  unauthorized: 401,
  forbidden: 403,
  notFound: 404,
  serverError: 500,
  negotiate: 500,
};
const SAILS_RESPONSE: LibraryType = {
  ...RESPONSE,
  methods: {
    ...RESPONSE.methods,
    view: (it, self, args, site) => RESPONSE.methods['render']!(it, self, args, site),
  },
  get: (it, self, name, site) => {
    const own = fileNamed(it, 'api/responses', name);
    const respond = own ? fileValue(it, own.file)?.value : null;
    if (respond && isCallable(respond)) {
      const context = record(
        [
          ['res', self],
          ['req', (self.state as { request: Value }).request],
        ],
        UNKNOWN,
      );
      return builtin(name, (args, _self, at) => it.call(respond, args, context, at));
    }
    const status = Object.hasOwn(STATUS, name) ? STATUS[name]! : null;
    if (status === null) return RESPONSE.get!(it, self, name, site);
    return builtin(name, (args, _self, at) => {
      RESPONSE.methods['status']!(it, self, [literal(status)], at);
      return RESPONSE.methods['send']!(it, self, args, at);
    });
  },
};
export function makeExchange(it: Evaluator, state: RequestState): { request: Native; response: Native } {
  const request = it.native(SAILS_REQUEST, state);
  const response = it.native(SAILS_RESPONSE, { request });
  request.members.set('res', response);
  response.members.set('req', request);
  return { request, response };
}
/** The exits of an action: which answer each one gives. https://sailsjs.com/documentation/concepts/actions-and-controllers */
export function exitsOf(it: Evaluator, action: Value, response: Native): Value {
  const declared = action.k === 'record' ? action.members.get('exits') : undefined;
  return it.native(
    {
      name: 'exits',
      methods: {},
      get: (_it, _self, name) =>
        builtin(name, (args, _s, at) => {
          const exit = declared?.k === 'record' ? declared.members.get(name) : undefined;
          const type = exit?.k === 'record' ? exit.members.get('responseType') : undefined;
          const code = exit?.k === 'record' ? exit.members.get('statusCode') : undefined;
          const respond =
            type?.k === 'literal' && typeof type.value === 'string'
              ? memberOf(it, response, type.value, at)
              : null;
          if (respond && isCallable(respond)) return it.call(respond, args, UNDEFINED, at);
          RESPONSE.methods['status']!(it, response, [code ?? literal(name === 'success' ? 200 : 500)], at);
          return RESPONSE.methods['send']!(it, response, args, at);
        }),
    },
    null,
  );
}
