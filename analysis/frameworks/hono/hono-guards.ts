import type { Evaluator } from '../../wiring/evaluator.js';
import { mergeSources, type Fact, type Refusal } from '../../wiring/fact.js';
import type { Operation } from '../../wiring/library.js';
import { callableName } from '../../wiring/naming.js';
import { atom, outcomes } from '../../wiring/tests.js';
import {
  builtin,
  isCallable,
  literal,
  optionsOf,
  promise,
  sourcesOf,
  stringOf,
  UNDEFINED,
  unknown,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { pathCovers } from '../web/paths.js';

/** How these middlewares refuse: https://hono.dev/docs/middleware/builtin/bearer-auth */
const REFUSED: Refusal = { how: 'answer', status: 401 };
/** What is sent as proof. */
const SENT = unknown(['credential']);

/**
 * `bearerAuth({ token } | { verifyToken })` and `basicAuth({ username, password } | { verifyUser })`: what is sent is
 * compared with what the program was started with, or a function of the project says whether it is right.
 *
 * @param before what that function is given in front of the proof
 */
const asksFor =
  (name: string, secret: string, verifier: string, before: readonly Value[] = []): Operation =>
  (it, [options]) =>
    builtin(name, ([context = UNDEFINED, next = UNDEFINED], _self, site) => {
      const member = (key: string): Value | undefined =>
        options?.k === 'record' ? options.members.get(key) : undefined;
      const asked = member(verifier);
      const passed =
        asked && isCallable(asked) ? verified(it, asked, [...before, SENT, context], site) : known(it, site);
      // It is right for nobody.
      if (passed === null) return promise(UNDEFINED);
      const expected = member(secret);
      const configured = expected ? sourcesOf(expected).filter((s) => s.startsWith('config:')) : [];
      const sources = mergeSources(['credential'], configured);
      it.facts = [
        ...it.facts,
        ...(asked || configured.length === 0
          ? passed
          : [atom(it, 'equal', sources, site, { refusal: REFUSED })]),
      ];
      return it.call(next, [], UNDEFINED, site);
    });
const known = (it: Evaluator, site: Site): readonly Fact[] => [
  atom(it, 'verified', [], site, {
    refusal: REFUSED,
    known: { protection: 'authentication', library: 'hono', arguments: [] },
  }),
];
/** A function that takes everything for right has asked nothing; null where it takes nothing for right. */
function verified(it: Evaluator, asked: Value, given: Value[], site: Site): readonly Fact[] | null {
  const answer = it.awaiting(it.call(asked, given, UNDEFINED, site));
  const { whenTrue } = outcomes(it, answer, site);
  return whenTrue === null || whenTrue.length === 0 ? whenTrue : [...whenTrue, ...known(it, site)];
}

/** Runs one after the other, each in what the one before goes on with. */
function inTurn(it: Evaluator, parts: readonly Value[], context: Value, next: Value, site: Site): Value {
  const [first, ...rest] = parts;
  if (!first) return it.call(next, [], UNDEFINED, site);
  const onward = builtin('next', () => inTurn(it, rest, context, next, site));
  return it.awaiting(it.call(first, [context, onward], UNDEFINED, site));
}
/** `every(...)`: https://hono.dev/docs/middleware/builtin/combine */
const every: Operation = (it, parts) =>
  builtin('every', ([context = UNDEFINED, next = UNDEFINED], _self, site) =>
    inTurn(it, parts, context, next, site),
  );
/** The first that goes on, or says yes; each may be the one. */
function anyOne(it: Evaluator, parts: readonly Value[], context: Value, next: Value, site: Site): Value {
  for (const part of parts)
    it.aside(() => {
      const answer = it.awaiting(it.call(part, [context, next], UNDEFINED, site));
      goOnWhere(it, answer, next, site);
    });
  return promise(UNDEFINED);
}
/** A condition says by a boolean whether it goes on; what else comes back says nothing. */
function goOnWhere(it: Evaluator, answer: Value, next: Value, site: Site): void {
  for (const { value, facts } of optionsOf(answer)) {
    const isBoolean = value.k === 'test' || (value.k === 'literal' && value.value === true);
    const { whenTrue } = isBoolean ? outcomes(it, value, site) : { whenTrue: null };
    if (whenTrue) it.arm([...facts, ...whenTrue], () => void it.call(next, [], UNDEFINED, site));
  }
}
const some: Operation = (it, parts) =>
  builtin('some', ([context = UNDEFINED, next = UNDEFINED], _self, site) =>
    anyOne(it, parts, context, next, site),
  );
/** `except(path | condition, ...)`: these do not run for the paths named, or where the condition says so. */
const except: Operation = (it, [condition, ...parts]) =>
  // What refuses is what a reader knows it by.
  builtin(
    parts.length === 1 ? callableName(parts[0]!) : 'except',
    ([context = UNDEFINED, next = UNDEFINED], _self, site) => {
      const conditions = condition?.k === 'list' ? condition.elements : condition ? [condition] : [];
      const path = pathOf(it, context, site);
      const excused = conditions.map((c): Value => {
        const pattern = stringOf(c);
        if (pattern === null)
          return builtin('condition', (args) => it.awaiting(it.call(c, args, UNDEFINED, site)));
        const isHere =
          path !== null && pathCovers(pattern.replace(/\/\*$/, ''), path, !pattern.endsWith('*'));
        return builtin('condition', () => literal(isHere));
      });
      // What is excused for certain asks nothing of anybody.
      const guarded = builtin('every', () => inTurn(it, parts, context, next, site));
      return anyOne(it, [...excused, guarded], context, next, site);
    },
  );
function pathOf(it: Evaluator, context: Value, site: Site): string | null {
  if (context.k !== 'native') return null;
  const request = context.type.get?.(it, context, 'req', site);
  return request?.k === 'native' ? ((request.state as { path?: string | null }).path ?? null) : null;
}

/** What Hono brings to stand in front of handlers, by member path. */
export const HONO_GUARDS: Readonly<Record<string, Operation>> = {
  '/bearer-auth.bearerAuth': asksFor('bearerAuth', 'token', 'verifyToken'),
  // Its function is given a name and a password.
  '/basic-auth.basicAuth': asksFor('basicAuth', 'password', 'verifyUser', [unknown(['body.username'])]),
  '/combine.every': every,
  '/combine.some': some,
  '/combine.except': except,
};
