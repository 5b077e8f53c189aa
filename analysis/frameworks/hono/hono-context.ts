import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType, Method } from '../../wiring/library.js';
import { IDENTITY_NAME } from '../../wiring/members.js';
import { promise, stringOf, UNDEFINED, unknown, type Native, type Value } from '../../wiring/value.js';
import { makeFetchRequest, makeFetchResponse, redirect, statusIn } from '../web/fetch-api.js';
import { asIdentity, HEADERS, pathValue } from '../web/web-request.js';

interface State {
  method: string | null;
  path: string | null;
}
const named =
  (source: string): Method =>
  (_it, _self, [name]) => {
    const key = name && stringOf(name);
    return unknown([key ? `${source}.${key}` : source]);
  };
/** `c.req` */
const REQUEST: LibraryType = {
  name: 'request',
  methods: {
    param: named('params'),
    query: named('query'),
    queries: named('query'),
    header: (it, _self, args, site) => HEADERS.methods.get!(it, it.native(HEADERS, null), args, site),
    json: () => promise(unknown(['body'], { sentBut: [] })),
    text: () => promise(unknown(['body'])),
    parseBody: () => promise(unknown(['body'])),
    formData: () => promise(unknown(['body'])),
    arrayBuffer: () => promise(unknown(['body'])),
    blob: () => promise(unknown(['body'])),
    valid: (_it, _self, [part]) => {
      const source = { param: 'params', query: 'query', header: 'header' }[stringOf(part ?? UNDEFINED) ?? ''];
      return unknown([source ?? 'body']);
    },
  },
  get: (it, self, name) => {
    const { method, path } = self.state as State;
    if (name === 'path' || name === 'routePath') return pathValue(path);
    if (name === 'method')
      return method === null ? unknown(['request.method']) : { k: 'literal', value: method };
    if (name === 'raw' || name === 'url' || name === 'headers') {
      const raw = makeFetchRequest(it, { method, path });
      return name === 'raw' ? raw : raw.type.get!(it, raw, name, it.modules.somewhere);
    }
    return null;
  },
};
/** `c.json(content, 401)`: content, then a status or an init. */
const respond: Method = (it, self, [content, init]) =>
  makeFetchResponse(it, content, statusIn(init) ?? self.members.get('*status*'));
const CONTEXT: LibraryType = {
  name: 'context',
  methods: {
    json: respond,
    text: respond,
    html: respond,
    body: respond,
    newResponse: respond,
    redirect: (it, _self, args, site) => redirect(it, args, site),
    notFound: (it) => makeFetchResponse(it, undefined, { k: 'literal', value: 404 }),
    status: (it, self, [status]) => {
      it.journal.write(self.members, '*status*', status ?? unknown());
      return UNDEFINED;
    },
    header: () => UNDEFINED,
    render: (it, _self, [content]) => makeFetchResponse(it, content, undefined),
    set: (it, self, [name, value]) => {
      const key = stringOf(name ?? UNDEFINED) ?? '*';
      const given = value ?? UNDEFINED;
      it.journal.write(self.members, `var ${key}`, IDENTITY_NAME.test(key) ? asIdentity(it, given) : given);
      return UNDEFINED;
    },
    get: (_it, self, [name]) => variable(self, stringOf(name ?? UNDEFINED) ?? '*'),
  },
  get: (it, self, name) => {
    const state = self.state as State;
    if (name === 'req') return it.native(REQUEST, state);
    if (name === 'var') return it.native(VARIABLES, self);
    if (name === 'env') return unknown(['config:env']);
    if (name === 'res' || name === 'error') return self.members.get(name) ?? unknown();
    return null;
  },
};
const VARIABLES: LibraryType = {
  name: 'variables',
  methods: {},
  get: (_it, self, name) => variable(self.state as Native, name),
};
/** What middleware set; what nobody here set is taken by convention, as everywhere. */
function variable(self: Native, name: string): Value {
  return (
    self.members.get(`var ${name}`) ??
    unknown([IDENTITY_NAME.test(name) || name === 'jwtPayload' ? 'identity' : `request.${name}`])
  );
}
/** The context of one request. */
export const contextOf = (it: Evaluator, method: string | null, path: string | null): Native =>
  it.native(CONTEXT, { method, path } satisfies State);
