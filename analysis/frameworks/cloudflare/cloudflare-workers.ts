import type { Evaluator } from '../../wiring/evaluator.js';
import type { ModuleInstance } from '../../wiring/instance.js';
import type { LibraryModel, LibraryType } from '../../wiring/library.js';
import { makeClassInstance } from '../../wiring/classes.js';
import { memberOf } from '../../wiring/members.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import {
  builtin,
  isCallable,
  isNullish,
  promise,
  record,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type ClassValue,
  type External,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { keeping, makeBindings, observeFetch } from '../web/fetch-handlers.js';
import { siteOf } from '../web/file-routes.js';
import { addJob } from '../jobs/jobs.js';
import { messageDispatch } from '../sockets/message-dispatch.js';
import { pathIn } from '../web/path-dispatch.js';
import { isWranglerConfig, readWranglerConfig, startedBy, type WorkerConfig } from './wrangler.js';
import { SOCKET } from '../sockets/ws.js';

const configs = (it: Evaluator): WorkerConfig[] => it.stateOf<WorkerConfig[]>('wrangler', () => []);
const FRAMEWORK = 'cloudflare-workers';

/** `ctx`: what lasts as long as an invocation, or the state of a Durable Object. */
const CONTEXT: LibraryType = {
  name: 'execution context',
  methods: {
    waitUntil: () => UNDEFINED,
    passThroughOnException: () => UNDEFINED,
    acceptWebSocket: () => UNDEFINED,
    blockConcurrencyWhile: (it, _self, [work], site) =>
      work ? it.call(work, [], UNDEFINED, site) : promise(UNDEFINED),
  },
  // Set by whoever starts it, in code: `ctx.props` of a service binding.
  get: () => null,
};
const context = (it: Evaluator): Native => it.native(CONTEXT, null);
/** `new WebSocketPair()`: the second end is kept, and hears the caller. */
function socketPair(it: Evaluator, site: Site): Value {
  const path = pathIn(it.facts);
  socketPaths(it).add(path ?? '*');
  return record([
    ['0', it.native(SOCKET, { path, registration: site })],
    ['1', it.native(SOCKET, { path, registration: site })],
  ]);
}
/** Paths at which connections are taken up. */
const socketPaths = (it: Evaluator): Set<string> =>
  it.stateOf<Set<string>>('worker-sockets', () => new Set());

// ── service workers ───────────────────────────────────────────────────────────────────────────────────────────────
interface Listener {
  event: string;
  listener: Value;
  site: Site;
}
const listeners = (it: Evaluator): Listener[] => it.stateOf<Listener[]>('worker-listeners', () => []);
/** What `addEventListener('fetch')` hands over. https://developers.cloudflare.com/workers/reference/migrate-to-module-workers/ */
const FETCH_EVENT: LibraryType = {
  name: 'fetch event',
  methods: { waitUntil: () => UNDEFINED, passThroughOnException: () => UNDEFINED },
  get: (_it, self, name) => self.members.get(name) ?? null,
};
function observeListener(it: Evaluator, { event, listener, site }: Listener): void {
  if (event === 'scheduled')
    addJob(it, FRAMEWORK, {
      kind: 'job',
      name: 'scheduled',
      handler: listener,
      site,
      arguments: [scheduled()],
    });
  if (event !== 'fetch') return;
  let answer: Value = UNDEFINED;
  observeFetch(it, {
    framework: FRAMEWORK,
    handler: listener,
    site,
    path: null,
    args: (request) => {
      const given = it.native(FETCH_EVENT, null);
      given.members.set('request', request);
      given.members.set(
        'respondWith',
        keeping('respondWith', (value) => {
          answer = value;
        }),
      );
      answer = UNDEFINED;
      return [given];
    },
    answer: () => answer,
  });
}
const scheduled = (): Value => record([['cron', unknown(['message.name'])]], UNKNOWN);

// ── modules ───────────────────────────────────────────────────────────────────────────────────────────────────────
interface Worker {
  instance: ModuleInstance;
  queues: readonly string[];
  classes: ReadonlySet<string>;
}
/** `export default { fetch, scheduled, queue, email, tail }`, or an instance of a class that has them. */
function observeHandlers(it: Evaluator, worker: Worker, of: Value, site: Site, isClass: boolean): void {
  const env = makeBindings(it);
  const rest = isClass ? [] : [env, context(it)];
  const self = of;
  const handlerOf = (name: string): Value | null => {
    const found = memberOf(it, of, name, site);
    return found.k === 'function' || (found.k === 'choice' && isCallable(found)) || isWrapped(found)
      ? found
      : null;
  };
  const at = (handler: Value): Site =>
    handler.k === 'function' ? { module: handler.module, line: handler.fn.line } : site;
  const fetch = handlerOf('fetch');
  if (fetch)
    observeFetch(it, {
      framework: FRAMEWORK,
      handler: fetch,
      site: at(fetch),
      self,
      path: null,
      args: (request) => [request, ...rest],
      triggerOf: (path, method) =>
        socketPaths(it).has(path) ? { kind: 'websocket', path, name: null } : { kind: 'http', method, path },
    });
  const job = (kind: 'job' | 'message', member: string, name: string, first: Value): void => {
    const handler = handlerOf(member);
    if (!handler) return;
    const bound = handler.k === 'function' ? { ...handler, self: handler.self ?? self } : handler;
    addJob(it, FRAMEWORK, { kind, name, handler: bound, site: at(handler), arguments: [first, ...rest] });
  };
  job('job', 'scheduled', 'scheduled', scheduled());
  job('message', 'queue', worker.queues.length === 1 ? worker.queues[0]! : 'queue', batch());
  job('message', 'email', 'email', unknown(['message']));
  for (const name of ['tail', 'trace']) job('job', name, name, unknown(['message']));
}
const isWrapped = (value: Value): boolean => value.k === 'unknown' && (value.wraps?.length ?? 0) > 0;
const batch = (): Value =>
  record(
    [
      ['queue', unknown(['message.name'])],
      ['messages', unknown(['message'])],
    ],
    UNKNOWN,
  );

// ── classes: entrypoints, Durable Objects, workflows ──────────────────────────────────────────────────────────────
const BASES = new Set(['DurableObject', 'WorkerEntrypoint', 'WorkflowEntrypoint']);
function baseOf(cls: ClassValue): string | null {
  let base: Value | null = cls;
  while (base?.k === 'class') base = base.base;
  const origin: External | null = base?.k === 'external' ? base : base?.k === 'unknown' ? base.origin : null;
  const name = origin?.package === 'cloudflare:workers' ? origin.path.at(-1) : undefined;
  return name !== undefined && BASES.has(name) ? name : null;
}
/** Members that the platform calls by itself, and that no other Worker may. */
const RESERVED = new Set(
  'constructor fetch alarm connect scheduled queue email tail trace test webSocketMessage webSocketClose webSocketError dup run'.split(
    ' ',
  ),
);
/** Methods that other Workers may call over a binding: all that are public. https://developers.cloudflare.com/workers/runtime-apis/rpc/ */
function methodsOf(cls: ClassValue): string[] {
  const own = cls.node.members.flatMap((m) =>
    m.k === 'method' &&
    m.kind === 'method' &&
    !m.isStatic &&
    typeof m.name === 'string' &&
    !m.name.startsWith('#') &&
    !RESERVED.has(m.name)
      ? [m.name]
      : [],
  );
  return [...new Set([...own, ...(cls.base?.k === 'class' ? methodsOf(cls.base) : [])])];
}
function observeClass(
  it: Evaluator,
  worker: Worker,
  cls: ClassValue,
  name: string,
  ways: readonly AppliedLink[],
): void {
  const base = baseOf(cls);
  const isBound = worker.classes.has(name) || worker.classes.has(cls.node.name ?? '');
  if (base === null && !isBound) return;
  const site: Site = { module: cls.module, line: cls.node.line };
  const called = cls.node.name ?? name;
  const made = makeClassInstance(it, cls, [context(it), makeBindings(it)], site);
  const method = (member: string): Value | null => {
    const found = memberOf(it, made, member, site);
    return found.k === 'function' ? found : null;
  };
  const at = (fn: Value): Site => (fn.k === 'function' ? { module: fn.module, line: fn.fn.line } : site);
  if (base === 'WorkflowEntrypoint') {
    const run = method('run');
    if (run?.k === 'function')
      addJob(it, FRAMEWORK, {
        kind: 'job',
        name: called,
        handler: { ...run, self: made },
        site: at(run),
        arguments: [unknown(['message']), step(it)],
      });
    return;
  }
  if (name === 'default') observeHandlers(it, worker, made, site, true);
  // Of a class that is bound as an object: others may be called by other Workers.
  const inFront = base === 'WorkerEntrypoint' ? [] : ways;
  const rpc = (member: string, args: (it: Evaluator) => readonly Value[]): void => {
    const fn = method(member);
    if (!fn) return;
    observeEntryPoint(it, {
      framework: FRAMEWORK,
      trigger: { kind: 'rpc', name: `${called}.${member}` },
      registration: at(fn),
      handler: fn,
      chain: () => inFront,
      work: () => it.runHandler(fn, args(it), at(fn), made),
    });
  };
  if (name !== 'default') observeObjectFetch(it, made, called, method('fetch'), at, inFront);
  if (base !== null) for (const m of methodsOf(cls)) rpc(m, () => parametersOf(method(m)));
  const alarm = method('alarm');
  if (alarm?.k === 'function')
    addJob(it, FRAMEWORK, {
      kind: 'job',
      name: `${called}.alarm`,
      handler: { ...alarm, self: made },
      site: at(alarm),
      arguments: [],
    });
  const message = method('webSocketMessage');
  if (message)
    observeEntryPoint(it, {
      framework: FRAMEWORK,
      trigger: { kind: 'websocket', path: called, name: 'message' },
      registration: at(message),
      handler: message,
      chain: () => inFront,
      work: () => {
        const socket = it.native(SOCKET, { path: null, registration: at(message) });
        return it.runHandler(message, [socket, unknown(['message'])], at(message), made);
      },
      dispatch: messageDispatch(called),
    });
}
const parametersOf = (fn: Value | null): Value[] =>
  fn?.k === 'function'
    ? fn.fn.params.map((p) => unknown([p.pattern.k === 'identifier' ? `body.${p.pattern.name}` : 'body']))
    : [];
/** `step.do(name, [config], work)` does its work at once, as far as what it reaches is concerned. */
const step = (it: Evaluator): Value =>
  record(
    [
      [
        'do',
        builtin('do', (args, _self, site) => {
          const work = args.at(-1);
          return work && isCallable(work) ? it.call(work, [], UNDEFINED, site) : promise(UNKNOWN);
        }),
      ],
    ],
    UNKNOWN,
  );
/** Nobody reaches an object's `fetch` but a Worker that holds its binding: it is a call, whatever its paths. */
function observeObjectFetch(
  it: Evaluator,
  made: Value,
  called: string,
  fetch: Value | null,
  at: (fn: Value) => Site,
  inFront: readonly AppliedLink[],
): void {
  if (!fetch) return;
  observeFetch(it, {
    framework: FRAMEWORK,
    handler: fetch,
    site: at(fetch),
    self: made,
    path: null,
    chain: () => inFront,
    args: (request) => [request],
    triggerOf: (path, method) => ({
      kind: 'rpc',
      name: `${called}.fetch${path === '*' ? '' : ` ${method} ${path}`}`,
    }),
  });
}

function observeWorker(it: Evaluator, worker: Worker): void {
  const { instance } = worker;
  const exported = it.awaiting(it.modules.exported(instance, 'default'));
  const site = siteOf(exported, instance, 'default');
  if (exported.k === 'record') observeHandlers(it, worker, exported, site, false);
  else if (
    exported.k === 'unknown' &&
    exported.origin &&
    it.knowledge.model(exported.origin.package) === null
  )
    it.gap(`what \`${exported.origin.package}\` makes of this Worker is not known`, it.place(site));
}
/** Whatever else a Worker exports: once it is known what those have passed that reach its objects. */
export function observeClasses(it: Evaluator, ways: readonly AppliedLink[]): void {
  for (const worker of workers(it))
    for (const entry of worker.instance.module.exports) {
      if (entry.k === 'all') continue;
      const value = it.modules.exported(worker.instance, entry.exported);
      if (value.k === 'class')
        it.attempt({ file: value.module.path, line: value.node.line }, () =>
          observeClass(it, worker, value, entry.exported, ways),
        );
    }
}
const inside = (it: Evaluator, path: string): boolean =>
  it.loader.root === '' || path.startsWith(`${it.loader.root}/`);
function workers(it: Evaluator): Worker[] {
  const files = it.loader.entryFiles(FRAMEWORK);
  const found = new Map<string, WorkerConfig[]>();
  for (const config of configs(it).filter((c) => inside(it, c.path)))
    for (const start of startedBy(config)) {
      const target = it.loader.resolve('package.json', `./${start}`);
      if (target.kind !== 'file' || !files.includes(target.path)) continue;
      found.set(target.path, [...(found.get(target.path) ?? []), config]);
      break;
    }
  return [...found].flatMap(([file, of]): Worker[] => {
    const instance = it.modules.instantiate(file);
    if (!instance) return [];
    return [
      {
        instance,
        queues: [...new Set(of.flatMap((c) => c.queues))],
        classes: new Set(of.flatMap((c) => [...c.classes])),
      },
    ];
  });
}
const bound = (it: Evaluator): Value =>
  record([
    ['ctx', context(it)],
    ['env', makeBindings(it)],
  ]);

/** Workers. https://developers.cloudflare.com/workers/runtime-apis/handlers/ */
export const cloudflareWorkers: LibraryModel = {
  name: FRAMEWORK,
  packages: ['cloudflare:workers'],
  about: {
    title: 'Cloudflare Workers',
    registers:
      "the module that a `wrangler` file names: `fetch` (each path and method that it compares with), `scheduled`, `queue`, `email`, `tail`; `WorkerEntrypoint`; `addEventListener('fetch')`; Durable Objects: `fetch`, `alarm`, `webSocketMessage`, public methods as RPC; workflows",
    guards:
      'tests in the handler, also in front of a Hono or itty-router application that it hands requests to',
    answers: 'a returned `Response`, `respondWith`, a throw',
    limits: 'wrappers of the whole Worker (a gap), PartyServer and Agents (a gap), dispatch namespaces',
  },
  calls: { DurableObject: bound, WorkerEntrypoint: bound, WorkflowEntrypoint: bound },
  member: (it, path) => (path.join('.') === 'env' ? makeBindings(it) : null),
  global: (it, name, site) => {
    if (configs(it).length === 0) return null;
    if (name === 'WebSocketPair') return builtin(name, (_args, _self, at) => socketPair(it, at));
    if (!it.loader.entryFiles(FRAMEWORK).length) return null;
    // What is bound to a service worker is in variables that nothing declares.
    if (/^[A-Z][A-Z\d_]+$/.test(name) && listeners(it).length > 0) return unknown([`config:${name}`]);
    if (name !== 'addEventListener') return null;
    return builtin(name, ([event, listener]) => {
      const text = event ? stringOf(event) : null;
      if (text !== null && listener && !isNullish(listener))
        listeners(it).push({ event: text, listener, site });
      return UNDEFINED;
    });
  },
  isEntry: () => false,
  named: (texts) =>
    [...texts]
      .filter(([path]) => isWranglerConfig(path))
      .flatMap(([path, text]) => startedBy(readWranglerConfig(path, text))),
  reads: isWranglerConfig,
  prepare: (it, texts) => {
    for (const [path, text] of texts) configs(it).push(readWranglerConfig(path, text));
  },
  finish: (it) => {
    for (const worker of workers(it))
      it.attempt({ file: worker.instance.path, line: 1 }, () => observeWorker(it, worker));
    for (const each of listeners(it)) it.attempt(it.place(each.site), () => observeListener(it, each));
  },
};
