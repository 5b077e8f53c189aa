import { opaqueLink } from '../../wiring/recorder.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { membersOf } from '../../wiring/globals.js';
import type { Operation } from '../../wiring/library.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import {
  isCallable,
  listed,
  optionIn,
  record,
  textOf,
  unknown,
  UNKNOWN,
  type Native,
  type Record_,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { visitors } from './graphql-directives.js';
import { ROOTS } from './graphql-observe.js';
import { makeSchema, type Field } from './graphql-schema.js';
import { directivesFor, readSdl, type SdlFields } from './graphql-sdl.js';

export const sdl = (it: Evaluator): SdlFields => it.stateOf<SdlFields>('graphql:sdl', () => new Map());

export const merge: Operation = (it, [given]) => {
  const all = record();
  for (const each of listed(given)) mergeInto(it, all, each);
  if (given?.k !== 'list' || given.open) all.open = UNKNOWN;
  return all;
};
/** Resolvers of one type may stand in several objects, or modules. */
function mergeInto(it: Evaluator, target: Record_, source: Value): void {
  for (const [name, value] of membersOf(it, source).pairs) {
    const had = target.members.get(name);
    if (had?.k === 'record' && value.k === 'record') mergeInto(it, had, value);
    else
      target.members.set(name, value.k === 'record' ? { ...value, members: new Map(value.members) } : value);
  }
}
/** Takes down the schema text of `gql` and of what is given as `typeDefs`. */
export const gql: Operation = (it, [text]) => {
  const known = text ? textOf(text, ' ') : null;
  if (known !== null) readSdl(known, null, sdl(it));
  return unknown();
};
export function readTypeDefs(it: Evaluator, value: Value | undefined): void {
  for (const each of listed(value)) {
    const text = each.k === 'list' ? null : textOf(each, ' ');
    if (each.k === 'list') readTypeDefs(it, each);
    else if (text !== null) readSdl(text, null, sdl(it));
  }
}
/** Functions of a resolver map: a field's own, or those of an object that has `resolve` or `subscribe`. */
export function* fieldsOf(it: Evaluator, resolvers: Value, site: Site): Generator<Field> {
  const all = resolvers.k === 'list' ? merge(it, [resolvers], site) : resolvers;
  const { pairs, open } = membersOf(it, all);
  if (open) it.gap('some resolvers of this schema could not be followed', it.place(site));
  const callable = (value: Value | undefined): Value | null => (value && isCallable(value) ? value : null);
  for (const [type, fields] of pairs)
    for (const [field, value] of membersOf(it, fields).pairs) {
      const resolve = callable(value.k === 'record' ? value.members.get('resolve') : value);
      const subscribe = callable(optionIn(value, 'subscribe'));
      if (field.startsWith('__') || (!resolve && !subscribe)) continue;
      const name = `${type}.${field}`;
      const declared = sdl(it).get(name);
      yield {
        name,
        resolve,
        subscribe,
        site,
        place: declared?.place ?? undefined,
        directives: declared ? directivesFor(declared, sdl(it)) : [],
      };
    }
}

/** A schema that is written down, with functions beside it. */
interface Written {
  options: Value;
  site: Site;
  schema: Native;
}
export const written = (it: Evaluator): Written[] => it.stateOf<Written[]>('graphql', () => []);
export function write(it: Evaluator, options: Value, site: Site): Native {
  // What is made in a function that several call is one.
  const again = written(it).find((w) => w.site.module === site.module && w.site.line === site.line);
  if (again) again.options = options;
  if (again) return again.schema;
  const classes = optionIn(options, 'schemaDirectives');
  const one: Written = {
    options,
    site,
    schema: makeSchema(it, {
      framework: 'graphql',
      site,
      fields: () => {
        const resolvers = optionIn(one.options, 'resolvers');
        return resolvers ? fieldsOf(it, resolvers, site) : [];
      },
      layers: classes ? [visitors(classes, site)] : [],
    }),
  };
  written(it).push(one);
  return one.schema;
}
/** Whether the schema files that were read belong to no program in particular. */
export const foreign = (it: Evaluator): { isForeign: boolean } =>
  it.stateOf('graphql:foreign', () => ({ isForeign: false }));
/** Fields of the root types that a schema file declares and whose resolver was not found: there, all unknown. */
export function observeUnresolved(it: Evaluator, found: ReadonlySet<string>, { site }: Written): void {
  const missing = [...sdl(it)].flatMap(([name, { type, place }]) =>
    ROOTS.includes(type) && place !== null && !found.has(name) ? [{ name, place }] : [],
  );
  if (missing[0]) {
    const more = missing.length > 1 ? ` (and of ${missing.length - 1} more fields)` : '';
    it.gap(`the resolver of \`${missing[0].name}\` was not found${more}`, missing[0].place);
  }
  for (const { name, place } of missing) {
    observeEntryPoint(it, {
      framework: 'graphql',
      trigger: { kind: 'graphql', name },
      registration: site,
      place,
      handler: null,
      chain: () => [opaqueLink('not followed', place)],
      work: () => {},
    });
  }
}
