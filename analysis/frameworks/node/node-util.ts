import type { LibraryModel, Operation } from '../../wiring/library.js';
import { promiseBy } from '../../wiring/promises.js';
import {
  builtin,
  isCallable,
  isNullish,
  NULL,
  optionsOf,
  promise,
  sourcesOf,
  UNDEFINED,
  unknown,
  type Value,
} from '../../wiring/value.js';

/** What is called back with an error goes wrong; with none, or with what is one on some ways only, it goes on. */
const isError = (value: Value): boolean =>
  optionsOf(value).every(
    ({ value: v }) => !isNullish(v) && (v.k === 'record' || (v.k === 'unknown' && v.isTruthy === true)),
  );
/** `promisify(read)`: is not called yet; when it is, it is the promise of what it calls back with. */
const promisify: Operation = (it, [fn = UNDEFINED]) =>
  fn.k !== 'function' && fn.k !== 'external'
    ? unknown(sourcesOf(fn), { wraps: isCallable(fn) ? [fn] : null })
    : builtin('promisified', (args, self, site) => {
        let returned = UNDEFINED as Value;
        let isCalledBack = false;
        const made = promiseBy(it, (resolve, reject) => {
          const back = builtin('callback', ([error = UNDEFINED, value = UNDEFINED]) => {
            isCalledBack = true;
            const [settle, outcome] = isError(error) ? [reject, error] : [resolve, value];
            return it.call(settle, [outcome], UNDEFINED, site);
          });
          returned = it.call(fn, [...args, back], self, site);
        });
        // What a library's function does is known when it is called, whether it is seen to call back or not.
        if (fn.k === 'external' && !isCalledBack)
          return returned.k === 'promise' ? returned : promise(returned);
        return isCalledBack || returned.k !== 'promise' ? made : returned;
      });
/** `callbackify(load)`: calls back with what an asynchronous function comes to. */
const callbackify: Operation = (it, [fn = UNDEFINED]) =>
  builtin('callbackified', (args, self, site) => {
    const back = args.at(-1);
    if (!back || !isCallable(back)) return it.call(fn, args, self, site);
    const value = it.awaiting(it.call(fn, args.slice(0, -1), self, site));
    return it.call(back, [NULL, value], UNDEFINED, site);
  });
/**
 * `util`, and libraries that do the same: functions that are made into functions of another kind. They are called when those
 * are, and not while they are being made.
 */
export const nodeUtil: LibraryModel = {
  name: 'node-util',
  packages: ['util', 'bluebird', 'es6-promisify'],
  calls: { promisify, callbackify, deprecate: (it, [fn]) => fn ?? UNDEFINED },
};
