import { isInput, isUnchecked, someAtom, type Atom, type Fact, type Source } from '../../wiring/fact.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { sourcesOf, type Value } from '../../wiring/value.js';

/**
 * Nobody has shown to be whom this is of: it is what a credential says that was not checked, or whoever was found by that, or by
 * what a request calls somebody. `facts`: what holds where it is kept as who calls, beside what has been passed so far.
 */
export function isOnlyClaimed(it: Evaluator, value: Value, facts: readonly Fact[] = []): boolean {
  const sources = sourcesOf(value);
  const passed = [...it.facts, ...facts];
  const isClaim = (s: Source): boolean =>
    isUnchecked(s) || (it.rows.get(s)?.keys ?? []).some(isUnchecked) || isNamedByRequest(it, s, passed);
  return sources.length > 0 && sources.every(isClaim);
}
/**
 * `find({ email: body.email })`: anybody may send the address of anybody. Not so once something of the record was held against
 * what else was sent, as its password is, or where all that is sent comes from somebody who can be believed.
 */
function isNamedByRequest(it: Evaluator, source: Source, passed: readonly Fact[]): boolean {
  const row = it.rows.get(source);
  if (!row || row.isNew || row.bySecret || row.scoped || row.isMatched) return false;
  const sent = row.keys.filter((k) => isInput(k) || k === 'credential' || k === 'hashed');
  return (
    sent.length > 0 &&
    sent.every((k) => NAME.test(k)) &&
    !passed.some((f) => isHeldAgainst(f, source) || saysWhoSent(f))
  );
}
/** What a request calls somebody by. The id of a session or of a device is known to nobody else. */
const NAME =
  /^(?:params|query|body|message)\.(?:\w+\.)*(?:\w*e?mail(?:_?address)?|\w*user_?name|login|\w*phone(?:_?number)?|uid|\w*(?<!session_?|device_?|visitor_?|guest_?|client_?|token_?|install(?:ation)?_?)id)$/i;
const isHeldAgainst = (f: Fact, source: Source): boolean => someAtom(f, (a) => saysMoreOf(a, source));
const saysMoreOf = ({ sources, subjects, known }: Atom, source: Source): boolean =>
  (known !== null && subjects.includes(source)) ||
  (sources.includes(source) && sources.some((s) => s !== source && s !== 'type' && s !== 'count'));
/** The sender has signed it, or knows a secret of the program: whom they name is whom they act for. */
const saysWhoSent = (f: Fact): boolean =>
  someAtom(
    f,
    ({ sources, known }) =>
      known?.protection === 'signature' ||
      sources.includes('signature') ||
      (sources.includes('credential') && sources.some((s) => s.startsWith('config:'))),
  );
