import type { Evaluator } from '../../wiring/evaluator.js';
import { membersOf } from '../../wiring/globals.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { runLink } from '../../wiring/middleware.js';
import { nameOf, ruleLink } from './graphql-layers.js';
import { opaqueLink, type AppliedLink } from '../../wiring/recorder.js';
import {
  isCallable,
  literal,
  optionIn,
  promise,
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
import { makeSchema, type Field, type FieldCall } from './graphql-schema.js';

/** `objectType(…)`, `extendType(…)`, `queryField(…)`: fields of a type. */
interface Part {
  type: string;
  /** `definition(t)`, or what is given for one field. */
  definition: Value;
  one: string | null;
  site: Site;
}
/** A call on `t`. */
interface Call {
  method: string;
  args: readonly Value[];
  site: Site;
}
const parts = (it: Evaluator): Native[] => it.stateOf<Native[]>('nexus', () => []);
const PART: LibraryType = { name: 'nexus type', methods: {} };

function part(it: Evaluator, type: string, definition: Value, one: string | null, site: Site): Native {
  const made = it.native(PART, { type, definition, one, site } satisfies Part);
  parts(it).push(made);
  return made;
}
const object: Operation = (it, [options], site) =>
  part(
    it,
    textOf(optionIn(options, 'name') ?? optionIn(options, 'type') ?? UNDEFINED) ?? '?',
    optionIn(options, 'definition') ?? UNDEFINED,
    null,
    site,
  );
const root =
  (type: string): Operation =>
  (it, [options], site) =>
    part(it, type, optionIn(options, 'definition') ?? UNDEFINED, null, site);
/** `queryField('name', options)`, `queryField((t) => …)` */
const rootField =
  (type: string): Operation =>
  (it, [first, options], site) => {
    const name = first ? textOf(first, '*') : null;
    return name === null
      ? part(it, type, first ?? UNDEFINED, null, site)
      : part(it, type, options ?? UNDEFINED, name, site);
  };
/** `t`: whatever it is asked for is itself or makes a field. Its state takes down the calls. */
const BLOCK: LibraryType = {
  name: 'definition block',
  methods: {},
  get: (it, self, name) => {
    const at = it.native(BLOCK, self.state);
    at.members.set('*method*', literal(name));
    return at;
  },
  call: (_it, self, args, site) => {
    const method = stringOf(self.members.get('*method*') ?? UNDEFINED) ?? '';
    (self.state as Call[]).push({ method, args, site });
    return UNDEFINED;
  },
};
/** Fields that a part adds to its type, with their options. */
function* optionsOfFields(
  it: Evaluator,
  { definition, one, site }: Part,
): Generator<[string, Value, Site, boolean]> {
  if (one !== null) {
    const given = isCallable(definition) ? it.call(definition, [], UNDEFINED, site) : definition;
    yield [one, given, site, false];
    return;
  }
  if (!isCallable(definition)) return;
  const calls: Call[] = [];
  it.attempt(it.place(site), () => {
    it.withBudget(DEFINITION_STEPS, () => {
      it.quietly(() => void it.call(definition, [it.native(BLOCK, calls)], UNDEFINED, site));
    });
  });
  for (const { method, args, site: at } of calls) {
    const options = args.findLast((a) => a.k === 'record') ?? UNDEFINED;
    const given = args[0]?.k === 'record' ? optionIn(args[0], 'name') : args[0];
    const name = given ? textOf(given, '*') : null;
    // `t.crud.createOneUser()` of nexus-prisma makes the field and its resolver.
    if (method !== 'modify' && method !== 'implements') yield [name ?? method, options, at, name === null];
  }
}
const DEFINITION_STEPS = 60_000;

const AUTHORIZE: LibraryType = { name: 'authorize plugin', methods: {} };
/** `plugin({ onCreateFieldResolver })`: its state is what it was made of. */
const PLUGIN: LibraryType = { name: 'nexus plugin', methods: {} };
/** What plugins of the schema run in front of a field. */
function* pluginLinks(
  it: Evaluator,
  plugins: readonly Value[],
  name: string,
  options: Value,
  { parent, args, context, info }: FieldCall,
  site: Site,
): Generator<AppliedLink> {
  const [type, field] = name.split('.') as [string, string];
  for (const each of plugins) {
    if (each.k !== 'native') continue;
    if (each.type === AUTHORIZE) {
      const value = optionIn(options, 'authorize');
      if (value && isCallable(value))
        yield ruleLink(
          it,
          { value, site, name: nameOf(it, value) === 'anonymous' ? 'authorize' : nameOf(it, value) },
          [parent, args, context, info],
          403,
        );
      else if (value && value.k !== 'literal') yield opaqueLink('authorize', it.place(site));
    }
    const make = each.type === PLUGIN ? optionIn(each.state as Value, 'onCreateFieldResolver') : undefined;
    if (!make || !isCallable(make)) continue;
    const nexus = record([['nexus', record([['config', options]], UNKNOWN)]], UNKNOWN);
    const config = record(
      [
        [
          'fieldConfig',
          record(
            [
              ['name', literal(field)],
              ['extensions', nexus],
            ],
            UNKNOWN,
          ),
        ],
        ['parentTypeConfig', record([['name', literal(type)]], UNKNOWN)],
      ],
      UNKNOWN,
    );
    let resolver: Value = UNDEFINED;
    it.aside(() => {
      resolver = it.call(make, [config], UNDEFINED, site);
    });
    const found: Value = resolver;
    if (!isCallable(found)) continue;
    const called = textOf(optionIn(each.state as Value, 'name') ?? UNDEFINED) ?? 'plugin';
    yield runLink(
      it,
      { value: found, site, name: called },
      {
        args: (next) => [parent, args, context, info, next],
        carries: context.k === 'native' || context.k === 'record' ? [context] : [],
        yields: promise(unknown()),
      },
    );
  }
}
/** Types that a schema is given, in lists, objects and modules; null where some cannot be seen. */
function given(it: Evaluator, types: Value | undefined, depth = 0): Native[] | null {
  if (!types || depth > 4) return null;
  if (types.k === 'native' && types.type === PART) return [types];
  if (types.k === 'native' && types.type.name !== 'module namespace') return [];
  if (types.k === 'literal') return [];
  const inner = types.k === 'list' ? (types.open ? [...types.elements, types.open] : types.elements) : null;
  const { pairs, open } = inner ? { pairs: [], open: null } : membersOf(it, types);
  if (open || types.k === 'unknown') return null;
  const all = (inner ?? pairs.map(([, v]) => v)).map((v) =>
    v.k === 'unknown' && v.origin
      ? []
      : v.k === 'function' || v.k === 'class' || v.k === 'external'
        ? []
        : given(it, v, depth + 1),
  );
  return all.includes(null) ? null : all.flatMap((a) => a!);
}
function* fieldsOf(it: Evaluator, options: Value): Generator<Field> {
  const known = given(it, optionIn(options, 'types'));
  const plugins = optionIn(options, 'plugins');
  const listed = plugins?.k === 'list' ? plugins.elements : [];
  for (const each of known?.length ? known : parts(it)) {
    const of = each.state as Part;
    for (const [name, own, site, isMade] of optionsOfFields(it, of)) {
      const callable = (member: string): Value | null => {
        const value = optionIn(own, member);
        return value && isCallable(value) ? value : null;
      };
      const resolve = callable('resolve') ?? callable('nodes');
      const subscribe = callable('subscribe');
      if (!resolve && !subscribe && !(isMade && /^(?:Query|Mutation|Subscription)$/.test(of.type))) continue;
      yield {
        name: `${of.type}.${name}`,
        resolve,
        subscribe,
        site,
        chain: (_it, call) => pluginLinks(it, listed, `${of.type}.${name}`, own, call, site),
      };
    }
  }
}
const schema: Operation = (it, [options], site) =>
  makeSchema(it, { framework: 'nexus', site, fields: () => fieldsOf(it, options ?? UNDEFINED) });
const roots = (name: string, type: string): Record<string, Operation> => ({
  [`${name}Type`]: root(type),
  [`${name}Field`]: rootField(type),
});

/** https://nexusjs.org */
export const nexus: LibraryModel = {
  name: 'nexus',
  packages: ['nexus', '@nexus/schema'],
  about: {
    title: 'Nexus',
    registers:
      '`queryField`, `mutationField`, `subscriptionField`, `queryType` and the like, `extendType`, `objectType`: each field with a resolver, of the types that `makeSchema` is given; `t.crud` of nexus-prisma',
    guards:
      '`authorize` where the schema has `fieldAuthorizePlugin`, by what its function does where it yields `true`; plugins with `onCreateFieldResolver`, where they call `next`',
    answers: 'by returning; anything but `true` from `authorize`; errors that are thrown',
    limits: 'nexus-shield; `t.modify`; fields without a resolver',
  },
  calls: {
    objectType: object,
    extendType: object,
    interfaceType: object,
    ...roots('query', 'Query'),
    ...roots('mutation', 'Mutation'),
    ...roots('subscription', 'Subscription'),
    makeSchema: schema,
    fieldAuthorizePlugin: (it) => it.native(AUTHORIZE, null),
    plugin: (it, [options]) => it.native(PLUGIN, options ?? UNDEFINED),
    createPlugin: (it, [options]) => it.native(PLUGIN, options ?? UNDEFINED),
    ...Object.fromEntries(
      ['nonNull', 'nullable', 'list'].map((name) => [name, (() => UNKNOWN) as Operation]),
    ),
  },
};
