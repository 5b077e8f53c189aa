import type { Operation } from '../../wiring/library.js';
import { literal, record, UNDEFINED, type Value } from '../../wiring/value.js';

const STATUSES: Readonly<Record<string, number>> = {
  BadRequestException: 400,
  UnauthorizedException: 401,
  ForbiddenException: 403,
  NotFoundException: 404,
  MethodNotAllowedException: 405,
  NotAcceptableException: 406,
  RequestTimeoutException: 408,
  ConflictException: 409,
  GoneException: 410,
  PreconditionFailedException: 412,
  PayloadTooLargeException: 413,
  UnsupportedMediaTypeException: 415,
  ImATeapotException: 418,
  MisdirectedException: 421,
  UnprocessableEntityException: 422,
  InternalServerErrorException: 500,
  NotImplementedException: 501,
  BadGatewayException: 502,
  ServiceUnavailableException: 503,
  GatewayTimeoutException: 504,
  HttpVersionNotSupportedException: 505,
  ThrottlerException: 429,
};
const exception = (status: Value | undefined, message: Value | undefined): Value =>
  record([
    ['status', status ?? UNDEFINED],
    ['message', message ?? UNDEFINED],
    ['getStatus', { k: 'builtin', name: 'getStatus', call: () => status ?? UNDEFINED }],
  ]);
/** Classes that are thrown, with the status that each is answered with. */
export const EXCEPTIONS: Readonly<Record<string, Operation>> = {
  HttpException: (_it, [message, status]) => exception(status, message),
  WsException: (_it, [message]) => exception(undefined, message),
  RpcException: (_it, [message]) => exception(undefined, message),
  ...Object.fromEntries(
    Object.entries(STATUSES).map(([name, status]): [string, Operation] => [
      name,
      (_it, [message]) => exception(literal(status), message),
    ]),
  ),
};
const NAMED: Readonly<Record<string, number>> = {
  OK: 200,
  CREATED: 201,
  ACCEPTED: 202,
  NO_CONTENT: 204,
  MOVED_PERMANENTLY: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  NOT_MODIFIED: 304,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  PAYMENT_REQUIRED: 402,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  GONE: 410,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNPROCESSABLE_ENTITY: 422,
  TOO_MANY_REQUESTS: 429,
  INTERNAL_SERVER_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  BAD_GATEWAY: 502,
  SERVICE_UNAVAILABLE: 503,
};
/** A member of `HttpStatus`. */
export const namedStatus = (name: string | undefined): Value | null =>
  name !== undefined && NAMED[name] !== undefined ? literal(NAMED[name]) : null;
