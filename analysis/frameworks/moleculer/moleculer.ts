import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import { runLink, runMiddleware, type Installed } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { type AppliedLink, opaqueLink } from '../../wiring/recorder.js';
import { atom } from '../../wiring/tests.js';
import {
  isCallable,
  isNullish,
  literal,
  record,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import {
  actionNamed,
  addService,
  addValue,
  brokerOf,
  GATEWAY,
  handlerOf,
  inFrontOf,
  isPublished,
  listed,
  makeCall,
  member,
  services,
  type Service,
} from './moleculer-services.js';
import { makeContext } from '../web/context.js';
import { doorsOf, type Door } from './moleculer-gateway.js';
import { joinPaths } from '../web/paths.js';
import { makeRequest, makeResponse } from '../web/web-request.js';

/**
 * `authentication: true` runs the method `authenticate`; a name runs the method of that name. Where there is no such
 * method the gateway warns, and serves without.
 */
function checkOf(
  it: Evaluator,
  gateway: Service,
  route: Value,
  option: string,
  method: string,
): Installed | null {
  const given = member(route, option);
  if (!given || isNullish(given) || (given.k === 'literal' && given.value === false)) return null;
  const name = stringOf(given) ?? method;
  const own = gateway.methods.get(name) ?? memberOf(it, gateway.self, name, gateway.site);
  if (!isCallable(own) && !gateway.isOpen) return null;
  return { value: isCallable(own) ? own : UNKNOWN, self: gateway.self, site: gateway.site, name };
}
function observeDoor(it: Evaluator, gateway: Service, route: Value, door: Door): void {
  const { site, settings, self } = gateway;
  const found = door.action === null ? null : actionNamed(it, door.action);
  if (found && !isPublished(found.definition, ['published'])) return;
  const isMissing = door.action !== null && !found;
  // A service that is here and has no such action answers that it is not found.
  if (isMissing && services(it).some((s) => door.action!.startsWith(`${s.name}.`))) return;
  if (isMissing) it.gap(`the action \`${door.action}\` could not be found`, it.place(site));
  const base = joinPaths(
    textOf(member(settings, 'path') ?? literal(''), '*') ?? '*',
    textOf(member(route, 'path') ?? literal(''), '*') ?? '*',
  );
  const path = joinPaths(door.isWhole ? '' : base, door.path) || '/';
  const request = makeRequest(it, { method: door.method, path, base: '', application: null });
  const response = makeResponse(it);
  const meta = makeContext(it);
  const params = record(
    [...path.matchAll(/:(\w+)/g)].map(([, name]): [string, Value] => [name!, unknown([`params.${name!}`])]),
    unknown(['body']),
  );
  const context = makeCall(it, params, meta);
  const definition = found?.definition.k === 'record' ? found.definition : record([], UNKNOWN);
  for (const [name, value] of Object.entries({
    $params: params,
    $ctx: context,
    $action: definition,
    $service: self,
    $endpoint: record([['action', definition]]),
    $alias: record([], UNKNOWN),
  }))
    request.members.set(name, value);
  const handler = found ? handlerOf(found.definition) : door.handler;
  const args = [context, route, request, response];
  observeEntryPoint(it, {
    framework: 'moleculer',
    trigger: { kind: 'http', method: door.method, path },
    registration: found ? siteOf(found.definition, handler ?? UNDEFINED, found.service.site) : site,
    handler: handler && isCallable(handler) ? handler : null,
    *chain(): Iterable<AppliedLink> {
      for (const value of [...listed(member(settings, 'use')), ...listed(member(route, 'use'))])
        yield runMiddleware(it, { value, site, self }, request, response);
      const limit = member(route, 'rateLimit') ?? member(settings, 'rateLimit');
      if (limit?.k === 'record') {
        const known = { protection: 'rate-limit', library: 'moleculer-web', arguments: [] };
        const facts = [atom(it, 'verified', [], site, { known })];
        it.learn(facts);
        yield {
          name: 'rateLimit',
          arguments: [],
          place: it.place(site),
          definition: null,
          facts,
          opaque: false,
        };
      }
      const onBeforeCall = member(route, 'onBeforeCall');
      if (onBeforeCall)
        yield runLink(
          it,
          { value: onBeforeCall, self, site, name: 'onBeforeCall' },
          { args: () => args, carries: [context, meta], goesOn: () => [] },
        );
      for (const [option, method] of [
        ['authentication', 'authenticate'],
        ['authorization', 'authorize'],
      ] as const) {
        const check = checkOf(it, gateway, route, option, method);
        if (!check) continue;
        yield runLink(it, check, {
          args: () => args,
          carries: [context, meta, request],
          goesOn: (result) => {
            // What it answers is who the caller is, or that nobody is.
            if (option === 'authentication')
              meta.members.set('user', isNullish(result) ? result : unknown(['identity']));
            return [];
          },
        });
      }
      for (const value of door.links) yield runMiddleware(it, { value, site, self }, request, response);
      if (found) yield* inFrontOf(it, found, context, found.service.site);
      if (isMissing) yield opaqueLink('not followed', it.place(site));
    },
    work: () => {
      if (!handler || !isCallable(handler)) return;
      if (found) return it.runHandler(handler, [context], site, found.service.self);
      return it.runHandler(handler, [request, response], site, self);
    },
  });
}
const siteOf = (definition: Value, handler: Value, fallback: Site): Site =>
  handler.k === 'function'
    ? { module: handler.module, line: handler.fn.line }
    : definition.k === 'function'
      ? { module: definition.module, line: definition.fn.line }
      : fallback;

function observeGateway(it: Evaluator, gateway: Service): void {
  const given = member(gateway.settings, 'routes');
  if (given && (given.k !== 'list' || given.open))
    it.gap('some of the routes of this gateway could not be followed', it.place(gateway.site));
  // Without any, everything is served below `/`.
  const routes = given === undefined ? [record()] : listed(given);
  const seen = new Set<string>();
  for (const route of routes)
    for (const door of doorsOf(it, route, gateway.site)) {
      const key = `${textOf(member(route, 'path') ?? literal('')) ?? '*'} ${door.method} ${door.path}`;
      if (seen.has(key)) continue;
      seen.add(key);
      it.attempt(it.place(gateway.site), () => observeDoor(it, gateway, route, door));
    }
}
/** Where nothing of the program is a gateway, actions are called by whoever is on the same bus. */
function observeActions(it: Evaluator, service: Service): void {
  for (const [name, definition] of service.actions) {
    if (!isPublished(definition, ['published', 'public'])) continue;
    const handler = handlerOf(definition);
    if (!isCallable(handler)) continue;
    const context = makeCall(it, unknown(['body']));
    const site = siteOf(definition, handler, service.site);
    observeEntryPoint(it, {
      framework: 'moleculer',
      trigger: { kind: 'rpc', name: `${service.name}.${name}` },
      registration: site,
      handler,
      chain: () => inFrontOf(it, { service, name, definition }, context, service.site),
      work: () => it.runHandler(handler, [context], site, service.self),
    });
  }
}
function observeEvents(it: Evaluator, service: Service): void {
  const seen = it.stateOf('moleculer:events', () => new Set<string>());
  for (const [name, definition] of service.events) {
    const handler = handlerOf(definition);
    if (name.startsWith('$') || !isCallable(handler)) continue;
    const site = siteOf(definition, handler, service.site);
    // A mixin of several services listens as each of them, and does the same.
    const key = `${name} ${site.module.path}:${site.line}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const context: Native = makeCall(it, unknown(['message']));
    // `(payload, sender, event)` of older versions.
    const isOld = handler.k === 'function' && handler.fn.params.length > 1;
    observeEntryPoint(it, {
      framework: 'moleculer',
      trigger: { kind: 'message', name },
      registration: site,
      handler,
      work: () =>
        it.runHandler(
          handler,
          isOld ? [unknown(['message']), UNKNOWN, literal(name)] : [context],
          site,
          service.self,
        ),
    });
  }
}

/** What a service keeps for itself, such as a client or a server on the same port, it makes when it starts. */
function startUp(it: Evaluator, service: Service): void {
  for (const work of service.starts) {
    // What listens has been run before, since nothing of the program calls it.
    if (work.k === 'function' && it.entered.has(work.fn)) continue;
    it.attempt(it.place(service.site), () => {
      it.withBudget(
        START_STEPS,
        () => void it.awaiting(it.call(work, [brokerOf(it)], service.self, service.site)),
      );
    });
  }
}
const START_STEPS = 60_000;
/** What classes of services extend: their constructors hand over the schema. */
const BASE: LibraryType = {
  name: 'service',
  methods: {
    parseServiceSchema: (it, self, [schema], site) => {
      if (schema) addService(it, schema, site);
      (self.state as { isParsed: boolean }).isParsed = true;
      return UNDEFINED;
    },
  },
};
const failing =
  (fallback: number): Operation =>
  (_it, [message, code]) =>
    record(
      [
        ['message', message ?? UNDEFINED],
        ['status', code?.k === 'literal' && typeof code.value === 'number' ? code : literal(fallback)],
      ],
      UNKNOWN,
    );
const status =
  (code: number): Operation =>
  () =>
    record([['status', literal(code)]], UNKNOWN);
const WEB_ERRORS = {
  InvalidRequestBodyError: 400,
  BadRequestError: 400,
  InvalidResponseTypeError: 500,
  UnAuthorizedError: 401,
  ForbiddenError: 403,
  NotFoundError: 404,
  RateLimitExceeded: 429,
} as const;
/** Actions that `moleculer-db` brings, with their `rest`. https://moleculer.services/docs/0.14/moleculer-db */
const databaseActions = (): Value =>
  record([
    [
      'actions',
      record(
        [
          ['find', null],
          ['count', null],
          ['insert', null],
          ['list', 'GET /'],
          ['create', 'POST /'],
          ['get', 'GET /:id'],
          ['update', 'PUT /:id'],
          ['remove', 'DELETE /:id'],
        ].map(([name, rest]): [string, Value] => [name!, record(rest ? [['rest', literal(rest)]] : [])]),
      ),
    ],
  ]);
const FILES = /\.service\.[cm]?[jt]s$/;

/** Moleculer and its gateway. https://moleculer.services/docs */
export const moleculer: LibraryModel = {
  name: 'moleculer',
  packages: ['moleculer'],
  about: {
    title: 'Moleculer',
    registers:
      'routes of a `moleculer-web` gateway: aliases, `REST`, `autoAliases` with `rest` of actions, every published action by its name where `mappingPolicy` or the lack of aliases says so; whitelists; events; without a gateway the actions themselves. Services as schemas with mixins and as classes, by moleculer-decorators, in `*.service` files or by `createService`',
    guards:
      '`use`, `rateLimit`, `onBeforeCall`, `authenticate` and `authorize` of the gateway as written, middleware of aliases, hooks before actions, `params`; what is called by `ctx.call` is followed',
    answers: 'what is returned; errors with their code',
    limits: 'middleware of the broker; actions of `$node`',
  },
  calls: {
    ServiceBroker: (it) => brokerOf(it),
    Service: (it) => it.native(BASE, { isParsed: false }),
    'Errors.MoleculerError': failing(500),
    'Errors.MoleculerClientError': failing(400),
    'Errors.ValidationError': status(422),
  },
  isEntry: ({ path }) => FILES.test(path),
  finish: (it) => {
    for (const file of it.loader.entryFiles('moleculer')) {
      const instance = it.modules.instantiate(file);
      if (!instance) continue;
      const isOld = instance.module.exports.length === 0;
      const value = isOld ? instance.exportsValue : it.modules.exported(instance, 'default');
      const site = { module: instance, line: value.k === 'class' ? value.node.line : 1 };
      it.attempt({ file, line: 1 }, () => {
        it.withBudget(CLASS_STEPS, () => addValue(it, value, site));
      });
      if (value.k === 'class' && !services(it).some((s) => s.site.module === instance))
        it.gap('the schema of this service could not be followed', it.place(site));
    }
    const all = services(it);
    for (const service of all) startUp(it, service);
    const gateways = all.filter((s) => s.isGateway);
    for (const gateway of gateways) observeGateway(it, gateway);
    for (const service of all) {
      if (gateways.length === 0) observeActions(it, service);
      observeEvents(it, service);
    }
  },
};
const CLASS_STEPS = 100_000;
export const moleculerWeb: LibraryModel = {
  name: 'moleculer-web',
  packages: ['moleculer-web'],
  calls: Object.fromEntries(
    Object.entries(WEB_ERRORS).map(([name, code]): [string, Operation] => [`Errors.${name}`, status(code)]),
  ),
  member: (it, path) => (path.length === 0 ? it.native(GATEWAY, null) : null),
};
export const moleculerDb: LibraryModel = {
  name: 'moleculer-db',
  packages: ['moleculer-db'],
  calls: {},
  member: (_it, path) => (path.length === 0 ? databaseActions() : null),
};
export const moleculerDatabase: LibraryModel = {
  name: 'moleculer-database',
  packages: ['@moleculer/database'],
  calls: { Service: databaseActions },
};
