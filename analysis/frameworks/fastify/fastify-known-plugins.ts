import type { Evaluator } from '../../wiring/evaluator.js';
import type { Method } from '../../wiring/library.js';
import {
  builtin,
  list,
  listed,
  optionIn,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { create as createSocketServer } from '../sockets/socket-io-server.js';
import { stateOf } from './fastify-contexts.js';
import { addHook, takesCallback } from './fastify-hooks.js';
import { decorateNamespace } from './fastify-jwt.js';
import { mercuriusAuth, mercuriusPlugin } from './mercurius.js';

/** Puts onto an instance what a plugin of a package adds, where that is known. */
export function addKnownPlugin(
  it: Evaluator,
  self: Native,
  name: string,
  plugin: Value,
  options: Value,
  site: Site,
): void {
  const hook = (): void =>
    addHook(it, self, 'onRequest', {
      value: plugin,
      site,
      name: name.replace(/^(?:@fastify\/|fastify-)/, ''),
    });
  const decorate = (called: string, value = plugin): void => void stateOf(self).decorators.set(called, value);
  const isOff = (option: string): boolean => {
    const value = optionIn(options, option);
    return value?.k === 'literal' && value.value === false;
  };
  if (/^(?:@fastify\/rate-limit|fastify-rate-limit)$/.test(name)) {
    decorate('*rate-limit*');
    if (!isOff('global')) hook();
  } else if (/^(?:@fastify\/bearer-auth|fastify-bearer-auth)$/.test(name)) {
    if (!isOff('addHook')) hook();
    decorate('verifyBearerAuth');
  } else if (/^(?:@fastify\/basic-auth|fastify-basic-auth)$/.test(name)) decorate('basicAuth');
  else if (/^(?:@fastify\/csrf-protection|fastify-csrf)$/.test(name)) decorate('csrfProtection');
  else if (/^(?:@fastify\/jwt|fastify-jwt)$/.test(name)) decorateNamespace(it, self, options);
  else if (/^fastify-(?:auth0-verify|jwt-jwks)$/.test(name)) decorate('authenticate');
  else if (name === 'fastify-socket.io') decorate('io', createSocketServer(it, [options], site));
  else if (name === 'mercurius' || name === '@mercuriusjs/federation')
    mercuriusPlugin(it, self, options, site);
  else if (name === 'mercurius-auth') mercuriusAuth(it, self, options, site);
}

/** `auth([a, b], { relation })` of `@fastify/auth`: any of them, unless all are asked for. */
const auth: Method = (it, _self, [functions, options]) => {
  const all = functions?.k === 'list' ? functions.elements : [];
  if (stringOf(optionIn(options, 'relation') ?? UNDEFINED) === 'and') return list([...all]);
  return builtin('auth', ([request, reply, done], _none, site) => {
    for (const each of all.flatMap(listed))
      it.aside(() => {
        it.answered = null;
        const result = it.runHandler(each, [request ?? UNKNOWN, reply ?? UNKNOWN, done ?? UNKNOWN], site);
        if (!takesCallback(each, 2) && it.answered === null && result && done)
          it.call(done, [], UNDEFINED, site);
      });
    return UNDEFINED;
  });
};
/** Methods that plugins add to instances, taken to be there wherever they are called. */
export const PLUGIN_METHODS = {
  auth,
  rateLimit: () => unknown([], { origin: { k: 'external', package: '@fastify/rate-limit', path: [] } }),
} satisfies Record<string, Method>;
