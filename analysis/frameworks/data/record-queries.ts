import type { Evaluator } from '../../wiring/evaluator.js';
import {
  isConfigured,
  isIdentity,
  mergeSources,
  NO_SOURCES,
  type Fact,
  type Source,
} from '../../wiring/fact.js';
import { MAILED_CODE, MAY } from '../../protections/names.js';
import { rowOf } from '../../wiring/looked-up.js';
import { atom } from '../../wiring/tests.js';
import {
  constantsOf,
  isNullish,
  optionsOf,
  sourcesOf,
  type Option,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { askedOfColumns } from './asked-of-columns.js';
import { columnsWritten } from './columns-written.js';
import { cellsIn, changeOf, isMadeUp, isMadeUpAsId, isTokenAsId, keepsDigest } from './credential-change.js';
import { PERSON } from '../../wiring/people.js';
import { NAMES_RECORD, type Entities } from './entities.js';
import { columnsGiven, findsOpenToo, statesIn, takesOver } from './opened.js';

/** What a filter asks for, as far as it says whose record it is. */
export interface Condition {
  /** Sources of everything that it compares with. */
  keys: readonly Source[];
  /** Only what belongs to the caller, by their identity or by a record that does, meets it. */
  isScoped: boolean;
  /** The identity itself is compared with a field. */
  isOwn: boolean;
  /** A field that holds who somebody is, is the caller's. */
  isCaller: boolean;
  /** Asks for something that only its holder knows. */
  bySecret: boolean;
  /** Records that all that meets it hangs on. */
  heldTo: readonly Source[];
  /** Constants that are asked for beside the caller's identity. */
  roles: readonly string[];
}
const NOTHING: Condition = {
  keys: NO_SOURCES,
  isScoped: false,
  isOwn: false,
  isCaller: false,
  bySecret: false,
  heldTo: [],
  roles: [],
};
/** Field names whose value is known to its holder only. */
const SECRET =
  /token|secret|hash|signature|nonce|otp|api_?key|magic|(reset|recovery|activation)\w*(guid|uuid|id|key|link)$/i;
const isSecret = (field: string): boolean => SECRET.test(field) || MAILED_CODE.test(field);
/** Fields that hold who somebody is, in what is kept of people. */
const PERSONAL_KEY = /^(id|_id|uid|uuid|email|username|sub)$/i;
const INPUT = /^(params|query|body|header|credential|message|cookies)/;
/** Something that the request brings, and that only its holder knows. */
export const isSecretInput = (source: Source): boolean =>
  INPUT.test(source) && isSecret(source.slice(source.indexOf('.') + 1));

/**
 * What the caller proves to hold says who they are, where it is what they are looked up by. Where they are known already and
 * the request asks for something, it only has a say in it, as a cookie with the group that they look at: `{ id, groupId }`.
 */
export const isFoundByProof = (it: Evaluator, keys: readonly Source[]): boolean =>
  keys.includes('credential') &&
  !(
    keys.some((s) => ASKED_FOR.test(s)) &&
    keys.some((s) => isIdentity(s) || (it.rows.get(s)?.scoped ?? false))
  );
const ASKED_FOR = /^(params|query|body|header|message)/;

/** Of the caller, what records are tied to them by; what they are called is written down for whoever reads it. */
export const isKey = (source: Source): boolean =>
  /^identity(\.(id|_id|uid|uuid|sub|\w*_?id|payload|user))?$/i.test(source);

/** All of several conditions at once. */
function both(parts: readonly Condition[]): Condition {
  return {
    keys: mergeSources(...parts.map((p) => p.keys)),
    isScoped: parts.some((p) => p.isScoped),
    isOwn: parts.some((p) => p.isOwn),
    isCaller: parts.some((p) => p.isCaller),
    bySecret: parts.some((p) => p.bySecret),
    heldTo: [...new Set(parts.flatMap((p) => p.heldTo))],
    roles: [...new Set(parts.flatMap((p) => p.roles))],
  };
}
/** One of several: whose it is has to follow from each that the request has a say in. */
function either(parts: readonly Condition[]): Condition {
  const asked = parts.filter((p) => p.keys.length > 0);
  const all = (test: (p: Condition) => boolean): boolean => asked.length > 0 && asked.every(test);
  return {
    ...both(parts),
    isScoped: all((p) => p.isScoped),
    isOwn: all((p) => p.isOwn),
    isCaller: parts.every((p) => p.isCaller) && parts.length > 0,
    bySecret: all((p) => p.bySecret),
    heldTo: heldByEach(parts),
  };
}
const heldByEach = ([first, ...others]: readonly Condition[]): readonly Source[] =>
  first?.heldTo.filter((s) => others.every((p) => p.heldTo.includes(s))) ?? [];
/** `isAdmin ? {} : { owner }`: whoever may have the other filter was asked who they are. */
const asksWho = (facts: readonly Fact[]): boolean =>
  facts.some((f) =>
    f.k === 'atom' ? f.sources.some((s) => isIdentity(s)) : f.alternatives.every((a) => asksWho(a)),
  );

/** `SINGLE_USER ? 'me' : user.id`: whoever runs it so has nobody else's records. */
const isOfSetting = ({ value, facts }: Option): boolean => value.k === 'literal' && facts.some(isConfigured);
/**
 * Reads a filter as document databases and most builders write it: fields with values or with operators, `$and` and
 * `$or` of further ones; a list means all of them.
 */
export function readCondition(
  it: Evaluator,
  filter: Value,
  field: string | null = null,
  depth = 0,
): Condition {
  if (depth > MAX_DEPTH) return NOTHING;
  const inner = (value: Value, name = field): Condition => readCondition(it, value, name, depth + 1);
  switch (filter.k) {
    case 'choice': {
      // Of a field's value, that it may not be there yet says nothing.
      const options = filter.options.filter((o) => field === null || !isNullish(o.value));
      const sides = options.map((o) => {
        const isWritten = field !== null && isOfSetting(o);
        return { ...inner(o.value), isWritten, isExcused: isWritten || asksWho(o.facts) };
      });
      return {
        ...both(sides),
        isScoped: sides.some((s) => s.isScoped) && sides.every((s) => s.isScoped || s.isExcused),
        isOwn: sides.some((s) => s.isOwn) && sides.every((s) => s.isOwn || s.isExcused),
        isCaller: sides.some((s) => s.isCaller) && sides.every((s) => s.isCaller || s.isWritten),
        bySecret: sides.length > 0 && sides.every((s) => s.bySecret),
        heldTo: heldByEach(sides),
      };
    }
    case 'list':
      // Of a field's alternatives, any may be it: `{ owner: [me, them] }`.
      return field === null
        ? both(filter.elements.map((e) => inner(e)))
        : either([...filter.elements, ...(filter.open ? [filter.open] : [])].map((e) => inner(e)));
    case 'record': {
      const isDirect = [...filter.members.values()].some(
        (m) => m.k !== 'record' && sourcesOf(m, 0).some(isIdentity),
      );
      const parts = [...filter.members].map(([name, member]): Condition => {
        if (/^\$?(or)$/i.test(name) && member.k === 'list')
          return either(member.elements.map((e) => inner(e)));
        if (/^\$?and$/i.test(name)) return inner(member, null);
        // What it must not be leaves everything else.
        if (/^\$(ne|not|nin|nor|notIn|notLike|exists)$/.test(name))
          return { ...NOTHING, keys: sourcesOf(member, 4) };
        if (name.startsWith('$') && field !== null) return inner(member);
        const found = inner(member, plainName(name));
        return isDirect && member.k === 'record' ? { ...found, roles: alternatives(member) } : found;
      });
      return both([...parts, ...(filter.open ? [inner(filter.open)] : [])]);
    }
    default: {
      const keys = sourcesOf(filter, 4);
      const isOwn = keys.some(isIdentity);
      return {
        ...NOTHING,
        keys,
        heldTo: keys.length === 1 && it.rows.has(keys[0]!) ? keys : [],
        isOwn,
        isScoped: isOwn || keys.some((s) => it.rows.get(s)?.scoped ?? false),
        isCaller:
          isOwn &&
          keys.every((s) => isIdentity(s) || s === 'stored') &&
          field !== null &&
          PERSONAL_KEY.test(field),
        bySecret:
          (keys.some((s) => INPUT.test(s)) &&
            (keys.includes('hashed') || (field !== null && (isSecret(field) || isTokenAsId(field, keys))))) ||
          // What a record leads to that was found so is found so: a token, its session, whose session it is.
          keys.some((s) => it.rows.get(s)?.bySecret ?? false),
      };
    }
  }
}
const MAX_DEPTH = 6;
/** `boats.owner_id`, `$boat.owner`: the field's own name. */
const plainName = (name: string): string =>
  name
    .split('.')
    .at(-1)!
    .replaceAll(/["'`$]/g, '');
const alternatives = (value: Value & { k: 'record' }): string[] =>
  [...value.members].flatMap(([op, v]) => (/^\$?(in|eq|equals)$/.test(op) ? (constantsOf(v) ?? []) : []));

/** What a new record is attached to: its fields that hold keys of others, and those that hold the caller's. */
function readTies(it: Evaluator, data: Value, isTie: (field: string) => boolean): Condition {
  const parts = optionsOf(data).flatMap(({ value }): Condition[] => {
    if (value.k === 'list') return value.elements.map((e) => readTies(it, e, isTie));
    if (value.k !== 'record') return [NOTHING];
    return [...value.members].flatMap(([name, member]): Condition[] => {
      // A record that several share is tied to each of them: `{ members: [me, them] }`.
      const found = member.k === 'list' ? readCondition(it, member) : readCondition(it, member, name);
      // `owner: me.id` ties it to the caller; `createdBy: me.email` is written down for whoever reads it.
      const isMine =
        member.k !== 'record' && member.k !== 'list' && found.keys.length > 0 && found.keys.every(isKey);
      return isMine || NAMES_RECORD.test(name) || isTie(name) ? [found] : [];
    });
  });
  return { ...both(parts), bySecret: false };
}

export type Operation = 'read' | 'list' | 'create' | 'update' | 'delete';
export interface Act {
  entity: string;
  operation: Operation;
  /** What selects the records, all of it together. */
  where: Value;
  /** What a new record is given, or one that is there. */
  data?: Value;
  /** Does this field hold the key of another record, as the schema says? */
  isTie?(field: string): boolean;
  isProjected?: boolean;
  isNested?: boolean;
  /** Belongs to nobody in particular, as the schema shows it. */
  isGlobal?: boolean;
  site: Site;
}
/** Takes down an operation on records, and says where what it yields comes from. */
export function act(it: Evaluator, a: Act): readonly Source[] {
  const creates = a.operation === 'create';
  const where = creates
    ? readTies(it, a.data ?? a.where, a.isTie ?? (() => false))
    : readCondition(it, a.where);
  const { keys, roles, bySecret } = where;
  const states = creates ? null : statesIn(a.where, a.entity, NO_ENTITIES);
  const row = rowOf(
    it,
    {
      entity: a.entity,
      keys,
      scoped: where.isScoped,
      roles,
      bySecret,
      isOwn: where.isOwn && !creates,
      isNew: creates,
      setting: a.operation === 'read' && !PERSON.test(a.entity) ? settingAt(a.where) : undefined,
      isOrOpen: states !== null && findsOpenToo(a.where, states),
      isList: a.operation === 'list',
      asked: creates ? undefined : askedOfColumns(it, a.where),
    },
    a.site,
  );
  const kind = a.operation === 'read' || a.operation === 'list' ? 'read' : 'write';
  const cells = cellsIn(a.data);
  const gives = kind === 'write' ? columnsGiven(a.data, a.entity) : [];
  it.recorder?.effect(it, {
    operation: a.operation,
    class: kind,
    target: a.entity,
    keys,
    scoped: where.isScoped,
    roles,
    own: where.isOwn || (a.operation === 'update' && (tiesOnlyCaller(a.data) || takesOver(a.where, a.data))),
    bySecret,
    ...(where.heldTo.length > 0 && !creates ? { heldTo: where.heldTo } : {}),
    projected: a.isProjected,
    nested: a.isNested,
    global: a.isGlobal,
    change: a.operation === 'update' ? changeOf(cells) : undefined,
    written: kind === 'write' ? columnsWritten(cells, a.data) : undefined,
    storesSecret: creates && a.data !== undefined && keepsDigest(a.data),
    makesSecret: kind === 'write' && cells.some((c) => isMadeUp(c) || isMadeUpAsId(c, a.entity)),
    ...(gives.length > 0 ? { gives } : {}),
    ...(states ? { states } : {}),
    row,
    site: a.site,
  });
  // Whoever is found by their own id, or by what they prove to hold, is the caller.
  const isCaller =
    a.operation === 'read' && ((where.isCaller && PERSON.test(a.entity)) || isFoundByProof(it, keys));
  return isCaller ? mergeSources(['identity'], requiredOfCaller(a.where)) : [row];
}
/**
 * Where the program decides while it runs in which table it looks, no operation on a kind of record can be told. What is found by a
 * secret is of whoever holds that all the same: `db(token.type).where({ token })`.
 */
export function foundSomewhere(it: Evaluator, where: Value, site: Site): readonly Source[] {
  const { keys, isScoped: scoped, roles, bySecret } = readCondition(it, where);
  return bySecret ? [rowOf(it, { entity: 'record', keys, scoped, roles, bySecret }, site)] : keys;
}
/** The one condition where there are no others. */
const onlyOf = (where: Value): Value =>
  where.k === 'list' && where.elements.length === 1 ? where.elements[0]! : where;
/** `{ id: me, isAdmin: true }`: the caller is found where they may that. */
function requiredOfCaller(where: Value): Source[] {
  const asked = onlyOf(where);
  if (asked.k !== 'record') return [];
  return [...asked.members].flatMap(([name, cell]) =>
    cell.k === 'literal' && MAY.test(name) && (cell.value === true || typeof cell.value === 'string')
      ? [`identity.${plainName(name)}`]
      : [],
  );
}
/** `{ key: 'registration_open' }`: the name of a setting, where a record is found by nothing but constants, and one of them is a text. */
function settingAt(where: Value): Source | undefined {
  const asked = onlyOf(where);
  if (asked.k !== 'record' || asked.open) return undefined;
  const cells = [...asked.members.values()];
  const name = cells.find((c) => c.k === 'literal' && typeof c.value === 'string');
  return name?.k === 'literal' && cells.every((c) => c.k === 'literal')
    ? `config:${String(name.value)}`
    : undefined;
}
const NO_ENTITIES: Entities = new Map();
/** An update that only adds the caller to a list, or takes them out of it: `{ $addToSet: { members: me } }`. Steps may count along. */
function tiesOnlyCaller(data: Value | undefined): boolean {
  if (data?.k !== 'record' || data.open) return false;
  const isCaller = (v: Value): boolean => {
    const sources = sourcesOf(v, 2);
    return sources.length > 0 && sources.every(isIdentity);
  };
  const parts = [...data.members].map(([name, v]) =>
    v.k === 'record' && !v.open && /^\$(?:addToSet|push|pull)$/.test(name)
      ? v.members.size > 0 && [...v.members.values()].every(isCaller)
      : name === '$inc'
        ? null
        : false,
  );
  return parts.includes(true) && !parts.includes(false);
}
/** That there is a record at all, for what goes on with one only. */
export const exists = (it: Evaluator, sources: readonly Source[], site: Site): Fact =>
  atom(it, sources.includes('identity') ? 'truthy' : 'exists', sources, site, {
    refusal: { how: 'throw', status: 404 },
  });
