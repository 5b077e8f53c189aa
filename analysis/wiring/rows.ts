import type { Source } from './fact.js';

/** A loaded record: which entity, found by what. */
export interface Row {
  entity: string;
  /** Sources of the keys it was looked up by. */
  keys: readonly Source[];
  /** The look-up was limited to what the caller owns or belongs to. */
  scoped: boolean;
  /** Constants that the look-up also required of the caller's membership, such as roles. */
  roles: readonly string[];
  /** Looked up by something only its holder knows. */
  bySecret: boolean;
  /** Entities of which the request names one record by an id that nobody can guess: its own, or what it hangs on. */
  named?: readonly string[];
  /** Entities that it is a part of, and cannot be without, where the request names it by an id of its own that nobody can guess. */
  partOf?: readonly string[];
  /** Records like it may carry a password of their own, and may be without. */
  isLockable?: boolean;
  /** It says whose something is and whom they let have it, and was asked to be for nobody in particular. */
  isForAll?: boolean;
  /** A password or code that it keeps was compared with what somebody presents. */
  isMatched?: boolean;
  /** By its key it is the caller's own, not that of a group they belong to. */
  isOwn?: boolean;
  /** Looked up by nothing but texts that are written in the code, as settings are kept: it is the same for every request. */
  setting?: Source;
  /** What is open to everybody was found as well as what is the caller's: it may be read, and is not theirs. */
  isOrOpen?: boolean;
  /** Of what is the caller's own, the request chose this one by its id; or it is what such a record points to. */
  isChosen?: boolean;
  /** It is one of several that were found, which this stands for. */
  chosenFrom?: Source;
  /** It stands for each of several that were found. */
  isList?: boolean;
  /** What it was looked up by, column by column, where all of that is seen: one that was found by more is among those. */
  asked?: readonly string[] | undefined;
  /** It was just made, with the caller's identity perhaps: that it is there says nothing of what the caller may do. */
  isNew?: boolean;
}

/**
 * Found by nothing but such sources, or by records that were found so in turn; each of them fits.
 *
 * @param known records on the way here, and whether they are known to be found so
 */
export function isFoundBy(
  row: Row,
  rows: ReadonlyMap<Source, Row>,
  isSuch: (key: Source) => boolean,
  fits: (row: Row) => boolean,
  known = new Map<Row, boolean>(),
): boolean {
  const isKnown = known.get(row);
  if (isKnown !== undefined) return isKnown;
  // What is found by itself is found by nothing.
  known.set(row, false);
  const isFound =
    fits(row) &&
    row.keys.every((key) => {
      const by = rows.get(key);
      return by ? isFoundBy(by, rows, isSuch, fits, known) : isSuch(key);
    });
  known.set(row, isFound);
  return isFound;
}
/** A secret is compared with that of the record. Of those that a key may be the key of, it is that of one: whoever sent it is whom that one is of. */
export function noteMatched(row: Row | undefined): void {
  if (!row) return;
  row.isMatched = true;
  if (row.keys.length > 0 && row.keys.every((k) => k === 'credential' || k === 'hashed')) row.scoped = true;
}
