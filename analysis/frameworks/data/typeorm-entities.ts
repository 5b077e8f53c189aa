import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType } from '../../wiring/library.js';
import { decorationsOf, type Decoration } from '../../wiring/decorators.js';
import { keepEnumeration } from '../../wiring/narrowing.js';
import {
  literal,
  optionsOf,
  record,
  sourcesOf,
  stringOf,
  UNDEFINED,
  type ClassValue,
  type Value,
} from '../../wiring/value.js';
import { declaredBy, markOwned, type Entities, type Entity, type EntityField } from './entities.js';

/** Decorators of relations, and whether they lead to many. */
const RELATIONS: Readonly<Record<string, boolean>> = {
  ManyToOne: false,
  OneToOne: false,
  OneToMany: true,
  ManyToMany: true,
};
/** The class that a value is, or whose name it holds. */
export function entityNamed(value: Value | undefined): string | null {
  for (const { value: v } of optionsOf(value ?? UNDEFINED)) {
    if (v.k === 'class') return v.node.name;
    if (v.k === 'native' && v.type === NAMED) return v.state as string;
    const text = stringOf(v);
    if (text !== null) return text;
  }
  return null;
}
/** An entity of which only the name is known. */
export const NAMED: LibraryType = { name: 'entity', methods: {} };

/**
 * Entities by their decorators: of TypeORM and MikroORM, whose names agree in what matters here. Read again when more
 * classes have been made.
 */
export function decoratedEntities(it: Evaluator, isFrom: (packageName: string) => boolean): Entities {
  const state = it.stateOf('decorated:entities', () => ({ read: 0, entities: new Map<string, Entity>() }));
  for (let turn = 0; state.read < it.decorated.length && turn < MAX_TURNS; turn++) {
    state.read = it.decorated.length;
    state.entities = new Map();
    for (const cls of it.decorated.slice()) {
      const name = cls.node.name;
      if (
        name === null ||
        !decorationsOf(it, cls).own.some((d) => isFrom(d.package) && /^(?:Child)?Entity$/.test(last(d)))
      )
        continue;
      state.entities.set(name, { name, fields: fieldsOf(it, cls), owned: false, cls });
    }
    markOwned(state.entities);
  }
  return state.entities;
}
/** Reading what a relation leads to may run the module that declares it. */
const MAX_TURNS = 3;
const last = ({ name }: Decoration): string => name.split('.').at(-1)!;
function fieldsOf(it: Evaluator, entity: ClassValue): Map<string, EntityField> {
  const fields = new Map<string, EntityField>();
  for (let cls: Value | null = entity; cls?.k === 'class'; cls = cls.base)
    for (const [name, decorations] of decorationsOf(it, cls).members)
      for (const decoration of decorations) {
        const isList = RELATIONS[last(decoration)];
        const type = isList === undefined ? '' : (targetOf(it, decoration) ?? '');
        noteEnumeration(it, decoration);
        if (!fields.has(name)) fields.set(name, { type, isRelation: type !== '', isList: isList ?? false });
      }
  return fields;
}
/** `@Column({ enum: Role })`: what a column holds is one of these, and there are no others. */
function noteEnumeration(it: Evaluator, { args }: Decoration): void {
  for (const given of args) {
    const values = given.k === 'record' ? given.members.get('enum') : undefined;
    const members =
      values?.k === 'record' ? [...values.members.values()] : values?.k === 'list' ? values.elements : [];
    const names = members.flatMap((m) => stringOf(m) ?? []);
    if (names.length > 1 && names.length === members.length) keepEnumeration(it, names);
  }
}
/** `() => User`, `'User'`, `{ entity: () => User }` */
function targetOf(it: Evaluator, { args: [target] }: Decoration): string | null {
  const given =
    target?.k === 'record' ? (target.members.get('entity') ?? target.members.get('target')) : target;
  return entityNamed(declaredBy(it, given));
}
/** Filters as the library takes them, as filters by column: `{ owner: { id } }` is one by the key of `owner`. */
export function normalFilter(where: Value | undefined, key = 'id'): Value | undefined {
  if (where === undefined) return undefined;
  if (where.k === 'choice')
    // Where there may be no filter, that one lets everything through.
    return {
      ...where,
      options: where.options.map((o) => ({ ...o, value: normalFilter(o.value, key) ?? record() })),
    };
  if (where.k === 'list')
    return record(
      where.elements.some((e) => e.k === 'record' || e.k === 'choice')
        ? where.elements.map((e, i): [string, Value] => [`OR${i}`, normalFilter(e, key) ?? record()])
        : [[key, record([['in', where]])]],
    );
  if (where.k === 'record' && (where.cls === null || where.members.size > 0))
    return {
      ...record(
        [...where.members].map(([name, value]): [string, Value] => {
          const id = value.k === 'record' && value.members.size === 1 ? value.members.get('id') : undefined;
          return id ? [`${name}_id`, id] : [name, value];
        }),
        where.open,
      ),
    };
  return where.k === 'literal' && (where.value === null || where.value === undefined)
    ? undefined
    : record([[key, where]]);
}
/** Relations to load, as a tree of names: `['author', 'author.team']`, `{ author: { team: true } }`. */
export function relationTree(value: Value | undefined): Value | undefined {
  if (value?.k === 'list') {
    const paths = value.elements.flatMap((e) => stringOf(e)?.split('.')[0] ?? []);
    return record(
      [...new Set(paths)].map((name): [string, Value] => {
        const below = value.elements.flatMap((e) => {
          const [first, ...rest] = stringOf(e)?.split('.') ?? [];
          return first === name && rest.length > 0 ? [literal(rest.join('.'))] : [];
        });
        return [
          name,
          below.length > 0
            ? record([['include', relationTree({ k: 'list', elements: below, open: null })!]])
            : literal(true),
        ];
      }),
    );
  }
  if (value?.k === 'record')
    return record(
      [...value.members].map(([name, v]): [string, Value] => [
        name,
        v.k === 'record' ? record([['include', relationTree(v)!]]) : v,
      ]),
    );
  return undefined;
}
/** A value that was loaded from the database, rather than made. */
export const isLoaded = (it: Evaluator, value: Value): boolean => {
  if (value.k === 'unknown') return value.sources.some((s) => it.rows.has(s) || s === 'identity');
  if (value.k === 'list')
    return [...value.elements, ...(value.open ? [value.open] : [])].some((e) => isLoaded(it, e));
  if (value.k === 'choice') return value.options.some((o) => isLoaded(it, o.value));
  return value.k === 'record' && value.open !== null && sourcesOf(value.open).some((s) => it.rows.has(s));
};
