import type { Refusal } from '../../wiring/fact.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { membersOf } from '../../wiring/globals.js';
import type { LibraryType, Operation } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import { innermostHandler } from '../../wiring/middleware.js';
import {
  isCallable,
  literal,
  optionIn,
  optionsOf,
  record,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';

const isRoute = (value: Value): boolean =>
  value.k === 'record' && value.members.has('method') && value.members.has('path');

/** `pathPrefix` and `metadata` of a router go to all that is in it. https://ts-rest.com/docs/core */
function within(
  it: Evaluator,
  contract: Value,
  prefix: Value | undefined,
  metadata: Value | undefined,
): Value {
  if (contract.k !== 'record') return contract;
  if (!isRoute(contract)) {
    const { pairs } = membersOf(it, contract);
    return record(
      pairs.map(([key, value]) => [key, within(it, value, prefix, metadata)]),
      contract.open,
    );
  }
  const members = new Map(contract.members);
  if (prefix) {
    const [before, own] = [textOf(prefix), textOf(members.get('path')!)];
    members.set('path', before === null || own === null ? UNKNOWN : literal(`${before}${own}`));
  }
  const own = members.get('metadata');
  if (metadata?.k === 'record')
    members.set('metadata', record([...metadata.members, ...(own?.k === 'record' ? own.members : [])]));
  return record(members);
}
const first: Operation = (_it, [value]) => value ?? UNKNOWN;
const CONTRACT: LibraryType = {
  name: 'contract builder',
  methods: {
    router: (it, _self, [contract, options]) =>
      within(it, contract ?? UNKNOWN, optionIn(options, 'pathPrefix'), optionIn(options, 'metadata')),
    query: (it, _self, args, site) => first(it, args, site),
    mutation: (it, _self, args, site) => first(it, args, site),
    responses: (it, _self, args, site) => first(it, args, site),
    type: () => UNKNOWN,
    body: () => UNKNOWN,
    noBody: () => UNKNOWN,
    otherResponse: () => UNKNOWN,
  },
};
export const initContract: Operation = (it) => it.native(CONTRACT, null);

/** The routes of a contract, or of one route. */
export function routesInContract(
  it: Evaluator,
  contract: Value | undefined,
): { method: string; path: string | null }[] {
  if (contract?.k !== 'record') return [{ method: 'ALL', path: null }];
  if (!isRoute(contract))
    return membersOf(it, contract).pairs.flatMap(([, each]) => routesInContract(it, each));
  const { method, path } = Object.fromEntries(contract.members);
  return [{ method: (method && stringOf(method)) ?? 'ALL', path: path ? textOf(path, '*') : null }];
}

/** One route of a contract, with what implements it. */
export interface Endpoint {
  schema: Value;
  method: string;
  path: string | null;
  handler: Value;
  /** Beside the handler: `middleware`, `hooks`. */
  options: Value;
  /** Where the implementation stands. */
  site: Site;
}
const sites = (it: Evaluator): Map<Value, { site: Site; contract: Value }> =>
  it.stateOf('ts-rest:routers', () => new Map<Value, { site: Site; contract: Value }>());
/** `s.router(contract, implementation)` is the implementation; where that stands, and for what, is remembered. */
export const implement: Operation = (it, [contract, implementation], site) => {
  if (implementation && contract) sites(it).set(implementation, { site, contract });
  return implementation ?? UNKNOWN;
};
export const contractOf = (it: Evaluator, implementation: Value | undefined): Value =>
  (implementation && sites(it).get(implementation)?.contract) ?? UNKNOWN;

/** What a contract has, as it is implemented. What is not known of either leaves a gap, and the route itself. */
export function* endpointsIn(
  it: Evaluator,
  contract: Value,
  implementation: Value,
  site: Site,
  depth = 0,
): Generator<Endpoint> {
  if (depth > MAX_NESTED) return;
  const from = sites(it).get(implementation)?.site ?? site;
  const handler = implementation.k === 'record' ? implementation.members.get('handler') : implementation;
  if (handler && isCallable(handler) && !isRoute(implementation)) {
    yield endpointOf(it, contract, handler, implementation.k === 'record' ? implementation : UNDEFINED, from);
    return;
  }
  if (implementation.k === 'choice') {
    for (const { value } of optionsOf(implementation))
      yield* endpointsIn(it, contract, value, from, depth + 1);
    return;
  }
  const { pairs, open } = membersOf(it, implementation);
  for (const [key, member] of pairs)
    yield* endpointsIn(it, memberOf(it, contract, key, from), member, from, depth + 1);
  if (open === null && pairs.length > 0) return;
  it.gap('what implements this contract could not be followed', it.place(from));
  // What it has is known all the same.
  if (isRoute(contract)) yield endpointOf(it, contract, UNKNOWN, UNDEFINED, from);
  else
    for (const [key, member] of membersOf(it, contract).pairs)
      if (!pairs.some(([known]) => known === key)) yield* endpointsIn(it, member, UNKNOWN, from, depth + 1);
}
const MAX_NESTED = 12;
function endpointOf(it: Evaluator, schema: Value, handler: Value, options: Value, from: Site): Endpoint {
  const method = optionIn(schema, 'method');
  const path = optionIn(schema, 'path');
  const known = path ? textOf(path, '*') : null;
  if (!method || known === null)
    it.gap('the route that this implements could not be followed', it.place(from));
  const shown = innermostHandler(handler, from.module.path);
  return {
    schema,
    method: (method && stringOf(method)) ?? 'ALL',
    path: known,
    handler,
    options,
    site:
      shown.k === 'function' && shown.module === from.module
        ? { module: shown.module, line: shown.fn.line }
        : from,
  };
}

/** What is returned is `{ status, body }`. */
export const answerOf = (value: Value): Refusal | null => {
  const status = optionIn(value, 'status');
  return status?.k === 'literal' && typeof status.value === 'number'
    ? { how: 'answer', status: status.value }
    : null;
};
/** The parts of a request that a contract has schemas for, which stand for the request's own. */
export const partsOf = (headers: Value): [string, Value][] => [
  ['params', unknown(['params'])],
  ['query', unknown(['query'])],
  ['body', unknown(['body'])],
  ['headers', headers],
];
interface Adapted {
  handler: Value;
  /** What the library hands to it. */
  args(given: readonly Value[]): readonly Value[];
}
/** What a server is given in the place of a handler of ts-rest. */
const ADAPTED: LibraryType = {
  name: 'ts-rest handler',
  methods: {},
  wrapped: (self) => (self.state as Adapted).handler,
  call: (it, self, given, site) => {
    const { handler, args } = self.state as Adapted;
    return runImplementation(it, handler, args(given), site);
  },
};
export const adapted = (it: Evaluator, handler: Value, args: Adapted['args']): Native =>
  it.native(ADAPTED, { handler, args } satisfies Adapted);
export function runImplementation(it: Evaluator, handler: Value, args: readonly Value[], site: Site): Value {
  if (it.recorder) it.recorder.answerOf = answerOf;
  return it.call(handler, args, UNDEFINED, site);
}
