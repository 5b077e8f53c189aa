import { construct } from '../../wiring/classes.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { Operation } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import {
  builtin,
  isCallable,
  isNullish,
  list,
  literal,
  record,
  stringOf,
  UNDEFINED,
  UNKNOWN,
  type Record_,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { withLayers, type Field, type Layer } from './graphql-schema.js';
import type { SdlDirective } from './graphql-sdl.js';

/** Directives of the specification, of Federation and of caching: they say nothing of access. */
const HARMLESS =
  /^(?:deprecated|specifiedBy|oneOf|cacheControl|key|external|provides|requires|shareable|inaccessible|override|tag|link|extends|interfaceObject|composeDirective|defer|stream|complexity|cost|listSize)$/;
const VISIT_STEPS = 20_000;
const constant = (value: unknown): Value =>
  Array.isArray(value)
    ? list(value.map(constant))
    : value !== null && typeof value === 'object'
      ? record(Object.entries(value).map(([k, v]) => [k, constant(v)]))
      : literal(value as string | number | boolean | null);
const argumentsOf = ({ args }: SdlDirective): Record_ =>
  record(Object.entries(args).map(([k, v]) => [k, constant(v)]));

/** Directives of a field whose implementation was not found: whether they guard is not known. */
export const unexplained = (field: Field): string[] =>
  (field.directives ?? []).flatMap(({ name }) => (HARMLESS.test(name) ? [] : [name]));

/** The configuration of a field, as functions over schemas see it. */
function configOf(field: Field): Record_ {
  return record([
    ['name', literal(field.name.split('.')[1]!)],
    ['resolve', field.resolve ?? UNDEFINED],
    ['subscribe', field.subscribe ?? UNDEFINED],
  ]);
}
/** The field with what has been put in the place of its functions, and without the directives that were understood. */
function changed(field: Field, config: Record_, understood: (name: string) => boolean): Field {
  const member = (name: 'resolve' | 'subscribe'): Value | null => {
    const value = config.members.get(name);
    return value && !isNullish(value) ? value : null;
  };
  return {
    ...field,
    resolve: member('resolve'),
    subscribe: member('subscribe'),
    directives: (field.directives ?? []).filter((d) => !understood(d.name)),
  };
}

/** `schemaDirectives`: classes whose `visitObject` and `visitFieldDefinition` may put another resolver there. */
export function visitors(classes: Value, site: Site): Layer {
  const classOf = (name: string): Value | undefined =>
    classes.k === 'record' ? classes.members.get(name) : undefined;
  return {
    map: (it, field) => {
      const definition = configOf(field);
      const [typeName, fieldName] = field.name.split('.') as [string, string];
      const fields = record([[fieldName, definition]]);
      const type = record([
        ['name', literal(typeName)],
        ['getFields', builtin('getFields', () => fields)],
      ]);
      const seen = new Set<string>();
      for (const directive of field.directives ?? []) {
        const cls = classOf(directive.name);
        if (cls?.k !== 'class') continue;
        seen.add(directive.name);
        it.attempt(it.place(site), () => {
          it.withBudget(VISIT_STEPS, () => {
            const visitor = construct(it, cls, [], site);
            it.assignTo(visitor, 'args', argumentsOf(directive), site);
            for (const method of ['visitObject', 'visitFieldDefinition'])
              it.quietly(() => {
                const visit = memberOf(it, visitor, method, site);
                const given =
                  method === 'visitObject' ? [type] : [definition, record([['objectType', type]])];
                if (visit.k === 'function') it.call(visit, given, visitor, site);
              });
          });
        });
      }
      return seen.size > 0 ? changed(field, definition, (name) => seen.has(name)) : field;
    },
  };
}

interface Asked {
  field: Field;
  names: Set<string>;
}
const configs = (it: Evaluator): Map<Value, Asked> =>
  it.stateOf<Map<Value, Asked>>('graphql:configs', () => new Map());
/** `getDirective(schema, config, 'auth')`: its arguments, once for each time that it stands there. */
export const getDirective: Operation = (it, [, config, name]) => {
  const asked = config ? configs(it).get(config) : undefined;
  const wanted = name ? stringOf(name) : null;
  if (!asked || wanted === null) return UNKNOWN;
  asked.names.add(wanted);
  const found = (asked.field.directives ?? []).filter((d) => d.name === wanted);
  return found.length > 0 ? list(found.map(argumentsOf)) : UNDEFINED;
};
/** `getDirectives(schema, config)`, an object by name. */
export const getDirectives: Operation = (it, [, config]) => {
  const asked = config ? configs(it).get(config) : undefined;
  if (!asked) return UNKNOWN;
  for (const { name } of asked.field.directives ?? []) asked.names.add(name);
  return list(
    (asked.field.directives ?? []).map((d) =>
      record([
        ['name', literal(d.name)],
        ['args', argumentsOf(d)],
      ]),
    ),
  );
};
/** The kinds under which `mapSchema` calls for a field, the narrowest first: only that one is called. */
const kindsOf = (field: Field): string[] => {
  const type = field.name.split('.')[0]!;
  const isRoot = /^(?:Query|Mutation|Subscription)$/.test(type);
  return [
    ...(isRoot ? [`${type.toUpperCase()}_ROOT_FIELD`, 'ROOT_FIELD'] : []),
    'OBJECT_FIELD',
    'COMPOSITE_FIELD',
    'FIELD',
  ];
};
/** `mapSchema(schema, { [MapperKind.OBJECT_FIELD]: … })`. https://the-guild.dev/graphql/tools/docs/schema-directives */
export const mapSchema: Operation = (it, [schema, mapper], site) => {
  const layer: Layer = {
    map: (_it, field) => {
      const kind = kindsOf(field).find(
        (k) => mapper?.k === 'record' && mapper.members.has(`MapperKind.${k}`),
      );
      const map = kind && mapper?.k === 'record' ? mapper.members.get(`MapperKind.${kind}`)! : null;
      if (!map || !isCallable(map)) return field;
      const config = configOf(field);
      const asked: Asked = { field, names: new Set() };
      configs(it).set(config, asked);
      const [typeName, fieldName] = field.name.split('.') as [string, string];
      const results: Value[] = [];
      it.attempt(it.place(site), () => {
        it.withBudget(VISIT_STEPS, () => {
          it.quietly(() => {
            results.push(
              it.call(map, [config, literal(fieldName), literal(typeName), schema!], UNDEFINED, site),
            );
          });
        });
      });
      const [result] = results;
      const given = result?.k === 'record' ? result : config;
      return changed(field, given, (name) => asked.names.has(name));
    },
  };
  return withLayers(it, schema, [layer]) ?? UNKNOWN;
};
/** `MapperKind.OBJECT_FIELD` and its like, as keys. */
export const mapperKind = (path: readonly string[]): Value | null =>
  path.length === 2 && path[0] === 'MapperKind' ? literal(path.join('.')) : null;
