import type { LibraryModel } from '../../wiring/library.js';
import { observeApps } from './elysia-entry-points.js';
import { create } from './elysia-instance.js';

/** Elysia, from version 1. https://elysiajs.com */
export const elysia: LibraryModel = {
  name: 'elysia',
  packages: ['elysia'],
  about: {
    title: 'Elysia',
    registers:
      'methods, `route`, `all`, `ws`, in `group` and `guard`, in plugins; an instance that nothing uses is unmounted',
    guards:
      '`onBeforeHandle`, `derive`, `resolve`, `guard`, `beforeHandle` of routes, in order, as far as `as` lets them reach; macros; tokens of `@elysiajs/jwt`',
    answers: 'by returning; `status`, `set.status`, `redirect`, a throw',
    limits:
      'an option whose macro is not found, and handlers of other libraries that are mounted, leave a gap',
  },
  calls: { '': create, Elysia: create },
  finish: observeApps,
};
