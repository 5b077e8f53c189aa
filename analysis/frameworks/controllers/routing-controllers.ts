import { decorationsOf } from '../../wiring/decorators.js';
import { injected } from '../../wiring/injection.js';
import type { LibraryModel, Operation } from '../../wiring/library.js';
import { literal, UNKNOWN, type ClassValue } from '../../wiring/value.js';
import { classesIn, errorWith, madeDecoration } from '../web/controllers.js';
import { fill, unservedSpot } from './controller-routes.js';
import { marksClass, NAME } from './routing-controllers-decorators.js';
import { globalMiddleware } from './routing-controllers-middleware.js';
import { actionsOf } from './routing-controllers-routes.js';
import { isOpen, listedIn, serve, servers } from './routing-controllers-server.js';

/** Statuses of the errors that it brings: https://github.com/typestack/routing-controllers#throw-http-errors */
const ERRORS: Readonly<Record<string, number>> = {
  BadRequestError: 400,
  UnauthorizedError: 401,
  ForbiddenError: 403,
  NotFoundError: 404,
  MethodNotAllowedError: 405,
  NotAcceptableError: 406,
  UnprocessableEntityError: 422,
  InternalServerError: 500,
};

/** https://github.com/typestack/routing-controllers */
export const routingControllers: LibraryModel = {
  name: NAME,
  packages: [NAME],
  about: {
    title: 'routing-controllers',
    registers:
      'actions of `Controller` and `JsonController` classes that `createExpressServer`, `useExpressServer`, `createKoaServer` or `useKoaServer` are given, by class or by pattern of files, inherited ones included; all of them where none are listed',
    guards:
      'what stands on the server before, global `Middleware` classes, `UseBefore` of class and method, `Authorized` by what the `authorizationChecker` does with its roles, `CurrentUser({ required: true })`, parameter decorators that refuse, class-validator in front of bodies and queries with rules',
    answers: 'what is returned; errors with their status',
    limits:
      'interceptors are not followed; decorators of a base class do not guard the actions that are inherited from it, as in routing-controllers itself; `Authorized` without a checker leaves a gap',
  },
  calls: {
    createExpressServer: serve(false, false),
    useExpressServer: serve(false, true),
    createKoaServer: serve(true, false),
    useKoaServer: serve(true, true),
    getFromContainer: (it, [cls]) => (cls?.k === 'class' ? injected(it, cls) : UNKNOWN),
    createParamDecorator: madeDecoration(NAME, 'createParamDecorator'),
    HttpError: (_it, [status, message]) => errorWith(status, message),
    ...Object.fromEntries(
      Object.entries(ERRORS).map(([name, status]): [string, Operation] => [
        name,
        (_it, [message]) => errorWith(literal(status), message),
      ]),
    ),
  },
  finish: (it) => {
    if (!it.loader.uses(NAME)) return;
    const all = it.decorated.filter((cls) => decorationsOf(it, cls).own.some(marksClass));
    const served = new Set<ClassValue>();
    for (const { spot, options } of servers(it)) {
      const given = listedIn(options, 'controllers');
      const { classes, sure } = given ? classesIn(given, all) : { classes: all, sure: !isOpen(options) };
      const parts = globalMiddleware(it, options, spot.isKoa);
      for (const cls of all.filter((c) => classes.includes(c) || !sure)) {
        served.add(cls);
        parts.push(...actionsOf(it, cls, options, servers(it).length > 1 && !classes.includes(cls)));
      }
      fill(spot, parts);
    }
    const rest = all.filter((cls) => !served.has(cls));
    if (rest.length === 0) return;
    const spot = unservedSpot(it, NAME, { module: rest[0]!.module, line: rest[0]!.node.line });
    fill(
      spot,
      rest.flatMap((cls) => actionsOf(it, cls, UNKNOWN, true)),
    );
  },
};
