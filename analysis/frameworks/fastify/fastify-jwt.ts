import type { Evaluator } from '../../wiring/evaluator.js';
import { UNCHECKED } from '../../wiring/fact.js';
import type { Method } from '../../wiring/library.js';
import { atom } from '../../wiring/tests.js';
import {
  builtin,
  optionIn,
  promise,
  record,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { stateOf } from './fastify-contexts.js';

// What `@fastify/jwt` puts on requests, replies and instances: https://github.com/fastify/fastify-jwt#readme

/** Rejects when the token is not valid. */
const verify = (it: Evaluator, site: Site): Value =>
  promise(unknown(['identity']), [
    atom(it, 'verified', ['credential'], site, {
      known: { protection: 'authentication', library: '@fastify/jwt', arguments: [] },
    }),
  ]);
const sign = (it: Evaluator, site: Site): Value => {
  it.recorder?.act(it, 'token-issue', 'token', site);
  return promise(UNKNOWN);
};
const decode = (): Value => promise(unknown([UNCHECKED]));
export const jwtVerify: Method = (it, _self, _args, site) => verify(it, site);
export const jwtSign: Method = (it, _self, _args, site) => sign(it, site);
export const jwtDecode: Method = decode;

/** Registered more than once, for tokens of different people: what it adds is called by other names then. */
interface Names {
  namespaces: Set<string>;
  signs: Set<string>;
}
const namesIn = (it: Evaluator): Names =>
  it.stateOf('fastify:jwt', () => ({ namespaces: new Set(), signs: new Set() }));
/** `{ namespace: 'guest' }` adds `request.guestJwtVerify()` and `app.jwt.guest.sign()`; each method may be given a name, too. */
export function decorateNamespace(it: Evaluator, self: Native, options: Value): void {
  const text = (name: string): string | null => stringOf(optionIn(options, name) ?? UNDEFINED);
  const namespace = text('namespace');
  if (namespace !== null) namesIn(it).namespaces.add(namespace);
  const called = (method: string): string | null =>
    text(method) ??
    (namespace === null ? null : `${namespace}${method.charAt(0).toUpperCase()}${method.slice(1)}`);
  const { requests } = stateOf(self);
  const verifies = called('jwtVerify');
  const decodes = called('jwtDecode');
  const signs = called('jwtSign');
  if (verifies !== null)
    requests.set(
      verifies,
      builtin(verifies, (_args, _self, site) => verify(it, site)),
    );
  if (decodes !== null) requests.set(decodes, builtin(decodes, decode));
  if (signs !== null) namesIn(it).signs.add(signs);
}
export const isJwtSign = (it: Evaluator, name: string): boolean => namesIn(it).signs.has(name);
/** `app.jwt`. */
export function tokensOf(it: Evaluator): Value {
  const of = (name: string, path: string[]): [string, Value] => [
    name,
    { k: 'external', package: 'fast-jwt', path },
  ];
  // How long what is signed lasts, and by which key, the plugin was told when it was registered, unless the call says so.
  const methods = [
    of('verify', ['createVerifier', '()']),
    of('sign', ['createSigner', '()']),
    of('decode', ['createDecoder', '()']),
  ];
  return record([
    ...methods,
    ...[...namesIn(it).namespaces].map((name): [string, Value] => [name, record(methods)]),
  ]);
}
