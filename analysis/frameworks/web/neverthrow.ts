import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../../wiring/library.js';
import { literal, UNDEFINED, type Native, type Site, type Value } from '../../wiring/value.js';

/** What came of something: a value, or why there is none. Which of both it is is known of each where it is made. */
interface Result {
  isOk: boolean;
  held: Value;
}
const resultOf = (self: Native): Result => self.state as Result;
const make = (it: Evaluator, type: LibraryType, isOk: boolean, held: Value | undefined): Native =>
  it.native(type, { isOk, held: held ?? UNDEFINED } satisfies Result);

const calls = (it: Evaluator, site: Site, callback: Value | undefined, held: Value): Value =>
  callback ? it.call(callback, [held], UNDEFINED, site) : UNDEFINED;
const mapping =
  (of: boolean): Method =>
  (it, self, [callback], site) => {
    const { isOk, held } = resultOf(self);
    return isOk === of ? make(it, self.type, isOk, calls(it, site, callback, held)) : self;
  };
const chaining =
  (of: boolean): Method =>
  (it, self, [callback], site) => {
    const { isOk, held } = resultOf(self);
    return isOk === of ? calls(it, site, callback, held) : self;
  };
const RESULT: LibraryType = {
  name: 'neverthrow result',
  methods: {
    isOk: (_it, self) => literal(resultOf(self).isOk),
    isErr: (_it, self) => literal(!resultOf(self).isOk),
    map: mapping(true),
    mapErr: mapping(false),
    andThen: chaining(true),
    orElse: chaining(false),
    match: (it, self, [ok, err], site) => {
      const { isOk, held } = resultOf(self);
      return calls(it, site, isOk ? ok : err, held);
    },
    unwrapOr: (_it, self, [other]) => (resultOf(self).isOk ? resultOf(self).held : (other ?? UNDEFINED)),
    _unsafeUnwrap: (_it, self) => resultOf(self).held,
    _unsafeUnwrapErr: (_it, self) => resultOf(self).held,
  },
  get: (_it, self, name) => {
    const { isOk, held } = resultOf(self);
    if (name === 'value') return isOk ? held : UNDEFINED;
    return name === 'error' ? (isOk ? UNDEFINED : held) : null;
  },
};
const making =
  (isOk: boolean): Operation =>
  (it, [held]) =>
    make(it, RESULT, isOk, held);
/** https://github.com/supermacro/neverthrow#api-documentation */
export const neverthrow: LibraryModel = {
  name: 'neverthrow',
  packages: ['neverthrow'],
  calls: { ok: making(true), err: making(false) },
};
