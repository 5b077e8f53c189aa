import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType } from '../../wiring/library.js';
import { IDENTITY_NAME } from '../../wiring/members.js';
import {
  builtin,
  isCallable,
  isNullish,
  literal,
  record,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Value,
} from '../../wiring/value.js';
import { REQUEST, RESPONSE, type RequestState } from '../web/web-request.js';
import { fileNamed, fileValue } from './sails-files.js';

/** By convention of the ecosystem, what is put into the request under such a name is who the caller is. */
const SAILS_REQUEST: LibraryType = {
  ...REQUEST,
  methods: {
    ...REQUEST.methods,
    allParams: () => unknown(['body']),
    param: (it, self, args, site) => REQUEST.methods['param']!(it, self, args, site),
    setLocale: () => UNDEFINED,
  },
  set: (it, self, name, value) => {
    if (!IDENTITY_NAME.test(name) || isNullish(value)) return false;
    it.journal.write(self.members, name, unknown(['identity']));
    return true;
  },
  get: (it, self, name, site) =>
    name in SAILS_REQUEST.methods ? (self.members.get(name) ?? null) : REQUEST.get!(it, self, name, site),
};
/** https://sailsjs.com/documentation/reference/response-res */
const STATUS: Readonly<Record<string, number>> = {
  ok: 200,
  created: 201,
  badRequest: 400,
  unauthorized: 401,
  forbidden: 403,
  notFound: 404,
  serverError: 500,
  negotiate: 500,
};
const SAILS_RESPONSE: LibraryType = {
  ...RESPONSE,
  methods: {
    ...RESPONSE.methods,
    view: (it, self, args, site) => RESPONSE.methods['render']!(it, self, args, site),
  },
  get: (it, self, name, site) => {
    const own = fileNamed(it, 'api/responses', name);
    const respond = own ? fileValue(it, own.file)?.value : null;
    if (respond && isCallable(respond)) {
      const context = record(
        [
          ['res', self],
          ['req', (self.state as { request: Value }).request],
        ],
        UNKNOWN,
      );
      return builtin(name, (args, _self, at) => it.call(respond, args, context, at));
    }
    const status = Object.hasOwn(STATUS, name) ? STATUS[name]! : null;
    if (status === null) return RESPONSE.get!(it, self, name, site);
    return builtin(name, (args, _self, at) => {
      RESPONSE.methods['status']!(it, self, [literal(status)], at);
      return RESPONSE.methods['send']!(it, self, args, at);
    });
  },
};
/** A request and a response as actions and policies get them. */
export function makeExchange(it: Evaluator, state: RequestState): { request: Native; response: Native } {
  const request = it.native(SAILS_REQUEST, state);
  const response = it.native(SAILS_RESPONSE, { request });
  request.members.set('res', response);
  response.members.set('req', request);
  return { request, response };
}
