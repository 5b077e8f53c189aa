import type { LibraryModel } from '../../wiring/library.js';
import { literal, record, UNDEFINED } from '../../wiring/value.js';
import { makeFetchResponse, statusIn } from '../web/fetch-api.js';
import { redirects } from '../web/leaving.js';
import { createStart } from './tanstack-global-middleware.js';
import { createMiddleware } from './tanstack-middleware.js';
import { REQUEST } from './tanstack-request.js';
import { createServerFn, observeFunctions } from './tanstack-server-functions.js';
import { fileRoute, observeRoutes } from './tanstack-server-routes.js';

/** https://tanstack.com/start */
export const tanstackStart: LibraryModel = {
  name: 'tanstack-start',
  packages: ['@tanstack/react-start', '@tanstack/solid-start', '@tanstack/start'],
  about: {
    title: 'TanStack Start',
    registers:
      'server functions by `createServerFn`, under the name of their variable; server routes by `createFileRoute` with `server.handlers`, and `createServerFileRoute`',
    guards:
      '`middleware` of the function, of the route or of those above it, with what it depends on, that of `createStart` before it; validators',
    answers: 'what is returned; a thrown `redirect`, `notFound` or error',
    limits: '`createIsomorphicFn`; loaders and `beforeLoad`, which run in browsers too and guard nothing',
  },
  calls: {
    createServerFn,
    createMiddleware,
    createStart,
    createServerOnlyFn: (_it, [fn]) => fn ?? UNDEFINED,
    json: (it, [content, init]) => makeFetchResponse(it, content, statusIn(init)),
    ...Object.fromEntries(
      Object.entries({ ...REQUEST, createServerFileRoute: fileRoute }).map(([name, call]) => [
        `/server.${name}`,
        call,
      ]),
    ),
  },
  // Server routes are modules without components; those of pages are not read for their sake. Layouts have middleware.
  isEntry: ({ path, exports }) =>
    /(?:^|\/)src\/start\.tsx?$/.test(path) ||
    (/(?:^|\/)routes\/(?:.*\/api\/|api\/|.*\.ts$|(?:.*[/.])?(?:_[^_/.][^/.]*|\([^/.]+\)|route)\.tsx$)/.test(
      path,
    ) &&
      (exports.has('Route') || exports.has('ServerRoute'))),
  finish: (it) => {
    observeRoutes(it);
    observeFunctions(it);
  },
};
/** The router below it: its routes are pages, unless they carry a server. */
export const tanstackRouter: LibraryModel = {
  name: 'tanstack-router',
  packages: ['@tanstack/react-router', '@tanstack/solid-router'],
  calls: {
    createFileRoute: fileRoute,
    redirect: (it) => {
      redirects(it);
      return makeFetchResponse(it, undefined, literal(307));
    },
    notFound: () => record([['status', literal(404)]]),
  },
};
