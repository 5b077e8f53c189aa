import type { Evaluator } from '../wiring/evaluator.js';
import type { ModuleInstance } from '../wiring/instance.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../wiring/library.js';
import { runLink } from '../wiring/middleware.js';
import { variableOf } from '../wiring/naming.js';
import { observeEntryPoint } from '../wiring/observe.js';
import type { AppliedLink } from '../wiring/recorder.js';
import type { Trigger } from '../model/model.js';
import {
  isCallable,
  listed,
  literal,
  promise,
  record,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../wiring/value.js';
import { makeContext } from './web/context.js';
import { COOKIES, makeFetchRequest, makeFetchResponse } from './web/fetch-api.js';
import { below, bracketed, siteOf } from './web/file-routes.js';
import { untilRedirect } from './web/leaving.js';

const METHODS = {
  onGet: 'GET',
  onPost: 'POST',
  onPut: 'PUT',
  onPatch: 'PATCH',
  onDelete: 'DELETE',
  onHead: 'HEAD',
};
const ROUTES = /^\/(?:[\w@.-]+\/){0,4}?src\/routes\//;

/** What `routeLoader$` and kin make: work that a request of the page, or of its own, sets off. */
interface Work {
  kind: 'loader' | 'action' | 'global' | 'server';
  handler: Value;
  site: Site;
}
const WORK: LibraryType = {
  name: 'qwik function',
  methods: {},
  wrapped: (self) => (self.state as Work).handler,
  call: () => promise(UNKNOWN),
};
const servers = (it: Evaluator): Native[] => it.stateOf<Native[]>('qwik-city:functions', () => []);
const work =
  (kind: Work['kind']): Operation =>
  (it, [handler], site) => {
    const made = it.native(WORK, { kind, handler: handler ?? UNKNOWN, site } satisfies Work);
    if (kind === 'global' || kind === 'server') servers(it).push(made);
    return made;
  };

/** `json(401, …)` answers; `redirect` and `error` make what is thrown. */
const answer: Method = (it, _self, [status, content]) => {
  const given = status?.k === 'native' ? status : makeFetchResponse(it, content, status);
  const refusal = given.type.answer?.(given);
  if (refusal) it.answer(refusal);
  return UNDEFINED;
};
const make: Method = (it, _self, [status, content]) => makeFetchResponse(it, content, status, 302);
const SHARED: LibraryType = {
  name: 'shared map',
  methods: {
    get: (it, self, [key], site) =>
      (self.state as Native).type.get!(it, self.state as Native, (key && stringOf(key)) ?? '*', site)!,
    set: (it, self, [key, value]) => {
      it.journal.write((self.state as Native).members, (key && stringOf(key)) ?? '*', value ?? UNDEFINED);
      return self;
    },
    has: () => UNKNOWN,
  },
};
const EVENT: LibraryType = {
  name: 'request event',
  methods: {
    json: answer,
    text: answer,
    html: answer,
    send: answer,
    redirect: make,
    error: make,
    fail: make,
    exit: () => UNDEFINED,
    parseBody: () => promise(unknown(['body'])),
    resolveValue: () => promise(UNKNOWN),
    status: () => UNKNOWN,
  },
  get: (_it, self, name) =>
    self.members.get(name) ?? (EVENT.methods[name] ? null : unknown([`request.${name}`])),
};
function makeEvent(it: Evaluator, method: string, path: string): Native {
  const event = it.native(EVENT, null);
  const request = makeFetchRequest(it, { method, path });
  const members: Record<string, Value> = {
    request,
    method: literal(method),
    params: unknown(['params']),
    query: unknown(['query']),
    headers: request.type.get!(it, request, 'headers', it.modules.somewhere)!,
    url: request.type.get!(it, request, 'url', it.modules.somewhere)!,
    pathname: unknown(['request.path']),
    cookie: it.native(COOKIES, null),
    sharedMap: it.native(SHARED, makeContext(it)),
    env: record([], unknown(['config:env'])),
    clientConn: unknown(['request.ip']),
  };
  for (const [name, value] of Object.entries(members)) event.members.set(name, value);
  return event;
}

interface RouteFile {
  file: string;
  /** The folder below `src/routes`, and what the file is there. */
  folder: string;
  kind: 'plugin' | 'layout' | 'index';
}
function routeFile(file: string, root: string): RouteFile | null {
  const inside = below(file, root, ROUTES);
  const match = inside === null ? null : /^(?:(.*)\/)?(plugin|layout|index)(?:[@!-].*)?$/.exec(inside);
  return match ? { file, folder: match[1] ?? '', kind: match[2] as RouteFile['kind'] } : null;
}
const pathOf = (folder: string): string =>
  `/${folder
    .split('/')
    .filter((s) => s !== '' && !/^\(.*\)$/.test(s))
    .map((s) => bracketed(s))
    .join('/')}`;
/** In front of a folder: plugins by name, then layouts from the outermost. https://qwik.dev/docs/middleware/ */
function around(files: readonly RouteFile[], folder: string): RouteFile[] {
  const plugins = files.filter((f) => f.kind === 'plugin').sort((a, b) => (a.file < b.file ? -1 : 1));
  const layouts = files
    .filter((f) => f.kind === 'layout' && (f.folder === '' || `${folder}/`.startsWith(`${f.folder}/`)))
    .sort((a, b) => a.folder.length - b.folder.length);
  return [...plugins, ...layouts];
}
function* links(
  it: Evaluator,
  files: readonly RouteFile[],
  method: string,
  event: Native,
): Iterable<AppliedLink> {
  const verb = Object.entries(METHODS).find(([, m]) => m === method)?.[0];
  for (const { file } of files) {
    const instance = it.modules.instantiate(file);
    for (const name of ['onRequest', ...(verb ? [verb] : [])]) {
      const given = instance ? it.modules.exported(instance, name) : UNDEFINED;
      for (const value of listed(given))
        if (instance && (isCallable(value) || value.k === 'unknown'))
          yield runLink(
            it,
            { value, site: siteOf(value, instance, name) },
            { args: () => [event], carries: [event], goesOn: () => [] },
          );
    }
  }
}
function observeOne(
  it: Evaluator,
  trigger: Trigger & { kind: 'http' | 'server-action' },
  handler: Value,
  site: Site,
  front: readonly RouteFile[],
  args: (event: Native) => readonly Value[],
): void {
  const [method, path] = trigger.kind === 'http' ? [trigger.method, trigger.path ?? '*'] : ['POST', '*'];
  const event = makeEvent(it, method, path);
  observeEntryPoint(it, {
    framework: 'qwik-city',
    trigger,
    registration: site,
    handler,
    chain: () => links(it, front, method, event),
    work: () => untilRedirect(it, () => it.runHandler(handler, args(event), site, event)),
  });
}
function observeFile(it: Evaluator, own: RouteFile, files: readonly RouteFile[]): void {
  const instance = it.modules.instantiate(own.file);
  if (!instance) return;
  const path = pathOf(own.folder);
  const outer = around(files, own.folder).filter((f) => f !== own);
  if (own.kind === 'index') {
    for (const [name, method] of Object.entries(METHODS))
      observeVerb(it, instance, name, { method, path }, own, outer);
    const hasVerb = Object.keys(METHODS).some((name) => isPresent(it, instance, name));
    if (!hasVerb) observeVerb(it, instance, 'onRequest', { method: 'ALL', path }, own, outer);
  }
  const front = [...outer, own];
  for (const entry of instance.module.exports) {
    if (entry.k !== 'local' || entry.typeOnly) continue;
    const value = it.modules.exported(instance, entry.exported);
    if (value.k !== 'native' || value.type !== WORK) continue;
    const { kind, handler, site } = value.state as Work;
    const at = own.kind === 'layout' ? `${path.replace(/\/$/, '')}/*` : path;
    if (kind === 'loader')
      observeOne(it, { kind: 'http', method: 'GET', path: at }, handler, site, front, (e) => [e]);
    if (kind === 'action') {
      const called = `${at}?qaction=${entry.exported}`;
      const data = unknown(['body']);
      observeOne(it, { kind: 'http', method: 'POST', path: called }, handler, site, front, (e) => [data, e]);
    }
  }
}
const isPresent = (it: Evaluator, instance: ModuleInstance, name: string): boolean => {
  const value = it.modules.exported(instance, name);
  return isCallable(value) || value.k === 'unknown' || value.k === 'list';
};
function observeVerb(
  it: Evaluator,
  instance: ModuleInstance,
  name: string,
  route: { method: string; path: string },
  own: RouteFile,
  outer: readonly RouteFile[],
): void {
  if (!isPresent(it, instance, name)) return;
  const given = it.modules.exported(instance, name);
  const handler = given.k === 'list' ? (given.elements.at(-1) ?? UNKNOWN) : given;
  const before = name === 'onRequest' ? outer : [...outer, own];
  const site = siteOf(handler, instance, name);
  const event = makeEvent(it, route.method, route.path);
  observeEntryPoint(it, {
    framework: 'qwik-city',
    trigger: { kind: 'http', ...route },
    registration: site,
    handler,
    *chain() {
      // Its own `onRequest` runs before; the handler itself is no guard of its own.
      for (const link of links(it, before, route.method, event))
        if (link.definition?.file !== own.file || link.definition.line !== site.line) yield link;
    },
    work: () => untilRedirect(it, () => it.runHandler(handler, [event], site)),
  });
}

/** https://qwik.dev/docs/endpoints/, https://qwik.dev/docs/route-loader/, https://qwik.dev/docs/server$/ */
export const qwikCity: LibraryModel = {
  name: 'qwik-city',
  packages: ['@builder.io/qwik-city', '@qwik.dev/router'],
  onlyByConvention: true,
  about: {
    title: 'Qwik City',
    registers:
      '`onGet`, `onPost` and kin of `index` files in `src/routes/`; `routeLoader$` as `GET`, of a layout as `GET …/*`; `routeAction$` as `POST …?qaction=name`; `globalAction$` and `server$` as server actions',
    guards:
      '`onRequest` and handlers of the method in `plugin@…`, in layouts around it and in the file itself; in front of `server$` only those of plugins',
    answers: '`json`, `send`, `text`, `html`; `redirect` and `error` that are thrown',
    limits: 'named layouts; validators (`zod$`, `validator$`) guard nothing',
  },
  calls: {
    routeLoader$: work('loader'),
    routeAction$: work('action'),
    globalAction$: work('global'),
    server$: work('server'),
  },
  isEntry: ({ path }) =>
    /(?:^|\/)src\/routes\/(?:.*\/)?(?:plugin|layout|index)(?:[@!-][^/]*)?\.[cm]?[jt]sx?$/.test(path),
  finish: (it) => {
    const files = it.loader.entryFiles('qwik-city').flatMap((file) => routeFile(file, it.loader.root) ?? []);
    for (const own of files) it.attempt({ file: own.file, line: 1 }, () => observeFile(it, own, files));
    const plugins = files.filter((f) => f.kind === 'plugin');
    for (const made of servers(it)) {
      const { kind, handler, site } = made.state as Work;
      const name = variableOf(made, site) ?? 'anonymous';
      const parameters = handler.k === 'function' ? handler.fn.params : [];
      observeOne(it, { kind: 'server-action', name }, handler, site, plugins, (event) =>
        kind === 'global' ? [unknown(['body']), event] : parameters.map(() => unknown(['body'])),
      );
    }
  },
};
