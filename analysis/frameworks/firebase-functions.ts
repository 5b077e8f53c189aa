import type { Evaluator } from '../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Operation } from '../wiring/library.js';
import { runLink } from '../wiring/middleware.js';
import { observeEntryPoint } from '../wiring/observe.js';
import type { AppliedLink } from '../wiring/recorder.js';
import { atom, outcomes } from '../wiring/tests.js';
import {
  builtin,
  constantsOf,
  isCallable,
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
} from '../wiring/value.js';
import { observeFetch } from './web/fetch-handlers.js';
import { addJob, observeJobs } from './jobs/jobs.js';
import { makeRequest, makeResponse } from './web/web-request.js';

const FRAMEWORK = 'firebase-functions';
/** `functions.region('x').runWith({ … }).https.onCall`: how it got there, and what was given on the way. */
interface Path {
  names: readonly string[];
  given: readonly Value[];
}
interface Deployed {
  /** The last member: `onCall`. */
  event: string;
  isFirst: boolean;
  options: readonly Value[];
  handler: Value;
  site: Site;
}
const deployed = (it: Evaluator): Native[] => it.stateOf<Native[]>(FRAMEWORK, () => []);
/** What a call of a trigger yields, to be exported. */
const FUNCTION: LibraryType = { name: 'cloud function', methods: { run: () => UNKNOWN } };
const isTrigger = (name: string): boolean => /^(?:on|before)[A-Z]/.test(name);

const BUILDER: LibraryType = {
  name: 'function builder',
  methods: {},
  get: (it, self, name) => {
    const { names, given } = self.state as Path;
    return reached(it, [...names, name], given);
  },
  call: (it, self, args, site) => {
    const { names, given } = self.state as Path;
    const event = names.at(-1)!;
    if (!isTrigger(event)) return it.native(BUILDER, { names, given: [...given, ...args] } satisfies Path);
    const handler = args.findLast((a) => isCallable(a) || a.k === 'native');
    if (!handler) {
      it.gap(`what this function of Firebase runs is not known`, it.place(site));
      return UNKNOWN;
    }
    const made = it.native(FUNCTION, {
      event,
      isFirst: names[0] === '/v1' || !names[0]!.startsWith('/'),
      options: [...given, ...args.filter((a) => a !== handler)],
      handler,
      site,
    } satisfies Deployed);
    deployed(it).push(made);
    return made;
  },
};
/** https://firebase.google.com/docs/reference/functions/2nd-gen/node/firebase-functions.https#httpsfunctionserrorcode */
const CODES: Readonly<Record<string, number>> = {
  'invalid-argument': 400,
  'failed-precondition': 400,
  'out-of-range': 400,
  unauthenticated: 401,
  'permission-denied': 403,
  'not-found': 404,
  aborted: 409,
  'already-exists': 409,
  'resource-exhausted': 429,
  cancelled: 499,
};
const httpsError = builtin('HttpsError', ([code, message]) =>
  record(
    [
      ['status', literal(CODES[(code && stringOf(code)) ?? ''] ?? 500)],
      ['code', code ?? UNDEFINED],
      ['message', message ?? UNDEFINED],
    ],
    UNKNOWN,
  ),
);
/** `authPolicy: isSignedIn()`, `hasClaim('admin')`: a predicate that the library makes. */
const POLICY: LibraryType = { name: 'auth policy', methods: {} };
const policy =
  (protection: string): Operation =>
  (it, args) =>
    it.native(POLICY, { protection, arguments: args.flatMap((a) => constantsOf(a) ?? []) });

const SERVICES = new Set(
  (
    'https firestore auth pubsub storage database tasks scheduler identity eventarc alerts remoteConfig testLab ' +
    'analytics dataconnect region runWith'
  ).split(' '),
);
function reached(it: Evaluator, path: readonly string[], given: readonly Value[] = []): Value | null {
  const name = path.at(-1)!;
  if (name === 'HttpsError') return httpsError;
  // `/params`, `/logger` and what else is no trigger is what it is.
  const plain = path.map((p) => p.replace(/^\//, '')).filter((p) => p !== 'v1' && p !== 'v2');
  if (plain.length === 0) return null;
  if (!SERVICES.has(plain[0]!) && !isTrigger(plain[0]!)) return null;
  return path.length === 1 && path[0]!.startsWith('/')
    ? null
    : it.native(BUILDER, { names: path, given } satisfies Path);
}

/** Names under which functions are deployed: those of exports, after those of the groups that they are in. */
function names(it: Evaluator): Map<Native, string> {
  const found = new Map<Native, string>();
  const note = (value: Value, name: string, depth: number): void => {
    if (value.k === 'native' && value.type === FUNCTION) found.set(value, name);
    else if (value.k === 'record' && depth < 3)
      for (const [key, inner] of value.members) note(inner, name === '' ? key : `${name}-${key}`, depth + 1);
  };
  // The outermost says what they are called.
  const rank = (path: string): number => (isIndex(path) ? 100 : 0) - path.split('/').length;
  const modules = [...it.modules.loaded].sort((a, b) => rank(a.path) - rank(b.path));
  for (const instance of modules) {
    for (const entry of instance.module.exports)
      if (entry.k !== 'all') note(it.modules.exported(instance, entry.exported), entry.exported, 0);
    note(instance.exportsValue, '', 0);
  }
  return found;
}
const isIndex = (path: string): boolean => /(?:^|\/)(?:index|main)\.[cm]?[jt]s$/.test(path);

const option = ({ options }: Deployed, name: string): Value | null =>
  options.flatMap((o) => (o.k === 'record' ? (o.members.get(name) ?? []) : [])).at(-1) ?? null;
function granted(
  it: Evaluator,
  name: string,
  protection: string,
  args: readonly string[],
  site: Site,
): AppliedLink {
  const known = { protection, library: 'Firebase', arguments: [...args] };
  const passed = atom(it, 'verified', ['credential'], site, { known });
  it.facts = [...it.facts, passed];
  return { name, arguments: args, place: it.place(site), definition: null, facts: [passed], opaque: false };
}
/** `invoker: 'private'`, or the accounts that may call: the platform asks for an identity. */
function* invokers(it: Evaluator, fn: Deployed): Iterable<AppliedLink> {
  const invoker = option(fn, 'invoker');
  const accounts = invoker ? (constantsOf(invoker) ?? []) : [];
  if (accounts.length > 0 && !accounts.includes('public'))
    yield granted(it, 'invoker', 'authentication', [], fn.site);
}
function observeRequest(it: Evaluator, fn: Deployed, name: string): void {
  // An application of Express or another framework: its routes are that framework's.
  if (fn.handler.k === 'native') return;
  const path = `/${name}`;
  observeFetch(it, {
    framework: FRAMEWORK,
    handler: fn.handler,
    site: fn.site,
    path,
    requestFor: (method, at) => makeRequest(it, { method, path: at, base: '', application: null }),
    triggerOf: (found, method) => ({
      kind: 'http',
      method,
      // A rewrite of Hosting leaves the name in front of what the function sees.
      path: found.startsWith(path) ? found : `${path}${found.startsWith('/') ? '' : '/'}${found}`,
    }),
    chain: () => invokers(it, fn),
    args: (request) => [request, makeResponse(it)],
  });
}
function observeCall(it: Evaluator, fn: Deployed, name: string): void {
  const { handler, site } = fn;
  const auth = unknown(['identity']);
  const raw = makeRequest(it, { method: 'POST', path: null, base: '', application: null });
  const about: [string, Value][] = [
    ['auth', auth],
    ['app', unknown(['credential'])],
    ['rawRequest', raw],
  ];
  const data = unknown(['body']);
  // The first generation hands over data and context, the second both in one.
  const isFirst =
    fn.isFirst && (handler.k !== 'function' || handler.fn.params.length - handler.bound.length > 1);
  const args = isFirst
    ? [data, record(about, UNKNOWN)]
    : [record([['data', data], ...about], fn.isFirst ? data : UNKNOWN), UNKNOWN];
  observeEntryPoint(it, {
    framework: FRAMEWORK,
    trigger: { kind: 'rpc', name },
    registration: site,
    handler,
    *chain() {
      yield* invokers(it, fn);
      const check = option(fn, 'enforceAppCheck');
      // It tells applications apart, not callers.
      if (check?.k === 'literal' && check.value === true)
        yield {
          name: 'enforceAppCheck',
          arguments: [],
          place: it.place(site),
          definition: null,
          facts: [],
          opaque: false,
        };
      const asked = option(fn, 'authPolicy');
      if (asked?.k === 'native' && asked.type === POLICY) {
        const { protection, arguments: claims } = asked.state as { protection: string; arguments: string[] };
        const signedIn = granted(it, 'authPolicy', 'authentication', [], site);
        if (protection === 'authentication') yield signedIn;
        else {
          const claimed = granted(it, 'authPolicy', protection, claims, site);
          yield { ...claimed, facts: [...signedIn.facts, ...claimed.facts] };
        }
      } else if (asked)
        yield runLink(
          it,
          { value: asked, site, name: 'authPolicy' },
          { args: () => [auth, data], carries: [], goesOn: (result) => outcomes(it, result, site).whenTrue },
        );
    },
    work: () => it.runHandler(handler, args, site),
  });
}
function observe(it: Evaluator, fn: Deployed, name: string): void {
  if (fn.event === 'onRequest') observeRequest(it, fn, name);
  else if (fn.event.startsWith('onCall')) observeCall(it, fn, name);
  else
    addJob(it, FRAMEWORK, {
      kind: /^on(?:Run|Schedule|Dispatch|TaskDispatched)$/.test(fn.event) ? 'job' : 'message',
      name,
      handler: fn.handler,
      site: fn.site,
      arguments: [unknown(['message']), UNKNOWN],
    });
}
/** Settings that are known when a function runs. */
const parameter: Operation = (_it, [name]) => {
  const value = unknown([`config:${(name && textOf(name)) ?? '?'}`]);
  return record([['value', builtin('value', () => value)]], value);
};

/** Cloud Functions for Firebase, both generations. https://firebase.google.com/docs/functions */
export const firebaseFunctions: LibraryModel = {
  name: FRAMEWORK,
  packages: [FRAMEWORK],
  about: {
    title: 'Firebase functions',
    registers:
      'both generations: `onRequest` by the methods and paths that it compares with, `onCall` as a procedure, schedules and task queues as jobs, every other trigger as a message; under the names of exports and of the groups that they are in',
    guards: 'tests in the handler, of `request.auth` and `context.auth` too; `authPolicy`, `invoker`',
    answers: 'as Express; what is returned and `HttpsError` of callables',
    limits:
      '`enforceAppCheck` is shown and counts as nothing: it tells applications apart; rewrites of `firebase.json`; operations on Firestore have no effects',
  },
  calls: {
    config: () => unknown(['config:functions']),
    ...Object.fromEntries(
      ['defineSecret', 'defineString', 'defineInt', 'defineBoolean'].map((name) => [
        `/params.${name}`,
        parameter,
      ]),
    ),
    ...Object.fromEntries(
      ['/https', '/v2./https', 'https'].flatMap((at): [string, Operation][] => [
        [`${at}.isSignedIn`, policy('authentication')],
        [`${at}.hasClaim`, policy('authorization')],
      ]),
    ),
  },
  member: (it, path) =>
    path.at(-1) === 'isSignedIn' || path.at(-1) === 'hasClaim' ? null : reached(it, path),
  finish: (it) => {
    const known = names(it);
    for (const made of deployed(it)) {
      const fn = made.state as Deployed;
      const name = known.get(made);
      // What is exported by nothing is not deployed; where it was lost on the way, that is said.
      if (name === undefined)
        it.gap('under which name this function is deployed is not known', it.place(fn.site));
      it.attempt(it.place(fn.site), () => observe(it, fn, name ?? '?'));
    }
    observeJobs(it, FRAMEWORK);
  },
};
