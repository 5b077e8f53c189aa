import type { Operation } from '../../wiring/library.js';
import { literal, record, stringOf, UNKNOWN } from '../../wiring/value.js';

const STATUS: Readonly<Record<string, number>> = {
  BAD_REQUEST: 400,
  PARSE_ERROR: 400,
  UNAUTHORIZED: 401,
  PAYMENT_REQUIRED: 402,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  PRECONDITION_FAILED: 412,
  TOO_MANY_REQUESTS: 429,
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
