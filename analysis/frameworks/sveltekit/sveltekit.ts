import type { Evaluator } from '../../wiring/evaluator.js';
import type { ModuleInstance } from '../../wiring/instance.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { runLink, type Installed } from '../../wiring/middleware.js';
import { observeEntryPoint, type EntryPointRun } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { atom } from '../../wiring/tests.js';
import {
  isCallable,
  isNullish,
  literal,
  promise,
  record,
  UNDEFINED,
  unknown,
  type List,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { makeFetchResponse } from '../web/fetch-api.js';
import { below, bracketed, siteOf } from '../web/file-routes.js';
import { untilRedirect } from '../web/leaving.js';
import { EVENT_CALLS, localsOf, makeRequestEvent, SEQUENCE } from './sveltekit-event.js';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'fallback'];
const ROUTES = /\/(?:src\/)?routes\//;
const FILE = /(?:^|\/)routes\/(?:.*\/)?\+(server|page\.server|layout\.server)\.[jt]s$/;
const HOOKS = /(?:^|\/)src\/hooks\.server(?:\/index)?\.[jt]s$/;
const REMOTE = /\.remote\.[jt]s$/;

/** `blog/(open)/[slug=word]/[[page]]/+server` as `/blog/:slug/:page?`. */
function pathOf(file: string, root: string): string {
  const segments = (below(file, root, ROUTES) ?? '')
    .split('/')
    .slice(0, -1)
    .filter((s) => !/^\(.*\)$/.test(s))
    .map((s) => s.replace(/=\w+(?=\])/g, ''))
    .map((s) => {
      const optional = /^\[\[(\w+)\]\]$/.exec(s);
      return optional ? `:${optional[1]}?` : bracketed(s.replace(/\[x\+[\da-f-]+\]/g, ''));
    });
  return `/${segments.join('/')}`;
}
/** As a hook is told: with the groups of folders, which are in no address. */
const idOf = ({ path }: ModuleInstance, root: string): string =>
  `/${(below(path, root, ROUTES) ?? '').split('/').slice(0, -1).join('/')}`;
function exportedFrom(it: Evaluator, instance: ModuleInstance, name: string): Installed | null {
  const value = it.modules.exported(instance, name);
  return isNullish(value) ? null : { value, site: siteOf(value, instance, name) };
}
/** The hooks that run before everything, sequences taken apart. */
function hooksOf({ value, site }: Installed): Installed[] {
  return value.k === 'native' && value.type === SEQUENCE
    ? (value.state as List).elements.flatMap((each) => hooksOf({ value: each, site }))
    : [{ value, site }];
}
type Before = (event: Native) => Iterable<AppliedLink>;
function hooks(it: Evaluator, files: readonly string[]): Before {
  const all = files.flatMap((file) => {
    const instance = it.modules.instantiate(file);
    const handle = instance && exportedFrom(it, instance, 'handle');
    return handle ? hooksOf(handle) : [];
  });
  return function* (event) {
    for (const hook of all)
      yield runLink(it, hook, {
        args: (next) => [
          record([
            ['event', event],
            ['resolve', next],
          ]),
        ],
        carries: [localsOf(event)],
        yields: promise(makeFetchResponse(it, undefined, undefined)),
      });
  };
}

function observe(
  it: Evaluator,
  run: Omit<EntryPointRun, 'framework' | 'chain' | 'work' | 'handler' | 'registration'>,
  { value, site }: Installed,
  event: Native,
  before: Before,
  work: () => Value = () => it.runHandler(value, [event], site),
): void {
  observeEntryPoint(it, {
    ...run,
    framework: 'sveltekit',
    registration: site,
    handler: value,
    chain: () => before(event),
    work: () => untilRedirect(it, work),
  });
}
function observeEndpoints(it: Evaluator, instance: ModuleInstance, path: string, before: Before): void {
  const id = idOf(instance, it.loader.root);
  for (const name of METHODS) {
    const found = exportedFrom(it, instance, name);
    if (!found) continue;
    const method = name === 'fallback' ? 'ALL' : name;
    const event = makeRequestEvent(it, name === 'fallback' ? null : name, path, { id });
    observe(it, { trigger: { kind: 'http', method, path } }, found, event, before);
  }
}
function observeActions(it: Evaluator, instance: ModuleInstance, path: string, before: Before): void {
  const found = exportedFrom(it, instance, 'actions');
  if (!found) return;
  if (found.value.k !== 'record') {
    it.gap('the form actions of this page could not be followed', it.place(found.site));
    return;
  }
  const id = idOf(instance, it.loader.root);
  for (const [name, value] of found.value.members) {
    const site: Site =
      value.k === 'function' && value.module === instance
        ? { module: instance, line: value.fn.line }
        : found.site;
    const at = name === 'default' ? path : `${path}?/${name}`;
    const event = makeRequestEvent(it, 'POST', path, { id });
    observe(it, { trigger: { kind: 'http', method: 'POST', path: at } }, { value, site }, event, before);
  }
}
/** A load answers `GET` of its page by itself; those of the layouts around it run beside it, and guard only who awaits them. */
function observeLoad(
  it: Evaluator,
  instance: ModuleInstance,
  path: string,
  layouts: readonly Value[],
  before: Before,
): void {
  const found = exportedFrom(it, instance, 'load');
  if (!found) return;
  const event = makeRequestEvent(it, 'GET', path.replace(/\/\*$/, ''), {
    id: idOf(instance, it.loader.root),
    layouts,
  });
  observe(it, { trigger: { kind: 'http', method: 'GET', path } }, found, event, before);
}

// ── remote functions ──────────────────────────────────────────────────────────────────────────────────────────────
interface Remote {
  handler: Value;
  /** What its input has to fit; null where it takes what comes. */
  schema: Value | null;
}
const REMOTE_FUNCTION: LibraryType = {
  name: 'remote function',
  methods: {},
  call: (it, self, args, site) => it.call((self.state as Remote).handler, args, UNDEFINED, site),
};
const remote: Operation = (it, args) => {
  const at = args.findIndex((a) => isCallable(a));
  const schema = at > 0 && args[0]!.k !== 'literal' ? args[0]! : null;
  return it.native(REMOTE_FUNCTION, {
    handler: args[at] ?? args.at(-1) ?? UNDEFINED,
    schema,
  } satisfies Remote);
};
/** The request in hand, for `getRequestEvent()`. */
const current = (it: Evaluator): { event: Native | null } =>
  it.stateOf('sveltekit:event', () => ({ event: null }) as { event: Native | null });

function observeRemote(it: Evaluator, file: string, instance: ModuleInstance, before: Before): void {
  const stem = file.slice(file.lastIndexOf('/') + 1).replace(REMOTE, '');
  for (const entry of instance.module.exports) {
    if (entry.k === 'all') continue;
    const value = it.modules.exported(instance, entry.exported);
    if (value.k !== 'native' || value.type !== REMOTE_FUNCTION) continue;
    const { handler, schema } = value.state as Remote;
    const site = siteOf(value, instance, entry.exported);
    const event = makeRequestEvent(it, null, null);
    const input = unknown(['body']);
    observe(
      it,
      { trigger: { kind: 'rpc', name: `${stem}.${entry.exported}` } },
      { value: handler, site },
      event,
      before,
      () => {
        current(it).event = event;
        if (schema)
          it.learn([
            atom(it, 'verified', ['body'], site, {
              known: { protection: 'validation', library: '@sveltejs/kit', arguments: [] },
            }),
          ]);
        return it.runHandler(handler, [input], site);
      },
    );
  }
}

/** https://svelte.dev/docs/kit */
export const sveltekit: LibraryModel = {
  name: 'sveltekit',
  packages: ['@sveltejs/kit'],
  onlyByConvention: true,
  about: {
    title: 'SvelteKit',
    registers:
      '`+server` methods and `fallback`; form actions as `POST` (`/page?/name`); `load` of `+page.server` as `GET`, of `+layout.server` as `GET …/*`; remote functions',
    guards:
      '`handle` of `hooks.server`, `sequence` included; what a load tests guards neither actions nor `+server`, nor another load that does not await `parent()`',
    answers: '`Response`, `json`, `text`, `fail`, `error`, `redirect`',
    limits: 'a route folder and `kit.alias` of another name; components',
  },
  calls: EVENT_CALLS,
  isEntry: ({ path }) => FILE.test(path) || HOOKS.test(path) || REMOTE.test(path),
  typed: (it, type) => (/^RequestEvent\b/.test(type) ? makeRequestEvent(it, null, null) : null),
  finish: (it) => {
    const files = it.loader.entryFiles('sveltekit');
    const before = hooks(
      it,
      files.filter((f) => HOOKS.test(f)),
    );
    const layouts = files.filter((f) => /\+layout\.server\.[jt]s$/.test(f));
    const loadsAround = (file: string): Value[] =>
      layouts
        .filter((l) => l !== file && file.startsWith(l.slice(0, l.lastIndexOf('/') + 1)))
        .sort((a, b) => a.length - b.length)
        .flatMap((l) => {
          const instance = it.modules.instantiate(l);
          return (instance && exportedFrom(it, instance, 'load')?.value) ?? [];
        });
    for (const file of files)
      it.attempt({ file, line: 1 }, () => {
        const kind = FILE.exec(file)?.[1] ?? (REMOTE.test(file) ? 'remote' : null);
        const instance = kind && it.modules.instantiate(file);
        if (!kind || !instance) return;
        const path = pathOf(file, it.loader.root);
        if (kind === 'server') observeEndpoints(it, instance, path, before);
        else if (kind === 'remote') observeRemote(it, file, instance, before);
        else {
          const at = kind === 'layout.server' ? `${path === '/' ? '' : path}/*` : path;
          observeLoad(it, instance, at, loadsAround(file), before);
          if (kind === 'page.server') observeActions(it, instance, path, before);
        }
      });
  },
};

const ENVIRONMENT: LibraryType = {
  name: 'environment',
  methods: {},
  get: (_it, _self, name) => unknown([`config:${name}`]),
};
/** Modules that SvelteKit's bundler makes. */
export const sveltekitModules: LibraryModel = {
  name: 'sveltekit-modules',
  packages: ['$app', '$env'],
  calls: {
    '/server.query': remote,
    '/server.query.batch': remote,
    '/server.command': remote,
    '/server.form': remote,
    '/server.prerender': remote,
    '/server.getRequestEvent': (it) => current(it).event ?? makeRequestEvent(it, null, null),
    '/paths.resolve': (_it, [route]) => route ?? unknown(),
    '/server.read': () => unknown(),
  },
  member: (it, path) => {
    // Where an application lies is for whoever deploys it: by default at the root.
    if (path[0] === '/paths') return path[1] === 'base' || path[1] === 'assets' ? literal('') : null;
    if (path[0] === '/environment') return path[1] === 'version' ? unknown() : literal(false);
    const [kind, , name] = path;
    if (name === undefined) return null;
    if (kind === '/static') return unknown([`config:${name}`]);
    return kind === '/dynamic' && name === 'env' ? it.native(ENVIRONMENT, null) : null;
  },
};
