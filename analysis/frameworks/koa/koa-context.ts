import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType, Method } from '../../wiring/library.js';
import { goOnWhere } from '../../wiring/exits.js';
import { IDENTITY_NAME } from '../../wiring/members.js';
import { statusOf } from '../../wiring/naming.js';
import { literal, record, UNDEFINED, unknown, UNKNOWN, type Native, type Value } from '../../wiring/value.js';
import { makeContext } from '../web/context.js';
import { COOKIES } from '../web/fetch-api.js';
import { asIdentity, makeRequest, REQUEST, type RequestState } from '../web/web-request.js';

const numberIn = (value: Value | undefined): number | null =>
  value?.k === 'literal' && typeof value.value === 'number' ? value.value : null;
/** `ctx.throw(401, 'text', properties)`, in any order; 500 where no status is given. */
const throwing: Method = (it, _self, args) => {
  const status =
    args.map(numberIn).find((n) => n !== null) ?? args.map(statusOf).find((n) => n !== null) ?? 500;
  return it.throw(record([['status', literal(status)]], UNKNOWN));
};
/** `ctx.assert(value, 401)` */
const assert: Method = (it, self, [value, ...rest], site) =>
  goOnWhere(it, value ?? UNDEFINED, () => void throwing(it, self, rest, site), site);
const passport: Readonly<Record<string, Method>> = {
  isAuthenticated: (it, self, args, site) => REQUEST.methods.isAuthenticated!(it, self, args, site),
  isUnauthenticated: (it, self, args, site) => REQUEST.methods.isUnauthenticated!(it, self, args, site),
  login: (it, self, args, site) => REQUEST.methods.login!(it, self, args, site),
  logIn: (it, self, args, site) => REQUEST.methods.logIn!(it, self, args, site),
};
/** A context of Koa: request and response in one, with aliases for most of both. */
const KOA_CONTEXT: LibraryType = {
  name: 'context',
  methods: {
    throw: throwing,
    assert,
    get: (it, self, args, site) => REQUEST.methods.get!(it, requestOf(it, self), args, site),
    set: () => UNDEFINED,
    redirect: (it) => {
      it.answer({ how: 'answer', status: 302 });
      return UNDEFINED;
    },
    ...passport,
  },
  set: (it, self, name, value) => {
    if (name === 'status' || name === 'body') {
      it.journal.write(self.members, name, value);
      const status = numberIn(name === 'status' ? value : self.members.get('status'));
      if (name === 'body') it.recorder?.gives([value]);
      // A status alone answers; of a body after it, the status counts.
      if (status !== null && status >= 300) it.answer({ how: 'answer', status });
      else if (it.recorder && !it.recorder.inChain) it.recorder.endings.push(it.facts);
      return true;
    }
    if (!IDENTITY_NAME.test(name)) return false;
    it.journal.write(self.members, name, asIdentity(it, value));
    return true;
  },
  get: (it, self, name, site) => {
    const assigned = self.members.get(name);
    if (assigned) return assigned;
    switch (name) {
      case 'request':
      case 'req':
        return requestOf(it, self);
      case 'response':
      case 'res':
        return self;
      case 'state': {
        const state = makeContext(it);
        it.journal.write(self.members, 'state', state);
        return state;
      }
      case 'cookies':
        // https://github.com/pillarjs/cookies: `httpOnly` and, on a secure connection, `secure` unless said otherwise.
        return it.native(COOKIES, ['HttpOnly', 'Secure']);
      case 'params':
        return unknown(['params']);
      case 'status':
      case 'body':
        return UNKNOWN;
      default:
        if (KOA_CONTEXT.methods[name]) return null;
        return REQUEST.get!(it, requestOf(it, self), name, site);
    }
  },
};
function requestOf(it: Evaluator, self: Native): Native {
  let request = self.members.get('*request*');
  if (request?.k !== 'native') {
    request = makeRequest(it, self.state as RequestState);
    it.journal.write(self.members, '*request*', request);
  }
  return request;
}
export const makeKoaContext = (it: Evaluator, method: string | null, path: string | null): Native =>
  it.native(KOA_CONTEXT, { method, path, base: '', application: null } satisfies RequestState);
