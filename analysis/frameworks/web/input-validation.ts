import type { Evaluator } from '../../wiring/evaluator.js';
import { mergeSources, type Atom, type Source } from '../../wiring/fact.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { atom, faultsUnless } from '../../wiring/tests.js';
import {
  builtin,
  list,
  literal,
  record,
  textOf,
  UNDEFINED,
  unknown,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { refusing } from './refusing.js';

/** Middleware that holds parts of a request against a schema: which parts, where that is written out. */

/** What the functions of the packages call a part. */
const PARTS: Readonly<Record<string, Source>> = {
  body: 'body',
  json: 'body',
  payload: 'body',
  form: 'body',
  params: 'params',
  param: 'params',
  path: 'params',
  query: 'query',
  querystring: 'query',
  header: 'header',
  headers: 'header',
  cookie: 'cookies',
  cookies: 'cookies',
  state: 'cookies',
  signedCookies: 'cookies',
};
export const partsNamed = (names: Iterable<string>): Source[] =>
  [...new Set([...names].flatMap((n) => (Object.hasOwn(PARTS, n) ? [PARTS[n]!] : [])))].sort();
/** What holds where parts of a request fit a schema. */
export const fitting = (it: Evaluator, library: string, parts: readonly Source[], site: Site): Atom =>
  atom(it, 'verified', parts, site, { known: { protection: 'validation', library, arguments: [] } });

/** A middleware that holds them against one, and refuses what does not fit. */
export const validating = (it: Evaluator, name: string, library: string, parts: readonly Source[]): Value =>
  refusing(it, name, { protection: 'validation', library, arguments: [] }, parts);
/** By the members of what it is made with: `celebrate({ body, params })`. */
const byMembers =
  (name: string, library: string): Operation =>
  (it, [schemas]) =>
    validating(it, name, library, schemas?.k === 'record' ? partsNamed(schemas.members.keys()) : []);
/** By a text: `zValidator('json', schema)`. */
const byTarget =
  (name: string, library: string): Operation =>
  (it, [target]) => {
    const named = target && textOf(target);
    return validating(it, name, library, named ? partsNamed([named]) : []);
  };

/**
 * A chain of express-validator notes what does not fit, and refuses nobody: whoever asks `validationResult` does.
 * https://express-validator.github.io/docs/guides/validation-chain
 */
const CHAIN: LibraryType = {
  name: 'validation chain',
  methods: {
    run: (it, self, [request]) => {
      note(it, self, request);
      return builtin('then', () => UNDEFINED);
    },
  },
  get: (_it, self) => builtin('rule', () => self),
  call: (it, self, [request, , next], site) => {
    note(it, self, request);
    return next ? it.call(next, [], UNDEFINED, site) : UNDEFINED;
  },
};
const NOTED = '*noted by validation chains*';
function note(it: Evaluator, { state }: Native, request: Value | undefined): void {
  if (request?.k !== 'native') return;
  const before = request.members.get(NOTED);
  const parts = mergeSources(before?.k === 'unknown' ? before.sources : [], state as readonly Source[]);
  it.journal.write(request.members, NOTED, unknown(parts));
}
const ANYWHERE: readonly Source[] = ['body', 'cookies', 'header', 'params', 'query'];
const chain =
  (parts: readonly Source[]): Operation =>
  (it) =>
    it.native(CHAIN, parts);
/** `{ name: { in: ['body'] } }` */
const ofSchema: Operation = (it, [schema, locations]) => {
  const named = (value: Value | undefined): string[] =>
    (value?.k === 'list' ? value.elements : value ? [value] : []).flatMap((v) => textOf(v) ?? []);
  const fields = schema?.k === 'record' ? [...schema.members.values()] : [];
  const inside = fields.flatMap((f) => (f.k === 'record' ? named(f.members.get('in')) : []));
  const parts = partsNamed([...inside, ...named(locations)]);
  return list([it.native(CHAIN, parts.length > 0 ? parts : ANYWHERE)]);
};
const several: Operation = (it, [chains]) => {
  const all = (value: Value | undefined): readonly Source[] =>
    value?.k === 'list'
      ? mergeSources(...value.elements.map(all))
      : value?.k === 'native' && value.type === CHAIN
        ? (value.state as readonly Source[])
        : [];
  return it.native(CHAIN, all(chains));
};
const result: Operation = (it, [request], site) => {
  const noted = request?.k === 'native' ? request.members.get(NOTED) : undefined;
  const parts = noted?.k === 'unknown' ? noted.sources : [];
  // Where no chain is known to have run, nothing is known to have been looked at.
  if (parts.length === 0) return unknown(['error']);
  const passed = fitting(it, 'express-validator', parts, site);
  const faults = faultsUnless(passed);
  return record([
    ['isEmpty', builtin('isEmpty', () => ({ k: 'test', whenTrue: [passed], whenFalse: [], sources: [] }))],
    ['array', builtin('array', () => faults)],
    ['errors', faults],
    ['mapped', builtin('mapped', () => unknown(['error']))],
    [
      'throw',
      builtin('throw', () => {
        it.learn([passed]);
        return UNDEFINED;
      }),
    ],
    ['formatWith', builtin('formatWith', () => result(it, [request!], site))],
  ]);
};

export const expressValidator: LibraryModel = {
  name: 'express-validator',
  packages: ['express-validator'],
  calls: {
    body: chain(['body']),
    param: chain(['params']),
    query: chain(['query']),
    header: chain(['header']),
    cookie: chain(['cookies']),
    check: chain(ANYWHERE),
    checkSchema: ofSchema,
    oneOf: several,
    checkExact: several,
    validationResult: result,
    'validationResult.withDefaults': () => builtin('validationResult', () => UNDEFINED),
  },
};
const SEGMENTS = ['BODY', 'PARAMS', 'QUERY', 'HEADERS', 'COOKIES'];
/** https://github.com/arb/celebrate#celebrateschema-joioptions-opts */
export const celebrate: LibraryModel = {
  name: 'celebrate',
  packages: ['celebrate'],
  calls: { celebrate: byMembers('celebrate', 'celebrate') },
  member: (_it, path) => {
    if (path[0] !== 'Segments') return null;
    if (path.length === 1) return record(SEGMENTS.map((s) => [s, literal(s.toLowerCase())]));
    return SEGMENTS.includes(path[1]!) ? literal(path[1]!.toLowerCase()) : null;
  },
};
/** https://github.com/honojs/middleware/tree/main/packages/zod-validator: who does not fit is answered 400 */
export const honoValidators: LibraryModel = {
  name: 'hono-validators',
  packages: [
    '@hono/zod-validator',
    '@hono/valibot-validator',
    '@hono/typebox-validator',
    '@hono/arktype-validator',
    '@hono/standard-validator',
  ],
  calls: Object.fromEntries(
    ['zValidator', 'vValidator', 'tbValidator', 'arktypeValidator', 'sValidator'].map((name) => [
      name,
      byTarget(name, '@hono/zod-validator'),
    ]),
  ),
};
/** https://github.com/Aquila169/zod-express-middleware */
export const zodExpressMiddleware: LibraryModel = {
  name: 'zod-express-middleware',
  packages: ['zod-express-middleware'],
  calls: {
    validateRequest: byMembers('validateRequest', 'zod-express-middleware'),
    processRequest: byMembers('processRequest', 'zod-express-middleware'),
    ...Object.fromEntries(
      (['Body', 'Params', 'Query'] as const).flatMap((part) =>
        ['validateRequest', 'processRequest'].map((verb): [string, Operation] => [
          `${verb}${part}`,
          (it) =>
            validating(it, `${verb}${part}`, 'zod-express-middleware', partsNamed([part.toLowerCase()])),
        ]),
      ),
    ),
  },
};
