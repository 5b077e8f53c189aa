import type { Switch } from '../../model/model.js';
import { isIdentity, type Source } from '../../wiring/fact.js';
import type { RecordChange } from '../../wiring/recorder.js';
import { optionIn, optionsOf, sourcesOf, UNDEFINED, type Value } from '../../wiring/value.js';
import { isAskedFor } from './opened.js';

/** What a column is given: where that comes from, and whether it is only emptied. */
export interface Cell {
  column: string;
  sources: readonly Source[];
  isEmptied: boolean;
  /** It is set to `false`. */
  isFalse?: boolean;
  /** It is set to `true`. */
  isTrue?: boolean;
  /** It comes of a calculation. */
  isCalculated?: boolean;
  /** It is moved by a step that the program knows: `{ increment: 1 }`. */
  isStep?: boolean;
  /** Something is added to it: `{ increment: amount }`. */
  isRaised?: boolean;
  /** It is drawn as secrets are: `randomBytes(16).toString('hex')`. */
  isDrawn?: boolean;
}

/** Column names whose value is known to its holder only. */
export const SECRET_COLUMN =
  /token|secret|hash|signature|nonce|otp|code$|api_?key|slug_?key|share_?id|magic|(reset|recovery|activation)\w*(guid|uuid|id|key|link)$/i;
/** A token may be the id of its record: it is what the request calls it. */
export const isTokenAsId = (column: string, sent: readonly Source[]): boolean =>
  /^_?id$/.test(column) && sent.length > 0 && sent.every((s) => TOKEN_INPUT.test(s));
const TOKEN_INPUT = /^(?:params|query|body)\.(?:\w+[._])?\w*token$/i;
/** A token that is its own record is given an id that the program makes up. */
export const isMadeUpAsId = (c: Cell, entity: string): boolean =>
  /^_?id$/.test(c.column) && TOKEN_ENTITY.test(entity) && !c.isEmptied && !isAskedFor(c.sources);
const TOKEN_ENTITY = /token$|code$|otp$|invit(?:e|ation)$/i;
/** It is given a secret that the request did not bring. */
export const isMadeUp = (c: Cell): boolean =>
  SECRET_COLUMN.test(c.column) && !c.isEmptied && !isAskedFor(c.sources);
/** Columns for passwords, where their digest is made out of sight: by a hook of the schema, or in the database. */
const PASSWORD =
  /^(?:\w+[._])?(?:hashed_?|encrypted_?|new_?)?pass(?:word|wd|phrase|code)?(?:_?(?:hash|digest))?$/i;
/**
 * Is the digest of a new secret written into it, or a password of which the digest is made out of sight? What the caller
 * presented is not new when it is kept in another form, and what is reckoned of records that are there is no secret.
 */
export function keepsDigest(data: Value, depth = 3): boolean {
  if (depth <= 0) return false;
  if (data.k === 'choice') return data.options.some((o) => keepsDigest(o.value, depth));
  if (data.k === 'list') return data.elements.some((e) => keepsDigest(e, depth - 1));
  if (data.k === 'record')
    return (
      cellsIn(data).some((c) => PASSWORD.test(c.column) && isAskedFor(c.sources)) ||
      [...data.members.values(), ...(data.open ? [data.open] : [])].some((m) => keepsDigest(m, depth - 1))
    );
  const sources = sourcesOf(data, depth);
  const isOld = sources.includes('credential') || sources.some((s) => s.startsWith('row#') || isIdentity(s));
  return sources.includes('hashed') && (!isOld || isAskedFor(sources));
}
/** What a digest is made with is kept beside it. */
const SALT = /^(?:\w+[._])?(?:pass(?:word)?_?)?salt$/i;
/** Columns that say when a record was written, and nothing of why. */
const BOOKKEEPING = /^(updated|modified|last_?(updated|modified))(_?(at|on|by|date|time))?$/i;

/**
 * Whether a record that is there is given another password, and nothing else happens to it: that its holder asks for a secret
 * is told by the digest of what the request says. What is moved along with it (a version, a date that older sessions are held
 * against) may end them, so that nothing is said then.
 */
function replacesPassword(cells: readonly Cell[]): boolean {
  const isPassword = (c: Cell): boolean =>
    isAskedFor(c.sources) &&
    (PASSWORD.test(c.column) ||
      (c.sources.includes('hashed') && !/token|code|key|^pin|_pin/i.test(c.column)));
  return (
    cells.some(isPassword) &&
    cells.every(
      (c) =>
        isPassword(c) ||
        c.isEmptied ||
        isAskedFor(c.sources) ||
        BOOKKEEPING.test(c.column) ||
        SALT.test(c.column),
    )
  );
}
/** `{ passwordHash: digest, resetToken: null }`, as `$set` and `set` too; where it may be several things, what one of them is. */
export function cellsIn(data: Value | undefined): Cell[] {
  return optionsOf(data ?? UNDEFINED).flatMap(({ value }) => {
    if (value.k !== 'record') return [];
    return [...value.members].flatMap(([column, member]): Cell[] => {
      if (column === '$set' && member.k === 'record') return cellsIn(member);
      if (column === '$unset' && member.k === 'record')
        return [...member.members.keys()].map((name) => ({ column: name, sources: [], isEmptied: true }));
      if (column === '$inc' && member.k === 'record')
        // What is calculated may be less than nothing: `-amount`.
        return [...member.members].map(([name, by]) =>
          isCalculated(by) ? { ...stepped(name, by), isRaised: false } : stepped(name, by),
        );
      const by = optionIn(member, 'increment');
      if (by) return [stepped(column, by)];
      const less = optionIn(member, 'decrement');
      if (less) return [{ column, sources: sourcesOf(less, 2), isEmptied: false, isCalculated: true }];
      const given = member.k === 'record' ? (member.members.get('set') ?? member) : member;
      const isEmptied =
        given.k === 'literal' && (given.value === null || given.value === undefined || given.value === '');
      const isFalse = given.k === 'literal' && given.value === false;
      const isTrue = given.k === 'literal' && given.value === true;
      return [
        {
          column,
          sources: sourcesOf(given, 2),
          isEmptied,
          isFalse,
          isTrue,
          isCalculated: isCalculated(given),
          isDrawn: isDrawn(given),
        },
      ];
    });
  });
}
const isDrawn = (value: Value): boolean =>
  value.k === 'unknown' &&
  value.sources.length === 0 &&
  value.origin?.package === 'crypto' &&
  value.origin.path.includes('randomBytes');
const stepped = (column: string, by: Value): Cell => ({
  column,
  sources: sourcesOf(by, 2),
  isEmptied: false,
  isCalculated: true,
  isStep: by.k === 'literal',
  isRaised: by.k !== 'literal' || (typeof by.value === 'number' && by.value > 0),
});
export const isCalculated = (value: Value): boolean => value.k === 'unknown' && value.type === 'number';

/** Columns that keep whether somebody has a second factor, and its secret. */
const SECOND_FACTOR = /(?:^|_)(?:totp|otp|2fa|mfa|tfa)(?:_|$)|(?:two|multi|second)_?(?:step|factor)/i;
/** Columns that hold where somebody is written to: whoever may read there may have the password reset. */
const ADDRESS = /^(?:primary_?|login_?|account_?)?e_?mail(?:_?address)?$/i;
/**
 * What of a sign-in an update changes: that there is a second factor, or is none any more, or where a reset would be sent.
 * Turned off is what only empties or denies; a set-up writes a secret.
 */
function switchOf(cells: readonly Cell[]): Switch | undefined {
  const factor = cells.filter((c) => isOfSecondFactor(c.column));
  if (factor.length > 0) return factor.every((c) => c.isEmptied || c.isFalse) ? 'factor-off' : 'factor';
  return cells.some((c) => ADDRESS.test(c.column) && isAskedFor(c.sources)) ? 'address' : undefined;
}
export const isOfSecondFactor = (column: string): boolean => SECOND_FACTOR.test(words(column));
/** `totpSecret` as `totp_Secret`. */
const words = (column: string): string => column.replace(/([a-z\d])([A-Z])/g, '$1_$2');

/** What an update does to a record, as far as it can be seen which columns it writes. */
export function changeOf(cells: readonly Cell[]): RecordChange | undefined {
  const columns = cells.map((c) => c.column).filter((c) => !BOOKKEEPING.test(c));
  if (columns.length === 0) return undefined;
  const affirms = cells.filter((c) => c.isTrue).map((c) => c.column);
  return {
    columns,
    replacesPassword: replacesPassword(cells),
    ...(cells.some((c) => c.isEmptied) ? { empties: true } : {}),
    switches: switchOf(cells),
    ...(affirms.length > 0 ? { affirms } : {}),
  };
}
