import type { Evaluator } from '../wiring/evaluator.js';
import { mergeSources, type Source } from '../wiring/fact.js';
import {
  constantsOf,
  optionsOf,
  record,
  sourcesOf,
  unknown,
  type Record_,
  type Value,
} from '../wiring/value.js';

/** Column names whose value is known to its holder only. */
const SECRET_COLUMN = /token|secret|hash|signature|nonce|otp|code$|api_?key|slug_?key|share_?id|magic/i;

/** Every source in a filter, the constants that stand beside the caller's identity, and whether one is a secret. */
export function readFilter(
  it: Evaluator,
  filter: Value,
  depth = 0,
): { keys: readonly Source[]; roles: string[]; bySecret: boolean } {
  if (depth > 6) return { keys: [], roles: [], bySecret: false };
  let keys: readonly Source[] = [];
  let roles: string[] = [];
  let bySecret = false;
  for (const { value } of optionsOf(filter)) {
    if (value.k === 'record') {
      const direct = [...value.members.values()].some(
        (m) => m.k !== 'record' && isIdentity(it, sourcesOf(m, 0)),
      );
      for (const [name, member] of value.members) {
        if (member.k === 'record' || member.k === 'list' || member.k === 'choice') {
          const inner = readFilter(
            it,
            member.k === 'list' ? record(member.elements.map((e, i) => [String(i), e])) : member,
            depth + 1,
          );
          keys = mergeSources(keys, inner.keys);
          roles.push(...inner.roles);
          bySecret ||= inner.bySecret || (SECRET_COLUMN.test(name) && inner.keys.length > 0);
          if (direct) roles.push(...limitConstants(member));
        } else {
          const sources = sourcesOf(member);
          keys = mergeSources(keys, sources);
          if (
            sources.includes('hashed') ||
            (SECRET_COLUMN.test(name) &&
              sources.some((s) => /^(params|query|body|header|credential|message)/.test(s)))
          )
            bySecret = true;
        }
      }
      if (value.open) keys = mergeSources(keys, sourcesOf(value.open));
    } else keys = mergeSources(keys, sourcesOf(value));
  }
  return { keys, roles: [...new Set(roles)], bySecret };
}
/** `role: { in: [...] }` and `role: 'ADMIN'`, beside an identity. */
function limitConstants(value: Value): string[] {
  if (value.k === 'record')
    return [...value.members].flatMap(([op, v]) =>
      ['in', 'equals'].includes(op) ? (constantsOf(v) ?? []) : [],
    );
  return [];
}
export const isIdentity = (it: Evaluator, sources: readonly Source[]): boolean =>
  sources.some((s) => s.startsWith('identity') || (it.rows.get(s)?.scoped ?? false));

interface Field {
  type: string;
  isRelation: boolean;
}
/**
 * Relations that are loaded along, and of which only the caller's are asked for: `include: { users: { where: { userId: me } } }`.
 * What is found there says whether the caller is one of them, and in which role.
 */
export function relationsOfCaller(
  it: Evaluator,
  fieldsOf: (entity: string) => ReadonlyMap<string, Field> | undefined,
  found: { entity: string; keys: readonly Source[]; row: Source },
  options: Record_,
  depth = 0,
): ReadonlyMap<string, Value> | null {
  const parts = new Map<string, Value>();
  for (const loaded of ['include', 'select'].map((name) => options.members.get(name))) {
    if (loaded?.k !== 'record' || depth > MAX_RELATIONS) continue;
    for (const [name, how] of loaded.members) {
      const field = fieldsOf(found.entity)?.get(name);
      if (!field?.isRelation || how.k !== 'record') continue;
      const where = how.members.get('where');
      const limit = where ? readFilter(it, where) : null;
      if (limit && isIdentity(it, limit.keys)) {
        const row = `row#${it.rows.size + 1}`;
        const keys = mergeSources([found.row], found.keys, limit.keys);
        it.rows.set(row, { entity: field.type, keys, scoped: true, roles: limit.roles, bySecret: false });
        parts.set(name, unknown([row]));
        continue;
      }
      const inner = relationsOfCaller(it, fieldsOf, { ...found, entity: field.type }, how, depth + 1);
      if (inner) parts.set(name, unknown([found.row], { parts: inner }));
    }
  }
  return parts.size > 0 ? parts : null;
}
const MAX_RELATIONS = 4;
