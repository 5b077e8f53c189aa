import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType } from '../../wiring/library.js';
import {
  optionIn,
  stringOf,
  textOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Value,
} from '../../wiring/value.js';
import { namesOf } from './graphql-schema.js';
import { define } from './pothos-declared.js';

interface Referred {
  name: string;
  /** None of what is only asked for its validation. */
  builder: Native | null;
}
const REF: LibraryType = {
  name: 'type reference',
  methods: {
    implement: (_it, self, [options], site) => {
      const { builder, name } = self.state as Referred;
      if (builder) define(builder, name, options ?? UNDEFINED, site);
      return self;
    },
    validate: (_it, self) => {
      self.members.set(VALIDATED, UNKNOWN);
      return self;
    },
  },
};
/** The member that references have to what is validated. */
export const VALIDATED = '*validated*';
/** What refers to a type: `objectRef('Sloop')`, `objectType(…)`. */
export const refTo = (it: Evaluator, builder: Native | null, name: string): Native =>
  it.native(REF, { builder, name } satisfies Referred);
/** Does a value refer to a type? */
export const isRef = (value: Value): value is Native => value.k === 'native' && value.type === REF;
/** The name of a type, by its options or by what it is made of. */
export function nameOf(it: Evaluator, type: Value | undefined, options: Value): string {
  const own = stringOf(optionIn(options, 'name') ?? UNDEFINED);
  if (own) return own;
  if (type && isRef(type)) return (type.state as Referred).name;
  if (type?.k === 'class') return type.node.name ?? '?';
  return (type && (textOf(type) ?? namesOf(it).get(type))) ?? '?';
}
