import type { Operation } from '../../wiring/library.js';
import { literal, record, stringOf, UNKNOWN } from '../../wiring/value.js';

/** As `getHTTPStatusCodeFromError` has it; a code that it does not know is answered with 500. */
const STATUS: Readonly<Record<string, number>> = {
  PARSE_ERROR: 400,
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  PAYMENT_REQUIRED: 402,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_SUPPORTED: 405,
  TIMEOUT: 408,
  CONFLICT: 409,
  PRECONDITION_FAILED: 412,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNPROCESSABLE_CONTENT: 422,
  PRECONDITION_REQUIRED: 428,
  TOO_MANY_REQUESTS: 429,
  CLIENT_CLOSED_REQUEST: 499,
  INTERNAL_SERVER_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  BAD_GATEWAY: 502,
  SERVICE_UNAVAILABLE: 503,
  GATEWAY_TIMEOUT: 504,
};
/** `new TRPCError({ code: 'FORBIDDEN' })`: https://trpc.io/docs/server/error-handling#error-codes */
export const error: Operation = (_it, [options]) => {
  const code = options?.k === 'record' ? options.members.get('code') : undefined;
  const name = code ? stringOf(code) : null;
  return record(
    [
      ['code', code ?? UNKNOWN],
      ['status', name === null ? UNKNOWN : literal(STATUS[name] ?? 500)],
    ],
    UNKNOWN,
  );
};
