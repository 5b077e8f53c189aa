import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel } from '../../wiring/library.js';
import { runLink, type Installed } from '../../wiring/middleware.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import {
  builtin,
  isNullish,
  listed,
  promise,
  record,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Value,
} from '../../wiring/value.js';
import { makeContext } from '../web/context.js';
import { FETCH_RESPONSE } from '../web/fetch-api.js';
import { makeBindings, observeFetch } from '../web/fetch-handlers.js';
import { below, bracketed, siteOf } from '../web/file-routes.js';
import { folderOf } from '../web/paths.js';

const FUNCTIONS = /\/functions\//;
const HANDLER = /^onRequest(?:Get|Post|Put|Patch|Delete|Head|Options)?$/;
const MIDDLEWARE = /(?:^|\/)_middleware$/;

interface Route {
  file: string;
  /** The path below `functions/`, without extension. */
  name: string;
}
/** `notes/[id]` as a path: `/notes/:id`. https://developers.cloudflare.com/pages/functions/routing/ */
const pathOf = (name: string): string =>
  `/${name
    .split('/')
    .filter((segment, i, all) => !(segment === 'index' && i === all.length - 1))
    .map((segment) => bracketed(segment.replace(/^\[\[(\w+)\]\]$/, '[...$1]')))
    .join('/')}`;

/** What a file exports for a method: one function, or several of which all but the last stand in front. */
function exportedBy(it: Evaluator, file: string, name: string): Installed[] {
  const instance = it.modules.instantiate(file);
  const value = instance ? it.awaiting(it.modules.exported(instance, name)) : UNDEFINED;
  if (!instance || isNullish(value)) return [];
  const all = listed(value);
  return all.map((v): Installed => ({ value: v, site: siteOf(v, instance, name) }));
}
function* middlewareOf(
  it: Evaluator,
  route: Route,
  all: readonly Route[],
  method: string,
): Iterable<Installed> {
  const folder = folderOf(route.name);
  const around = all
    .filter((r) => MIDDLEWARE.test(r.name))
    .filter((r) => {
      const outer = folderOf(r.name);
      return outer === '' || folder === outer || folder.startsWith(`${outer}/`);
    })
    .sort((a, b) => a.name.split('/').length - b.name.split('/').length);
  for (const { file } of around) {
    yield* exportedBy(it, file, 'onRequest');
    if (method !== 'ALL') yield* exportedBy(it, file, `onRequest${capital(method)}`);
  }
}
const capital = (method: string): string => method[0]! + method.slice(1).toLowerCase();

function observeRoute(it: Evaluator, route: Route, all: readonly Route[], exported: string): void {
  const installed = exportedBy(it, route.file, exported);
  const last = installed.at(-1);
  if (!last) return;
  const method = exported.slice('onRequest'.length).toUpperCase() || 'ALL';
  const env = makeBindings(it);
  let data: Native = makeContext(it);
  const contextOf = (request: Native, next: Value): Value =>
    record(
      [
        ['request', request],
        ['env', env],
        ['params', unknown(['params'])],
        ['data', data],
        ['next', next],
        ['waitUntil', builtin('waitUntil', () => UNDEFINED)],
        ['passThroughOnException', builtin('passThroughOnException', () => UNDEFINED)],
      ],
      UNKNOWN,
    );
  const asset = builtin('asset', () => promise(it.native(FETCH_RESPONSE, { status: null })));
  const run = (link: Installed, request: Native): AppliedLink =>
    runLink(it, link, {
      args: (next) => [contextOf(request, next)],
      carries: [request, data],
      yields: promise(it.native(FETCH_RESPONSE, { status: null })),
    });
  observeFetch(it, {
    framework: 'pages-functions',
    handler: last.value,
    site: last.site,
    path: pathOf(route.name),
    ...(method === 'ALL' ? {} : { method }),
    *chain(request) {
      data = makeContext(it);
      for (const link of [...middlewareOf(it, route, all, method), ...installed.slice(0, -1)])
        yield run(link, request);
    },
    args: (request) => [contextOf(request, asset)],
  });
}

/** Functions of Cloudflare Pages. https://developers.cloudflare.com/pages/functions/api-reference/ */
export const pagesFunctions: LibraryModel = {
  name: 'pages-functions',
  packages: [],
  onlyByConvention: true,
  about: {
    title: 'Cloudflare Pages Functions',
    registers:
      '`onRequest` and `onRequestGet`, … of files in `functions/`: `[name]`, `[[name]]`; methods that `onRequest` compares with',
    guards: '`_middleware` of the folder and of those around it, outermost first; all but the last of a list',
    answers: 'a returned `Response`, a throw',
    limits: '`_worker.js` (advanced mode), plugins that serve paths of their own',
  },
  calls: {},
  isEntry: ({ path, exports }) =>
    FUNCTIONS.test(`/${path}`) && [...exports].some((name) => HANDLER.test(name)),
  // A folder and names that nothing else has; where Firebase deploys the folder, it is Firebase's.
  belongs: (path, texts) => {
    const at = `/${path}`.lastIndexOf('/functions/');
    return !/"firebase-functions"/.test(
      texts.get(`${path.slice(0, at)}/functions/package.json`.replace(/^\//, '')) ?? '',
    );
  },
  finish: (it) => {
    const all = it.loader.entryFiles('pages-functions').flatMap((file): Route[] => {
      const name = below(file, it.loader.root, FUNCTIONS);
      return name === null ? [] : [{ file, name }];
    });
    for (const route of all) {
      const instance = MIDDLEWARE.test(route.name) ? null : it.modules.instantiate(route.file);
      const names = instance?.module.exports.flatMap((e) => (e.k === 'all' ? [] : [e.exported])) ?? [];
      for (const name of [...new Set(names)].filter((n) => HANDLER.test(n)))
        it.attempt({ file: route.file, line: 1 }, () => observeRoute(it, route, all, name));
    }
  },
};
