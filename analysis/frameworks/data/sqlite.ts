import {
  yieldsItself,
  type LibraryModel,
  type LibraryType,
  type Method,
  type Operation,
} from '../../wiring/library.js';
import { UNDEFINED, unknown, type Value } from '../../wiring/value.js';
import { sqlEffects } from './sql.js';

interface StatementState {
  text: Value;
  bound: readonly Value[];
}
/** A statement acts when it is run, with what was bound to it or is given then, and yields its rows at once. */
const perform: Method = (it, self, args, site) => {
  const { text, bound } = self.state as StatementState;
  return it.awaiting(sqlEffects(it, [text, ...(args.length > 0 ? args : bound)], site) ?? unknown());
};
const STATEMENT: LibraryType = {
  name: 'prepared statement',
  methods: {
    get: perform,
    all: perform,
    run: perform,
    iterate: perform,
    values: perform,
    pluck: yieldsItself,
    raw: yieldsItself,
    expand: yieldsItself,
    as: yieldsItself,
    safeIntegers: yieldsItself,
    bind: (it, self, args) =>
      it.native(STATEMENT, {
        text: (self.state as StatementState).text,
        bound: args,
      } satisfies StatementState),
    finalize: () => UNDEFINED,
  },
};
/** Calling it runs the function inside of a transaction, and yields what that yields. */
const inTransaction: Method = (it, self, args, site) => it.call(self.state as Value, args, UNDEFINED, site);
const TRANSACTION: LibraryType = {
  name: 'transaction',
  methods: { deferred: inTransaction, immediate: inTransaction, exclusive: inTransaction },
  call: inTransaction,
  wrapped: (self) => self.state as Value,
};
const prepare: Method = (it, _self, [text], _site) =>
  it.native(STATEMENT, { text: text ?? UNDEFINED, bound: [] } satisfies StatementState);
const execute: Method = (it, _self, args, site) => it.awaiting(sqlEffects(it, args, site) ?? unknown());
const DATABASE: LibraryType = {
  name: 'database of SQLite',
  methods: {
    prepare,
    query: prepare,
    exec: execute,
    run: execute,
    pragma: () => unknown(),
    function: yieldsItself,
    aggregate: yieldsItself,
    loadExtension: yieldsItself,
    close: () => UNDEFINED,
    transaction: (it, _self, [work]) => (work ? it.native(TRANSACTION, work) : UNDEFINED),
  },
};
const open: Operation = (it) => it.native(DATABASE, null);

/**
 * Drivers of SQLite that answer at once, without a promise: what they yield can be tested as it is.
 * https://github.com/WiseLibs/better-sqlite3, https://nodejs.org/api/sqlite.html, https://bun.sh/docs/api/sqlite
 */
export const sqlite: LibraryModel = {
  name: 'sqlite',
  packages: ['better-sqlite3', 'better-sqlite3-multiple-ciphers', 'sqlite', 'bun:sqlite'],
  about: {
    title: 'better-sqlite3, node:sqlite, bun:sqlite',
    registers:
      'nothing; a prepared statement is an effect where it is run, with what it is given by place or by name',
    guards:
      "conditions that compare a column with the caller's identity are ownership; a row that was not found",
    answers: '',
  },
  calls: { '': open, default: open, Database: open, DatabaseSync: open },
  typed: (it, type, isImported) =>
    (isImported === true && /(?:^|\.)Database(?:Sync)?$/.test(type)) ||
    /^(?:(?:Database|BetterSqlite3)\.Database|DatabaseSync)$/.test(type)
      ? it.native(DATABASE, null)
      : null,
};
