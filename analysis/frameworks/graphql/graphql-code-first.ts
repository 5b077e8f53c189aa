import { opaqueLink } from '../../wiring/recorder.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { membersOf } from '../../wiring/globals.js';
import type { LibraryType, Operation } from '../../wiring/library.js';
import {
  isCallable,
  literal,
  optionIn,
  record,
  textOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { makeSchema, type Field, type FieldCall } from './graphql-schema.js';
import { readSdl, type SdlFields } from './graphql-sdl.js';
import { sdl } from './graphql-written.js';

/** `new GraphQLObjectType(options)`; fields may be made by a function, so that types can name each other. */
interface ObjectType {
  options: Value;
  site: Site;
  fields: [string, Value][] | null;
}
const OBJECT: LibraryType = {
  name: 'graphql type',
  methods: { getFields: (it, self) => record(fieldsIn(it, self)) },
  get: (_it, self, name) => (name === 'name' ? literal(nameOf(self)) : null),
};
const nameOf = (type: Native): string =>
  textOf(optionIn((type.state as ObjectType).options, 'name') ?? UNDEFINED, '*') ?? '?';
function fieldsIn(it: Evaluator, type: Native): [string, Value][] {
  const state = type.state as ObjectType;
  if (state.fields) return state.fields;
  state.fields = [];
  const given = optionIn(state.options, 'fields') ?? UNDEFINED;
  const results: Value[] = [];
  it.attempt(it.place(state.site), () => {
    it.withBudget(TYPE_STEPS, () => {
      it.quietly(
        () => void results.push(isCallable(given) ? it.call(given, [], UNDEFINED, state.site) : given),
      );
    });
  });
  const { pairs, open } = membersOf(it, results[0]);
  if (open || results.length === 0)
    it.gap(`some fields of \`${nameOf(type)}\` could not be followed`, it.place(state.site));
  state.fields = pairs;
  return pairs;
}
const TYPE_STEPS = 60_000;
const object: Operation = (it, [options], site) =>
  it.native(OBJECT, { options: options ?? UNDEFINED, site, fields: null } satisfies ObjectType);
const typesIn = (it: Evaluator, value: Value | undefined): Native[] => {
  const given =
    value && isCallable(value) && value.k === 'function'
      ? it.call(value, [], UNDEFINED, { module: value.module, line: value.fn.line })
      : value;
  return given?.k === 'native' && given.type === OBJECT
    ? [given]
    : given?.k === 'list'
      ? given.elements.flatMap((e) => typesIn(it, e))
      : given?.k === 'choice'
        ? given.options.flatMap((o) => typesIn(it, o.value))
        : [];
};
/** What graphql-relay makes: its function gets the input, the context and what is known of the query. */
const RELAYED = '*relayed*';
function* fieldsOf(
  it: Evaluator,
  roots: readonly [string, Value | undefined][],
  types: Value | undefined,
  site: Site,
): Generator<Field> {
  const seen = new Map<Native, string>();
  for (const [name, root] of roots) {
    const [type] = typesIn(it, root);
    if (type) seen.set(type, name);
    else if (root && root.k !== 'literal')
      it.gap(`the fields of \`${name}\` could not be followed`, it.place(site));
  }
  for (const type of typesIn(it, types)) seen.set(type, nameOf(type));
  for (const [type, typeName] of seen) {
    const own = (type.state as ObjectType).site;
    for (const [name, field] of fieldsIn(it, type)) {
      for (const next of [
        ...typesIn(it, optionIn(field, 'type')),
        ...typesIn(it, optionIn((type.state as ObjectType).options, 'interfaces')),
      ])
        if (!seen.has(next)) seen.set(next, nameOf(next));
      const callable = (member: string): Value | null => {
        const value = optionIn(field, member);
        return value && isCallable(value) ? value : null;
      };
      const relayed = callable(RELAYED);
      const full = `${typeName}.${name}`;
      if (field.k === 'unknown' && /^(?:Query|Mutation|Subscription)$/.test(typeName))
        yield {
          name: full,
          resolve: null,
          site: own,
          chain: () => [opaqueLink('not followed', it.place(own))],
        };
      const [resolve, subscribe] = [relayed ?? callable('resolve'), callable('subscribe')];
      if (!resolve && !subscribe) continue;
      yield {
        name: full,
        resolve,
        subscribe,
        site: own,
        ...(relayed ? { given: ({ args, context, info }: FieldCall) => [args, context, info] } : {}),
      };
    }
  }
}
const schema: Operation = (it, [options], site) =>
  makeSchema(it, {
    framework: 'graphql',
    site,
    fields: () =>
      fieldsOf(
        it,
        [
          ['Query', optionIn(options, 'query')],
          ['Mutation', optionIn(options, 'mutation')],
          ['Subscription', optionIn(options, 'subscription')],
        ],
        optionIn(options, 'types'),
        site,
      ),
  });

/** Functions of `rootValue`, by the schema that they answer for. */
const rootValues = (it: Evaluator): Map<Native, { value: Value; kind: string | null }[]> =>
  it.stateOf('graphql:roots', () => new Map<Native, { value: Value; kind: string | null }[]>());
/** A server's `rootValue`, or `roots` by kind of operation, beside a schema that is only text. */
export function answersFrom(it: Evaluator, schemas: readonly Native[], options: Value | undefined): void {
  const roots = optionIn(options, 'roots');
  const given = [
    { value: optionIn(options, 'rootValue'), kind: null },
    ...['query', 'mutation', 'subscription'].map((kind) => ({ value: optionIn(roots, kind), kind })),
  ];
  for (const each of schemas)
    for (const { value, kind } of given)
      if (value) rootValues(it).set(each, [...(rootValues(it).get(each) ?? []), { value, kind }]);
}
/** `buildSchema(text)`: its root fields are what a server's `rootValue` has under their names. */
const build: Operation = (it, [text], site) => {
  const own: SdlFields = new Map();
  const known = text ? textOf(text, ' ') : null;
  if (known !== null) {
    readSdl(known, null, own);
    readSdl(known, null, sdl(it));
  } else it.gap('the text of this schema could not be followed', it.place(site));
  const made: Native = makeSchema(it, {
    framework: 'graphql',
    site,
    *fields() {
      for (const { type, name } of own.values()) {
        if (!/^(?:Query|Mutation|Subscription)$/.test(type)) continue;
        for (const { value, kind } of rootValues(it).get(made) ?? []) {
          const resolve =
            kind === null || kind === type.toLowerCase()
              ? membersOf(it, value).pairs.find(([member]) => member === name)?.[1]
              : undefined;
          if (resolve && isCallable(resolve))
            yield {
              name: `${type}.${name}`,
              resolve,
              site,
              given: ({ args, context, info }) => [args, context, info],
            };
        }
      }
    },
  });
  return made;
};
const inner: Operation = (_it, [type]) => type ?? UNKNOWN;

/** https://www.graphql-js.org/docs/constructing-types/ */
export const CODE_FIRST: Readonly<Record<string, Operation>> = {
  GraphQLObjectType: object,
  GraphQLInterfaceType: object,
  GraphQLSchema: schema,
  GraphQLNonNull: inner,
  GraphQLList: inner,
  buildSchema: build,
  mutationWithClientMutationId: (_it, [options]) =>
    record([
      ['type', UNKNOWN],
      [RELAYED, optionIn(options, 'mutateAndGetPayload') ?? UNKNOWN],
    ]),
  subscriptionWithClientId: (_it, [options]) =>
    record([
      ['type', UNKNOWN],
      ['subscribe', optionIn(options, 'subscribe') ?? UNKNOWN],
    ]),
  connectionDefinitions: (_it, [options]) =>
    record([
      ['connectionType', optionIn(options, 'nodeType') ?? UNKNOWN],
      ['edgeType', UNKNOWN],
    ]),
};
