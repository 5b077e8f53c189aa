import type { CookieAttribute } from '../../model/model.js';
import { noteCookie } from '../../wiring/cookies.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryModel, type LibraryType, type Operation } from '../../wiring/library.js';
import { answered, mergeSources, type Refusal } from '../../wiring/fact.js';
import {
  choice,
  isNullish,
  literal,
  promise,
  record,
  sourcesOf,
  textOf,
  unknown,
  UNKNOWN,
  type Native,
  type Value,
} from '../../wiring/value.js';
import { IDENTITY_NAME } from '../../wiring/members.js';
import { testValue } from '../../wiring/tests.js';
import { HOST, SEARCH } from '../../wiring/addresses.js';
import { HEADERS, pathValue } from './web-request.js';

/** A `Request` of the Fetch standard, before any code has run. */
export interface FetchRequestState {
  /** Null where the handler serves several. */
  method: string | null;
  /** `/users/:id`; null when any. */
  path: string | null;
}
const body = (): Value => promise(unknown(['body'], { sentBut: [] }));
export const FORM_DATA: LibraryType = {
  name: 'form data',
  methods: {
    get: (_it, _self, [name]) => unknown([`body.${name?.k === 'literal' ? String(name.value) : '*'}`]),
    getAll: (_it, _self, [name]) => unknown([`body.${name?.k === 'literal' ? String(name.value) : '*'}`]),
    has: (_it, _self, [name]) => unknown([`body.${name?.k === 'literal' ? String(name.value) : '*'}`]),
  },
  get: (_it, _self, name) => (name === '*elements*' || name === '*index*' ? unknown(['body']) : null),
  sources: () => ['body'],
};
/** The address of a request, as text and as a parsed URL. */
const REQUEST_URL: LibraryType = {
  name: 'request url',
  methods: { toString: yieldsItself },
  sources: () => ['request.path'],
  get: (it, self, name) => {
    if (name === 'pathname') return pathValue(self.state as string | null);
    if (name === 'searchParams') return it.native(SEARCH, unknown(['query']));
    if (HOST.has(name)) return unknown(['header.host']);
    return name === 'toString' ? null : unknown(['request.path']);
  },
};
/** Cookies as `get(name)` answers them: what a caller presents, unverified. */
export const COOKIES: LibraryType = {
  name: 'cookies',
  methods: {
    get: () => unknown(['credential']),
    getAll: () => unknown(['credential']),
    has: () => unknown(['credential']),
    set: (it, self, [name, value, options], site) => {
      // `set({ name, value, … })`, as the cookies of Next.js take it too.
      const all = name?.k === 'record' ? name : null;
      // `set(name)` takes the cookie away: https://github.com/pillarjs/cookies
      if (!all && !value) return self;
      noteCookie(
        it,
        {
          name: all ? all.members.get('name') : name,
          value: all ? all.members.get('value') : value,
          options: all ?? options,
          defaults: (self.state as readonly CookieAttribute[] | null) ?? [],
        },
        site,
      );
      return self;
    },
    delete: yieldsItself,
  },
};
export const FETCH_REQUEST: LibraryType = {
  name: 'request',
  instanceOf: ['Request', 'NextRequest'],
  methods: {
    json: body,
    text: body,
    arrayBuffer: body,
    blob: body,
    bytes: body,
    formData: (it) => promise(it.native(FORM_DATA, null)),
    clone: yieldsItself,
  },
  get: (it, self, name) => {
    const assigned = self.members.get(name);
    if (assigned) return assigned;
    const { method, path } = self.state as FetchRequestState;
    switch (name) {
      case 'headers':
        return it.native(HEADERS, null);
      case 'url':
      case 'nextUrl':
        return it.native(REQUEST_URL, path);
      case 'method':
        return method === null ? unknown(['request.method']) : literal(method);
      case 'cookies':
        return it.native(COOKIES, null);
      case 'body':
        return unknown(['body']);
      case 'ip':
      case 'geo':
        return unknown(['request.ip']);
      default:
        if (FETCH_REQUEST.methods[name]) return null;
        // Nobody here set it: by convention of the ecosystem, a wrapper that was not seen did.
        return unknown([IDENTITY_NAME.test(name) ? 'identity' : `request.${name}`]);
    }
  },
};
export const makeFetchRequest = (it: Evaluator, state: FetchRequestState): Native =>
  it.native(FETCH_REQUEST, state);

/** A `Response`: what it says is decided when it is made; it is given when it is returned or thrown. */
interface FetchResponseState {
  status: number | null;
}
export const FETCH_RESPONSE: LibraryType = {
  name: 'response',
  instanceOf: ['Response', 'NextResponse'],
  methods: { clone: yieldsItself },
  get: (it, self, name) => {
    const assigned = self.members.get(name);
    if (assigned) return assigned;
    const { status } = self.state as FetchResponseState;
    if (name === 'status') return status === null ? unknown() : literal(status);
    if (name === 'ok') return status === null ? unknown() : literal(status < 400);
    if (name === 'headers') return it.native(HEADERS, null);
    if (name === 'cookies') return it.native(COOKIES, null);
    return null;
  },
  answer: (self): Refusal => ({ how: 'answer', status: (self.state as FetchResponseState).status }),
};
/** A response with a body and a status, which is known when it is a number or was left out. */
export function makeFetchResponse(
  it: Evaluator,
  content: Value | undefined,
  status: Value | undefined,
  fallback = 200,
): Native {
  if (content) it.recorder?.gives([content]);
  const known =
    !status || isNullish(status)
      ? fallback
      : status.k === 'literal' && typeof status.value === 'number'
        ? status.value
        : // Taken off an error: whatever it is, it is none of success.
          sourcesOf(status).includes('error')
          ? 500
          : null;
  return it.native(FETCH_RESPONSE, { status: known } satisfies FetchResponseState);
}
/** `{ status }` of a `ResponseInit`, or the status itself. */
export const statusIn = (init: Value | undefined): Value | undefined =>
  init?.k === 'record' ? (init.members.get('status') ?? init.open ?? undefined) : init;

/** One answer for each status that it may have. */
export const respond: Operation = (it, [content, init]) => {
  const given = statusIn(init);
  // What may be missing has been looked at before it is given.
  const status = given?.k === 'choice' ? choice(given.options.filter((o) => !isNullish(o.value))) : given;
  if (status?.k !== 'choice') return makeFetchResponse(it, content, status);
  return choice(
    status.options.map((o) => ({ value: makeFetchResponse(it, content, o.value), facts: o.facts })),
  );
};
export const redirect: Operation = (it, [, status]) =>
  makeFetchResponse(it, undefined, statusIn(status), 302);

/**
 * What another server answers: who a credential belongs to, where one is sent along. That the caller is named in the
 * question says nothing of what they may.
 */
const ask: Operation = (it, args, site) => {
  const sources = answered(mergeSources(...args.map((a) => sourcesOf(a, 4))));
  it.handToUnknown(args, sources, site);
  const proven = sources.includes('credential') ? ['identity'] : [];
  return promise(
    unknown(
      mergeSources(
        sources.filter((s) => !/^(?:identity|credential)\b/.test(s)),
        proven,
      ),
      { form: 'answer' },
    ),
  );
};

/** `new URLPattern({ pathname })`: which path it is chooses what is done. https://urlpattern.spec.whatwg.org/ */
const URL_PATTERN: LibraryType = {
  name: 'url pattern',
  methods: {
    test: (it, self, _args, site) =>
      testValue(it, ['equal', 'unequal'], ['request.path'], site, [self.state as string]),
    exec: (it, self, _args, site) => {
      const is = testValue(it, ['equal', 'unequal'], ['request.path'], site, [self.state as string]);
      const groups = record([['groups', unknown(['params'])]], UNKNOWN);
      return choice([
        { value: record([['pathname', groups]], UNKNOWN), facts: is.whenTrue },
        { value: literal(null), facts: is.whenFalse },
      ]);
    },
  },
};
const urlPattern: Operation = (it, [given]) => {
  const path = given?.k === 'record' ? given.members.get('pathname') : given;
  const text = path ? textOf(path, '*') : null;
  return text === null ? unknown() : it.native(URL_PATTERN, text);
};

/** The globals of the Fetch standard, which many frameworks hand to handlers and take answers in. */
export const fetchApi: LibraryModel = {
  name: 'fetch-api',
  packages: ['global'],
  calls: {
    fetch: ask,
    URLPattern: urlPattern,
    Response: respond,
    'Response.json': respond,
    'Response.redirect': redirect,
    'Response.error': (it) => makeFetchResponse(it, undefined, literal(500)),
  },
  typed: (it, type) =>
    /^Request(<.*>)?$/.test(type) ? makeFetchRequest(it, { method: null, path: null }) : null,
};
