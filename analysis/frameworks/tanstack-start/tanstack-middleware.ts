import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType, Operation } from '../../wiring/library.js';
import { runLink } from '../../wiring/middleware.js';
import { variableOf } from '../../wiring/naming.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { atom } from '../../wiring/tests.js';
import {
  isCallable,
  isNullish,
  optionIn,
  promise,
  record,
  UNDEFINED,
  unknown,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { makeContext } from '../web/context.js';
import { makeFetchRequest } from '../web/fetch-api.js';
import { begin, builtOf, extend, STEPS } from './tanstack-builders.js';

const MIDDLEWARE: LibraryType = {
  name: 'middleware',
  methods: { ...STEPS, server: (it, self, [work]) => extend(it, self, { work: work ?? null }) },
};
/** `createMiddleware()`: what is given to `server` runs. */
export const createMiddleware: Operation = begin(MIDDLEWARE);

/** What goes through middleware to the handler: a context that they add to, and what was sent. */
export interface Hand {
  context: Native;
  data: Value;
  request: Native;
}
/** What the first of them gets. */
export const handFor = (it: Evaluator, method: string | null, path: string | null): Hand => ({
  context: makeContext(it),
  data: unknown(['body']),
  request: makeFetchRequest(it, { method, path }),
});
/** Runs middleware; what it gives to `next({ context })` is in the context of what follows. */
export function* runAll(it: Evaluator, all: readonly Value[], hand: Hand): Iterable<AppliedLink> {
  const done = new Set<Native>();
  for (const value of flatten(all)) {
    const { work, site, validator } = builtOf(value);
    if (done.has(value) || !work) continue;
    done.add(value);
    if (validator) validate(it, validator, hand, site);
    yield runLink(
      it,
      { value: work, site, name: variableOf(value, site) ?? 'middleware' },
      {
        args: (next) => [
          record(
            [
              ['next', next],
              ['context', hand.context],
              ['data', hand.data],
              ['request', hand.request],
            ],
            unknown(['request']),
          ),
        ],
        carries: [hand.context],
        yields: promise(record([['context', hand.context]], unknown())),
        onNext: ([options]) => {
          const given = optionIn(options, 'context');
          if (given?.k === 'record')
            for (const [name, member] of given.members) it.journal.write(hand.context.members, name, member);
          return null;
        },
      },
    );
  }
}
/** Middleware in the order in which it runs: what it depends on comes before it. */
const flatten = (all: readonly Value[]): Native[] =>
  all.flatMap((value) =>
    value.k === 'native' && value.type === MIDDLEWARE ? [...flatten(builtOf(value).middleware), value] : [],
  );
/** Holds what was sent against a validator, and goes on with what that yields. */
export function validate(it: Evaluator, validator: Value, hand: Hand, site: Site): void {
  if (isCallable(validator)) {
    const result = it.awaiting(it.call(validator, [unknown(['body'])], UNDEFINED, site));
    hand.data = isNullish(result) ? hand.data : result;
  } else
    it.learn([
      atom(it, 'verified', ['body'], site, {
        known: { protection: 'validation', library: '@tanstack/react-start', arguments: [] },
      }),
    ]);
}
