import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryModel, type LibraryType, type Method } from '../../wiring/library.js';
import { runLink, type Installed } from '../../wiring/middleware.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { atom } from '../../wiring/tests.js';
import {
  isCallable,
  record,
  unknown,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Record_,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { leave } from '../web/leaving.js';
import { makeAction } from './next-actions.js';

interface ClientState {
  middleware: readonly Installed[];
  /** Where the shape of its input was said. */
  schema: Site | null;
  metadata: Value;
}
const stateOf = (self: Native): ClientState => self.state as ClientState;
const extended =
  (change: (self: ClientState, args: readonly Value[], site: Site) => Partial<ClientState>): Method =>
  (it, self, args, site) =>
    it.native(CLIENT, { ...stateOf(self), ...change(stateOf(self), args, site) } satisfies ClientState);
const installed = (value: Value | undefined, site: Site): Installed => ({
  value: value ?? UNDEFINED,
  site,
  ...(value?.k === 'function' && value.fn.name === null && !value.madeBy && { name: 'middleware' }),
});
const withSchema = extended((_state, _args, site) => ({ schema: site }));

const build: Method = (it, self, [handler], site) =>
  makeBuilt(it, stateOf(self), handler ?? UNDEFINED, site, false);
const CLIENT: LibraryType = {
  name: 'action client',
  methods: {
    use: extended((state, [value], site) => ({
      middleware: [...state.middleware, installed(value, site)],
    })),
    useValidated: extended((state, [value], site) => ({
      middleware: [...state.middleware, installed(value, site)],
    })),
    metadata: extended((_state, [metadata]) => ({ metadata: metadata ?? UNKNOWN })),
    schema: withSchema,
    inputSchema: withSchema,
    outputSchema: yieldsItself,
    bindArgsSchemas: yieldsItself,
    clone: yieldsItself,
    action: build,
    stateAction: build,
  },
  // Until version 6 the client itself is called: `action(schema, async (input, context) => …)`.
  call: (it, self, args, site) =>
    makeBuilt(
      it,
      { ...stateOf(self), schema: args.length > 1 ? site : null },
      args.find((a) => isCallable(a) && a !== args[0]) ?? args.at(-1) ?? UNDEFINED,
      site,
      true,
    ),
};
/** The context of one call: what middleware gave to `next({ ctx })`. */
function makeBuilt(it: Evaluator, client: ClientState, handler: Value, site: Site, isPlain: boolean): Native {
  return makeAction(it, {
    handler,
    site,
    run: (running) => {
      const ctx = record();
      const input = unknown(['body']);
      const given = {
        ctx,
        metadata: client.metadata,
        clientInput: input,
        parsedInput: input,
        bindArgsParsedInputs: input,
        bindArgsClientInputs: input,
      };
      return {
        *chain() {
          for (const installed of client.middleware) yield runActionMiddleware(running, installed, given);
          if (client.schema) yield validated(running, client.schema);
        },
        work: () =>
          running.runHandler(
            handler,
            isPlain ? [input, ctx] : [record(Object.entries(given)), UNKNOWN],
            site,
          ),
      };
    },
  });
}
const runActionMiddleware = (
  it: Evaluator,
  installed: Installed,
  given: Readonly<Record<string, Value>> & { ctx: Record_ },
): AppliedLink =>
  runLink(it, installed, {
    args: (next) => [record([...Object.entries(given), ['next', next]])],
    carries: [given.ctx],
    onNext: ([options]) => {
      const more = options?.k === 'record' ? options.members.get('ctx') : undefined;
      if (more) extend(it, given.ctx, more);
      return null;
    },
  });
/** Adds what a middleware hands on to the context. */
export function extend(it: Evaluator, context: Record_, more: Value): void {
  if (more.k === 'record') {
    for (const [name, value] of more.members) it.journal.write(context.members, name, value);
    if (more.open) context.open = more.open;
  } else if (more.k === 'choice') for (const option of more.options) extend(it, context, option.value);
  else if (more.k === 'promise') extend(it, context, more.value);
}
/** An input that does not have the shape that was asked for never arrives. */
export function validated(it: Evaluator, site: Site): AppliedLink {
  const fact = atom(it, 'verified', ['body'], site, {
    known: { protection: 'validation', library: 'schema', arguments: [] },
    refusal: { how: 'return', status: 400 },
  });
  it.facts = [...it.facts, fact];
  return {
    name: 'schema',
    arguments: [],
    place: it.place(site),
    definition: null,
    facts: [fact],
    opaque: false,
  };
}

/** https://next-safe-action.dev */
export const nextSafeAction: LibraryModel = {
  name: 'next-safe-action',
  packages: ['next-safe-action'],
  about: {
    title: 'next-safe-action',
    registers:
      'what is exported from a `use server` file: `action`, `stateAction`, and calls of the client before version 7',
    guards: '`use`, in order, with what it hands on in `next({ ctx })`; `schema`, `inputSchema`',
    answers: 'the value returned; a throw is an error',
  },
  calls: {
    // It is called so, and throws: https://next-safe-action.dev/docs/define-actions/returning-validation-errors
    returnValidationErrors: leave(422),
    'createMiddleware.().define': (_it, [middleware]) => middleware ?? UNDEFINED,
    createSafeActionClient: (it, [options], site) => {
      const middleware = options?.k === 'record' ? options.members.get('middleware') : undefined;
      return it.native(CLIENT, {
        middleware: middleware
          ? [{ value: middlewareReturning(it, middleware, site), site, name: 'middleware' }]
          : [],
        schema: null,
        metadata: UNKNOWN,
      } satisfies ClientState);
    },
  },
};
/** Before version 7 a client has one middleware, which returns the context. */
function middlewareReturning(it: Evaluator, middleware: Value, site: Site): Value {
  return {
    k: 'builtin',
    name: 'middleware',
    call: ([given]) => {
      const context = it.awaiting(it.call(middleware, [unknown(['body'])], UNDEFINED, site));
      const next = given?.k === 'record' ? given.members.get('next') : undefined;
      return next ? it.call(next, [record([['ctx', context]])], UNDEFINED, site) : UNDEFINED;
    },
  };
}
