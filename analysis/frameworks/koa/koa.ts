import type { LibraryModel, Operation } from '../../wiring/library.js';
import { UNDEFINED } from '../../wiring/value.js';
import { asContextMiddleware } from '../web/context-middleware.js';
import { makeKoaContext } from './koa-context.js';
import { observeStacks } from './koa-entry-points.js';
import { mount } from './koa-layers.js';
import { application, inferredStack, router } from './koa-stacks.js';

/** Koa with its usual routers. https://koajs.com, https://github.com/koajs/router */
export const koa: LibraryModel = {
  name: 'koa',
  packages: ['koa'],
  about: {
    title: 'Koa',
    registers:
      'methods, `all` and `register` of `@koa/router` and koa-router, nested, with prefixes; koa-mount, koa-route; a function at the end of an application, by the paths that it compares with',
    guards:
      '`use` of applications and routers where its path covers the route, `param`, handlers before the last; koa-compose; koa-jwt, koa-passport',
    answers: '`ctx.status`, `ctx.body`, `ctx.throw`, `ctx.assert`, `ctx.redirect`',
    limits: 'host matching of routers',
  },
  calls: { '': application },
  typed: (it, type) => (/^(?:Koa\.)?(?:Application|Koa)\b/.test(type) ? inferredStack(it) : null),
  parameter: (it, name) => (/^(?:app|koa|\w*router)$/i.test(name) ? inferredStack(it) : null),
  asGuard: (it, value, site) => asContextMiddleware(it, value, site, () => makeKoaContext(it, null, null)),
  finish: observeStacks,
};
/** Routers of Koa, which its model turns into entry points. */
export const koaRouter: LibraryModel = {
  name: 'koa-router',
  packages: ['@koa/router', 'koa-router', 'koa-joi-router', 'koa-tree-router'],
  calls: { '': router, Router: router, default: router },
  typed: (it, type) => (/^(?:Koa)?Router\b/.test(type) && it.loader.uses('koa') ? inferredStack(it) : null),
};
/** koa-mount: an application below a path. */
export const koaMount: LibraryModel = {
  name: 'koa-mount',
  packages: ['koa-mount'],
  calls: { '': mount, default: mount },
};
const composed: Operation = (_it, [list]) => list ?? UNDEFINED;
/** koa-compose: a list in order is one. */
export const koaCompose: LibraryModel = {
  name: 'koa-compose',
  packages: ['koa-compose'],
  calls: { '': composed, default: composed },
};
