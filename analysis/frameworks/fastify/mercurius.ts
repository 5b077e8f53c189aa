import type { Evaluator } from '../../wiring/evaluator.js';
import { membersOf } from '../../wiring/globals.js';
import type { LibraryModel, LibraryType } from '../../wiring/library.js';
import { callableName } from '../../wiring/naming.js';
import { outcomes } from '../../wiring/tests.js';
import {
  builtin,
  isCallable,
  list,
  listed,
  literal,
  optionIn,
  record,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Record_,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { stateOf, type Route } from './fastify-contexts.js';
import { isError, testLink } from '../graphql/graphql-layers.js';
import {
  makeSchema,
  schemasIn,
  stateOfSchema,
  type Field,
  type FieldCall,
  type Layer,
} from '../graphql/graphql-schema.js';
import { directivesFor, type SdlDirective } from '../graphql/graphql-sdl.js';
import { serve, type Serving } from '../graphql/graphql-serving.js';
import { fieldsOf, readTypeDefs, sdl } from '../graphql/graphql-written.js';
import { joinPaths } from '../web/paths.js';

/** `app.graphql`: a schema that grows, and what serves it. */
interface Graphql {
  /** Its own, of text and functions, and those that it is given. */
  schemas: Native[];
  resolvers: Value[];
  loaders: { value: Value; site: Site }[];
  http: Serving;
  socket: Serving | null;
}
/** https://mercurius.dev/#/docs/api/options */
const GRAPHQL: LibraryType = {
  name: 'app.graphql',
  methods: {
    addHook: (_it, self, [stage, value], site) => {
      const { http, socket } = self.state as Graphql;
      const name = stage ? stringOf(stage) : null;
      const own = { value: value ?? UNKNOWN, site, name: value ? callableName(value) : 'hook' };
      const hook = own.name === 'anonymous' ? { ...own, name: name ?? 'hook' } : own;
      if (/^pre(?:Parsing|Validation|Execution)$/.test(name ?? '')) http.hooks.push(hook);
      else if (name?.startsWith('preSubscription')) socket?.hooks.push(hook);
      return UNDEFINED;
    },
    extendSchema: (it, _self, [text]) => {
      readTypeDefs(it, text);
      return UNDEFINED;
    },
    defineResolvers: (_it, self, [resolvers]) => {
      if (resolvers) (self.state as Graphql).resolvers.push(resolvers);
      return UNDEFINED;
    },
    defineLoaders: (_it, self, [value], site) => {
      if (value) (self.state as Graphql).loaders.push({ value, site });
      return UNDEFINED;
    },
    replaceSchema: (_it, self, [schema]) => {
      const { schemas, http, socket } = self.state as Graphql;
      for (const each of schemasIn(schema)) {
        stateOfSchema(each).isServed = true;
        schemas.push(each);
        for (const serving of [http, socket]) if (serving) serving.schemas = [...serving.schemas, each];
      }
      return UNDEFINED;
    },
  },
};
/** Fields of loaders: called with all that are asked for at once, and the context. */
function* loaded(it: Evaluator, { value, site }: { value: Value; site: Site }): Generator<Field> {
  for (const [type, fields] of membersOf(it, value).pairs)
    for (const [name, each] of membersOf(it, fields).pairs) {
      const resolve = each.k === 'record' ? each.members.get('loader') : each;
      if (!resolve || !isCallable(resolve)) continue;
      const given = ({ context }: FieldCall): Value[] => {
        const one = record([
          ['obj', unknown(['parent'])],
          ['params', unknown(['body'])],
        ]);
        return [list([], one), context];
      };
      const declared = sdl(it).get(`${type}.${name}`);
      yield {
        name: `${type}.${name}`,
        resolve,
        site,
        place: declared?.place ?? undefined,
        directives: declared ? directivesFor(declared, sdl(it)) : [],
        given,
      };
    }
}
const route = (
  method: string,
  path: string,
  handler: Value,
  options: Value,
  isSocket: boolean,
  site: Site,
): Route => ({
  method,
  path,
  handler,
  options,
  isSocket,
  site,
});
/** `app.register(mercurius, options)` */
export function mercuriusPlugin(it: Evaluator, self: Native, options: Value, site: Site): void {
  const resolvers = optionIn(options, 'resolvers');
  const loaders = optionIn(options, 'loaders');
  const given = optionIn(options, 'schema');
  const state: Pick<Graphql, 'resolvers' | 'loaders'> = {
    resolvers: resolvers ? [resolvers] : [],
    loaders: loaders ? [{ value: loaders, site }] : [],
  };
  readTypeDefs(it, given);
  const schema = makeSchema(it, {
    framework: 'mercurius',
    site,
    *fields() {
      for (const each of state.resolvers) yield* fieldsOf(it, each, site);
      for (const each of state.loaders) yield* loaded(it, each);
    },
  });
  const schemas = [schema, ...schemasIn(given)];
  const context = optionIn(options, 'context') ?? UNDEFINED;
  const handler = serve(it, schemas, context, site, { given: 'exchange' });
  const { routes, prefix, decorators } = stateOf(self);
  const own = textOf(optionIn(options, 'path') ?? literal('/graphql')) ?? '/graphql';
  const inner = optionIn(options, 'prefix');
  const path = joinPaths(joinPaths(prefix ?? '', (inner && textOf(inner)) ?? ''), own);
  const isOff = optionIn(options, 'routes');
  const more = optionIn(options, 'additionalRouteOptions') ?? UNDEFINED;
  if (!(isOff?.k === 'literal' && !isOff.value)) routes.push(route('POST', path, handler, more, false, site));
  const subscription = optionIn(options, 'subscription');
  let socket: Native | null = null;
  if (subscription && !(subscription.k === 'literal' && !subscription.value)) {
    const onConnect = optionIn(subscription, 'verifyClient') ?? optionIn(subscription, 'onConnect') ?? null;
    const made = optionIn(subscription, 'context') ?? UNDEFINED;
    socket = serve(it, schemas, made, site, { socket: { path, onConnect } });
    routes.push(route('GET', path, socket, more, true, site));
  }
  const graphql: Graphql = {
    schemas,
    ...state,
    http: handler.state as Serving,
    socket: socket ? (socket.state as Serving) : null,
  };
  decorators.set('graphql', it.native(GRAPHQL, graphql));
}

/** A directive as graphql-js parses it: what policies read. */
function astOf({ name, args }: SdlDirective): Value {
  const node = (value: unknown): Record_ =>
    record([
      ['kind', UNKNOWN],
      ['value', literal(Array.isArray(value) ? String(value) : (value as string))],
      ['values', list(Array.isArray(value) ? value.map(node) : [])],
    ]);
  const named = (value: string): Record_ => record([['value', literal(value)]]);
  return record(
    [
      ['name', record([['value', literal(name)]])],
      [
        'arguments',
        list(
          Object.entries(args).map(([key, value]) =>
            record([
              ['name', named(key)],
              ['value', node(value)],
            ]),
          ),
        ),
      ],
    ],
    UNKNOWN,
  );
}
/** `app.register(mercuriusAuth, options)`. https://github.com/mercurius-js/auth/blob/main/docs/api/options.md */
export function mercuriusAuth(it: Evaluator, self: Native, options: Value, site: Site): void {
  const graphql = stateOf(self).decorators.get('graphql');
  if (graphql?.k !== 'native' || graphql.type !== GRAPHQL) {
    it.gap('the schema that this plugin protects could not be followed', it.place(site));
    return;
  }
  const { schemas, http } = graphql.state as Graphql;
  const make = optionIn(options, 'authContext');
  if (make && isCallable(make))
    http.hooks.push({
      name: 'authContext',
      site,
      value: builtin('authContext', ([, , context]) => {
        const made = it.awaiting(it.call(make, [context ?? UNKNOWN], UNDEFINED, site));
        if (context) it.assignTo(context, 'auth', made, site);
        return UNDEFINED;
      }),
    });
  const apply = optionIn(options, 'applyPolicy');
  const directive = stringOf(optionIn(options, 'authDirective') ?? UNDEFINED);
  const policies = optionIn(options, 'policy');
  const isExternal = stringOf(optionIn(options, 'mode') ?? UNDEFINED) === 'external';
  const layer: Layer = {
    map: (_it, field) => ({
      ...field,
      directives: (field.directives ?? []).filter((d) => isExternal || d.name !== directive),
    }),
    *links(_it, field, { parent, args, context, info }) {
      const [type, name] = field.name.split('.') as [string, string];
      const ofType = optionIn(policies, type);
      const declared = sdl(it).get(field.name);
      const found = isExternal
        ? [optionIn(ofType, '__typePolicy'), optionIn(ofType, name)].flatMap((p) => (p ? [...listed(p)] : []))
        : (declared ? directivesFor(declared, sdl(it)) : (field.directives ?? []))
            .filter((d) => d.name === directive)
            .map(astOf);
      for (const policy of found)
        yield testLink(it, isExternal ? 'applyPolicy' : `@${directive}`, site, 403, () => {
          if (!apply) return [];
          const result = it.runHandler(apply, [policy, parent, args, context, info], site);
          return outcomes(it, withoutErrors(result), site).whenTrue;
        });
    },
  };
  for (const schema of schemas) {
    const state = stateOfSchema(schema);
    state.layers = [...state.layers, layer];
  }
}
/** An error that a policy yields refuses, as `false` does. */
const withoutErrors = (value: Value): Value =>
  value.k === 'choice'
    ? { k: 'choice', options: value.options.map((o) => ({ ...o, value: withoutErrors(o.value) })) }
    : isError(value) || (value.k === 'record' && value.members.has('message'))
      ? literal(false)
      : value;

/** Plugins of Fastify, which registers them. https://mercurius.dev */
export const mercurius: LibraryModel = {
  name: 'mercurius',
  packages: ['mercurius', 'mercurius-auth', '@mercuriusjs/federation'],
  about: {
    title: 'Mercurius',
    registers:
      '`register(mercurius, { schema, resolvers, loaders })`, `graphql.defineResolvers`, `defineLoaders`, `replaceSchema`: each field with a function; the WebSocket of `subscription`',
    guards:
      'hooks of Fastify around the endpoint and `additionalRouteOptions`; `preParsing`, `preValidation` and `preExecution` of `graphql.addHook`; the function that makes the context; mercurius-auth by what `applyPolicy` does with the directive or the external policy, after `authContext`; `onConnect`, `verifyClient`',
    answers: 'by returning; errors that are thrown or that a policy yields',
    limits: 'gateways; mercurius-validation; `outputPolicyErrors`',
  },
  calls: {},
  finish: () => {},
};
