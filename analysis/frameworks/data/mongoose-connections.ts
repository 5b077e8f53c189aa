import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType } from '../../wiring/library.js';
import { promise, UNDEFINED, UNKNOWN, type Native } from '../../wiring/value.js';
import { define } from './mongoose-define.js';
import { models } from './mongoose-models.js';

const CONNECTION: LibraryType = {
  name: 'mongoose connection',
  methods: {
    model: (it, _self, [name, schema]) => define(it, name, schema),
    useDb: (_it, self) => self,
    asPromise: (_it, self) => promise(self),
    startSession: () => promise(UNKNOWN),
    transaction: (it, _self, [work], site) => (work ? it.call(work, [UNKNOWN], UNDEFINED, site) : UNKNOWN),
  },
  get: (it, _self, name) => (name === 'models' ? makeRegister(it) : null),
};
const REGISTER: LibraryType = {
  name: 'mongoose models',
  methods: {},
  get: (it, _self, name) => models(it).get(name) ?? UNDEFINED,
};
/** What `createConnection` yields, and `mongoose.connection` is. */
export const makeConnection = (it: Evaluator): Native => it.native(CONNECTION, null);
/** `mongoose.models.Boat || mongoose.model('Boat', schema)`: nothing where it is asked for first. */
export const makeRegister = (it: Evaluator): Native => it.native(REGISTER, null);
