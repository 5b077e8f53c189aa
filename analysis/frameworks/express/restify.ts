import type { Operation, LibraryModel } from '../../wiring/library.js';
import { literal, record } from '../../wiring/value.js';
import { makeRouter } from './express-router.js';

const create: Operation = (it, _args, site) => makeRouter(it, site, true, 'restify');
/** Errors of `restify-errors`, by the status that they are answered with. */
const STATUS = {
  BadRequestError: 400,
  UnauthorizedError: 401,
  InvalidCredentialsError: 401,
  ForbiddenError: 403,
  NotAuthorizedError: 403,
  NotFoundError: 404,
  ResourceNotFoundError: 404,
  ConflictError: 409,
  TooManyRequestsError: 429,
  RequestThrottledError: 429,
  InternalServerError: 500,
  InternalError: 500,
} as const;
const errors = Object.fromEntries(
  Object.entries(STATUS).map(([name, status]): [string, Operation] => [
    name,
    () => record([['statusCode', literal(status)]]),
  ]),
);

/** Restify registers and calls handlers as Express does. https://restify.com/docs/server-api/ */
export const restify: LibraryModel = {
  name: 'restify',
  packages: ['restify', 'restify-errors'],
  about: {
    title: 'Restify',
    registers: 'methods of `createServer()`, with paths as text or `{ path, version }`',
    guards: '`use`, `pre`, and handlers before the last, singly or in lists',
    answers: '`send` and kin, `next(error)` with the classes of `restify-errors`',
    limits: '`restify-router` and conditional handlers by version',
  },
  calls: { createServer: create, ...errors },
  finish: () => {}, // its servers are routers, which Express's model turns into entry points
};
