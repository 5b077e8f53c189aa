import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryModel, type LibraryType, type Operation } from '../../wiring/library.js';
import { runLink, type Installed } from '../../wiring/middleware.js';
import {
  record,
  unknown,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { makeAction } from './next-actions.js';
import { extend, validated } from './next-safe-action.js';

interface BuilderState {
  /** Procedures that run first, in order; what each returns is the context of the next. */
  procedures: readonly Installed[];
  schema: Site | null;
  isProcedure: boolean;
}
const stateOf = (self: Native): BuilderState => self.state as BuilderState;
const makeBuilder = (it: Evaluator, state: BuilderState): Native => it.native(BUILDER, state);

const BUILDER: LibraryType = {
  name: 'action builder',
  methods: {
    input: (it, self, _args, site) => makeBuilder(it, { ...stateOf(self), schema: site }),
    handler: (it, self, [handler], site) => {
      const state = stateOf(self);
      const value = handler ?? UNDEFINED;
      return state.isProcedure
        ? it.native(PROCEDURE, [
            ...state.procedures,
            { value, site, name: 'procedure' },
          ] satisfies Installed[])
        : makeBuilt(it, state, value, site);
    },
    output: yieldsItself,
    timeout: yieldsItself,
    retry: yieldsItself,
    onError: yieldsItself,
    onStart: yieldsItself,
    onSuccess: yieldsItself,
    onComplete: yieldsItself,
    onInputParseError: yieldsItself,
    experimental_shapeError: yieldsItself,
  },
};
const PROCEDURE: LibraryType = {
  name: 'procedure',
  methods: {
    createServerAction: (it, self) =>
      makeBuilder(it, { procedures: self.state as Installed[], schema: null, isProcedure: false }),
  },
};
function makeBuilt(it: Evaluator, state: BuilderState, handler: Value, site: Site): Native {
  return makeAction(it, {
    handler,
    site,
    run: (running) => {
      const ctx = record();
      const given = (): Value =>
        record([
          ['ctx', ctx],
          ['input', unknown(['body'])],
          ['request', UNKNOWN],
        ]);
      return {
        *chain() {
          for (const installed of state.procedures)
            yield runLink(running, installed, {
              args: () => [given()],
              carries: [ctx],
              goesOn: (result) => {
                extend(running, ctx, result);
                return [];
              },
            });
          if (state.schema) yield validated(running, state.schema);
        },
        work: () => running.runHandler(handler, [given()], site),
      };
    },
  });
}
const procedure: Operation = (it, [parent]) =>
  makeBuilder(it, {
    procedures: parent?.k === 'native' && parent.type === PROCEDURE ? (parent.state as Installed[]) : [],
    schema: null,
    isProcedure: true,
  });

/** https://zsa.vercel.app */
export const zsa: LibraryModel = {
  name: 'zsa',
  packages: ['zsa'],
  about: {
    title: 'zsa',
    registers: 'what `handler` of `createServerAction` makes, where it is exported from a `use server` file',
    guards: 'procedures, with what they return as context; `input`',
    answers: 'the value returned; a throw is an error',
  },
  calls: {
    createServerAction: (it) => makeBuilder(it, { procedures: [], schema: null, isProcedure: false }),
    createServerActionProcedure: procedure,
    chainServerActionProcedures: (it, [first, second]) =>
      it.native(
        PROCEDURE,
        [first, second].flatMap((p) =>
          p?.k === 'native' && p.type === PROCEDURE ? (p.state as Installed[]) : [],
        ),
      ),
  },
};
