import type { LibraryModel, Operation } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import { equality } from '../../wiring/tests.js';
import { literal, record, UNDEFINED, type Value } from '../../wiring/value.js';

/** A value that says by its tag which of two it is: `left` or `right`, `some` or `none`. */
const tagged = (tag: string, member: string | null, value: Value | undefined): Value =>
  record([
    ['_tag', literal(tag)],
    ...(member === null ? [] : [[member, value ?? UNDEFINED] as [string, Value]]),
  ]);
const make =
  (tag: string, member: string): Operation =>
  (_it, [value]) =>
    tagged(tag, member, value);
const is =
  (tag: string): Operation =>
  (it, [value], site) =>
    equality(it, memberOf(it, value ?? UNDEFINED, '_tag', site), literal(tag), site, false);
const EITHER: Readonly<Record<string, Operation>> = {
  left: make('Left', 'left'),
  right: make('Right', 'right'),
  of: make('Right', 'right'),
  isLeft: is('Left'),
  isRight: is('Right'),
};
const OPTION: Readonly<Record<string, Operation>> = {
  some: make('Some', 'value'),
  of: make('Some', 'value'),
  isSome: is('Some'),
  isNone: is('None'),
};
const under = (
  places: readonly string[],
  members: Readonly<Record<string, Operation>>,
): [string, Operation][] =>
  places.flatMap((place) =>
    Object.entries(members).map(([name, op]): [string, Operation] => [`${place}.${name}`, op]),
  );

export const fpTs: LibraryModel = {
  name: 'fp-ts',
  packages: ['fp-ts'],
  calls: Object.fromEntries([
    ...under(['/Either', '/lib./Either', 'either'], EITHER),
    ...under(['/Option', '/lib./Option', 'option'], OPTION),
  ]),
  member: (_it, path) =>
    path.at(-1) === 'none' && /option/i.test(path.at(-2) ?? '') ? tagged('None', null, undefined) : null,
};
