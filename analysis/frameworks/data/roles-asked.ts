import { constantsOf, sourcesOf, type Value } from '../../wiring/value.js';

/**
 * Constants that a filter asks for beside the caller's own key, in the record that holds it: `{ userId: me, role: 'keeper' }`.
 * So does one that leads to the caller by its relations: `{ user: { id: me }, role: 'keeper' }`. Of what many are tied to, a role
 * tells what those may who are tied to it, and is told only where it is asked for on the way to something else:
 * `{ depot: { grants: { some: { role: 'keeper', crew: { members: { some: { userId: me } } } } } } }`. Of a person who is looked for,
 * it would be theirs, and not the caller's. `isTop`: nothing led to these columns.
 */
export function rolesAsked(
  members: ReadonlyMap<string, Value>,
  isCallers: (value: Value) => boolean,
  isTop: boolean,
): string[] {
  if ([...members.values()].some((m) => m.k !== 'record' && isCallers(m)))
    return [...members].flatMap(([name, member]) =>
      member.k === 'record' || member.k === 'list' || member.k === 'choice'
        ? limitConstants(member)
        : [
            // A group that the code itself names: being one of it is a role.
            ...(/(?:[a-z]I|^i|_i)d$/.test(name) ? named(member) : []),
            ...(SAYS_MAY.test(name) ? (constantsOf(member) ?? []) : []),
          ],
    );
  const leads = [...members].some(([name, m]) => !isRole(name) && leadsToCaller(name, m, isCallers, !isTop));
  return leads
    ? [...members].flatMap(([name, m]) =>
        isRole(name) ? (m.k === 'record' ? limitConstants(m) : (constantsOf(m) ?? [])) : [],
      )
    : [];
}
/** Columns of what somebody was given to do: `{ memberId: mine.id, permission: 'guild:delete' }`. */
const SAYS_MAY = /(?:^|_|[a-z])(?:role|permission|privilege|capability)(?:_?(?:name|key|code))?$/i;
const isRole = (name: string): boolean => SAYS_MAY.test(name);
/** A relation at the end of which is the caller. That none of those there is the caller leads away from them. */
function leadsToCaller(
  name: string,
  value: Value,
  isCallers: (value: Value) => boolean,
  throughMany: boolean,
  depth = 0,
): boolean {
  if (value.k !== 'record' || depth > MAX_STEPS || LEADS_AWAY.test(name)) return false;
  if (name === 'some' && !throughMany) return false;
  return [...value.members].some(([key, m]) =>
    m.k === 'record'
      ? leadsToCaller(key, m, isCallers, throughMany, depth + 1)
      : !LEADS_AWAY.test(key) && isCallers(m),
  );
}
const LEADS_AWAY = /^(?:none|every|is_?not|\$?(?:not|or|nor|ne|nin))$/i;
const MAX_STEPS = 12;

const named = (value: Value): string[] => {
  const sources = sourcesOf(value);
  return sources.length > 0 && sources.every((s) => s.startsWith('config:'))
    ? sources.map((s) => s.replace('config:', ''))
    : (constantsOf(value) ?? []);
};
/** `role: { in: [...] }` and `role: 'ADMIN'`, beside an identity. */
function limitConstants(value: Value): string[] {
  if (value.k === 'record')
    return [...value.members].flatMap(([op, v]) =>
      ['in', 'equals'].includes(op) ? (constantsOf(v) ?? []) : [],
    );
  return [];
}
