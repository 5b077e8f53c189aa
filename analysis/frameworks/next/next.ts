import type { Evaluator } from '../../wiring/evaluator.js';
import type { ModuleInstance } from '../../wiring/instance.js';
import type { LibraryModel } from '../../wiring/library.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { record, unknown, type Value } from '../../wiring/value.js';
import { siteOf } from '../web/file-routes.js';
import { observeActions } from './next-actions.js';
import { middlewareOf, type NextMiddleware } from './next-middleware.js';
import { observePage } from './next-pages.js';
import { appPath, pagePath } from './next-routes.js';
import { untilRedirect } from '../web/leaving.js';
import { nextRequest, SERVER_CALLS } from './next-server.js';
import { makeRequest, makeResponse } from '../web/web-request.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const ROUTE = /(?:^|\/)app\/(?:.*\/)?route\.[cm]?[jt]sx?$/;
const PAGE = /(?:^|\/)pages\/.*\.[cm]?[jt]sx?$/;
const MIDDLEWARE = /(?:^|\/)(?:middleware|proxy)\.[cm]?[jt]s$/;

const isPresent = (value: Value): boolean => value.k !== 'literal';

function observeRoute(
  it: Evaluator,
  instance: ModuleInstance,
  path: string,
  middleware: NextMiddleware | null,
): void {
  for (const method of METHODS) {
    const handler = it.modules.exported(instance, method);
    if (!isPresent(handler)) continue;
    const site = siteOf(handler, instance, method);
    const request = nextRequest(it, method, path);
    const params = record([['params', unknown(['params'])]]);
    observeEntryPoint(it, {
      framework: 'next',
      trigger: { kind: 'http', method, path },
      registration: site,
      handler,
      *chain(): Iterable<AppliedLink> {
        if (middleware) yield* middleware(path, method, request);
      },
      work: () => untilRedirect(it, () => it.runHandler(handler, [request, params], site)),
    });
  }
}

/** https://nextjs.org/docs/app */
export const next: LibraryModel = {
  name: 'next',
  packages: ['next'],
  onlyByConvention: true,
  about: {
    title: 'Next.js',
    registers:
      'route handlers in `app/`, `pages/api/` (a method that the handler compares with is an entry point), `getServerSideProps`, server actions by `use server`, at the top of a file or of a function',
    guards:
      '`middleware` or `proxy`, where its `matcher` covers the path; wrappers, and tests in the handler; for actions only what they test themselves',
    answers:
      '`Response`, `NextResponse`, `redirect`, `notFound`, `forbidden`, `unauthorized`; in `pages/` as Express',
    limits: '`basePath`, rewrites; layouts and pages guard nothing that can be called by itself',
  },
  calls: SERVER_CALLS,
  typed: (it, type) => {
    if (/^NextRequest\b/.test(type)) return nextRequest(it, null, null);
    if (/^NextApiRequest\b/.test(type))
      return makeRequest(it, { method: null, path: null, base: '', application: null });
    return /^NextApiResponse\b/.test(type) ? makeResponse(it) : null;
  },
  isEntry: ({ path, directives, exports }) =>
    directives.has('use server') ||
    ROUTE.test(path) ||
    MIDDLEWARE.test(path) ||
    (PAGE.test(path) && (/(?:^|\/)pages\/api\//.test(path) || exports.has('getServerSideProps'))),
  finish: (it) => {
    const files = it.loader.entryFiles('next');
    const { root } = it.loader;
    const middleware = middlewareOf(
      it,
      files.filter((f) => MIDDLEWARE.test(f)),
    );
    for (const file of files) {
      it.attempt({ file, line: 1 }, () => {
        const instance = it.modules.instantiate(file);
        if (!instance) return;
        const route = appPath(file, root);
        const page = pagePath(file, root);
        if (route !== null) observeRoute(it, instance, route, middleware);
        else if (page !== null) observePage(it, instance, page, middleware);
        observeActions(it, instance);
      });
    }
  },
};
