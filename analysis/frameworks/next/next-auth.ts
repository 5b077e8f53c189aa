import type { Evaluator } from '../../wiring/evaluator.js';
import { withRefusal } from '../../wiring/fact.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { outcomes, testValue } from '../../wiring/tests.js';
import {
  literal,
  promise,
  record,
  unknown,
  UNDEFINED,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { FETCH_REQUEST, makeFetchResponse } from '../web/fetch-api.js';
import { makeContinue } from './next-server.js';

const ELSEWHERE = { how: 'answer', status: 307 } as const;
const identity = unknown(['identity']);
const memberIn = (value: Value | undefined, ...path: readonly string[]): Value | undefined =>
  path.reduce<Value | undefined>((v, name) => (v?.k === 'record' ? v.members.get(name) : undefined), value);

/** Goes on where the answer of a callback is true, and sends the caller to the sign-in page elsewhere. */
function decide(it: Evaluator, answer: Value, site: Site, work: () => Value): Value {
  if (answer.k === 'native') return answer;
  const { whenTrue } = outcomes(it, answer, site);
  if (whenTrue === null) return makeFetchResponse(it, undefined, literal(307));
  it.learn(withRefusal(whenTrue, ELSEWHERE));
  return work();
}
/** `withAuth(handler?, { callbacks: { authorized } })`: lets pass whom the callback lets, else whoever has a token. */
const withAuth: Operation = (it, args, site) => {
  const handler = args.find((a) => a.k === 'function');
  const authorized = memberIn(
    args.find((a) => a.k === 'record'),
    'callbacks',
    'authorized',
  );
  return {
    k: 'builtin',
    name: 'withAuth',
    call: ([request, event]) => {
      if (request?.k === 'native')
        it.journal.write(request.members, 'nextauth', record([['token', identity]]));
      const given = record([
        ['token', identity],
        ['req', request ?? UNDEFINED],
      ]);
      const answer = authorized
        ? it.awaiting(it.call(authorized, [given], UNDEFINED, site))
        : testValue(it, ['truthy', 'falsy'], ['identity'], site);
      return decide(it, answer, site, () =>
        handler
          ? it.call(handler, [request ?? UNDEFINED, event ?? UNDEFINED], UNDEFINED, site)
          : makeContinue(it, [], site),
      );
    },
  };
};

/** `auth` of version 5: asks who the caller is, wraps a handler, or is middleware itself. */
const AUTH: LibraryType = {
  name: 'auth',
  methods: {},
  call: (it, self, args, site) => {
    const [first] = args;
    if (first?.k === 'function') return unknown([], { wraps: [first] });
    const authorized = self.state as Value | undefined;
    if (first?.k !== 'native' || first.type !== FETCH_REQUEST) return promise(identity);
    if (!authorized) return makeContinue(it, [], site);
    const given = record([
      ['auth', identity],
      ['request', first],
    ]);
    const answer = it.awaiting(it.call(authorized, [given], UNDEFINED, site));
    return decide(it, answer, site, () => makeContinue(it, [], site));
  },
};
const NEXT_AUTH: LibraryType = {
  name: 'NextAuth',
  methods: {},
  get: (it, self, name) => {
    if (name === 'auth')
      return it.native(AUTH, memberIn(self.state as Value | undefined, 'callbacks', 'authorized'));
    return unknown([], { origin: { k: 'external', package: 'next-auth', path: ['()', name] } });
  },
};
const create: Operation = (it, args): Native =>
  it.native(
    NEXT_AUTH,
    args.find((a) => a.k === 'record'),
  );

/** https://authjs.dev */
export const nextAuth: LibraryModel = {
  name: 'next-auth',
  packages: ['next-auth'],
  about: {
    title: 'Auth.js for Next.js',
    registers: 'nothing by itself: its handlers are routes of Next.js',
    guards:
      '`withAuth` and `auth` as middleware, with `callbacks.authorized`; `auth(handler)`, `auth()`, `getServerSession`, `getToken` say who the caller is',
    answers: 'a redirect to the sign-in page',
  },
  calls: { '': create, '/middleware': withAuth, '/middleware.withAuth': withAuth },
};
