import type { Evaluator } from '../../wiring/evaluator.js';
import { comingBy, doorHere, goOn, type Door as SharedDoor } from '../../wiring/doors.js';
import type { LibraryType } from '../../wiring/library.js';
import { IDENTITY_NAME } from '../../wiring/members.js';
import { runLink, type Installed } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { outcomes } from '../../wiring/tests.js';
import {
  isCallable,
  isNullish,
  optionsOf,
  record,
  sourcesOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { stateOfSchema } from './graphql-schema.js';
import { asIdentity, makeRequest, makeResponse } from '../web/web-request.js';

/** A server over schemas, or the handler that serves them: where HTTP reaches it, and what it hands to resolvers. */
export interface Serving {
  schemas: readonly Native[];
  /** What makes the context of a request. */
  context: Value;
  /** The arguments of that function, where it is not one object with the request in it. */
  given?: 'exchange' | 'object' | 'wrapped';
  site: Site;
  doors: Door[];
  /** What else runs before the fields of an operation, with `(schema, document, context)`. */
  hooks: Installed[];
  /** It opens a port of its own. */
  listens?: boolean;
  /** It was asked for handlers: requests reach these. */
  isPassedOn?: boolean;
  /** What connecting yields is the context. */
  isContextOfConnection?: boolean;
  /** A WebSocket: subscriptions come this way, and what else is asked for does not. */
  socket: { path: string; onConnect: Value | null } | null;
}
/** With requests and responses as what stood in front left them. */
export interface Door extends SharedDoor {
  exchange: readonly Native[];
}
export const servings = (it: Evaluator): Serving[] => it.stateOf<Serving[]>('graphql:servings', () => []);

/** Takes down by which door it is reached. The entry points are the fields, not the address that they share. */
export const SERVING: LibraryType = {
  name: 'graphql handler',
  methods: {},
  call: (it, self, args, site) => {
    const door = doorHere(it);
    if (door)
      (self.state as Serving).doors.push({
        ...door,
        exchange: args.flatMap((a) => (a.k === 'native' ? [copyOf(it, a)] : [])),
      });
    goOn(it, args, site);
    return UNDEFINED;
  },
  handles: true,
};
function copyOf(it: Evaluator, { type, state, members }: Native): Native {
  const copy = it.native(type, state);
  for (const [name, value] of members) copy.members.set(name, value);
  return copy;
}
export function serve(
  it: Evaluator,
  schemas: readonly Native[],
  context: Value,
  site: Site,
  more: Partial<Pick<Serving, 'given' | 'hooks' | 'socket'>> & { type?: LibraryType } = {},
): Native {
  const { type = SERVING, ...rest } = more;
  for (const schema of schemas) stateOfSchema(schema).isServed = true;
  const serving: Serving = { schemas, context, site, doors: [], hooks: [], socket: null, ...rest };
  servings(it).push(serving);
  return it.native(type, serving);
}

/** Through which serving and door the fields of a type are reached: the one with the least in front. */
export function reachedBy(
  it: Evaluator,
  schema: Native,
  type: string,
): { serving: Serving; door: Door | null } | null {
  const all = servings(it).filter((s) => s.schemas.includes(schema) && !s.isPassedOn);
  const isEvent = type === 'Subscription';
  const fitting = all.filter((s) => isEvent === (s.socket !== null));
  const ways = (fitting.length > 0 ? fitting : isEvent ? all : []).flatMap(
    (serving): { serving: Serving; door: Door | null }[] =>
      (serving.doors.length > 0 ? serving.doors : [null]).map((door) => ({ serving, door })),
  );
  // What makes a context says more than what does not.
  const known = ways.filter((s) => s.door !== null || s.serving.context !== UNDEFINED || s.serving.socket);
  const open = known.length > 0 ? known : ways;
  // A handler that nothing was seen to mount is made by code that has been run once more.
  const seen = open.some((w) => w.door) ? open.filter((w) => w.door ?? w.serving.listens) : open;
  return seen.sort((a, b) => weight(a.door) - weight(b.door))[0] ?? null;
}
const weight = (door: Door | null): number => (door ? 1 + door.facts.length : 1);

/** What runs before any field of an operation is resolved: HTTP middleware, then the function that makes the context. */
export function* beforeFields(
  it: Evaluator,
  schema: Native,
  type: string,
  context: Native,
): Generator<AppliedLink, Value> {
  const reached = reachedBy(it, schema, type);
  if (!reached) return context;
  const { serving, door } = reached;
  yield* comingBy(it, door);
  const named = (name: string): Native | undefined => door?.exchange.find((v) => v.type.name === name);
  const request =
    named('request') ?? makeRequest(it, { method: 'POST', path: null, base: '', application: null });
  const response = named('response') ?? makeResponse(it);
  response.members.set('request', request);
  const given = record(
    [
      ['req', request],
      ['request', request],
      ['res', response],
      ['reply', response],
      // Of Apollo Server 2, which calls the same function for sockets: an HTTP request has none.
      ['connection', UNDEFINED],
    ],
    UNKNOWN,
  );
  for (const [name, value] of given.members) context.members.set(name, value);
  // Koa and others hand over one object of their own.
  given.members.set('ctx', given);
  const connected = serving.socket ? yield* connecting(it, serving.socket, serving.site) : UNDEFINED;
  if (serving.isContextOfConnection && optionsOf(connected).some((o) => o.value.k === 'record'))
    return whoIn(it, connected);
  const made = yield* contextOf(it, serving, context, given, [request, response]);
  for (const hook of serving.hooks) {
    const link = runLink(it, hook, {
      args: () => [UNKNOWN, UNKNOWN, made, UNKNOWN],
      carries: made.k === 'native' || made.k === 'record' ? [made] : [],
      goesOn: () => [],
      refusal: { how: 'throw', status: null },
    });
    yield { ...link, isIncidental: true };
  }
  return made;
}
function* contextOf(
  it: Evaluator,
  serving: Serving,
  context: Native,
  given: Value,
  exchange: readonly Native[],
): Generator<AppliedLink, Value> {
  const make = serving.context;
  if (make.k === 'record') return whoIn(it, make);
  if (!isCallable(make)) return context;
  let made: Value = UNKNOWN;
  const args = serving.socket
    ? [connection(it), UNKNOWN, UNKNOWN]
    : serving.given === 'exchange'
      ? [...exchange, UNKNOWN]
      : serving.given === 'wrapped'
        ? [wrapped(it, exchange[0]!), UNKNOWN]
        : [given, given];
  const link = runLink(
    it,
    {
      value: make,
      site: serving.site,
      name: make.k === 'function' ? (make.fn.name ?? 'context') : 'context',
    },
    {
      args: () => args,
      carries: [],
      goesOn: (result) => {
        made = result;
        return [];
      },
      refusal: { how: 'throw', status: null },
    },
  );
  yield { ...link, isIncidental: true };
  // The request itself may be it.
  if ((made as Value).k === 'native') return made;
  if (!optionsOf(made).some((o) => o.value.k === 'record')) return context;
  // Mercurius adds the reply to what the function made.
  for (const { value } of optionsOf(made))
    if (value.k === 'record' && serving.given === 'exchange' && exchange[1])
      it.journal.write(value.members, 'reply', exchange[1]);
  return whoIn(it, made);
}
/** A request of graphql-http: the same as that of the server, which it has in `raw`. */
function wrapped(it: Evaluator, request: Native): Native {
  const copy = copyOf(it, request);
  copy.members.set('raw', request);
  return copy;
}
/** The WebSocket of a serving, with what stands in front of connecting. */
export function observeSocket(it: Evaluator, { socket, doors, site }: Serving, framework: string): void {
  if (!socket) return;
  const { path, onConnect } = socket;
  const [door] = doors;
  observeEntryPoint(it, {
    framework,
    trigger: { kind: 'websocket', path, name: null },
    registration: site,
    handler: onConnect,
    *chain() {
      if (door) {
        it.facts = door.facts;
        yield* door.links;
      }
      yield* connecting(it, socket, site);
    },
    work: () => {},
  });
}
function* connecting(
  it: Evaluator,
  { onConnect }: NonNullable<Serving['socket']>,
  site: Site,
): Generator<AppliedLink, Value> {
  let connected: Value = UNDEFINED;
  if (onConnect && isCallable(onConnect))
    yield runLink(
      it,
      {
        value: onConnect,
        site,
        name: onConnect.k === 'function' ? (onConnect.fn.name ?? 'onConnect') : 'onConnect',
      },
      {
        args: () => [connection(it), UNKNOWN, UNKNOWN],
        carries: [],
        // `false` closes the socket, and so does an error.
        goesOn: (result) => {
          connected = result;
          return isNullish(result) ? [] : outcomes(it, result, site).whenTrue;
        },
        refusal: { how: 'close', status: 401 },
      },
    );
  return connected;
}
/** What a client presents as it connects, under the names that servers have for it. */
const connection = (it: Evaluator): Value => it.native(CONNECTION, null);
const CONNECTION: LibraryType = {
  name: 'connection',
  methods: {},
  get: (it, _self, name) =>
    name === 'extra'
      ? record(
          [['request', makeRequest(it, { method: 'GET', path: null, base: '', application: null })]],
          UNKNOWN,
        )
      : unknown(['credential']),
  sources: () => ['credential'],
};

/** Who the caller is, where the function that made the context looked them up by what they proved. */
function whoIn(it: Evaluator, made: Value): Value {
  for (const { value } of optionsOf(made))
    if (value.k === 'record')
      for (const [name, member] of value.members)
        if (IDENTITY_NAME.test(name) && isProven(it, member))
          it.journal.write(value.members, name, asIdentity(it, member));
  return made;
}
const isProven = (it: Evaluator, value: Value): boolean =>
  sourcesOf(value).some((s) => {
    const row = it.rows.get(s);
    return row !== undefined && (row.scoped || row.bySecret || row.keys.some((k) => PROOF.test(k)));
  });
const PROOF = /^(?:identity|credential|session)(?:\.|$)/;
