import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType } from '../../wiring/library.js';
import {
  builtin,
  isCallable,
  optionIn,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Value,
} from '../../wiring/value.js';
import { isRef, refTo, VALIDATED } from './pothos-refs.js';

const FIELDS = '*fields*';
/** Input types, enumerations and the like: they have no resolvers; what is checked of them counts for arguments. */
export function inputRef(it: Evaluator, builder: Native, name: string, options: Value | undefined): Native {
  const ref = refTo(it, builder, name);
  const made = optionIn(options, 'fields');
  if (optionIn(options, 'validate')) ref.members.set(VALIDATED, UNKNOWN);
  else if (made && isCallable(made)) ref.members.set(FIELDS, made);
  return ref;
}
const ARGUMENT: LibraryType = {
  name: 'argument',
  methods: { validate: (it, self) => validated(it, self) },
  get: (it, self, name) =>
    name === 'validate' ? null : builtin(name, (args, _self, site) => ARGUMENT.call!(it, self, args, site)),
  call: (it, _self, args) => {
    const options = args.findLast((a) => a.k === 'record');
    const type = optionIn(options, 'type');
    return optionIn(options, 'validate') || (type && isValidated(it, type))
      ? validated(it, undefined)
      : makeArgument(it);
  },
};
/** `t.arg(…)`, `t.arg.string(…)` */
export const makeArgument = (it: Evaluator): Native => it.native(ARGUMENT, null);
/** What `validate` yields: something that is held against rules. */
export function validated(it: Evaluator, value: Value | undefined): Value {
  const made = refTo(it, null, '?');
  made.members.set(VALIDATED, value ?? UNKNOWN);
  return made;
}
/** Is something among arguments, or among the fields of their types, held against rules? */
export function isValidated(it: Evaluator, value: Value, depth = 0): boolean {
  if (value.k === 'list') return value.elements.some((e) => isValidated(it, e, depth));
  if (value.k === 'record') return [...value.members.values()].some((m) => isValidated(it, m, depth));
  if (!isRef(value)) return false;
  if (value.members.has(VALIDATED)) return true;
  const make = value.members.get(FIELDS);
  if (!make || depth > 3) return false;
  let found = false;
  it.aside(() => {
    const fields = it.call(make, [makeArgument(it)], UNDEFINED, it.modules.somewhere);
    found = isValidated(it, fields, depth + 1);
  });
  return found;
}
