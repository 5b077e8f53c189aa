import type { Evaluator } from './evaluator.js';
import { joinText } from './texts.js';
import { disjunction, isIdentity, mergeSources, type Fact, type Source } from './fact.js';
import { lookedUpIn, ofOneOrEach, placeIn } from './quantified.js';
import { anyBoolean, atom, membership, outcomes, type Outcomes } from './tests.js';
import {
  choice,
  constantsOf,
  joinValues,
  list,
  listed,
  literal,
  promise,
  sourcesOf,
  UNDEFINED,
  unknown,
  type List,
  type Site,
  type Value,
} from './value.js';

/**
 * What is found in a list by who calls, such as an account that is configured, says who that is: what stands in it is the
 * caller's, whichever element it was.
 */
function ofCaller(element: Value, { whenTrue, whenFalse }: Outcomes): readonly Source[] | null {
  const asked = whenFalse === null ? [] : (whenTrue ?? []).flatMap(identitiesIn);
  return asked.length > 0 && isData(element) ? mergeSources(sourcesOf(element), asked) : null;
}
const identitiesIn = (fact: Fact): readonly Source[] =>
  fact.k === 'atom' ? fact.sources.filter(isIdentity) : [];
const isData = (value: Value): boolean =>
  value.k === 'literal' ||
  value.k === 'text' ||
  (value.k === 'unknown' && !value.wraps) ||
  (value.k === 'record' && !value.cls && [...value.members.values()].every(isData)) ||
  (value.k === 'list' && value.elements.every(isData)) ||
  (value.k === 'choice' && value.options.every((o) => isData(o.value)));

/** Longer lists come of loops that double them. */
const MAX_ELEMENTS = 20_000;
/** How many known elements there are, if that is known. */
export const countOf = (list: List): Value => (list.mayBeFewer ? unknown() : literal(list.elements.length));
/** One more element, for as long as the entry point that adds it is run. */
export function addTo(it: Evaluator, self: List, how: 'push' | 'unshift', element: Value): void {
  if (self.elements.length >= MAX_ELEMENTS) return;
  self.elements[how](element);
  it.journal.adds(
    self.bornAt ?? 0,
    () => void (how === 'push' ? self.elements.pop() : self.elements.shift()),
  );
}
function rankOf(it: Evaluator, ranks: readonly string[], value: Value, site: Site): Value {
  const sources = sourcesOf(value);
  const isRank = (rank: string): readonly Fact[] =>
    sources.length > 0 ? [atom(it, 'equal', sources, site, { arguments: [rank] })] : [];
  const none = { value: literal(-1), facts: [atom(it, 'unequal', sources, site, { arguments: ranks })] };
  return choice([...ranks.map((rank, i) => ({ value: literal(i), facts: isRank(rank) })), none]);
}
/** Methods of arrays whose elements are known; null for the rest. */
export function listMethod(
  it: Evaluator,
  self: List,
  name: string,
  args: readonly Value[],
  site: Site,
): Value | null {
  const [first, second] = args;
  const each = (callback: Value, element: Value, i: number): Value =>
    it.call(callback, [element, literal(i), self], UNDEFINED, site);
  switch (name) {
    case 'push':
    case 'unshift':
      if (it.journal.isShared(self.bornAt ?? 0) && !self.mayBeFewer) {
        self.mayBeFewer = true;
        it.journal.adds(self.bornAt ?? 0, () => {
          delete self.mayBeFewer;
        });
      }
      for (const arg of args) addTo(it, self, name, arg);
      return countOf(self);
    case 'map':
    case 'flatMap': {
      if (!first) return null;
      const results = self.elements.map((e, i) => each(first, e, i));
      let open: Value | null = null;
      if (self.open)
        it.aside(() => {
          open = each(first, self.open!, self.elements.length);
        });
      return list(name === 'map' ? results : results.flatMap(listed), open ?? (self.open ? unknown() : null));
    }
    case 'forEach':
      if (!first) return null;
      self.elements.forEach((e, i) => void it.quietly(() => void each(first, e, i)));
      if (self.open) it.aside(() => void each(first, self.open!, self.elements.length));
      return UNDEFINED;
    case 'filter': {
      if (!first) return null;
      if (first.k === 'external' || (first.k === 'builtin' && first.name === 'Boolean'))
        return list(
          self.elements.filter((e) => !(e.k === 'literal' && !e.value)),
          self.open,
        );
      const kept = self.elements.filter((e, i) => outcomes(it, each(first, e, i), site).whenTrue !== null);
      return list(kept, self.open);
    }
    case 'find':
    case 'findLast': {
      if (!first) return null;
      const options: Value[] = [];
      const mine: (readonly Source[])[] = [];
      const add = (e: Value, sides: Outcomes): void => {
        const found = isData(e) ? lookedUpIn(it, sourcesOf(e), sides.whenTrue ?? [], site) : null;
        const sources = found ? null : ofCaller(e, sides);
        if (found) options.push(unknown(found, { isTruthy: true }));
        else if (sources) mine.push(sources);
        else if (sides.whenTrue !== null) options.push(e);
      };
      let isFound = false;
      for (const [i, e] of self.elements.entries()) {
        const sides = outcomes(it, each(first, e, i), site);
        add(e, sides);
        isFound = sides.whenFalse === null;
        if (isFound) break;
      }
      if (self.open && !isFound) {
        const { open } = self;
        let sides: Outcomes = { whenTrue: [], whenFalse: [] };
        it.aside(() => {
          sides = outcomes(it, each(first, open, self.elements.length), site);
        });
        // Of functions, of which one stands for all, there is one that says so, or none.
        if (open.k === 'function' && self.elements.length === 0)
          return choice([
            ...(sides.whenTrue ? [{ value: open, facts: sides.whenTrue }] : []),
            { value: UNDEFINED, facts: sides.whenFalse ?? [] },
          ]);
        add(open, { ...sides, whenTrue: sides.whenTrue ?? [] });
      }
      if (mine.length > 0) options.push(unknown(mergeSources(...mine)));
      if (!isFound) options.push(UNDEFINED);
      return options.length === 1 ? options[0]! : choice(options.map((value) => ({ value, facts: [] })));
    }
    case 'some':
    case 'every': {
      if (!first) return null;
      const sides = self.elements.map((e, i) => outcomes(it, each(first, e, i), site));
      let further: Value = UNDEFINED;
      if (self.open)
        it.aside(() => {
          further = each(first, self.open!, 0);
        });
      const decisive =
        name === 'some' ? sides.some((s) => s.whenFalse === null) : sides.some((s) => s.whenTrue === null);
      if (decisive) return literal(name === 'some');
      if (
        self.open === null &&
        sides.every((s) => (name === 'some' ? s.whenTrue === null : s.whenFalse === null))
      )
        return literal(name === 'every');
      // One stands for all of which nothing else is known: a test of records that were loaded.
      if (self.open && self.elements.length === 0)
        return ofOneOrEach(it, further, sourcesOf(self.open), site);
      if (self.open) {
        // `[record.owner, ...record.members].some(isMe)`: one stands for the rest, of which there may be none.
        const rest = outcomes(it, ofOneOrEach(it, further, sourcesOf(self.open), site), site);
        if (rest.whenTrue === null || rest.whenFalse === null)
          return anyBoolean(it, sourcesOf(self.open), site);
        sides.push(rest);
      }
      const of = (key: 'whenTrue' | 'whenFalse'): readonly Fact[] => {
        const possible = sides.flatMap((s) => (s[key] ? [s[key]!] : []));
        const all = (name === 'some') === (key === 'whenFalse');
        if (all) return possible.flat().slice(0, 12);
        const any = possible.length === 1 ? possible[0]! : null;
        if (any) return any;
        const one = disjunction(possible);
        return one ? [one] : [];
      };
      return {
        k: 'test',
        whenTrue: of('whenTrue'),
        whenFalse: of('whenFalse'),
        sources: mergeSources(...self.elements.map((e) => sourcesOf(e))),
      };
    }
    case 'includes':
      return first ? membership(it, self, first, site) : null;
    case 'findIndex':
    case 'findLastIndex': {
      const sources = mergeSources(first ? sourcesOf(first) : [], sourcesOf(self));
      const some = first && listMethod(it, self, 'some', [first], site);
      return (some && placeIn(it, some, sources, site)) ?? unknown(sources);
    }
    case 'indexOf': {
      if (first?.k === 'literal' && self.open === null) {
        const at = self.elements.findIndex((e) => e.k === 'literal' && e.value === first.value);
        if (at >= 0 || self.elements.every((e) => e.k === 'literal')) return literal(at);
      }
      // A rank: which of them it is, or none.
      const ranks = self.open === null ? constantsOf(self) : null;
      if (ranks && first && sourcesOf(first).length > 0) return rankOf(it, ranks, first, site);
      return unknown(mergeSources(first ? sourcesOf(first) : [], sourcesOf(self)));
    }
    case 'concat':
      if (self.elements.length > MAX_ELEMENTS) return unknown(sourcesOf(self));
      return list(
        [...self.elements, ...args.flatMap(listed)],
        args.map((a) => (a.k === 'list' ? a.open : null)).find((o) => o) ?? self.open,
      );
    case 'slice': {
      const from = first?.k === 'literal' && typeof first.value === 'number' ? first.value : 0;
      const to = second?.k === 'literal' && typeof second.value === 'number' ? second.value : undefined;
      return list(self.elements.slice(from, to), self.open);
    }
    case 'splice':
      return list([], self.open);
    case 'reverse':
      return list([...self.elements].reverse(), self.open);
    case 'sort':
    case 'toSorted':
      return list([...self.elements], self.open);
    case 'flat':
      return list(self.elements.flatMap(listed), self.open);
    case 'join': {
      if (self.open) return unknown(sourcesOf(self));
      const separator = first?.k === 'literal' ? String(first.value) : ',';
      return joinText(self.elements.flatMap((e, i) => (i === 0 ? [e] : [separator, e])));
    }
    case 'reduce':
    case 'reduceRight': {
      if (!first) return null;
      const elements = name === 'reduce' ? self.elements : [...self.elements].reverse();
      let sum = second ?? elements[0] ?? UNDEFINED;
      elements.slice(second ? 0 : 1).forEach((e, i) => {
        sum = it.call(first, [sum, e, literal(i)], UNDEFINED, site);
      });
      if (!self.open) return sum;
      // One stands for all of which nothing else is known; what is gathered from them in a table is there by its parts.
      let further: Value = UNDEFINED;
      it.aside(() => {
        further = it.call(first, [sum, self.open!, unknown()], UNDEFINED, site);
      });
      return further === sum
        ? sum
        : joinValues(sum, unknown(mergeSources(sourcesOf(sum), sourcesOf(further))));
    }
    case 'shift':
      return self.elements.shift() ?? self.open ?? UNDEFINED;
    case 'pop':
      return self.elements.pop() ?? self.open ?? UNDEFINED;
    case 'at':
      return first?.k === 'literal' && typeof first.value === 'number'
        ? (self.elements.at(first.value) ?? self.open ?? UNDEFINED)
        : null;
    case 'entries':
      return list(
        self.elements.map((e, i) => list([literal(i), e])),
        self.open,
      );
    case 'values':
      return self;
    case 'keys':
      return list(self.elements.map((_, i) => literal(i)));
    case 'fill':
      return list(
        self.elements.map(() => first ?? UNDEFINED),
        self.open,
      );
    case 'then':
      return promise(self);
    default:
      return null;
  }
}
