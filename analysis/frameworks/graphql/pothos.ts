import type { Evaluator } from '../../wiring/evaluator.js';
import { membersOf } from '../../wiring/globals.js';
import type { LibraryModel, LibraryType, Method } from '../../wiring/library.js';
import { opaqueLink, type AppliedLink } from '../../wiring/recorder.js';
import {
  builtin,
  isCallable,
  optionIn,
  record,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { knownLink } from './graphql-layers.js';
import { makeSchema, namesOf, type Field, type FieldCall } from './graphql-schema.js';
import { scopeLink } from './pothos-scopes.js';

/** `new SchemaBuilder(options)` */
interface Builder {
  options: Value;
  site: Site;
  types: Map<string, TypeState>;
  /** Functions that make fields, run when all wiring has been. */
  waiting: { type: string; one: string | null; make: Value; site: Site }[];
}
interface TypeState {
  options: Value;
  site: Site;
}
/** `t.field(options)`, as it was called. */
interface Made {
  method: string;
  options: Value;
  site: Site;
  /** `t.withAuth(scopes)` */
  scopes: Value | null;
}
const builders = (it: Evaluator): Native[] => it.stateOf<Native[]>('pothos', () => []);
const stateOf = (builder: Native): Builder => builder.state as Builder;

/** What refers to a type: `objectRef('Sloop')`, `objectType(…)`. */
const REF: LibraryType = {
  name: 'type reference',
  methods: {
    implement: (it, self, [options], site) => {
      const { builder, name } = self.state as { builder: Native; name: string };
      define(builder, name, options ?? UNDEFINED, site);
      return self;
    },
    validate: (it, self) => {
      self.members.set('*validated*', UNKNOWN);
      return self;
    },
  },
};
const refTo = (it: Evaluator, builder: Native, name: string): Native => it.native(REF, { builder, name });
function nameOf(it: Evaluator, type: Value | undefined, options: Value): string {
  const own = stringOf(optionIn(options, 'name') ?? UNDEFINED);
  if (own) return own;
  if (type?.k === 'native' && type.type === REF) return (type.state as { name: string }).name;
  if (type?.k === 'class') return type.node.name ?? '?';
  return (type && (textOf(type) ?? namesOf(it).get(type))) ?? '?';
}
function define(builder: Native, name: string, options: Value, site: Site): void {
  const { types, waiting } = stateOf(builder);
  if (!types.has(name)) types.set(name, { options, site });
  const fields = optionIn(options, 'fields');
  if (fields) waiting.push({ type: name, one: null, make: fields, site });
}
const root =
  (type: string): Method =>
  (it, self, [options], site) => {
    define(self, type, options ?? UNDEFINED, site);
    return refTo(it, self, type);
  };
const rootFields =
  (type: string): Method =>
  (it, self, [make], site) => {
    if (make) stateOf(self).waiting.push({ type, one: null, make, site });
    return refTo(it, self, type);
  };
const rootField =
  (type: string): Method =>
  (it, self, [name, make], site) => {
    const one = (name && textOf(name, '*')) ?? '?';
    if (make) stateOf(self).waiting.push({ type, one, make, site });
    return refTo(it, self, type);
  };
const object: Method = (it, self, [type, options], site) => {
  const name = nameOf(it, type, options ?? UNDEFINED);
  define(self, name, options ?? UNDEFINED, site);
  return refTo(it, self, name);
};
const fieldsOfType: Method = (it, self, [type, make], site) => {
  if (make) stateOf(self).waiting.push({ type: nameOf(it, type, UNDEFINED), one: null, make, site });
  return type ?? UNKNOWN;
};
const fieldOfType: Method = (it, self, [type, name, make], site) => {
  const one = (name && textOf(name, '*')) ?? '?';
  if (make) stateOf(self).waiting.push({ type: nameOf(it, type, UNDEFINED), one, make, site });
  return type ?? UNKNOWN;
};
/** Input types, enumerations and the like: they have no resolvers; what is checked of them counts for arguments. */
const input: Method = (it, self, [name, options]) => {
  const ref = refTo(it, self, (name && textOf(name)) ?? '?');
  const made = optionIn(options, 'fields');
  if (optionIn(options, 'validate')) ref.members.set('*validated*', UNKNOWN);
  else if (made && isCallable(made)) ref.members.set('*fields*', made);
  return ref;
};
/** https://pothos-graphql.dev/docs/api/schema-builder */
const BUILDER: LibraryType = {
  name: 'schema builder',
  methods: {
    queryType: root('Query'),
    mutationType: root('Mutation'),
    subscriptionType: root('Subscription'),
    queryFields: rootFields('Query'),
    mutationFields: rootFields('Mutation'),
    subscriptionFields: rootFields('Subscription'),
    queryField: rootField('Query'),
    mutationField: rootField('Mutation'),
    subscriptionField: rootField('Subscription'),
    relayMutationField: (it, self, [name, , options], site) => {
      const one = (name && textOf(name, '*')) ?? '?';
      const made = it.native(FIELD, {
        method: 'field',
        options: options ?? UNDEFINED,
        site,
        scopes: null,
      } satisfies Made);
      stateOf(self).waiting.push({ type: 'Mutation', one, make: builtin('field', () => made), site });
      return UNKNOWN;
    },
    inputType: input,
    inputRef: input,
    toSchema: (it, self, [options], site) => toSchema(it, self, options, site),
    toSubGraphSchema: (it, self, [options], site) => toSchema(it, self, options, site),
  },
  get: (it, self, name) => {
    if (BUILDER.methods[name] || self.members.has(name)) return null;
    const as = (method: Method): Value => builtin(name, (args, _self, site) => method(it, self, args, site));
    if (/(?:Object|Interface|Node)Fields$|^(?:object|interface)Fields$/.test(name)) return as(fieldsOfType);
    if (/(?:Object|Interface|Node)Field$|^(?:object|interface)Field$/.test(name)) return as(fieldOfType);
    if (name.endsWith('Ref'))
      return as((_i, b, [type, options]) => refTo(it, b, nameOf(it, type, options ?? UNDEFINED)));
    if (/(?:Object|Interface|Node)$|^(?:object|interface)Type$|^(?:node|interface|object)$/.test(name))
      return as(object);
    return null;
  },
};
/** `t` in functions that make fields: each of its methods makes one. */
const FIELDS: LibraryType = {
  name: 'field builder',
  methods: {},
  get: (it, self, name) => {
    const scopes = self.state as Value | null;
    if (name === 'arg') return it.native(ARGUMENT, null);
    if (name === 'withAuth') return builtin(name, ([given]) => it.native(FIELDS, given ?? null));
    if (name === 'validate') return builtin(name, ([args]) => checked(it, args));
    if (/^(?:list|nonNull|listRef|nullable)$/.test(name)) return builtin(name, ([type]) => type ?? UNKNOWN);
    return builtin(name, (args, _self, site) =>
      it.native(FIELD, {
        method: name,
        options: args.findLast((a) => a.k === 'record') ?? UNDEFINED,
        site,
        scopes,
      } satisfies Made),
    );
  },
};
const FIELD: LibraryType = { name: 'field', methods: {} };
/** `t.arg(…)`, `t.arg.string(…)` */
const ARGUMENT: LibraryType = {
  name: 'argument',
  methods: { validate: (it, self) => checked(it, self) },
  get: (_it, self, name) =>
    name === 'validate' ? null : builtin(name, (args, _s, site) => ARGUMENT.call!(_it, self, args, site)),
  call: (it, _self, args) => {
    const options = args.findLast((a) => a.k === 'record');
    const type = optionIn(options, 'type');
    return optionIn(options, 'validate') || (type && isChecked(it, type))
      ? checked(it, undefined)
      : it.native(ARGUMENT, null);
  },
};
function checked(it: Evaluator, value: Value | undefined): Value {
  const made = it.native(REF, { name: '?' });
  made.members.set('*validated*', value ?? UNKNOWN);
  return made;
}
function isChecked(it: Evaluator, value: Value, depth = 0): boolean {
  if (value.k === 'list') return value.elements.some((e) => isChecked(it, e, depth));
  if (value.k === 'record') return [...value.members.values()].some((m) => isChecked(it, m, depth));
  if (value.k !== 'native' || value.type !== REF) return false;
  if (value.members.has('*validated*')) return true;
  const make = value.members.get('*fields*');
  if (!make || depth > 3) return false;
  let found = false;
  it.aside(() => {
    const site = it.modules.somewhere;
    const fields = it.call(make, [it.native(ARGUMENT, null)], UNDEFINED, site);
    found = isChecked(it, fields, depth + 1);
  });
  return found;
}

/** Whether a plugin is among those of the builder; where they cannot be seen, it may be. */
function hasPlugin(options: Value, name: RegExp): boolean {
  const plugins = optionIn(options, 'plugins');
  if (plugins?.k !== 'list') return plugins !== undefined || options.k !== 'record';
  return (
    plugins.open !== null ||
    plugins.elements.some((p) => {
      const origin = p.k === 'external' ? p : p.k === 'unknown' ? p.origin : null;
      return origin ? name.test(origin.package) : p.k === 'unknown' || name.test(stringOf(p) ?? '');
    })
  );
}
const isTrue = (value: Value | undefined): boolean => value?.k === 'literal' && value.value === true;

/** Scopes of the type of a field, and of the interfaces that it implements, unless the field or the type skips them. */
function scopesOfType(
  it: Evaluator,
  builder: Native,
  name: string,
  { options }: Made,
): { value: Value; site: Site }[] {
  const { types } = stateOf(builder);
  const type = types.get(name);
  const scopes = (of: TypeState | undefined): { value: Value; site: Site }[] => {
    const value = optionIn(of?.options, 'authScopes');
    return of && value ? [{ value, site: of.site }] : [];
  };
  const own = isTrue(optionIn(options, 'skipTypeScopes')) ? [] : scopes(type);
  const skips = [options, type?.options].some((o) => isTrue(optionIn(o, 'skipInterfaceScopes')));
  const interfaces = skips ? undefined : optionIn(type?.options, 'interfaces');
  const inherited = interfaces?.k === 'list' ? interfaces.elements : [];
  return [...own, ...inherited.flatMap((i) => scopes(types.get(nameOf(it, i, UNDEFINED))))];
}
function fieldOf(
  it: Evaluator,
  builder: Native,
  name: string,
  made: Made,
  ignoresScopes: boolean,
): Field | null {
  const { options } = stateOf(builder);
  const { method, site } = made;
  const callable = (of: string): Value | null => {
    const value = optionIn(made.options, of);
    return value && isCallable(value) ? value : null;
  };
  const own = callable('resolve') ?? callable('load');
  const subscribe = callable('subscribe');
  if (!own && !subscribe) return null;
  const [typeName] = name.split('.') as [string];
  const settings = optionIn(options, 'scopeAuth') ?? optionIn(options, 'scopeAuthOptions');
  return {
    name,
    // Scopes stand in front of what is made of an event, where nothing says otherwise.
    resolve: own ?? builtin('event', () => UNKNOWN),
    subscribe,
    site,
    guardsSubscribe: isTrue(optionIn(settings, 'authorizeOnSubscribe')),
    given: ({ parent, args, context, info }: FieldCall) =>
      /^(?:prisma|drizzle)/.test(method)
        ? [record([], UNKNOWN), parent, args, context, info]
        : method.endsWith('WithInput')
          ? [parent, record([['input', args]], UNKNOWN), context, info]
          : method.startsWith('loadable') && !callable('resolve')
            ? [unknown(['body']), context]
            : [parent, args, context, info],
    *chain(_it, call): Iterable<AppliedLink> {
      const forType = scopesOfType(it, builder, typeName, made);
      const forField = [made.scopes, optionIn(made.options, 'authScopes')];
      const { parent, args, context, info } = call;
      if (!ignoresScopes && hasPlugin(options, /scope-?auth/i)) {
        for (const { value, site: at } of forType)
          yield scopeLink(it, options, { value, site: at, given: [parent, context] }, call);
        for (const value of forField)
          if (value && !(value.k === 'literal' && !value.value))
            yield scopeLink(it, options, { value, site, given: [parent, args, context, info] }, call);
      }
      const validate = optionIn(made.options, 'validate');
      const given = optionIn(made.options, 'args') ?? optionIn(made.options, 'input');
      if ((validate || (given && isChecked(it, given))) && hasPlugin(options, /validation|zod/i))
        yield knownLink(it, 'validate', 'validation', site);
    },
  };
}
function* fieldsOf(it: Evaluator, builder: Native, ignoresScopes: boolean): Generator<Field> {
  const { waiting } = stateOf(builder);
  for (const { type, one, make, site } of waiting) {
    const results: Value[] = [];
    it.attempt(it.place(site), () => {
      it.withBudget(FIELD_STEPS, () => {
        it.quietly(
          () =>
            void results.push(
              isCallable(make) ? it.call(make, [it.native(FIELDS, null)], UNDEFINED, site) : make,
            ),
        );
      });
    });
    const [result] = results;
    const { pairs, open } =
      one === null ? membersOf(it, result) : { pairs: [[one, result ?? UNKNOWN] as const], open: null };
    if (open || !result) it.gap(`some fields of \`${type}\` could not be followed`, it.place(site));
    for (const [name, value] of pairs) {
      const field =
        value.k === 'native' && value.type === FIELD
          ? fieldOf(it, builder, `${type}.${name}`, value.state as Made, ignoresScopes)
          : null;
      if (field) yield field;
      // Made in a way that is not known: there, with nothing known of it.
      else if (value.k !== 'native' && /^(?:Query|Mutation|Subscription)$/.test(type))
        yield {
          name: `${type}.${name}`,
          resolve: null,
          site,
          chain: () => [opaqueLink('not followed', it.place(site))],
        };
    }
  }
}
const FIELD_STEPS = 60_000;
function toSchema(it: Evaluator, builder: Native, options: Value | undefined, site: Site): Native {
  const known = builder.members.get('*schema*');
  if (known?.k === 'native') return known;
  const schema = makeSchema(it, {
    framework: 'pothos',
    site,
    fields: () => fieldsOf(it, builder, isTrue(optionIn(options, 'disableScopeAuth'))),
  });
  builder.members.set('*schema*', schema);
  return schema;
}

/** https://pothos-graphql.dev */
export const pothos: LibraryModel = {
  name: 'pothos',
  packages: ['@pothos/core', '@giraphql/core'],
  about: {
    title: 'Pothos',
    registers:
      '`queryType`, `queryField(s)` and those of mutations and subscriptions, `objectType`, `prismaObject` and the like, `relayMutationField`: each field with a resolver, of builders that `toSchema` is called of',
    guards:
      '`authScopes` of types and fields, maps with `$any` and `$all` and functions, by what the scopes of the builder do; `withAuth`, `skipTypeScopes`, `authorizeOnSubscribe`; `validate` of the validation plugins',
    answers: 'by returning; errors that are thrown',
    limits:
      '`$granted` makes a field opaque; `runScopesOnType`; `node` and `nodes` of the Relay plugin, fields without a resolver',
  },
  calls: {
    '': (it, [options], site) => {
      const builder = it.native(BUILDER, {
        options: options ?? UNDEFINED,
        site,
        types: new Map(),
        waiting: [],
      } satisfies Builder);
      builders(it).push(builder);
      return builder;
    },
  },
  parameter: (it, name) => (/builder$/i.test(name) && builders(it).length === 1 ? builders(it)[0]! : null),
  finish: (it) => {
    // Built elsewhere, or nowhere: what it has is known all the same.
    for (const builder of builders(it))
      if (!builder.members.has('*schema*') && stateOf(builder).waiting.length > 0)
        toSchema(it, builder, undefined, stateOf(builder).site);
  },
};
