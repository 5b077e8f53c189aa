import type { Evaluator } from '../../wiring/evaluator.js';
import { mergeSources, onEachWay, type Fact, type Source } from '../../wiring/fact.js';
import { rowOf } from '../../wiring/looked-up.js';
import { atom } from '../../wiring/tests.js';
import {
  optionsOf,
  promise,
  record,
  sourcesOf,
  stringOf,
  UNDEFINED,
  unknown,
  type Option,
  type PromiseValue,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { isFoundByProof, isKey } from './record-queries.js';
import { askedOfColumns } from './asked-of-columns.js';
import { columnsWritten } from './columns-written.js';
import {
  cellsIn,
  changeOf,
  isMadeUp,
  isMadeUpAsId,
  isTokenAsId,
  keepsDigest,
  SECRET_COLUMN,
  type Cell,
} from './credential-change.js';
import {
  findsOpenToo,
  isForAll,
  columnsGiven,
  isAskedFor,
  statesIn,
  takesOver,
  type States,
} from './opened.js';
import { PERSON } from '../../wiring/people.js';
import { rolesAsked } from './roles-asked.js';
import { isLockable, type Entities, type EntityField } from './entities.js';

/** One operation on the records of an entity, whichever library does it. */
export interface Access {
  entities: Entities;
  entity: string;
  operation: 'read' | 'list' | 'create' | 'update' | 'delete';
  /** It yields how many there are. */
  counts?: boolean;
  /** What selects the records: columns and their values, nested by relation. */
  where?: Value | undefined;
  /** What is written. */
  data?: Value | undefined;
  /** A record that is stored again, where it is not said what of it has changed. */
  changes?: Value | undefined;
  /** It creates what it does not find. */
  upserts?: boolean;
  /** What is written then into what it does find, where that is said by itself. */
  updates?: Value | undefined;
  projected?: boolean;
  /** It yields columns, and no instance of a class. */
  isRaw?: boolean;
  /** It goes on only where there is such a record. */
  orThrow?: boolean;
  /** Other entities that are read along. */
  joined?: readonly string[];
  site: Site;
}
/** What is found by an access, as far as what is read or written along needs it. */
export interface Found {
  keys: readonly Source[];
  scoped: boolean;
  bySecret: boolean;
  states: States;
  row: Source;
}
/**
 * Takes down the effect, and says what it yields: as a promise. `along`: relations that are read or written with it; it
 * answers those members of the record of which more is known.
 */
export function access(
  it: Evaluator,
  a: Access,
  along?: (found: Found) => ReadonlyMap<string, Value> | null | void,
): PromiseValue {
  const { entity, operation, site } = a;
  const data = oneOf(a.data);
  const where = readFilter(it, a.where ?? UNDEFINED);
  const links = data ? linkedKeys(a.entities, entity, data) : [];
  const keys = mergeSources(where.keys, operation === 'create' ? links : []);
  const scoped = isIdentity(it, keys);
  const { roles, bySecret } = where;
  const isOwn = ownedByKey(it, a.where);
  const isNew = operation === 'create';
  const states = statesIn(a.where, entity, a.entities);
  const gives = columnsGiven(data, entity);
  const cells = cellsIn(data ?? a.changes);
  const named = isNew ? [] : namedIn(a.entities, entity, a.where);
  const lockable = named.length > 0 && isLockable(a.entities, entity);
  const isList = operation === 'list';
  const isChosen =
    (isOwn && !a.joined?.length && isNamedById(a.where)) || keys.some((k) => it.rows.get(k)?.isChosen);
  const row = rowOf(
    it,
    {
      entity,
      keys,
      scoped,
      roles,
      bySecret,
      isOwn,
      isNew,
      isList,
      isChosen,
      named,
      isLockable: lockable,
      ...(named.includes(entity) ? { partOf: wholesOf(a.entities, entity) } : {}),
      ...(isForAll(a.entities, entity, a.where) ? { isForAll: true } : {}),
      isOrOpen: findsOpenToo(a.where, states),
      asked: isNew ? undefined : askedOfColumns(it, a.where),
    },
    site,
  );
  it.recorder?.effect(it, {
    operation,
    class: operation === 'read' || operation === 'list' ? 'read' : 'write',
    target: entity,
    keys,
    scoped,
    roles,
    projected: a.projected ?? false,
    bySecret,
    global: isGlobal(a.entities, entity),
    own:
      isOwn ||
      (operation === 'update' && (linksOnlyCaller(data) || takesOver(a.where, data))) ||
      (operation === 'create' && ownedByKey(it, data)),
    storesSecret: data !== undefined && (operation === 'create' || a.upserts === true) && keepsDigest(data),
    makesSecret:
      (data ?? a.changes) !== undefined &&
      (isNew || operation === 'update') &&
      makesSecret(a.entities, entity, cells, isNew),
    change: operation === 'update' && a.upserts !== true ? changeOf(cells) : undefined,
    ...(gives.length > 0 ? { gives } : {}),
    written: columnsWritten(cells, data ?? a.changes, a.updates),
    states,
    row,
    site,
  });
  const found = { keys, scoped, bySecret, states, row };
  for (const other of a.joined ?? [])
    it.recorder?.effect(it, {
      operation: 'read',
      class: 'read',
      target: other,
      ...found,
      global: isGlobal(a.entities, other),
      nested: true,
      roles: [],
      projected: a.projected ?? false,
      site,
    });
  const parts = along?.(found) ?? null;
  if (a.counts) return promise(unknown(['count', row])) as PromiseValue;
  // A row that was found by what the caller proves to hold says who the caller is.
  const byCredential = (operation !== 'list' || bySecret) && isFoundByProof(it, where.keys);
  const isCaller = operation === 'read' && PERSON.test(entity) && isOwnKey(a.where);
  // `…OrThrow` goes on only with a row: with the caller's own, if they are what else is asked of it.
  const asked = isCaller ? textsIn(a.where!) : [];
  const passed = atom(
    it,
    asked.length > 0 ? 'equal' : isCaller || byCredential ? 'truthy' : 'exists',
    [asked.length > 0 ? 'identity.role' : isCaller || byCredential ? 'identity' : row],
    site,
    { arguments: asked, refusal: { how: 'throw', status: 404 } },
  );
  const cls = operation === 'read' && !a.isRaw ? a.entities.get(entity)?.cls : undefined;
  const value = unknown(byCredential || isCaller ? ['identity'] : [row], {
    ...(parts ? { parts } : {}),
    ...(cls ? { cls } : {}),
  });
  return promise(value, a.orThrow ? [passed] : []) as PromiseValue;
}
/**
 * Relations that are loaded along, as a tree of names: `{ author: { include: { team: true } } }`. Of those that are limited to who calls,
 * `{ members: { where: { userId: me } } }`, and of what belongs to these, nobody else's is read. `filterIn`: a condition as a filter by columns.
 */
export function readAlong(
  it: Evaluator,
  a: Access,
  relations: Value | undefined,
  found: Found,
  parts: readonly string[],
  filterIn: (where: Value, entity: string) => Value = (where) => where,
): void {
  const visit = (name: string, value: Value | undefined, from: Found, depth: number): void => {
    if (value?.k !== 'record' || depth > 4) return;
    const fields = a.entities.get(name)?.fields;
    for (const [key, member] of value.members) {
      const field = fields?.get(key);
      if (!field?.isRelation || (member.k === 'literal' && member.value !== true)) continue;
      const inner = member.k === 'record' ? member : null;
      const where = inner?.members.get('where');
      const filter = where && filterIn(where, field.type);
      const limit = filter ? readFilter(it, filter).keys : [];
      const isOfCaller = isIdentity(it, limit);
      const part = isOfCaller ? { ...from, keys: mergeSources(from.keys, limit), scoped: true } : from;
      it.recorder?.effect(it, {
        operation: 'read',
        class: 'read',
        target: field.type,
        ...part,
        ...(isOfCaller && ownedByKey(it, filter) ? { own: true } : {}),
        global: isGlobal(a.entities, field.type),
        nested: !isPartOf(a.entities, field, name),
        roles: [],
        projected: (a.projected ?? false) || (inner?.members.has('select') ?? false),
        site: a.site,
      });
      for (const p of parts) visit(field.type, inner?.members.get(p), part, depth + 1);
    }
  };
  visit(a.entity, relations, found, 0);
}
/** Of several records that are written at once, one that stands for them: the first that is not the caller's own, if any. */
function oneOf(data: Value | undefined): Value | undefined {
  if (data?.k !== 'list') return data;
  const all = [...data.elements, ...(data.open ? [data.open] : [])];
  return all.find((e) => e.k !== 'record' || !holdsCaller(e)) ?? all[0];
}
const holdsCaller = (value: Value & { k: 'record' }): boolean =>
  [...value.members.values()].some((v) => sourcesOf(v, 1).some((s) => s.startsWith('identity')));
/** `{ id: request.params.id, … }` */
const isNamedById = (where: Value | undefined): boolean => {
  const id = where?.k === 'record' ? (where.members.get('id') ?? where.members.get('_id')) : undefined;
  return id !== undefined && sourcesOf(id).some(isInput);
};
export const isGlobal = (entities: Entities, entity: string): boolean =>
  entities.get(entity)?.owned === false;

/**
 * Of which entities a filter takes a record by what the request says, where that is an id that nobody can guess: the entity's own
 * (`{ id }`), and what it hangs on (`{ linkId }`).
 */
function namedIn(entities: Entities, entity: string, where: Value | undefined): string[] {
  if (where?.k !== 'record') return [];
  const fields = entities.get(entity)?.fields;
  return [...where.members].flatMap(([column, member]) => {
    if (!isAskedFor(member.k === 'record' ? sourcesOf(member, 1) : sourcesOf(member))) return [];
    if (member.k === 'record' && member.members.size > 1) return namedIn(entities, entity, member);
    if (fields?.get(column)?.isRandom) return [entity];
    const relation = /^(\w+?)_?id$/i.exec(column)?.[1];
    const other = relation === undefined ? undefined : fields?.get(relation);
    return other?.isRelation && entities.get(other.type)?.fields.get('id')?.isRandom ? [other.type] : [];
  });
}
/** What holds the key of another record, and has to, is a part of that. */
function wholesOf(entities: Entities, entity: string): string[] {
  const fields = [...(entities.get(entity)?.fields ?? [])];
  const holdsKey = (relation: string): boolean =>
    fields.some(([column]) => column.replace(/_?id$/i, '') === relation && column !== relation);
  return fields.flatMap(([name, f]) =>
    f.isRelation && !f.isList && !f.isOptional && holdsKey(name) ? [f.type] : [],
  );
}
/** A column that holds a secret is given one that is made up here, or by the database where it is left out. */
function makesSecret(entities: Entities, entity: string, cells: readonly Cell[], isNew: boolean): boolean {
  const secret = [...(entities.get(entity)?.fields ?? [])].filter(
    ([name, f]) => SECRET_COLUMN.test(name) && f.isRandom,
  );
  return (
    cells.some((c) => isMadeUp(c) || isMadeUpAsId(c, entity)) ||
    (isNew && secret.some(([name]) => !cells.some((c) => c.column === name)))
  );
}
/** Every source in a filter, the constants that stand beside the caller's identity, and whether one is a secret. */
export function readFilter(
  it: Evaluator,
  filter: Value,
  depth = 0,
  isTop = true,
): { keys: readonly Source[]; roles: string[]; bySecret: boolean } {
  if (depth > MAX_RELATIONS) return { keys: [], roles: [], bySecret: false };
  let keys: readonly Source[] = [];
  const byOption: string[][] = [];
  let bySecret = false;
  for (const { value } of optionsOf(filter)) {
    const roles: string[] = [];
    byOption.push(roles);
    if (value.k === 'record') {
      roles.push(...rolesAsked(value.members, (v) => isIdentity(it, sourcesOf(v, 0)), isTop));
      for (const [name, member] of value.members) {
        if (member.k === 'record' || member.k === 'list' || member.k === 'choice') {
          const inner = readFilter(
            it,
            member.k === 'list' ? record(member.elements.map((e, i) => [String(i), e])) : member,
            depth + 1,
            isTop && /^(?:\$?(?:and|or)|\d+)$/i.test(name),
          );
          keys = mergeSources(keys, member.k === 'choice' ? limiting(it, member, inner.keys) : inner.keys);
          // `in: [...ids]`: one of which nothing else is known stands for all.
          if (member.k === 'list' && member.open) keys = mergeSources(keys, sourcesOf(member.open));
          roles.push(...inner.roles);
          bySecret ||= inner.bySecret || (SECRET_COLUMN.test(name) && inner.keys.length > 0);
        } else {
          const sources = sourcesOf(member);
          keys = mergeSources(keys, sources);
          const sent = sources.filter((s) => /^(params|query|body|header|credential|message)/.test(s));
          if (
            sources.includes('hashed') ||
            (SECRET_COLUMN.test(name) && sent.length > 0) ||
            isTokenAsId(name, sent)
          )
            bySecret = true;
        }
      }
      if (value.open) keys = mergeSources(keys, sourcesOf(value.open));
    } else keys = mergeSources(keys, sourcesOf(value));
  }
  // A limit that may be left out asks nobody for a role.
  const roles = byOption.every((o) => o.length > 0) ? byOption.flat() : [];
  return { keys, roles: [...new Set(roles)], bySecret };
}
/** Filters nest two steps for each relation that many are tied by: `members: { some: { … } }`. */
const MAX_RELATIONS = 14;
/**
 * `request.headers.group || me.group`: what may come from the request alone is what anybody may send, and limits nothing to
 * who calls. Not so where it is taken only of somebody who may ask for it: `me.isKeeper ? request.query.owner : me.id`.
 */
export function limiting(
  it: Evaluator,
  value: Value,
  sources: readonly Source[] = sourcesOf(value),
): readonly Source[] {
  if (!optionsOf(value).some((o) => isAnybodys(it, o))) return sources;
  return sources.filter((s) => !isIdentity(it, [s]));
}
function isAnybodys(it: Evaluator, { value, facts }: Option): boolean {
  const sources = sourcesOf(value);
  const asksCaller = (fact: Fact): boolean =>
    onEachWay(fact, (a) => isIdentity(it, a.sources) && a.test !== 'falsy' && a.test !== 'absent');
  return sources.some(isInput) && !isIdentity(it, sources) && !facts.some(asksCaller);
}
const isInput = (s: Source): boolean => /^(params|query|body|message|header|cookies)(\.|$)/.test(s);
export const isIdentity = (it: Evaluator, sources: readonly Source[]): boolean =>
  sources.some((s) => s.startsWith('identity') || (it.rows.get(s)?.scoped ?? false));
const textsIn = (v: Value): string[] =>
  v.k === 'record' ? [...v.members.values()].flatMap(textsIn) : stringOf(v) === null ? [] : [stringOf(v)!];
/**
 * `where: { id: me }`: whoever is found by the caller's own id is the caller, wherever a setting says that it is kept, and so
 * is whoever a store holds under the key of the caller's session.
 */
function isOwnKey(where: Value | undefined): boolean {
  if (where?.k !== 'record') return false;
  return [...where.members].some(
    ([name, v]) =>
      /^(id|_id|uid|uuid|email|username|sub)$/i.test(name) &&
      sourcesOf(v, 0).some((x) => x.startsWith('identity')) &&
      sourcesOf(v, 0).every((x) => x.startsWith('identity') || x.startsWith('config:') || x === 'stored'),
  );
}
/** The caller's identity stands at the top of a filter or of new data, in a compound key, or in a `connect`. */
function ownedByKey(it: Evaluator, value: Value | undefined): boolean {
  if (value?.k !== 'record') return false;
  const direct = (v: Value): boolean =>
    v.k !== 'record' &&
    v.k !== 'list' &&
    limiting(it, v, sourcesOf(v, 0)).some((s) => s.startsWith('identity'));
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
/** What a new record is attached to: foreign keys that it is given, and whatever holds the caller's own key. */
function linkedKeys(entities: Entities, entity: string, data: Value): readonly Source[] {
  if (data.k !== 'record') return [];
  const fields = entities.get(entity)?.fields;
  return mergeSources(
    ...[...data.members]
      .filter(([name]) => fields?.get(name)?.isRelation ?? name.endsWith('Id'))
      .concat([...data.members].filter(([name, v]) => /(Id|_id)$/.test(name) || isCallersKey(v)))
      .map(([, v]) => sourcesOf(v, 4)),
  );
}
const isCallersKey = (value: Value): boolean => {
  const sources = value.k === 'record' || value.k === 'list' ? [] : sourcesOf(value);
  return sources.length > 0 && sources.every(isKey);
};
/** Records that belong to the one they are loaded with: many of them, each pointing back to it. */
function isPartOf(entities: Entities, field: EntityField, parent: string): boolean {
  return (
    field.isList &&
    [...(entities.get(field.type)?.fields.values() ?? [])].some(
      (f) => f.isRelation && !f.isList && f.type === parent,
    )
  );
}
