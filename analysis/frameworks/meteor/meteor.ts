import type { Evaluator } from '../../wiring/evaluator.js';
import { membersOf } from '../../wiring/globals.js';
import { callMember } from '../../wiring/members.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { ownSite } from '../../wiring/own-site.js';
import {
  builtin,
  isCallable,
  literal,
  optionIn,
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
import { addRoute } from '../express/express-registrations.js';
import { makeRouter } from '../express/express-router.js';
import { collectionNamed, makeCollection } from './meteor-collections.js';
import { makeRequest, makeResponse, RESPONSE } from '../web/web-request.js';

interface Callable {
  /** A method, a publication, or a path that is served. */
  kind: 'method' | 'publication' | 'path';
  name: string;
  handler: Value;
  site: Site;
}
const callables = (it: Evaluator): Callable[] => it.stateOf<Callable[]>('meteor', () => []);

const methods: Operation = (it, [given], site) => {
  const { pairs, open } = membersOf(it, given ?? record());
  if (open) it.gap('some of these methods could not be followed', it.place(site));
  for (const [name, handler] of pairs)
    if (isCallable(handler))
      callables(it).push({ kind: 'method', name, handler, site: ownSite(handler, site) });
  return UNDEFINED;
};
const publish: Operation = (it, [name, handler], site) => {
  if (handler)
    callables(it).push({
      kind: 'publication',
      // Without a name it is sent to everybody who connects.
      name: `publish:${name?.k === 'literal' && name.value === null ? '*' : ((name && stringOf(name)) ?? '?')}`,
      handler,
      site,
    });
  return UNDEFINED;
};
/** `new ValidatedMethod({ name, validate, run })` of mdg:validated-method. */
const validated: Operation = (it, [options], site) => {
  const member = (key: string): Value | undefined =>
    options?.k === 'record' ? options.members.get(key) : undefined;
  const run = member('run');
  if (run)
    callables(it).push({
      kind: 'method',
      name: stringOf(member('name') ?? UNDEFINED) ?? '?',
      handler: run,
      site,
    });
  return UNKNOWN;
};
const HANDLERS: LibraryType = {
  name: 'connect handlers',
  methods: {
    use: (it, self, args, site) => {
      const handler = args.at(-1);
      const path = args.length > 1 ? stringOf(args[0]!) : '*';
      if (handler) callables(it).push({ kind: 'path', name: path ?? '*', handler, site });
      return self;
    },
  },
};
/** `WebApp.handlers`: since Meteor 3 an application of Express, whose routes and middleware they are. */
const served = (it: Evaluator): Native =>
  it.stateOf('meteor:served', () => makeRouter(it, it.modules.somewhere, true, 'meteor'));
/** `JsonRoutes.add('GET', '/api/boats', handler)` of simple:json-routes. */
const jsonRoute: Operation = (it, [method, path, ...handlers], site) => {
  addRoute(
    it,
    served(it),
    ((method && stringOf(method)) ?? 'all').toUpperCase(),
    (path && textOf(path)) ?? null,
    handlers,
    site,
    undefined,
  );
  return UNDEFINED;
};
/** `JsonRoutes.sendResult(response, { code, data })` */
const sendResult: Operation = (it, [response, given], site) => {
  if (response?.k !== 'native' || response.type !== RESPONSE) return UNDEFINED;
  const code = optionIn(given, 'code');
  if (code) RESPONSE.methods.status!(it, response, [code], site);
  return RESPONSE.methods.json!(it, response, [optionIn(given, 'data') ?? UNDEFINED], site);
};
/** Names that Meteor puts into every module of a project, from the packages that it uses. */
const GLOBALS: Readonly<Record<string, string>> = {
  Meteor: '/meteor',
  Mongo: '/mongo',
  WebApp: '/webapp',
  JsonRoutes: '/simple:json-routes',
};
/** `new Meteor.Error('not-authorized', reason)`: the first is a code, or a status. */
const error: Operation = (_it, [code, reason]) => {
  const text = code?.k === 'literal' ? String(code.value) : '';
  const status =
    code?.k === 'literal' && typeof code.value === 'number'
      ? code.value
      : /not.?found/i.test(text)
        ? 404
        : /auth|permission|denied|forbidden|allowed|logged/i.test(text)
          ? 403
          : 500;
  return record(
    [
      ['status', literal(status)],
      ['message', reason ?? UNDEFINED],
    ],
    UNKNOWN,
  );
};

const isProject = (it: Evaluator): boolean =>
  it.stateOf('meteor:project', () => ({
    is: it.loader.list(it.loader.root ? `${it.loader.root}/.meteor` : '.meteor').length > 0,
  })).is || it.loader.uses('meteor');

function observe(it: Evaluator, { kind, name, handler, site }: Callable): void {
  const request = makeRequest(it, { method: null, path: null, base: '', application: null });
  const invocation = record(
    [
      ['userId', unknown(['identity'])],
      ['connection', unknown(['request.connection'])],
      ['unblock', builtin('unblock', () => UNDEFINED)],
      // Where another way to the end sends records, this one sends none.
      [
        'ready',
        builtin('ready', () => {
          it.answer({ how: 'close', status: null });
          return UNDEFINED;
        }),
      ],
      ['setUserId', builtin('setUserId', () => UNDEFINED)],
      ['error', builtin('error', ([reason]) => it.throw(reason ?? UNKNOWN))],
    ],
    UNKNOWN,
  );
  const args: Value[] =
    kind === 'path'
      ? [request, makeResponse(it), builtin('next', () => UNDEFINED)]
      : handler.k === 'function'
        ? handler.fn.params.map(() => unknown(['body']))
        : [unknown(['body'])];
  observeEntryPoint(it, {
    framework: 'meteor',
    trigger: kind === 'path' ? { kind: 'http', method: 'ALL', path: name } : { kind: 'rpc', name },
    registration: site,
    handler,
    work: () => it.runHandler(handler, args, site, kind === 'path' ? UNDEFINED : invocation),
  });
}

/** Meteor. https://docs.meteor.com/api/meteor.html */
export const meteor: LibraryModel = {
  name: 'meteor',
  packages: ['meteor'],
  about: {
    title: 'Meteor',
    registers:
      '`Meteor.methods`, `Meteor.publish` (as `publish:name`), `ValidatedMethod`, `WebApp.connectHandlers`, `WebApp.handlers` as Express has it, `JsonRoutes.add`; operations of `Mongo.Collection` are effects',
    guards: 'tests in the method, with `this.userId` and `Meteor.userId()`',
    answers: 'by returning; `Meteor.Error`',
    limits: '`allow` and `deny` rules, `DDPRateLimiter`, packages that add methods',
  },
  calls: {
    '/meteor.Meteor.methods': methods,
    '/meteor.Meteor.publish': publish,
    '/meteor.Meteor.publishComposite': publish,
    '/meteor.Meteor.Error': error,
    '/meteor.Meteor.userId': () => unknown(['identity']),
    '/meteor.Meteor.userAsync': () => unknown(['identity']),
    '/meteor.Meteor.user': () => unknown(['identity']),
    '/meteor.Meteor.startup': (it, args, site) =>
      args[0] ? it.call(args[0], [], UNDEFINED, site) : UNDEFINED,
    '/mdg:validated-method.ValidatedMethod': validated,
    '/mongo.Mongo.Collection': makeCollection,
    '/meteor.Meteor.Collection': makeCollection,
    '/simple:json-routes.JsonRoutes.add': jsonRoute,
    '/simple:json-routes.JsonRoutes.sendResult': sendResult,
    '/simple:json-routes.JsonRoutes.Middleware.use': (it, args, site) =>
      callMember(it, served(it), 'use', () => [...args], site),
  },
  global: (it, name) =>
    Object.hasOwn(GLOBALS, name) && isProject(it)
      ? it.modules.externalMember('meteor', [GLOBALS[name]!, name])
      : null,
  globals: ['Meteor.methods', 'Meteor.publish', 'JsonRoutes.add'],
  member: (it, path) => {
    const [from, name, member = ''] = path;
    if (from === '/meteor' && name === 'Meteor' && member === 'users' && path.length === 3)
      return collectionNamed(it, 'users');
    // What serves is the server: modules that browsers share say so.
    if (from === '/meteor' && name === 'Meteor' && /^is(?:Server|Client|Cordova)$/.test(member))
      return literal(member === 'isServer');
    if (from !== '/webapp' || name !== 'WebApp' || path.length !== 3) return null;
    if (/^(?:handlers|rawHandlers|expressHandlers|rawExpressHandlers)$/.test(member)) return served(it);
    return /^(?:connectHandlers|rawConnectHandlers)$/.test(member)
      ? it.stateOf<Value>('meteor:handlers', () => it.native(HANDLERS, null))
      : null;
  },
  finish: (it) => {
    for (const each of callables(it)) observe(it, each);
  },
};
