import type { Evaluator } from '../../wiring/evaluator.js';
import type { Atom } from '../../wiring/fact.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { anyBoolean, atom, testValue } from '../../wiring/tests.js';
import {
  builtin,
  constantsOf,
  literal,
  promise,
  stringOf,
  UNDEFINED,
  unknown,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { makeFetchResponse, type FetchRequestState } from '../web/fetch-api.js';
import { matcherCovers } from './next-routes.js';
import { makeContinue } from './next-server.js';

/** Roles and permissions that `protect({ role })` or `has({ permission })` names. */
const constantsIn = (asked: Value | undefined): string[] =>
  asked?.k === 'record' ? [...asked.members.values()].flatMap((v) => constantsOf(v) ?? []) : [];
function signedIn(it: Evaluator, asked: Value | undefined, site: Site): Atom[] {
  const known = (protection: string, args: readonly string[]): Atom =>
    atom(it, 'verified', ['identity'], site, {
      known: { protection, library: '@clerk/nextjs', arguments: args },
    });
  const restricted = asked !== undefined && (asked.k === 'function' || constantsIn(asked).length > 0);
  return [known('authentication', []), ...(restricted ? [known('authorization', constantsIn(asked))] : [])];
}
/** What `auth()` says of the caller. */
const CALLER: LibraryType = {
  name: 'caller',
  methods: {
    protect: (it, _self, [asked], site) => {
      it.facts = [...it.facts, ...signedIn(it, asked, site)];
      return unknown(['identity']);
    },
    has: (it, _self, [asked], site) =>
      testValue(it, ['truthy', 'falsy'], ['identity.has'], site, constantsIn(asked)),
    redirectToSignIn: (it) => makeFetchResponse(it, undefined, literal(307)),
    getToken: () => promise(unknown(['identity'])),
  },
  sources: () => ['identity'],
  get: (_it, _self, name) => (name in CALLER.methods ? null : unknown([`identity.${name}`])),
};
/** `auth` as middleware gets it: a function with `protect`. */
const AUTH: LibraryType = {
  name: 'auth',
  methods: {
    protect: (it, _self, [asked], site) => promise(unknown(['identity']), signedIn(it, asked, site)),
  },
  call: (it) => it.native(CALLER, null),
};
const caller: Operation = (it) => it.native(CALLER, null);
const identify: Operation = () => promise(unknown(['identity']));
const protect: Operation = (it, [asked], site) => promise(unknown(['identity']), signedIn(it, asked, site));

const pathOf = (request: Value | undefined): string | null =>
  request?.k === 'native' ? ((request.state as FetchRequestState | null)?.path ?? null) : null;
/** Does one of these patterns cover the path of a request? */
function covered(it: Evaluator, patterns: Value | undefined, request: Value | undefined, site: Site): Value {
  const path = pathOf(request);
  const all = patterns?.k === 'list' ? patterns.elements : patterns ? [patterns] : [];
  const isKnown = patterns?.k !== 'list' || patterns.open === null;
  const answers = all.map((p) => {
    const text = stringOf(p);
    return text === null || path === null ? null : matcherCovers(text, path);
  });
  if (answers.includes(true)) return literal(true);
  return isKnown && answers.every((a) => a === false)
    ? literal(false)
    : anyBoolean(it, ['request.path'], site);
}
const createRouteMatcher: Operation = (it, [patterns], site) =>
  patterns?.k === 'function'
    ? patterns
    : builtin('isCovered', ([request]) => covered(it, patterns, request, site));

const clerkMiddleware: Operation = (it, [handler], site) =>
  builtin('clerkMiddleware', ([request, event]) => {
    if (handler?.k !== 'function') return makeContinue(it, [], site);
    return it.call(
      handler,
      [it.native(AUTH, null), request ?? UNDEFINED, event ?? UNDEFINED],
      UNDEFINED,
      site,
    );
  });
/** Until version 5: protects everything but the public routes. */
const authMiddleware: Operation = (it, [options], site) =>
  builtin('authMiddleware', ([request]) => {
    const open = ['publicRoutes', 'ignoredRoutes'].flatMap((name) =>
      options?.k === 'record' ? (options.members.get(name) ?? []) : [],
    );
    const answers = open.map((patterns) => covered(it, patterns, request, site));
    const passes = answers.some((a) => a.k !== 'literal' || a.value === true);
    if (!passes) it.facts = [...it.facts, ...signedIn(it, undefined, site)];
    return makeContinue(it, [], site);
  });

const OPERATIONS: Readonly<Record<string, Operation>> = {
  auth: caller,
  'auth.protect': protect,
  getAuth: caller,
  currentUser: identify,
  clerkMiddleware,
  authMiddleware,
  createRouteMatcher,
};
/** https://clerk.com/docs/references/nextjs/overview */
export const clerk: LibraryModel = {
  name: 'clerk',
  packages: ['@clerk/nextjs'],
  about: {
    title: 'Clerk for Next.js',
    registers: 'nothing',
    guards:
      '`clerkMiddleware` with `createRouteMatcher`, `authMiddleware`; `auth.protect`, `auth().has`, `currentUser`',
    answers: 'a redirect to the sign-in page, or 404',
  },
  calls: Object.fromEntries(
    Object.entries(OPERATIONS).flatMap(([name, operation]) => [
      [name, operation],
      [`/server.${name}`, operation],
    ]),
  ),
};
