import type { Evaluator } from './evaluator.js';
import { mergeSources, type Source } from './fact.js';
import type { LibraryType } from './library.js';
import { listMethod } from './lists.js';
import { callMember, indexOf } from './members.js';
import { isBornAfter } from './scope.js';
import { anyBoolean, atom, membership } from './tests.js';
import {
  choice,
  joinValues,
  list,
  literal,
  sourcesOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type List,
  type Native,
  type Record_,
  type Site,
  type Value,
} from './value.js';

export interface Collection {
  entries: Record_;
  list: List;
}
export function setEntry(it: Evaluator, state: Collection, key: Value, value: Value): void {
  const name = textOf(key);
  if (name !== null && !name.includes('*')) it.journal.write(state.entries.members, name, value);
  else it.journal.open(state.entries, value, joinValues);
}
/** What lies under a credential was put there for its holder: it says who calls. Null where the key is no credential. */
export const ofHolder = (key: readonly Source[]): readonly Source[] | null =>
  key.includes('credential')
    ? mergeSources(
        ['identity'],
        key.filter((s) => s !== 'credential'),
      )
    : null;
/**
 * Parts of a request that hold what only somebody who was given it can say, as the ticket with which a socket is opened. A form
 * is sent along with such a thing once: there it stands for what it was given out for, and not for who calls.
 */
const TICKET =
  /^(?:query|params|message|header|cookies)\.(?:\w*_?(?:token|ticket|secret|nonce)|session_?id)$/i;
/** What a program has kept in its own memory under a key that a request brings. */
export function kept(open: Value | null, key: readonly Source[]): Value {
  const holder = ofHolder(key.map((s) => (TICKET.test(s) ? 'credential' : s)));
  const sources = holder ?? mergeSources(['memory'], key);
  if (open === null) return unknown(sources);
  return holder && open.k === 'unknown' ? { ...open, sources: mergeSources(open.sources, sources) } : open;
}
/** The same, where nothing may have been kept there so far. */
export function keptOrNot(it: Evaluator, open: Value | null, key: readonly Source[], site: Site): Value {
  const value = kept(open, key);
  const about = value.k === 'unknown' && value.sources.includes('memory') ? value.sources : null;
  return choice([
    { value, facts: [] },
    { value: UNDEFINED, facts: about ? [atom(it, 'absent', about, site)] : [] },
  ]);
}
/** What an object holds under a key that nobody wrote into the code; null where it is no table of the program. */
export function keptIn(it: Evaluator, table: Record_, key: readonly Source[], site: Site): Value | null {
  if (table.open || key.includes('credential')) return kept(table.open, key);
  // `const hits = {}` of a module, empty as a request comes in: what is there was put there by requests before.
  const isEmptied = it.recorder !== null && table.members.size === 0 && !table.cls && !table.getters;
  return isEmptied && !isBornAfter(table.members, it.journal.epoch) ? keptOrNot(it, null, key, site) : null;
}
export const MAP: LibraryType = {
  name: 'Map',
  methods: {
    set: (it, self, [key, value]) => {
      setEntry(it, self.state as Collection, key ?? UNDEFINED, value ?? UNDEFINED);
      return self;
    },
    get: (it, self, [key], site) => {
      const { entries } = self.state as Collection;
      const found = key?.k === 'literal' ? entries.members.get(String(key.value)) : undefined;
      if (found) return found;
      if (entries.members.size > 0 && key && key.k !== 'literal') return indexOf(it, entries, key, site);
      return keptOrNot(it, entries.open, key ? sourcesOf(key) : [], site);
    },
    has: (it, self, [key], site) =>
      membership(
        it,
        list(
          [...(self.state as Collection).entries.members.keys()].map(literal),
          (self.state as Collection).entries.open,
        ),
        key ?? UNDEFINED,
        site,
      ),
    delete: (it, _self, _args, site) => anyBoolean(it, [], site),
    forEach: (it, self, [callback], site) => {
      const { entries } = self.state as Collection;
      if (callback)
        for (const [name, value] of entries.members)
          it.quietly(() => void it.call(callback, [value, literal(name)], UNDEFINED, site));
      if (callback && entries.open)
        it.aside(() => void it.call(callback, [entries.open!, UNKNOWN], UNDEFINED, site));
      return UNDEFINED;
    },
    values: (_it, self) =>
      list([...(self.state as Collection).entries.members.values()], (self.state as Collection).entries.open),
    keys: (_it, self) =>
      list(
        [...(self.state as Collection).entries.members.keys()].map(literal),
        (self.state as Collection).entries.open ? UNKNOWN : null,
      ),
    entries: (it, self, _args, site) => MAP.get!(it, self, '*elements*', site)!,
  },
  get: (_it, self, name) => {
    if (name !== '*elements*') return null;
    const { entries } = self.state as Collection;
    return list(
      [...entries.members].map(([k, v]) => list([literal(k), v])),
      entries.open ? list([UNKNOWN, entries.open]) : null,
    );
  },
};
export const SET: LibraryType = {
  name: 'Set',
  methods: {
    add: (it, self, [value], site) => {
      if (value) listMethod(it, self.state as List, 'push', [value], site);
      return self;
    },
    has: (it, self, [value], site) => membership(it, self.state as List, value ?? UNDEFINED, site),
    forEach: (it, self, args, site) => callMember(it, self.state as List, 'forEach', () => [...args], site),
    delete: (it, _self, _args, site) => anyBoolean(it, [], site),
    values: (_it, self) => self.state as List,
  },
  get: (_it, self, name) => (name === '*elements*' ? (self.state as List) : null),
};
/** Keeps what a program puts into it, and does nothing else. */
export const isCollection = ({ type }: Native): boolean => type === MAP || type === SET;
