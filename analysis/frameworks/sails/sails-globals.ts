import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType } from '../../wiring/library.js';
import {
  builtin,
  isCallable,
  literal,
  promise,
  record,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { fileNamed, fileValue, loadedFrom } from './sails-files.js';

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
/** `sails`, the application itself. */
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
