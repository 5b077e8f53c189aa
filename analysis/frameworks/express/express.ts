import type { LibraryModel } from '../../wiring/library.js';
import { addedToRequests } from '../web/web-request.js';
import { observeRouters } from './express-entry-points.js';
import { inferredRouter, makeRouter } from './express-router.js';

/** Express. https://expressjs.com/en/4x/api.html */
export const express: LibraryModel = {
  name: 'express',
  packages: ['express', 'express-promise-router', 'express-serve-static-core', 'ultimate-express'],
  about: {
    title: 'Express',
    registers:
      '`app` and `Router`: methods, `all`, `route`, `use` with two parameters at its end; lists, patterns and unknown parts in paths',
    guards:
      '`use`, `param`, handlers before the last, routes that call `next`; in order of installation, where path and method cover the route',
    answers: '`status`, `send`, `json`, `end`, `sendStatus`, `redirect`, `next(error)`, a throw',
  },
  calls: {
    '': (it, _args, site) => makeRouter(it, site, true),
    application: (it, _args, site) => makeRouter(it, site, true),
    Router: (it, _args, site) => makeRouter(it, site, false),
  },
  // What every request of it inherits from: members are added to it.
  member: (it, path) => (path.join('.') === 'request' ? addedToRequests(it) : null),
  typed: (it, type) => {
    if (/^(express\.)?(Request|Response|NextFunction|RequestHandler)\b/.test(type)) return null;
    if (/^(express\.)?(Express|Application|Router|IRouter|core\.Express)(<.*>)?$/.test(type))
      return inferredRouter(it, type);
    return null;
  },
  parameter: (it, name) =>
    /^(?:express)?(?:app|server)$/i.test(name)
      ? inferredRouter(it, 'Application')
      : /^\w*router$/i.test(name)
        ? inferredRouter(it, 'Router')
        : null,
  finish: observeRouters,
};
