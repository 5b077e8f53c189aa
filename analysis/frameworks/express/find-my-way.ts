import type { LibraryModel, LibraryType, Method, Operation } from '../../wiring/library.js';
import { UNDEFINED, stringOf, textOf, unknown, type Native, type Value } from '../../wiring/value.js';
import { addRoute } from './express-registrations.js';
import { handOn, makeRouter } from './express-router.js';

/** Handlers get the parameters of the path beside request and response. */
const HANDLER: LibraryType = {
  name: 'handler',
  methods: {},
  wrapped: (self) => self.state as Value,
  call: (it, self, [request, response], site) =>
    it.call(
      self.state as Value,
      [request ?? UNDEFINED, response ?? UNDEFINED, unknown(['params']), UNDEFINED, unknown(['query'])],
      UNDEFINED,
      site,
    ),
};
const on: Method = (it, self, args, site) => {
  const [methods, path] = args;
  const handler = args.findLast((a) => a.k === 'function' || a.k === 'unknown' || a.k === 'builtin');
  const names = methods?.k === 'list' ? methods.elements : methods ? [methods] : [];
  for (const name of names)
    addRoute(
      it,
      self.state as Native,
      ((name && stringOf(name)) ?? 'ALL').toUpperCase(),
      path ? textOf(path, '*') : null,
      [it.native(HANDLER, handler ?? UNDEFINED)],
      site,
      undefined,
    );
  return UNDEFINED;
};
const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'all'];
const ROUTER: LibraryType = {
  name: 'find-my-way',
  methods: {
    on,
    lookup: handOn,
    ...Object.fromEntries(
      METHODS.map((name): [string, Method] => [
        name,
        (it, self, args, site) => on(it, self, [{ k: 'literal', value: name }, ...args], site),
      ]),
    ),
  },
};
const make: Operation = (it, _args, site) => it.native(ROUTER, makeRouter(it, site, true, 'find-my-way'));

/** https://github.com/delvedor/find-my-way */
export const findMyWay: LibraryModel = {
  name: 'find-my-way',
  packages: ['find-my-way'],
  about: {
    title: 'find-my-way',
    registers: '`on` and the shorthands of methods; `lookup` in a listener hands requests over',
    guards: 'tests in the handler',
    answers: 'as node `http`',
    limits: 'what the listener tests before `lookup`; `find`; constraints',
  },
  calls: { '': make, default: make },
  finish: () => {}, // its routes are those of a router of Express
};
