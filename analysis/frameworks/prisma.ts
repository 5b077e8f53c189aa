import { getSchema, type Field } from '@mrleebo/prisma-ast';
import type { Evaluator } from '../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method } from '../wiring/library.js';
import {
  list,
  literal,
  promise,
  record,
  sourcesOf,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Record_,
  type Site,
  type Value,
} from '../wiring/value.js';
import { atom } from '../wiring/tests.js';
import { mergeSources, type Source } from '../wiring/fact.js';
import { readFilter, relationsOfCaller } from './prisma-filters.js';
import { sqlEffects } from './sql.js';

interface Entity {
  name: string;
  fields: Map<string, { type: string; isRelation: boolean; isList: boolean }>;
  owned: boolean;
}
export interface PrismaSchema {
  entities: Map<string, Entity>;
  enums: Map<string, string[]>;
}
const schemaOf = (it: Evaluator): PrismaSchema =>
  it.stateOf<PrismaSchema>('prisma:schema', () => ({ entities: new Map(), enums: new Map() }));
const accessor = (entity: string): string => entity.charAt(0).toLowerCase() + entity.slice(1);

function readSchema(schema: PrismaSchema, text: string): void {
  for (const block of getSchema(text).list) {
    if (block.type === 'enum')
      schema.enums.set(
        block.name,
        block.enumerators.flatMap((e) => (e.type === 'enumerator' ? [e.name] : [])),
      );
    if (block.type === 'model' || block.type === 'view') {
      const fields = block.properties
        .filter((p): p is Field => p.type === 'field')
        .map(
          (f) =>
            [
              f.name,
              {
                type: typeof f.fieldType === 'string' ? f.fieldType : f.fieldType.name,
                isRelation: false,
                isList: f.array === true,
              },
            ] as const,
        );
      schema.entities.set(block.name, { name: block.name, fields: new Map(fields), owned: false });
    }
  }
  for (const entity of schema.entities.values())
    for (const field of entity.fields.values()) field.isRelation = schema.entities.has(field.type);
}

/** Entities that stand for people. */
const PERSON = /^(user|account|member|customer|person|profile|player|patient|student|employee|admin)s?$/i;
/**
 * Which entities belong to somebody: people, what points to an owned entity, and what people are members of (a list of
 * something that points to a person).
 */
function markOwned(schema: PrismaSchema): void {
  const person = (name: string): boolean => PERSON.test(name);
  const pointsTo = (e: Entity, test: (name: string) => boolean): boolean =>
    [...e.fields.values()].some((f) => f.isRelation && !f.isList && test(f.type));
  for (const e of schema.entities.values()) {
    e.owned =
      person(e.name) ||
      pointsTo(e, person) ||
      [...e.fields.keys()].some((f) =>
        /^(user|owner|author|creator|tenant|org|organi[sz]ation|workspace|account)_?id$/i.test(f),
      ) ||
      [...e.fields.values()].some(
        (f) =>
          f.isRelation &&
          f.isList &&
          [...(schema.entities.get(f.type)?.fields.values() ?? [])].some(
            (x) => x.isRelation && person(x.type),
          ),
      );
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (const e of schema.entities.values()) {
      if (!e.owned && pointsTo(e, (name) => schema.entities.get(name)?.owned ?? false))
        changed = e.owned = true;
    }
  }
}
const isGlobal = (it: Evaluator, entity: string): boolean =>
  schemaOf(it).entities.get(entity)?.owned === false;
const READS = new Set([
  'findUnique',
  'findUniqueOrThrow',
  'findFirst',
  'findFirstOrThrow',
  'findMany',
  'count',
  'aggregate',
  'groupBy',
  'findRaw',
  'aggregateRaw',
]);
const WRITES: Readonly<Record<string, string>> = {
  create: 'create',
  createMany: 'create',
  createManyAndReturn: 'create',
  update: 'update',
  updateMany: 'update',
  updateManyAndReturn: 'update',
  upsert: 'update',
  delete: 'delete',
  deleteMany: 'delete',
};
function operate(it: Evaluator, entity: string, name: string, args: readonly Value[], site: Site): Value {
  const operation = READS.has(name) ? (name === 'findMany' ? 'list' : 'read') : WRITES[name];
  if (!operation) return unknown(mergeSources(...args.map((a) => sourcesOf(a))));
  const options: Record_ = args[0]?.k === 'record' ? args[0] : record();
  const where = readFilter(it, options.members.get('where') ?? UNDEFINED);
  const data = options.members.get('data') ?? options.members.get('create');
  const links = data ? linkedKeys(it, entity, data) : [];
  const keys = mergeSources(where.keys, operation === 'create' ? links : []);
  const scoped = keys.some((s) => s.startsWith('identity') || (it.rows.get(s)?.scoped ?? false));
  const kind = READS.has(name) ? 'read' : 'write';
  const source = `row#${it.rows.size + 1}`;
  it.recorder?.effect(it, {
    operation,
    class: kind,
    target: entity,
    keys,
    scoped,
    roles: where.roles,
    projected: options.members.has('select'),
    bySecret: where.bySecret,
    global: isGlobal(it, entity),
    own:
      ownedByKey(options.members.get('where')) ||
      (operation === 'update' && linksOnlyCaller(data)) ||
      (operation === 'create' && ownedByKey(data)),
    storesSecret:
      data !== undefined &&
      (operation === 'create' || name === 'upsert') &&
      sourcesOf(data, 3).includes('hashed'),
    row: source,
    site,
  });
  nested(it, entity, options, { keys, scoped, bySecret: where.bySecret, row: source }, site);
  it.rows.set(source, { entity, keys, scoped, roles: where.roles, bySecret: where.bySecret });
  if (name === 'count') return promise(unknown(['count', source]));
  // A row that was found by what the caller proves to hold says who the caller is.
  const byCredential = operation !== 'list' && where.keys.includes('credential');
  const isCaller = operation === 'read' && PERSON.test(entity) && isOwnKey(options.members.get('where'));
  // `…OrThrow` goes on only with a row: with the caller's own, if they are what else is asked of it.
  const asked = isCaller ? textsIn(options.members.get('where')!) : [];
  const passed = atom(
    it,
    asked.length > 0 ? 'equal' : isCaller || byCredential ? 'truthy' : 'exists',
    [asked.length > 0 ? 'identity.role' : isCaller || byCredential ? 'identity' : source],
    site,
    { arguments: asked, refusal: { how: 'throw', status: 404 } },
  );
  const fieldsOf = (name: string): Entity['fields'] | undefined => schemaOf(it).entities.get(name)?.fields;
  const parts = relationsOfCaller(it, fieldsOf, { entity, keys, row: source }, options);
  const value = unknown(byCredential || isCaller ? ['identity'] : [source], parts ? { parts } : {});
  return promise(value, name.endsWith('OrThrow') ? [passed] : []);
}
const textsIn = (v: Value): string[] =>
  v.k === 'record' ? [...v.members.values()].flatMap(textsIn) : stringOf(v) === null ? [] : [stringOf(v)!];
/** `where: { id: me }`: whoever is found by the caller's own id is the caller. */
function isOwnKey(where: Value | undefined): boolean {
  if (where?.k !== 'record') return false;
  return [...where.members].some(
    ([name, v]) =>
      /^(id|_id|uid|uuid|email|username|sub)$/i.test(name) &&
      sourcesOf(v, 0).length > 0 &&
      sourcesOf(v, 0).every((x) => x.startsWith('identity')),
  );
}
/** The caller's identity stands at the top of a filter or of new data, in a compound key, or in a `connect`. */
function ownedByKey(value: Value | undefined): boolean {
  if (value?.k !== 'record') return false;
  const direct = (v: Value): boolean =>
    v.k !== 'record' && v.k !== 'list' && sourcesOf(v, 0).some((s) => s.startsWith('identity'));
  return [...value.members].some(([name, v]) => {
    if (direct(v)) return true;
    if (v.k !== 'record') return false;
    const connect = v.members.get('connect');
    return (
      (name.includes('_') && [...v.members.values()].some(direct)) ||
      (connect?.k === 'record' && [...connect.members.values()].some(direct))
    );
  });
}
/** An update that only ties the caller to a record, or unties them: `{ likedBy: { connect: { id: me } } }`. */
function linksOnlyCaller(data: Value | undefined): boolean {
  if (data?.k !== 'record' || data.members.size === 0 || data.open) return false;
  const isCaller = (v: Value | undefined): boolean =>
    v !== undefined && sourcesOf(v, 2).length > 0 && sourcesOf(v, 2).every((s) => s.startsWith('identity'));
  return [...data.members.values()].every(
    (v) =>
      v.k === 'record' &&
      v.members.size > 0 &&
      [...v.members].every(([op, target]) => (op === 'connect' || op === 'disconnect') && isCaller(target)),
  );
}
/** Foreign keys that a new record is given: what it is attached to. */
function linkedKeys(it: Evaluator, entity: string, data: Value): readonly Source[] {
  if (data.k !== 'record') return [];
  const fields = schemaOf(it).entities.get(entity)?.fields;
  return mergeSources(
    ...[...data.members]
      .filter(([name]) => fields?.get(name)?.isRelation ?? name.endsWith('Id'))
      .concat([...data.members].filter(([name]) => /(Id|_id)$/.test(name)))
      .map(([, v]) => sourcesOf(v, 4)),
  );
}
/** Records that belong to the one they are loaded with: many of them, each pointing back to it. */
function isPartOf(it: Evaluator, field: { type: string; isList: boolean }, parent: string): boolean {
  return (
    field.isList &&
    [...(schemaOf(it).entities.get(field.type)?.fields.values() ?? [])].some(
      (f) => f.isRelation && !f.isList && f.type === parent,
    )
  );
}
/** Relations that are loaded or written along. */
function nested(
  it: Evaluator,
  entity: string,
  options: Record_,
  found: { keys: readonly Source[]; scoped: boolean; bySecret: boolean; row: Source },
  site: Site,
): void {
  const visit = (name: string, value: Value, write: boolean, depth: number): void => {
    if (value.k !== 'record' || depth > 4) return;
    const fields = schemaOf(it).entities.get(name)?.fields;
    for (const [key, member] of value.members) {
      const field = fields?.get(key);
      if (!field?.isRelation) continue;
      if (write) {
        if (member.k !== 'record') continue;
        for (const operation of [
          'create',
          'createMany',
          'update',
          'updateMany',
          'upsert',
          'delete',
          'deleteMany',
        ]) {
          if (member.members.has(operation))
            it.recorder?.effect(it, {
              operation: WRITES[operation]!,
              class: 'write',
              target: field.type,
              ...found,
              global: isGlobal(it, field.type),
              nested: true,
              roles: [],
              site,
            });
        }
      } else if (!(member.k === 'literal' && member.value !== true)) {
        const inner = member.k === 'record' ? member : null;
        const projected = options.members.has('select') || (inner?.members.has('select') ?? false);
        it.recorder?.effect(it, {
          operation: 'read',
          class: 'read',
          target: field.type,
          ...found,
          global: isGlobal(it, field.type),
          nested: !isPartOf(it, field, name),
          roles: [],
          projected,
          site,
        });
        for (const part of ['include', 'select'])
          visit(field.type, inner?.members.get(part) ?? UNDEFINED, false, depth + 1);
      }
    }
  };
  visit(entity, options.members.get('include') ?? UNDEFINED, false, 0);
  visit(entity, options.members.get('select') ?? UNDEFINED, false, 0);
  visit(entity, options.members.get('data') ?? UNDEFINED, true, 0);
}

const any: Method = (it, self, args, site) =>
  operate(
    it,
    (self.state as { entity: string }).entity,
    stringOf(args[0] ?? UNDEFINED) ?? '',
    args.slice(1),
    site,
  );
const MODEL: LibraryType = { name: 'prisma model', methods: { '*': any } };
const raw: Method = (it, _self, args, site) => sqlEffects(it, args, site) ?? promise(UNKNOWN);
const CLIENT: LibraryType = {
  name: 'prisma client',
  methods: {
    $transaction: (it, self, [work], site) => {
      if (work?.k === 'list')
        return promise(
          list(
            work.elements.map((e) => (e.k === 'promise' ? e.value : e)),
            work.open,
          ),
          work.elements.flatMap((e) => (e.k === 'promise' ? e.facts : [])),
        );
      return work ? it.call(work, [self], UNDEFINED, site) : promise(UNKNOWN);
    },
    $extends: (_it, self) => self,
    $connect: () => promise(UNDEFINED),
    $disconnect: () => promise(UNDEFINED),
    $on: () => UNDEFINED,
    $use: () => UNDEFINED,
    $queryRaw: raw,
    $executeRaw: raw,
    $queryRawUnsafe: raw,
    $executeRawUnsafe: raw,
  },
  get: (it, self, name) => {
    if (name.startsWith('$') || name.startsWith('*') || name === 'then') return null;
    const known = [...schemaOf(it).entities.keys()].find((e) => accessor(e) === name);
    return (
      self.members.get(name) ??
      it.native(MODEL, { entity: known ?? name.charAt(0).toUpperCase() + name.slice(1) })
    );
  },
};
const client = (it: Evaluator): Native => it.stateOf<Native>('prisma:client', () => it.native(CLIENT, null));

export const prisma: LibraryModel = {
  name: 'prisma',
  packages: ['@prisma/client', '.prisma/client', '@prisma/client/edge'],
  about: {
    title: 'Prisma',
    registers: 'nothing; operations are effects, entities and owners come from `*.prisma`',
    guards: "filters with the caller's identity are ownership, with roles beside it authorization",
    answers: '',
  },
  calls: { PrismaClient: (it) => client(it) },
  reads: (path) => path.endsWith('.prisma'),
  prepare: (it, texts) => {
    for (const [path, text] of texts) {
      try {
        readSchema(schemaOf(it), text);
      } catch (error) {
        it.gap(
          `this Prisma schema could not be read (${String((error as Error).message)
            .split('\n')[0]!
            .slice(0, 80)})`,
          { file: path, line: 1 },
        );
      }
    }
    markOwned(schemaOf(it));
    for (const values of schemaOf(it).enums.values()) it.enumerations.push(values);
  },
  member: (it, path) => {
    const [name, member] = path;
    const values = name ? schemaOf(it).enums.get(name) : undefined;
    if (!values) return null;
    return member === undefined
      ? record(values.map((v) => [v, literal(v)]))
      : values.includes(member)
        ? literal(member)
        : null;
  },
  typed: (it, type) =>
    /^(Prisma\.)?(PrismaClient|TransactionClient|PrismaService|ExtendedPrismaClient)\b/.test(type)
      ? client(it)
      : null,
  schemaMember: (it, name) => {
    const known = [...schemaOf(it).entities.keys()].find((e) => accessor(e) === name);
    return known ? it.native(MODEL, { entity: known }) : null;
  },
};
