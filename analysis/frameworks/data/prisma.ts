import { createRequire } from 'node:module';
import type * as PrismaAst from '@mrleebo/prisma-ast';
import type { Block, Field } from '@mrleebo/prisma-ast';
import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryModel, type LibraryType, type Method } from '../../wiring/library.js';
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
} from '../../wiring/value.js';
import { mergeSources } from '../../wiring/fact.js';
import { access, isGlobal, readAlong, type Access, type Found } from './data-access.js';
import { markOwned, type Entities, type Entity } from './entities.js';
import { relationsOfCaller } from './relations-of-caller.js';
import { sqlEffects } from './sql.js';

// Loaded with the first schema: most repositories have none.
const require = createRequire(import.meta.url);

export interface PrismaSchema {
  entities: Map<string, Entity>;
  enums: Map<string, string[]>;
}
const schemaOf = (it: Evaluator): PrismaSchema =>
  it.stateOf<PrismaSchema>('prisma:schema', () => ({ entities: new Map(), enums: new Map() }));
const accessor = (entity: string): string => entity.charAt(0).toLowerCase() + entity.slice(1);

function readSchema(schema: PrismaSchema, text: string): void {
  const failures: unknown[] = [];
  for (const block of blocksIn(text, failures)) {
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
                isOptional: f.optional === true,
                isRandom: isRandom(f),
              },
            ] as const,
        );
      schema.entities.set(block.name, { name: block.name, fields: new Map(fields), owned: false });
    }
  }
  for (const entity of schema.entities.values())
    for (const field of entity.fields.values()) field.isRelation = schema.entities.has(field.type);
  if (failures.length > 0) throw failures[0];
}
/** `@default(cuid())`; what the database makes counts where it says that it is a UUID. https://www.prisma.io/docs/orm/reference/prisma-schema-reference#default */
const isRandom = (field: Field): boolean =>
  (field.attributes ?? []).some(
    (a) =>
      a.name === 'default' &&
      /\b(?:cuid|uuid|nanoid|ulid|\w*random_uuid\w*|uuid_generate_v\w+)\b/.test(JSON.stringify(a.args)),
  );
/**
 * What the text declares. Comments are taken out first, and blanks at the end of a line: the parser does not take them wherever Prisma does. What cannot be read
 * all at once is read block by block, so that one that is not understood leaves the others.
 */
function blocksIn(text: string, failures: unknown[]): readonly Block[] {
  const bare = text
    .replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\//g, (found) =>
      found.startsWith('"') ? found : found.replace(/[^\n]/g, ' '),
    )
    .replace(/[^\S\n]+$/gm, '');
  const { getSchema } = require('@mrleebo/prisma-ast') as typeof PrismaAst;
  try {
    return getSchema(bare).list;
  } catch {
    return bare.split(/^(?=(?:model|view|enum|type|generator|datasource)\s+\w+\s*\{)/m).flatMap((block) => {
      try {
        return getSchema(block).list;
      } catch (error) {
        failures.push(error);
        return [];
      }
    });
  }
}

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
const WRITES: Readonly<Record<string, 'create' | 'update' | 'delete'>> = {
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
/** `upsert({ where, update: {}, create })`: what is there is found, and what is not is made. */
const changesNothing = (update: Value | undefined): boolean =>
  update?.k === 'record' && update.members.size === 0 && update.open === null;
function operate(it: Evaluator, entity: string, name: string, args: readonly Value[], site: Site): Value {
  const operation = READS.has(name) ? (name === 'findMany' ? 'list' : 'read') : WRITES[name];
  if (!operation) return unknown(mergeSources(...args.map((a) => sourcesOf(a))));
  const options: Record_ = args[0]?.k === 'record' ? args[0] : record();
  const { entities } = schemaOf(it);
  if (name === 'upsert' && changesNothing(options.members.get('update'))) {
    const made: Access = { entities, entity, operation: 'create', data: options.members.get('create'), site };
    access(it, made, (found) => writeAlong(it, made, made.data, found));
    return operate(it, entity, 'findUnique', args, site);
  }
  const handed = operation === 'update' ? handedOver(entities, entity, options.members.get('data')) : [];
  const asked: Access = {
    entities,
    entity,
    operation: handed.length > 0 ? 'read' : operation,
    counts: name === 'count',
    where: options.members.get('where'),
    data: options.members.get('data') ?? options.members.get('create'),
    upserts: name === 'upsert',
    updates: name === 'upsert' ? options.members.get('update') : undefined,
    projected: options.members.has('select'),
    orThrow: name.endsWith('OrThrow'),
    site,
  };
  return access(it, asked, (found) => {
    for (const part of ALONG) readAlong(it, asked, options.members.get(part), found, ALONG);
    writeAlong(it, asked, options.members.get('data'), found);
    for (const { type, value } of handed)
      it.recorder?.effect(it, {
        operation: 'update',
        class: 'write',
        target: type,
        keys: mergeSources(found.keys, sourcesOf(value, 4)),
        scoped: false,
        global: isGlobal(entities, type),
        roles: [],
        site,
      });
    return relationsOfCaller(
      it,
      (other) => entities.get(other)?.fields,
      { ...found, entity },
      options,
      ALONG,
      site,
    );
  });
}
const ALONG = ['include', 'select'];
/**
 * `update({ data: { parcels: { connect: { id } } } })` writes whose a parcel is, in the parcel, and nothing else: of the record
 * that it is called for, nothing changes. Not so where each side has many, and where something else is written besides.
 */
function handedOver(
  entities: Entities,
  entity: string,
  data: Value | undefined,
): readonly { type: string; value: Value }[] {
  if (data?.k !== 'record' || data.open || data.members.size === 0) return [];
  const found = [...data.members].map(([key, value]) => {
    const field = entities.get(entity)?.fields.get(key);
    const back = [...(entities.get(field?.type ?? '')?.fields.values() ?? [])].filter(
      (f) => f.isRelation && f.type === entity,
    );
    const isThere = field?.isList === true && back.length > 0 && back.every((f) => !f.isList);
    const isMoved = value.k === 'record' && [...value.members.keys()].every((name) => MOVES.has(name));
    return field && isThere && isMoved ? { type: field.type, value } : null;
  });
  return found.every((f) => f !== null) ? found : [];
}
const MOVES: ReadonlySet<string> = new Set(['connect', 'disconnect', 'set']);
/** Relations that are written along: `{ lines: { deleteMany: {} } }`. */
function writeAlong(it: Evaluator, a: Access, data: Value | undefined, found: Found): void {
  if (data?.k !== 'record') return;
  const fields = a.entities.get(a.entity)?.fields;
  for (const [key, member] of data.members) {
    const field = fields?.get(key);
    if (!field?.isRelation || member.k !== 'record') continue;
    for (const [name, operation] of Object.entries(WRITES)) {
      if (member.members.has(name))
        it.recorder?.effect(it, {
          operation,
          class: 'write',
          target: field.type,
          ...found,
          // Of a record that is just made: it hangs on that.
          ...(a.operation === 'create' ? { keys: [found.row], scoped: false } : {}),
          global: isGlobal(a.entities, field.type),
          nested: true,
          roles: [],
          site: a.site,
        });
    }
  }
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
    $extends: yieldsItself,
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
    markOwned(schemaOf(it).entities);
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
