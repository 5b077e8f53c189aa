import { composed } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { noteMetadata } from '../../wiring/metadata.js';
import {
  builtin,
  promise,
  UNDEFINED,
  unknown,
  UNKNOWN,
  textOf,
  type Native,
  type Value,
} from '../../wiring/value.js';
import { appOf, apps, create } from './nest-application.js';
import { parameterDecorator } from './nest-arguments.js';
import { GRAPHQL_CONTEXT, REFLECTOR, requestStorage } from './nest-context.js';
import { asNestGuard } from './nest-metadata.js';
import { observeAll } from './nest-entry-points.js';
import { EXCEPTIONS, namedStatus } from './nest-exceptions.js';
import { authGuard, guardClass, passportStrategy, skipThrottle, throttlerModule } from './nest-guards.js';
import { graphqlModule } from './nest-graphql.js';
import { configurableModule, containerOf, routerModule } from './nest-modules.js';

/** A key that notes a value, and by which it is read: `Reflector.createDecorator()`. */
const METADATA_KEY: LibraryType = {
  name: 'metadata key',
  methods: {},
  call: (it, self, [value]) => {
    const transform = self.state as Value | undefined;
    const noted = value ?? UNDEFINED;
    return builtin('metadata', (target, _self, site) => {
      noteMetadata(it, self, transform ? it.call(transform, [noted], UNDEFINED, site) : noted, target);
      return UNDEFINED;
    });
  },
};
const createDecorator: Operation = (it, [options]) =>
  it.native(METADATA_KEY, options?.k === 'record' ? options.members.get('transform') : undefined);
const setMetadata: Operation = (it, [key, value]) =>
  builtin('SetMetadata', (target) => {
    noteMetadata(it, key ?? UNDEFINED, value ?? UNDEFINED, target);
    return UNDEFINED;
  });
const first: Operation = (_it, [value]) => value ?? UNDEFINED;
const called: Operation = (it, [value], site) => (value ? it.call(value, [], UNDEFINED, site) : UNDEFINED);
const reflector = (it: Evaluator): Native =>
  it.stateOf<Native>('nestjs:reflector', () => it.native(REFLECTOR, null));

/** `ModuleRef`: hands out what the container has. */
const MODULE_REF: LibraryType = {
  name: 'module reference',
  methods: {
    get: (it, _self, [token]) => fromAny(it, token),
    resolve: (it, _self, [token]) => promise(fromAny(it, token)),
    create: (it, _self, [token]) => promise(fromAny(it, token)),
  },
};
function fromAny(it: Evaluator, token: Value | undefined): Value {
  const app = apps(it)[0];
  const state = app && appOf(app);
  if (!state || !token) return UNKNOWN;
  state.container ??= containerOf(it, state.root);
  return state.container.get(token);
}
const CONFIGURATION: LibraryType = {
  name: 'configuration',
  methods: {
    get: (_it, _self, [key]) => unknown([`config:${(key && textOf(key)) ?? '*'}`]),
    getOrThrow: (_it, _self, [key]) => unknown([`config:${(key && textOf(key)) ?? '*'}`]),
  },
};

export const nestjs: LibraryModel = {
  name: 'nestjs',
  packages: [
    '@nestjs/common',
    '@nestjs/core',
    '@nestjs/graphql',
    '@nestjs/websockets',
    '@nestjs/microservices',
    '@nestjs/passport',
    '@nestjs/throttler',
    '@nestjs/schedule',
    '@nestjs/bull',
    '@nestjs/bullmq',
    '@nestjs/config',
    'nestjs-cls',
  ],
  about: {
    title: 'NestJS',
    registers:
      'controllers, resolvers (code first and by name), gateways, message patterns, processors and schedules of modules that are reachable from what `NestFactory` is given; prefixes, versions, `RouterModule`, dynamic modules, inherited handlers and classes made by functions',
    guards:
      'middleware of the application and of modules, global, class and method guards with the metadata that each reads of the route, `AuthGuard` of Passport and what extends it, `ThrottlerGuard`, interceptors, pipes and parameter decorators that refuse',
    answers: 'what is returned; exceptions with their status; a guard that answers false: 403',
    limits:
      'guards do not run in front of fields without `fieldResolverEnhancers`, nor global ones in front of gateways, as in Nest itself; exception filters are not followed',
  },
  calls: {
    ...EXCEPTIONS,
    'NestFactory.create': create('http'),
    'NestFactory.createMicroservice': create('microservice'),
    'NestFactory.createApplicationContext': create('context'),
    applyDecorators: (it, args) => composed(it, args),
    SetMetadata: setMetadata,
    createParamDecorator: parameterDecorator,
    forwardRef: called,
    mixin: first,
    Reflector: reflector,
    'Reflector.createDecorator': createDecorator,
    'GqlExecutionContext.create': (it, [context]) =>
      context?.k === 'native' ? it.native(GRAPHQL_CONTEXT, context.state) : UNKNOWN,
    'GqlArgumentsHost.create': (it, [context]) =>
      context?.k === 'native' ? it.native(GRAPHQL_CONTEXT, context.state) : UNKNOWN,
    'GraphQLModule.forRoot': (it, args) => graphqlModule(it, args, false),
    'GraphQLModule.forRootAsync': (it, args) => graphqlModule(it, args, true),
    'RouterModule.register': routerModule,
    'RouterModule.forRoutes': routerModule,
    'ConditionalModule.registerWhen': first,
    ConfigurableModuleBuilder: configurableModule,
    AuthGuard: authGuard,
    PassportStrategy: passportStrategy,
    SkipThrottle: skipThrottle,
    'ThrottlerModule.forRoot': throttlerModule,
  },
  member: (it, path) =>
    path[0] === 'HttpStatus' ? namedStatus(path[1]) : path.length === 1 ? guardClass(it, path[0]) : null,
  typed: (it, type) => {
    switch (/^[\w$]+/.exec(type)?.[0]) {
      case 'Reflector':
        return reflector(it);
      case 'ModuleRef':
        return it.native(MODULE_REF, null);
      case 'ConfigService':
        return it.native(CONFIGURATION, null);
      case 'ClsService':
        return requestStorage(it);
      default:
        return null;
    }
  },
  asGuard: asNestGuard,
  finish: observeAll,
};
