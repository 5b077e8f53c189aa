import type { LibraryModel, Operation } from '../../wiring/library.js';
import { builtin, UNDEFINED, unknown, type Value } from '../../wiring/value.js';

/**
 * `passport.authenticate(strategy, callback)`: with a callback of its own the caller decides what to do with somebody
 * who is not known; without one it answers 401 by itself.
 */
const authenticate: Operation = (it, args, site) => {
  const callback = args.find((a): a is Value => a.k === 'function');
  if (!callback)
    return unknown([], { origin: { k: 'external', package: 'passport', path: ['authenticate', '()'] } });
  return builtin('authenticate', () => {
    it.aside(
      () =>
        void it.awaiting(
          it.call(callback, [unknown(['error']), unknown(['identity']), unknown(['error'])], UNDEFINED, site),
        ),
    );
    return UNDEFINED;
  });
};
export const passport: LibraryModel = {
  name: 'passport',
  packages: ['passport', 'koa-passport'],
  about: {
    title: 'Passport',
    registers: 'nothing',
    guards: '`authenticate`, with and without a callback of its own',
    answers: 'by itself: 401',
  },
  calls: { authenticate },
};
