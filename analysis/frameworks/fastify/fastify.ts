import type { LibraryModel } from '../../wiring/library.js';
import { instances, stateOf } from './fastify-contexts.js';
import { observeRoute } from './fastify-entry-points.js';
import { create, inferredInstance } from './fastify-instance.js';
import { withoutContext } from './fastify-plugins.js';
import { asHook } from './fastify-request.js';

/** Fastify. https://fastify.dev/docs/latest/Reference/ */
export const fastify: LibraryModel = {
  name: 'fastify',
  packages: ['fastify'],
  about: {
    title: 'Fastify',
    registers:
      'methods and `route` of an instance, in plugins with prefixes; `@fastify/autoload`; WebSockets by `websocket` and `wsHandler` of `@fastify/websocket`',
    guards:
      'hooks before the handler in stage order, of the contexts around a route and of its options; `@fastify/auth`, `jwt`, `bearer-auth`, `basic-auth`, `csrf-protection`, `rate-limit` with `config.rateLimit`; `use` of `@fastify/middie` and `@fastify/express`, below a path too',
    answers: '`reply.code().send()`, a return, a throw, `@fastify/sensible`',
    limits:
      'constraints; what `use` is given that serves by itself, as a router of Express (below a path, a gap); an option that the project itself gives a meaning to by something other than an `onRoute` hook',
  },
  calls: { '': create, fastify: create, default: create },
  typed: (it, type) => (/^FastifyInstance\b/.test(type) ? inferredInstance(it) : null),
  parameter: (it, name) => (/^(?:fastify|instance|app|server)$/i.test(name) ? inferredInstance(it) : null),
  asGuard: asHook,
  finish: (it) => {
    for (const instance of instances(it))
      for (const each of stateOf(instance).routes) observeRoute(it, instance, each);
  },
};
/** `fastify-plugin`: what it wraps adds to the context in which it is registered. */
export const fastifyPlugin: LibraryModel = {
  name: 'fastify-plugin',
  packages: ['fastify-plugin'],
  calls: { '': withoutContext, fastifyPlugin: withoutContext, default: withoutContext },
};
