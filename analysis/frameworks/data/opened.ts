import { isIdentity, someAtom, type Fact, type Source } from '../../wiring/fact.js';
import { isNullish, listed, optionsOf, sourcesOf, type Value } from '../../wiring/value.js';
import { PERSON } from '../../wiring/people.js';
import type { Entities, EntityField } from './entities.js';

/**
 * What a filter asks of the state of records, whoever calls: columns that have to hold a constant, as
 * `Album.isOpen=true`. By such a column an owner may open what is theirs to everybody.
 */
export interface States {
  /** Every record that is found is in it. */
  demanded: readonly string[];
  /** It, or to be the caller's: `OR: [{ ownerId: me }, { isOpen: true }]`. */
  alternative: readonly string[];
}
const NO_STATES: States = { demanded: [], alternative: [] };
const ANY = /^(or|\$or)'*$/i;
const ALL = /^(and|\$and|is)$/i;
const NOT = /^(not|\$not|\$nor|none|every|isNot)$/i;
const MAX_DEPTH = 5;

export function statesIn(filter: Value | undefined, entity: string, entities: Entities, depth = 0): States {
  if (filter === undefined || depth > MAX_DEPTH) return NO_STATES;
  // What is asked on some ways only is not asked.
  const each = optionsOf(filter).map((o) => statesOf(o.value, entity, entities, depth));
  return {
    demanded: each[0]!.demanded.filter((s) => each.every((e) => e.demanded.includes(s))),
    alternative: each.flatMap((e) => e.alternative),
  };
}
function statesOf(filter: Value, entity: string, entities: Entities, depth: number): States {
  if (filter.k === 'list') {
    const each = filter.elements.map((e) => statesIn(e, entity, entities, depth + 1));
    return { demanded: each.flatMap((e) => e.demanded), alternative: each.flatMap((e) => e.alternative) };
  }
  if (filter.k !== 'record') return NO_STATES;
  const demanded: string[] = [];
  const alternative: string[] = [];
  const add = (inner: States): void => {
    demanded.push(...inner.demanded);
    alternative.push(...inner.alternative);
  };
  for (const [name, member] of filter.members) {
    if (NOT.test(name)) continue;
    const parts = member.k === 'list' ? member.elements : [member];
    if (ANY.test(name)) {
      const each = parts.map((p) => statesIn(p, entity, entities, depth + 1));
      const isMine = (p: Value): boolean => sourcesOf(p, MAX_DEPTH).some(isIdentity);
      if (parts.some(isMine))
        alternative.push(...each.flatMap((e, i) => (isMine(parts[i]!) ? [] : e.demanded)));
      continue;
    }
    if (ALL.test(name)) {
      for (const p of parts) add(statesIn(p, entity, entities, depth + 1));
      continue;
    }
    const constant = constantIn(member);
    if (constant !== null) demanded.push(`${entity}.${name}=${constant}`);
    const field = entities.get(entity)?.fields.get(name);
    const other = field?.isRelation ? field.type : entities.has(name) ? name : null;
    if (other === null || member.k !== 'record') continue;
    add(statesIn(member.members.get('some') ?? member, other, entities, depth + 1));
  }
  return { demanded, alternative };
}
/** `OR: [{ owner: me }, { isOpen: true }]`, and nothing beside it that has to be the caller's. */
export const findsOpenToo = (filter: Value | undefined, { alternative }: States): boolean =>
  filter !== undefined && alternative.length > 0 && !demandsCaller(filter, 0);
/** Whatever is found has to be the caller's in something. */
function demandsCaller(filter: Value, depth: number): boolean {
  if (depth > MAX_DEPTH) return true;
  const inner = (v: Value): boolean => demandsCaller(v, depth + 1);
  if (filter.k === 'choice') return filter.options.every((o) => inner(o.value));
  if (filter.k === 'list') return filter.elements.some(inner);
  if (filter.k !== 'record') return sourcesOf(filter, MAX_DEPTH).some(isIdentity);
  return [...filter.members].some(([name, member]) => {
    if (NOT.test(name)) return false;
    return ANY.test(name) && member.k === 'list' ? member.elements.every(inner) : inner(member);
  });
}
/** `true`, `'open'`, `{ equals: true }`, `{ eq: 'open' }`. */
function constantIn(value: Value): string | null {
  if (value.k === 'literal')
    return typeof value.value === 'boolean' || typeof value.value === 'string' ? String(value.value) : null;
  if (value.k !== 'record' || value.members.size !== 1) return null;
  const inner = value.members.get('equals') ?? value.members.get('eq') ?? value.members.get('$eq');
  return inner?.k === 'literal' ? constantIn(inner) : null;
}
/** What the request says for itself, and not by what it is sent along with. */
export const isAskedFor = (sources: readonly Source[]): boolean =>
  sources.some((s) => /^(body|params|query|message)\b/.test(s));
/** Columns that are given what the request says: `data: { isOpen: request.body.isOpen }`; all of them, `*`, by `data: request.body`. */
export function columnsGiven(data: Value | undefined, entity: string): readonly string[] {
  const all = `${entity}.*`;
  if (data?.k === 'unknown') return isAskedFor(data.sources) ? [all] : [];
  if (data?.k !== 'record') return [];
  const rest = data.open?.k === 'unknown' && isAskedFor(data.open.sources) ? [all] : [];
  const named = [...data.members].flatMap(([name, member]) =>
    member.k !== 'record' && (isAskedFor(sourcesOf(member, 0)) || isDecided(member))
      ? [`${entity}.${name}`]
      : [],
  );
  return [...named, ...rest];
}
/** `open === true ? true : open === false ? false : before`: which of both it is, the request says. */
const isDecided = (value: Value): boolean =>
  value.k === 'choice' &&
  [true, false].every((b) => value.options.some((o) => o.value.k === 'literal' && o.value.value === b)) &&
  value.options.some((o) => o.facts.some(isOfRequest));
const isOfRequest = (f: Fact): boolean => someAtom(f, ({ sources }) => isAskedFor(sources));
/**
 * A filter asks for records that are given to nobody in particular: a column that points to a person, and need not, has to be
 * empty, `{ granteeId: null }`. Whose the record is stands beside it, in one that always does.
 */
export function isForAll(entities: Entities, entity: string, where: Value | undefined): boolean {
  if (where?.k !== 'record') return false;
  const fields = entities.get(entity)?.fields;
  const isOfPerson = (f: EntityField | undefined): boolean =>
    f?.isRelation === true && !f.isList && PERSON.test(f.type);
  if (![...(fields?.values() ?? [])].some((f) => isOfPerson(f) && f.isOptional !== true)) return false;
  return [...where.members].some(([column, value]) => {
    const relation = /^(\w+?)_?id$/i.exec(column)?.[1];
    const field = fields?.get(relation ?? column);
    return value.k === 'literal' && value.value === null && isOfPerson(field) && field?.isOptional === true;
  });
}

/**
 * `update({ where: { id, teamId: null }, data: { teamId } })`: what has been nobody's so far becomes somebody's, and nobody else's rights
 * are at stake.
 */
export const takesOver = (where: Value | undefined, data: Value | null | undefined): boolean =>
  data?.k === 'record' &&
  listed(where).some(
    (w) =>
      w.k === 'record' &&
      [...w.members].some(([name, v]) => OWNER.test(name) && isNullish(v) && data.members.has(name)),
  );
const OWNER =
  /^(?:user|owner|holder|assignee|tenant|org|organi[sz]ation|workspace|team|account|claimed_?by)(?:_?id)?$/i;
