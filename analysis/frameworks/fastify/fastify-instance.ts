import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryType, type Operation } from '../../wiring/library.js';
import { promise, stringOf, UNDEFINED, UNKNOWN, type Native } from '../../wiring/value.js';
import { makeServer } from '../node/http-server.js';
import { decoratorOf, makeInstance, stateOf } from './fastify-contexts.js';
import { addHook } from './fastify-hooks.js';
import { tokensOf } from './fastify-jwt.js';
import { PLUGIN_METHODS } from './fastify-known-plugins.js';
import { use } from './fastify-middleware.js';
import { registering } from './fastify-plugins.js';
import { ERRORS } from './fastify-request.js';
import { ROUTING } from './fastify-routes.js';

/** What is made by `fastify()`, and what plugins are given. */
const INSTANCE: LibraryType = {
  name: 'fastify',
  methods: {
    ...ROUTING,
    ...PLUGIN_METHODS,
    register: registering,
    addHook: (it, self, [stage, value], site) => {
      if (value) addHook(it, self, (stage && stringOf(stage)) ?? '?', { value, site });
      return self;
    },
    decorate: (_it, self, [name, value]) => {
      const called = (name && stringOf(name)) ?? '?';
      const isNameless = value?.k === 'function' && value.fn.name === null && !value.madeBy;
      stateOf(self).decorators.set(
        called,
        isNameless ? { ...value, madeBy: { name: called, arguments: [] } } : (value ?? UNDEFINED),
      );
      return self;
    },
    decorateRequest: (_it, self, [name, value]) => {
      stateOf(self).requests.set((name && stringOf(name)) ?? '?', value ?? UNDEFINED);
      return self;
    },
    use,
    after: (it, self, [callback], site) => {
      if (callback) it.call(callback, [UNDEFINED], UNDEFINED, site);
      return self;
    },
    ready: (it, self, [callback], site) => {
      if (callback) it.call(callback, [UNDEFINED], UNDEFINED, site);
      return promise(self);
    },
    listen: (it, _self, args, site) => {
      it.handToUnknown(args, [], site);
      return promise(UNKNOWN);
    },
    withTypeProvider: yieldsItself,
    decorateReply: yieldsItself,
    setErrorHandler: yieldsItself,
    setNotFoundHandler: yieldsItself,
    setValidatorCompiler: yieldsItself,
    setSerializerCompiler: yieldsItself,
    setSchemaController: yieldsItself,
    addSchema: yieldsItself,
    addContentTypeParser: yieldsItself,
    inject: () => promise(UNKNOWN),
    close: () => promise(UNDEFINED),
    hasDecorator: () => UNKNOWN,
  },
  get: (it, self, name, site) => {
    const known = self.members.get(name) ?? decoratorOf(self, name);
    if (known) return known;
    if (name === 'httpErrors') return it.native(ERRORS, null);
    if (name === 'server') {
      const server = makeServer(it, null, site);
      self.members.set('server', server);
      return server;
    }
    return name === 'jwt' ? tokensOf(it) : null;
  },
};
/** `fastify(options)` */
export const create: Operation = (it, _args, site) => makeInstance(it, INSTANCE, { prefix: '', site });
/** The instance that something unseen hands to plugins: nobody knows what stands in front of their routes. */
export const inferredInstance = (it: Evaluator): Native =>
  it.stateOf('fastify:inferred', () =>
    makeInstance(it, INSTANCE, { prefix: '', inferred: true, site: it.modules.somewhere }),
  );
