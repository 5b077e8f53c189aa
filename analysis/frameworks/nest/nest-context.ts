import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryType, type Method } from '../../wiring/library.js';
import { assignMember, IDENTITY_NAME, memberOf } from '../../wiring/members.js';
import { metadataOf } from '../../wiring/metadata.js';
import { join, others } from '../sockets/broadcasts.js';
import { closeStatus } from '../sockets/ws-socket.js';
import { makeContext } from '../web/context.js';
import {
  choice,
  isNullish,
  list,
  listed,
  literal,
  record,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type ClassValue,
  type FunctionValue,
  type Native,
  type Value,
} from '../../wiring/value.js';
import { HEADERS, makeRequest, makeResponse, type RequestState } from '../web/web-request.js';

/** One call of a handler, as guards, interceptors, pipes and parameter decorators see it. */
export interface Activation {
  kind: 'http' | 'graphql' | 'ws' | 'rpc';
  cls: ClassValue;
  handler: FunctionValue;
  request: Native;
  response: Native;
  /** What GraphQL hands to resolvers, or a gateway's client. */
  context: Value;
  /** Arguments of a field, data of a message. */
  data: Value;
}
export const activationOf = (context: Value | undefined): Activation | null =>
  context?.k === 'native' && (context.type === EXECUTION_CONTEXT || context.type === GRAPHQL_CONTEXT)
    ? (context.state as Activation)
    : null;
const of = (self: Native): Activation => self.state as Activation;
const answers = (members: Record<string, Value>): Value =>
  record(Object.entries(members).map(([name, value]) => [name, { k: 'builtin', name, call: () => value }]));

const args = (a: Activation): Value[] =>
  a.kind === 'http'
    ? [a.request, a.response, UNKNOWN]
    : a.kind === 'graphql'
      ? [UNDEFINED, a.data, a.context, UNKNOWN]
      : [a.context, a.data];
const http: Method = (_it, self) =>
  answers({ getRequest: of(self).request, getResponse: of(self).response, getNext: UNKNOWN });
/** `ExecutionContext`, `ArgumentsHost`, `GqlExecutionContext`. */
export const EXECUTION_CONTEXT: LibraryType = {
  name: 'execution context',
  methods: {
    getClass: (_it, self) => of(self).cls,
    getHandler: (_it, self) => of(self).handler,
    getType: (_it, self) => literal(of(self).kind),
    getArgs: (_it, self) => list(args(of(self))),
    getArgByIndex: (_it, self, [i]) =>
      (i?.k === 'literal' && typeof i.value === 'number' && args(of(self))[i.value]) || UNKNOWN,
    switchToHttp: http,
    switchToWs: (_it, self) =>
      answers({ getClient: of(self).context, getData: of(self).data, getPattern: UNKNOWN }),
    switchToRpc: (_it, self) => answers({ getData: of(self).data, getContext: of(self).context }),
  },
};
/** `GqlExecutionContext.create(context)` */
export const GRAPHQL_CONTEXT: LibraryType = {
  ...EXECUTION_CONTEXT,
  name: 'graphql execution context',
  methods: {
    ...EXECUTION_CONTEXT.methods,
    getContext: (_it, self) => of(self).context,
    getArgs: (_it, self) => of(self).data,
    getInfo: () => UNKNOWN,
    getRoot: () => unknown(['parent']),
  },
};

/** Whoever connected to a gateway. Where only what survives matters, closing the connection is the end. */
export interface ClientState {
  severs: boolean;
}
const close: Method = (it, self, [code]) => {
  const refusal = { how: 'close' as const, status: closeStatus(code) };
  it.answer(refusal);
  if ((self.state as ClientState).severs) it.endPath(refusal);
  return self;
};
export const GATEWAY_CLIENT: LibraryType = {
  name: 'client',
  methods: {
    disconnect: close,
    close,
    terminate: close,
    emit: yieldsItself,
    send: yieldsItself,
    join,
    leave: yieldsItself,
    to: others,
    in: others,
    except: others,
    on: (it, self, given, site) => {
      it.handToUnknown(given, ['message'], site);
      return self;
    },
  },
  get: (it, self, name) => {
    const assigned = self.members.get(name);
    if (assigned) return assigned;
    switch (name) {
      case 'handshake':
      case 'request':
      case 'upgradeReq':
        return record([
          ['headers', it.native(HEADERS, null)],
          ['auth', unknown(['credential'])],
          ['query', unknown(['query'])],
          ['url', unknown(['request.path'])],
        ]);
      case 'data': {
        const data = makeContext(it);
        it.journal.write(self.members, 'data', data);
        return data;
      }
      case 'broadcast':
        return others(it);
      case 'volatile':
        return self;
      case 'id':
        return unknown(['request.id']);
      default:
        return GATEWAY_CLIENT.methods[name]
          ? null
          : unknown([IDENTITY_NAME.test(name) ? 'identity' : `request.${name}`]);
    }
  },
};

/** A route has the parameters that its path names, and no others. */
function parametersOf(path: string | null): Value | null {
  if (path === null || /[*({?+]/.test(path)) return null;
  const names = [...path.matchAll(/:([\w$]+)/g)].map((m) => m[1]!);
  return record(names.map((name) => [name, unknown([`params.${name}`])]));
}
/** What a class of handlers is called with, before any code has run. */
export function activation(
  it: Evaluator,
  kind: Activation['kind'],
  cls: ClassValue,
  handler: FunctionValue,
  route: { method: string | null; path: string | null },
): Activation {
  const request = makeRequest(it, { ...route, base: '', application: null });
  const params = parametersOf(route.path);
  if (params) request.members.set('params', params);
  const response = makeResponse(it);
  // `GqlExecutionContext.create(context).getContext()` is used in front of routes too, by guards for both: some count on there
  // being a request in it, others ask for it first.
  const req = kind === 'http' ? choice([request, UNDEFINED].map((value) => ({ value, facts: [] }))) : request;
  const context =
    kind === 'ws'
      ? it.native(GATEWAY_CLIENT, { severs: false } satisfies ClientState)
      : kind === 'graphql' || kind === 'http'
        ? makeContext(it, { req, request: req, res: response, reply: response })
        : UNKNOWN;
  const data = kind === 'graphql' ? unknown(['body']) : unknown(['message']);
  return { kind, cls, handler, request, response, context, data };
}

const targets = (value: Value | undefined): readonly Value[] =>
  value?.k === 'list' ? value.elements : value ? [value] : [];
const lookUp: Method = (it, _self, [key, target]) => metadataOf(it, key ?? UNDEFINED, target);
/** `Reflector`: reads what decorators noted of a handler and its class. */
export const REFLECTOR: LibraryType = {
  name: 'reflector',
  methods: {
    get: lookUp,
    getAll: (it, _self, [key, on]) => list(targets(on).map((t) => metadataOf(it, key ?? UNDEFINED, t))),
    getAllAndOverride: (it, _self, [key, on]) =>
      targets(on)
        .map((t) => metadataOf(it, key ?? UNDEFINED, t))
        .find((v) => !(v.k === 'literal' && v.value === undefined)) ?? UNDEFINED,
    getAllAndMerge: (it, _self, [key, on]) => {
      const found = targets(on)
        .map((t) => metadataOf(it, key ?? UNDEFINED, t))
        .filter((v) => !isNullish(v));
      if (found.length > 0 && found.every((v) => v.k === 'record'))
        return record(found.flatMap((v) => (v.k === 'record' ? [...v.members] : [])));
      return list(found.flatMap(listed));
    },
  },
};

/** What is being run: `@Inject(REQUEST)` gets the request of whoever is served. */
const current = (it: Evaluator): { activation: Activation | null } =>
  it.stateOf<{ activation: Activation | null }>('nestjs:current', () => ({ activation: null }));
export function nowServing(it: Evaluator, activation: Activation): void {
  current(it).activation = activation;
}
/** The route for which a handler is being run. */
export function currentRoute(
  it: Evaluator,
): { method: string | null; path: string | null; request: Native } | null {
  const a = current(it).activation;
  return a?.kind === 'http' ? { ...(a.request.state as RequestState), request: a.request } : null;
}
const injectedNow = (it: Evaluator): Value => {
  const a = current(it).activation;
  return a ? (a.kind === 'graphql' ? a.context : a.request) : UNKNOWN;
};
const CURRENT: LibraryType = {
  name: 'injected request',
  methods: {},
  get: (it, _self, name, site) => memberOf(it, injectedNow(it), name, site),
  set: (it, _self, name, value, site) => {
    assignMember(it, injectedNow(it), name, value, site);
    return true;
  },
};
export const currentRequest = (it: Evaluator): Value =>
  it.stateOf<Value>('nestjs:current-request', () => it.native(CURRENT, null));

/** `ClsService` of nestjs-cls: a context that follows the request. Who is not set here was set by something unseen. */
const CLS: LibraryType = {
  name: 'request storage',
  methods: {
    get: (it, self, [key], site) => {
      const [first, ...rest] = ((key && textOf(key)) ?? '').split('.');
      if (!first) return UNKNOWN;
      const start =
        self.members.get(first) ?? unknown([IDENTITY_NAME.test(first) ? 'identity' : `request.${first}`]);
      return rest.reduce<Value>((value, name) => memberOf(it, value, name, site), start);
    },
    set: (it, self, [key, value]) => {
      const name = (key && textOf(key)) ?? '';
      const given = value ?? UNDEFINED;
      const isSomebody = IDENTITY_NAME.test(name) && (given.k === 'unknown' || given.k === 'promise');
      it.journal.write(self.members, name, isSomebody ? unknown(['identity']) : given);
      return UNDEFINED;
    },
    has: () => UNKNOWN,
    isActive: () => literal(true),
    run: (it, _self, given, site) => it.call(given.at(-1) ?? UNDEFINED, [], UNDEFINED, site),
    runWith: (it, _self, given, site) => it.call(given.at(-1) ?? UNDEFINED, [], UNDEFINED, site),
  },
};
export const requestStorage = (it: Evaluator): Value =>
  it.stateOf<Value>('nestjs:cls', () => it.native(CLS, null));
