import { yieldsItself, type LibraryModel, type LibraryType, type Operation } from '../../wiring/library.js';
import { builtin, record, UNKNOWN } from '../../wiring/value.js';
import { ADAPTERS } from './trpc-adapters.js';
import { emptyProcedure, middleware } from './trpc-builder.js';
import { observeRouters } from './trpc-entry-points.js';
import { error } from './trpc-error.js';
import { findUnreadMeta } from './trpc-metadata.js';
import { lazy, makeRouter, mergeRouters, router, routers } from './trpc-router.js';

const T: LibraryType = {
  name: 'trpc',
  methods: {
    router: (it, _self, args, site) => router(it, args, site),
    mergeRouters: (it, _self, args, site) => mergeRouters(it, args, site),
    middleware: (it, _self, args, site) => middleware(it, args, site),
    createCallerFactory: () => UNKNOWN,
  },
  get: (it, _self, name) => (name === 'procedure' ? emptyProcedure(it) : null),
};
const INIT: LibraryType = {
  name: 'trpc builder',
  methods: { context: yieldsItself, meta: yieldsItself, create: (it) => it.native(T, null) },
};
const init: Operation = (it) => it.native(INIT, null);
/** Middleware that is made before there is a `t`. */
const standalone: Operation = (it) =>
  record([['create', builtin('create', (args, _self, at) => middleware(it, args, at))]]);

/** tRPC, from version 9. https://trpc.io/docs */
export const trpc: LibraryModel = {
  name: 'trpc',
  packages: ['@trpc/server', '@hono/trpc-server', 'trpc-to-openapi', 'trpc-openapi'],
  about: {
    title: 'tRPC 9, 10 and 11',
    registers:
      '`query`, `mutation`, `subscription` of builders, in routers, merged, nested, lazy; one that is given to no adapter while another is, is unmounted',
    guards:
      '`use` of builders, `middleware` of version 9, with `meta` of the procedure; piped and concatenated ones',
    answers: 'by returning; `TRPCError` by its code',
    limits:
      'what stands in front of the adapter counts where a handler or an application of Express or Hono leads to it; who the caller is in the context that `createContext` makes is taken by convention',
  },
  calls: {
    initTRPC: init,
    'initTRPC.context': init,
    'initTRPC.meta': init,
    'initTRPC.create': (it) => it.native(T, null),
    TRPCError: error,
    router: (it, _args, site) => makeRouter(it, [], site),
    lazy,
    experimental_lazy: lazy,
    experimental_standaloneMiddleware: standalone,
    experimental_trpcMiddleware: standalone,
    ...ADAPTERS,
  },
  finish: (it) => {
    if (routers(it).length === 0) return;
    observeRouters(it);
    findUnreadMeta(it);
  },
};
