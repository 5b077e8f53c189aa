import type { LibraryModel } from '../wiring/library.js';
import { literal } from '../wiring/value.js';
import { application, router } from './koa/koa-stacks.js';

/** Names of statuses that guards use. https://jsr.io/@oak/commons/doc/status */
const STATUS: Readonly<Record<string, number>> = {
  OK: 200,
  Created: 201,
  NoContent: 204,
  BadRequest: 400,
  Unauthorized: 401,
  PaymentRequired: 402,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  TooManyRequests: 429,
  InternalServerError: 500,
};
/** Oak registers and calls middleware as Koa does. https://oakserver.org */
export const oak: LibraryModel = {
  name: 'oak',
  packages: ['oak', '@oak/oak'],
  about: {
    title: 'Oak',
    registers: 'methods and `all` of `Router`, nested, with prefixes, where an `Application` uses it',
    guards: 'as Koa',
    answers: '`ctx.response.status`, `ctx.response.body`, `ctx.throw`, `ctx.assert`, `ctx.response.redirect`',
    limits: 'event listeners, `app.handle` behind another server, the `Server` of `@oak/oak/serve`',
  },
  calls: { Application: application, Router: router },
  member: (_it, path) => {
    const [enumeration, name] = path;
    const status = enumeration === 'Status' && path.length === 2 ? STATUS[name!] : undefined;
    return status === undefined ? null : literal(status);
  },
  finish: () => {}, // its applications are stacks, which Koa's model turns into entry points
};
