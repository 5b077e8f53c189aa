import { decorationsOf, type Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { injected } from '../../wiring/injection.js';
import type { LibraryModel, Operation } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import { runLink } from '../../wiring/middleware.js';
import { callableName } from '../../wiring/naming.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { type AppliedLink, opaqueLink } from '../../wiring/recorder.js';
import { outcomes } from '../../wiring/tests.js';
import {
  list,
  listed,
  promise,
  record,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type ClassValue,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { makeContext } from '../web/context.js';
import { madeDecoration, markedMethods, type Handler } from '../web/controllers.js';
import { linksToFields, typesOf, type Fields } from './graphql-fields.js';
import { carried } from './graphql-layers.js';
import { makeSchema, schemas as allSchemas, stateOfSchema } from './graphql-schema.js';
import { beforeFields } from './graphql-serving.js';
import { makeRequest, makeResponse } from '../web/web-request.js';

/** `buildSchema(options)` */
interface Schema {
  options: Value;
  site: Site;
  schema: Native;
}
const schemas = (it: Evaluator): Schema[] => it.stateOf<Schema[]>('type-graphql', () => []);
const build =
  (later: boolean): Operation =>
  (it, [options], site) => {
    // Its fields are looked at with its classes, below; what is laid around it and who serves it is found there.
    const schema = makeSchema(it, { framework: 'type-graphql', site, fields: () => [] });
    schemas(it).push({ options: options ?? UNDEFINED, site, schema });
    return later ? promise(schema) : schema;
  };
type Field = Handler;
const isOurs = (d: Decoration): boolean => d.package === 'type-graphql';
const MARKS = /^(Query|Mutation|Subscription|FieldResolver)$/;

const fieldsOf = (it: Evaluator, cls: ClassValue): Field[] =>
  markedMethods(it, cls, (d) => isOurs(d) && MARKS.test(d.name), false).map((field) => ({
    ...field,
    decorations: field.decorations.filter(isOurs),
  }));
const optionsIn = (mark: Decoration): Value | undefined => mark.args.findLast((a) => a.k === 'record');
function nameOf({ mark, name }: Field): string {
  const options = optionsIn(mark);
  return (options?.k === 'record' && textOf(options.members.get('name') ?? UNDEFINED)) || name;
}
const typeName = (it: Evaluator, cls: ClassValue): string => {
  const declared = decorationsOf(it, cls).own.find(
    (d) => isOurs(d) && /^(Object|Interface)Type$/.test(d.name),
  );
  return (declared?.args[0] && stringOf(declared.args[0])) ?? cls.node.name ?? '?';
};
function resolvedType(it: Evaluator, cls: ClassValue): string {
  for (let current: Value | null = cls; current?.k === 'class'; current = current.base) {
    const declared = decorationsOf(it, current).own.find((d) => isOurs(d) && d.name === 'Resolver');
    const [type] = declared ? typesOf(it, declared, null, current.module) : [];
    if (type) return typeName(it, type);
  }
  return cls.node.name?.replace(/Resolver$/, '') ?? '?';
}
/** Classes that a schema is made of; `all` where they are named by a pattern of files. */
function resolversIn(options: Value, all: readonly ClassValue[]): ClassValue[] {
  const given = options.k === 'record' ? options.members.get('resolvers') : undefined;
  if (given?.k !== 'list' || given.open) return [...all];
  const classes = given.elements.filter((e) => e.k === 'class');
  return classes.length === given.elements.length ? classes : [...all];
}
const option = (options: Value, name: string): Value | undefined =>
  options.k === 'record' ? options.members.get(name) : undefined;
const flat = (values: readonly Value[]): Value[] => values.flatMap(listed);

/** Where no schema was seen, so that it may have a checker or not. */
const NO_SCHEMA = UNDEFINED;
/** `@Authorized(…)`: nothing where the schema has no `authChecker`. */
function runAuthorized(
  it: Evaluator,
  { decorations, owner }: Field,
  options: Value,
  action: Value,
  context: Value,
): AppliedLink | null {
  const applied = [...decorationsOf(it, owner).own.filter(isOurs), ...decorations].findLast(
    (d) => d.name === 'Authorized',
  );
  const checker = option(options, 'authChecker');
  if (!applied || !checker)
    return applied && options === NO_SCHEMA ? opaqueLink('Authorized', it.place(applied.site)) : null;
  const roles = list(flat(applied.args));
  const instance = checker.k === 'class' ? injected(it, checker) : null;
  const value = instance ? memberOf(it, instance, 'check', applied.site) : checker;
  const { site } = applied;
  return runLink(
    it,
    { value, site, name: 'Authorized', self: instance ?? UNDEFINED },
    {
      args: () => [action, roles],
      carries: carried(context),
      goesOn: (result) => outcomes(it, result, site).whenTrue,
      refusal: { how: 'throw', status: roles.elements.length > 0 ? 403 : 401 },
    },
  );
}
/** Middleware of the schema, then of the class, then of the method. */
function* runMiddlewares(
  it: Evaluator,
  { decorations, owner }: Field,
  options: Value,
  action: Value,
  context: Value,
  site: Site,
): Iterable<AppliedLink> {
  const globals = option(options, 'globalMiddlewares');
  const used = [...decorationsOf(it, owner).own.filter(isOurs), ...[...decorations].reverse()]
    .filter((d) => d.name === 'UseMiddleware')
    .flatMap((d) => flat(d.args).map((value) => ({ value, site: d.site, as: d.written })));
  const all = [...(globals ? flat([globals]).map((value) => ({ value, site, as: undefined })) : []), ...used];
  for (const { value, site: at, as } of all) {
    // A decorator made of an anonymous function is known by its own name.
    const name = value.k === 'function' && value.fn.name === null ? as : undefined;
    const instance = value.k === 'class' ? injected(it, value) : null;
    const use = instance ? memberOf(it, instance, 'use', at) : value;
    yield runLink(
      it,
      { value: use, site: at, name: name ?? callableName(value), self: instance ?? UNDEFINED },
      { args: (next) => [action, next], carries: carried(context), yields: promise(unknown()) },
    );
  }
}
/** The schema as it is served: with what was laid around it since, by the last that made one of it. */
function outermost(it: Evaluator, schema: Native): Native {
  const { site, isPart, isServed } = stateOfSchema(schema);
  if (!isPart || isServed) return schema;
  return allSchemas(it).findLast((s) => stateOfSchema(s).site === site) ?? schema;
}
function argumentFor(it: Evaluator, own: readonly Decoration[], action: Value, context: Value): Value {
  const source = own.find((d) => isOurs(d));
  if (!source) return UNKNOWN;
  const name = source.args[0] && stringOf(source.args[0]);
  switch (source.name) {
    case 'Arg':
      return unknown([name ? `body.${name}` : 'body']);
    case 'Args':
      return unknown(['body']);
    case 'Root':
      return unknown(['parent']);
    case 'Ctx':
      return name ? memberOf(it, context, name, source.site) : context;
    case 'createParameterDecorator': {
      const [factory] = source.args;
      return factory ? it.awaiting(it.call(factory, [action], UNDEFINED, source.site)) : UNKNOWN;
    }
    default:
      return UNKNOWN;
  }
}

function observe(
  it: Evaluator,
  field: Field,
  options: Value,
  fields: Fields,
  leading: AppliedLink | null,
  schema: Native | null,
): void {
  const { mark, method, parameters, cls, owner } = field;
  const isRoot = mark.name !== 'FieldResolver';
  const name = `${isRoot ? mark.name : resolvedType(it, cls)}.${nameOf(field)}`;
  const fresh = makeContext(it, {
    req: makeRequest(it, { method: 'POST', path: '/graphql', base: '', application: null }),
    res: makeResponse(it),
  });
  let context: Value = fresh;
  const root = unknown(['parent']);
  const args = unknown(['body']);
  const action = record([
    ['context', context],
    ['args', args],
    ['root', root],
    ['info', UNKNOWN],
  ]);
  observeEntryPoint(it, {
    framework: 'type-graphql',
    trigger: { kind: 'graphql', name },
    registration: mark.site,
    handler: method,
    unmounted: schema === null,
    *chain(): Iterable<AppliedLink> {
      const outer = schema ? outermost(it, schema) : null;
      if (outer) {
        context = yield* beforeFields(it, outer, name.split('.')[0]!, fresh);
        it.journal.write(action.members, 'context', context);
        const around = { name, resolve: method, site: mark.site };
        for (const layer of [...stateOfSchema(outer).layers].reverse())
          yield* layer.links?.(it, around, { parent: root, args, context, info: UNKNOWN }) ?? [];
      }
      if (leading) {
        it.facts = [...it.facts, ...leading.facts];
        yield leading;
      }
      const authorized = runAuthorized(it, field, options, action, context);
      if (authorized) yield authorized;
      yield* runMiddlewares(it, field, options, action, context, mark.site);
    },
    work: () => {
      const given = method.fn.params.map((_p, i) => argumentFor(it, parameters[i] ?? [], action, context));
      return it.runHandler(method, given, mark.site, injected(it, cls));
    },
  });
  const seen = it.observations.at(-1);
  if (isRoot && seen)
    fields.roots.push({
      name,
      returns: typesOf(it, mark, method.fn.returnType, owner.module),
      facts: seen.links.flatMap((l) => l.facts),
      place: it.place(mark.site),
    });
}

export const typeGraphql: LibraryModel = {
  name: 'type-graphql',
  packages: ['type-graphql'],
  about: {
    title: 'TypeGraphQL',
    registers:
      '`Query`, `Mutation`, `Subscription` and `FieldResolver` of the classes in `buildSchema({ resolvers })`, inherited ones and classes made by functions included',
    guards:
      '`Authorized` by what the `authChecker` of the schema does with its roles, `UseMiddleware`, global middleware, decorators made of middleware; what stands in front of the server, and rules and middleware that are applied to the schema; in front of fields of a type what leads to it',
    answers: 'what is returned; errors that are thrown',
    limits: '`Authorized` on fields without a method',
  },
  calls: {
    buildSchema: build(true),
    buildSchemaSync: build(false),
    buildTypeDefsAndResolvers: build(true),
    buildTypeDefsAndResolversSync: build(false),
    createMethodDecorator: madeDecoration('type-graphql', 'UseMiddleware'),
    createMethodMiddlewareDecorator: madeDecoration('type-graphql', 'UseMiddleware'),
    createResolverClassMiddlewareDecorator: madeDecoration('type-graphql', 'UseMiddleware'),
    createParamDecorator: madeDecoration('type-graphql', 'createParameterDecorator'),
    createParameterDecorator: madeDecoration('type-graphql', 'createParameterDecorator'),
  },
  finish: (it) => {
    if (!it.loader.uses('type-graphql')) return;
    const isBase = new Set(it.decorated.map((cls) => cls.base));
    const all = it.decorated.filter(
      (cls) => !isBase.has(cls) && decorationsOf(it, cls).own.some((d) => isOurs(d) && d.name === 'Resolver'),
    );
    const seen = new Set<ClassValue>();
    const look = (classes: readonly ClassValue[], options: Value, schema: Native | null): void => {
      const fields: Fields = { roots: [], resolved: new Map() };
      const waiting: Field[] = [];
      for (const cls of classes) {
        if (seen.has(cls)) continue;
        seen.add(cls);
        const site = { module: cls.module, line: cls.node.line };
        it.attempt(it.place(site), () => {
          it.withBudget(CLASS_STEPS, () => {
            for (const field of fieldsOf(it, cls)) {
              if (field.mark.name !== 'FieldResolver') observe(it, field, options, fields, null, schema);
              else {
                waiting.push(field);
                const type = resolvedType(it, cls);
                const returns = typesOf(it, field.mark, field.method.fn.returnType, field.owner.module);
                fields.resolved.set(type, [...(fields.resolved.get(type) ?? []), ...returns]);
              }
            }
          });
        });
      }
      const linkTo = linksToFields(it, fields, (cls) => typeName(it, cls));
      for (const field of waiting)
        it.attempt(it.place(field.mark.site), () => {
          it.withBudget(CLASS_STEPS, () => {
            const leading = linkTo(resolvedType(it, field.cls), it.place(field.mark.site));
            observe(it, field, options, fields, leading, schema);
          });
        });
    };
    for (const { options, schema } of schemas(it)) look(resolversIn(options, all), options, schema);
    look(all, NO_SCHEMA, null);
  },
};
/** For reading the decorators of one class; its entry points have their own. */
const CLASS_STEPS = 100_000;
