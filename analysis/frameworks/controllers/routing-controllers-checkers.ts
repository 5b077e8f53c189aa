import { decorationsOf, type Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { runLink } from '../../wiring/middleware.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { outcomes } from '../../wiring/tests.js';
import { isNullish, list, optionIn, UNDEFINED, unknown, UNKNOWN, type Value } from '../../wiring/value.js';
import { unfollowed, type Handler } from '../web/controllers.js';
import { asIdentity } from '../web/web-request.js';
import type { Call } from './routing-controllers-action.js';
import { named } from './routing-controllers-decorators.js';
import { isOpen } from './routing-controllers-server.js';

/**
 * `@Authorized(roles)`: the checker of the server is asked with the roles of the class and of the method; without one
 * every request fails. What base classes say does not count: routing-controllers looks at the very class.
 */
export function authorized(
  it: Evaluator,
  handler: Handler,
  own: readonly Decoration[],
  call: Call,
): AppliedLink | null {
  const applied = [...named(decorationsOf(it, handler.cls).own, 'Authorized'), ...named(own, 'Authorized')];
  const last = applied.at(-1);
  if (!last) return null;
  const checker = optionIn(call.options, 'authorizationChecker');
  const { site } = last;
  if (!checker || isNullish(checker))
    return withoutChecker(
      it,
      last,
      call,
      'the server has no `authorizationChecker`: what carries `Authorized` answers every request with 500',
    );
  const roles = list(
    applied.flatMap((d) => d.args.flatMap((a) => (a.k === 'list' ? a.elements : isNullish(a) ? [] : [a]))),
  );
  return runLink(
    it,
    {
      value: checker,
      site,
      name: 'Authorized',
      arguments: roles.elements.flatMap((r) => (r.k === 'literal' ? [String(r.value)] : [])),
    },
    {
      args: () => [call.action, roles],
      carries: call.carries,
      goesOn: (result) => outcomes(it, result, site).whenTrue,
      refusal: { how: 'answer', status: roles.elements.length > 0 ? 403 : 401 },
    },
  );
}

/**
 * `@CurrentUser()`, or a decorator that `createParamDecorator` made: yields the function that says what the argument
 * is, run, and returns the argument. Where it is `required`, nothing stands for a refusal.
 */
export function* askedFor(
  it: Evaluator,
  source: Decoration,
  call: Call,
  isRequired: boolean,
): Generator<AppliedLink, Value> {
  const { name, site } = source;
  const { options, action, carries } = call;
  const isUser = name === 'CurrentUser';
  const checker = isUser
    ? optionIn(options, 'currentUserChecker')
    : optionIn(source.args[0] ?? UNDEFINED, 'value');
  if (!checker || isNullish(checker)) {
    if (isUser)
      yield withoutChecker(
        it,
        source,
        call,
        'the server has no `currentUserChecker`: what asks for `CurrentUser` answers every request with 500',
      );
    return unknown(isUser ? ['identity'] : []);
  }
  let value: Value = UNKNOWN;
  const link = runLink(
    it,
    { value: checker, site, name: source.written ?? name, isRoute: true },
    {
      args: () => (isUser ? [action] : [action, UNDEFINED]),
      carries,
      goesOn: (result) => {
        value = result;
        return isRequired ? outcomes(it, result, site).whenTrue : [];
      },
      refusal: { how: 'throw', status: isUser ? 401 : 400 },
    },
  );
  const made = isUser ? asIdentity(it, value) : value;
  // One that is not required is a guard where the checker itself refuses.
  yield { ...link, isIncidental: !isRequired };
  return made;
}

/** A link whose checker was not found among the options: `lacking` says what it means that there is none. */
const withoutChecker = (
  it: Evaluator,
  { name, site }: Decoration,
  { options }: Call,
  lacking: string,
): AppliedLink =>
  unfollowed(
    it,
    name,
    site,
    isOpen(options)
      ? `what \`${name}\` does here is not known: the options of the server could not be followed`
      : lacking,
  );
