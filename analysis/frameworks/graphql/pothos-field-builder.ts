import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType } from '../../wiring/library.js';
import { builtin, UNDEFINED, UNKNOWN, type Native, type Site, type Value } from '../../wiring/value.js';
import { makeArgument, validated } from './pothos-validation.js';

/** `t.field(options)`, as it was called. */
export interface Made {
  method: string;
  options: Value;
  site: Site;
  /** `t.withAuth(scopes)` */
  scopes: Value | null;
}
const FIELD: LibraryType = { name: 'field', methods: {} };
/** A field of a type that is not named yet. */
export const makeField = (it: Evaluator, made: Made): Native => it.native(FIELD, made);
/** How a field was made; null for what is none. */
export const fieldMade = (value: Value): Made | null =>
  value.k === 'native' && value.type === FIELD ? (value.state as Made) : null;

const FIELDS: LibraryType = {
  name: 'field builder',
  methods: {},
  get: (it, self, name) => {
    const scopes = self.state as Value | null;
    if (name === 'arg') return makeArgument(it);
    if (name === 'withAuth') return builtin(name, ([given]) => makeFieldBuilder(it, given ?? null));
    if (name === 'validate') return builtin(name, ([args]) => validated(it, args));
    if (/^(?:list|nonNull|listRef|nullable)$/.test(name)) return builtin(name, ([type]) => type ?? UNKNOWN);
    return builtin(name, (args, _self, site) =>
      makeField(it, {
        method: name,
        options: args.findLast((a) => a.k === 'record') ?? UNDEFINED,
        site,
        scopes,
      }),
    );
  },
};
/** `t` in functions that make fields: each of its methods makes one. */
export const makeFieldBuilder = (it: Evaluator, scopes: Value | null = null): Native =>
  it.native(FIELDS, scopes);
