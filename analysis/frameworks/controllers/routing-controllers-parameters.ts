import type { Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { memberOf } from '../../wiring/members.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import {
  optionIn,
  sourcesOf,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Value,
} from '../../wiring/value.js';
import { checked, hasRules, typeOf, type Handler } from '../web/controllers.js';
import type { Call } from './routing-controllers-action.js';
import { askedFor } from './routing-controllers-checkers.js';
import { isOurs } from './routing-controllers-decorators.js';
import { isSet } from './routing-controllers-server.js';

/** Which part of the request a parameter is that class-transformer makes. */
const PARTS: ReadonlyMap<string, string> = new Map([
  ['Param', 'params'],
  ['Params', 'params'],
  ['QueryParam', 'query'],
  ['QueryParams', 'query'],
  ['Body', 'body'],
  ['BodyParam', 'body'],
]);

/** Yields what is checked for the sake of a parameter, and returns what the parameter gets. */
export function* argumentOf(
  it: Evaluator,
  handler: Handler,
  index: number,
  call: Call,
): Generator<AppliedLink, Value> {
  const source = (handler.parameters[index] ?? []).find(isOurs);
  if (!source) return UNKNOWN;
  const { name, args } = source;
  const settings = args.find((a) => a.k === 'record') ?? UNDEFINED;
  if (name === 'CurrentUser' || name === 'createParamDecorator')
    return yield* askedFor(it, source, call, isRequired(settings, call.options));
  const key = args[0] ? stringOf(args[0]) : null;
  const part = PARTS.get(name);
  if (part === undefined) return givenBy(it, source, key, call);
  const value = unknown([key ? `${part}.${key}` : part]);
  const explicit = optionIn(settings, 'type');
  const cls = explicit?.k === 'class' ? explicit : typeOf(it, handler.method.fn.params[index]!.type, handler);
  if (isValidated(name, settings, call.options) && hasRules(it, cls))
    yield checked(it, name, 'validation', 'class-validator', source.site, {
      sources: [...sourcesOf(value)],
    });
  return value;
}

/** Members of the request, and the request itself. */
function givenBy(
  it: Evaluator,
  { name, site }: Decoration,
  key: string | null,
  { exchange, request, response }: Call,
): Value {
  const member = (of: string): Value => {
    const whole = memberOf(it, request, of, site);
    return key ? memberOf(it, whole, key, site) : whole;
  };
  switch (name) {
    case 'Req':
      return request;
    case 'Res':
      return response;
    case 'Ctx':
      return exchange[0]!;
    case 'HeaderParam':
    case 'HeaderParams':
      return member('headers');
    case 'CookieParam':
    case 'CookieParams':
      return unknown(['credential']);
    case 'Session':
    case 'SessionParam':
      return member('session');
    case 'State':
      return memberOf(it, memberOf(it, exchange[0]!, 'state', site), key ?? '*', site);
    case 'UploadedFile':
    case 'UploadedFiles':
      return unknown(['file']);
    default:
      return UNKNOWN;
  }
}

/** Does the parameter ask for a value, by itself or by what the server says of all of them? */
function isRequired(settings: Value, options: Value): boolean {
  const ofAll = optionIn(optionIn(options, 'defaults'), 'paramOptions');
  const required = optionIn(settings, 'required') ?? optionIn(ofAll, 'required');
  return required?.k === 'literal' && required.value === true;
}
/** Is what the parameter gets held against the rules of its class? */
function isValidated(name: string, settings: Value, options: Value): boolean {
  if (!/^(Body|QueryParams?|BodyParam)$/.test(name) || !isSet(options, 'classTransformer', true))
    return false;
  const validate = optionIn(settings, 'validate');
  if (validate?.k === 'literal' && validate.value === false) return false;
  return validate !== undefined || isSet(options, 'validation', true);
}
