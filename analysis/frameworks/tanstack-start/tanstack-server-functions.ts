import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType, Operation } from '../../wiring/library.js';
import { variableOf } from '../../wiring/naming.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { optionIn, record, UNDEFINED, unknown, type Native } from '../../wiring/value.js';
import { untilRedirect } from '../web/leaving.js';
import { begin, builtOf, STEPS } from './tanstack-builders.js';
import { globalMiddleware } from './tanstack-global-middleware.js';
import { handFor, runAll, validate } from './tanstack-middleware.js';

const functions = (it: Evaluator): Native[] => it.stateOf<Native[]>('tanstack-start', () => []);
const BEGUN: LibraryType = {
  name: 'server function',
  methods: {
    ...STEPS,
    handler: (it, self, [work], site) => {
      const made = it.native(FINISHED, { ...builtOf(self), work: work ?? null, site });
      functions(it).push(made);
      return made;
    },
  },
};
/** A finished server function: called on the server it runs in place, behind its own middleware. */
const FINISHED: LibraryType = {
  name: 'server function',
  methods: {},
  call: (it, self, [options], site) => {
    const { work } = builtOf(self);
    const data = optionIn(options, 'data') ?? UNDEFINED;
    return work ? it.call(work, [record([['data', data]], unknown())], UNDEFINED, site) : unknown();
  },
};
/** `createServerFn()`: what is given to `handler` may be called from outside. */
export const createServerFn: Operation = begin(BEGUN);

/** Finds the entry points that server functions are. */
export function observeFunctions(it: Evaluator): void {
  for (const fn of functions(it)) it.attempt(it.place(builtOf(fn).site), () => observeFunction(it, fn));
}
function observeFunction(it: Evaluator, fn: Native): void {
  const { middleware, validator, work, site } = builtOf(fn);
  if (!work) return;
  const hand = handFor(it, null, null);
  const global = globalMiddleware(it);
  observeEntryPoint(it, {
    framework: 'tanstack-start',
    trigger: { kind: 'rpc', name: variableOf(fn, site) ?? 'anonymous' },
    registration: site,
    handler: work,
    chain: () => runAll(it, [...global.requests, ...global.functions, ...middleware], hand),
    work: () => {
      if (validator) validate(it, validator, hand, site);
      const given = record(
        [
          ['data', hand.data],
          ['context', hand.context],
        ],
        unknown(['request']),
      );
      return untilRedirect(it, () => it.runHandler(work, [given], site));
    },
  });
}
