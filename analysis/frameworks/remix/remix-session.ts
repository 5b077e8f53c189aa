import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType } from '../../wiring/library.js';
import { saysWhose } from '../../wiring/members.js';
import { stringOf, UNDEFINED, unknown, type Native } from '../../wiring/value.js';

/** A session that a cookie carries, sealed by the server. */
const SESSION: LibraryType = {
  name: 'session',
  methods: {
    get: (_it, self, [key]) => {
      const name = key ? stringOf(key) : null;
      const assigned = name === null ? undefined : self.members.get(name);
      return assigned ?? unknown([name !== null && saysWhose(name) ? 'identity' : `session.${name ?? '*'}`]);
    },
    has: (it, self, args, site) => SESSION.methods['get']!(it, self, args, site),
    set: (it, _self, [key], site) => {
      const name = key ? stringOf(key) : null;
      if (name !== null && saysWhose(name)) it.recorder?.act(it, 'session-set', 'session', site);
      return UNDEFINED;
    },
    unset: () => UNDEFINED,
    flash: () => UNDEFINED,
  },
  sources: () => ['session'],
  get: (_it, _self, name) => (name === 'data' ? unknown(['session']) : null),
};
export const makeSession = (it: Evaluator): Native => it.native(SESSION, null);
