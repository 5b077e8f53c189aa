import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import {
  builtin,
  literal,
  stringOf,
  UNDEFINED,
  unknown,
  type Record_,
  type Value,
} from '../../wiring/value.js';

/** How somebody signs in by a name and a password: what the program does with the two. */
interface Local {
  verify: Value;
  /** Members of the body that hold them. */
  fields: readonly string[];
  takesRequest: boolean;
}
const LOCAL: LibraryType = { name: 'local strategy', methods: {} };
/** `new Strategy({ usernameField: 'email', passReqToCallback: true }, verify)`: https://www.passportjs.org/packages/passport-local/ */
const localStrategy: Operation = (it, args, site) => {
  it.handToUnknown(args, [], site);
  const options = args.find((a): a is Record_ => a.k === 'record');
  const said = (name: string): Value => options?.members.get(name) ?? UNDEFINED;
  const takes = said('passReqToCallback');
  return it.native(LOCAL, {
    verify: args.find((a) => a.k === 'function') ?? UNDEFINED,
    fields: ['username', 'password'].map((name) => stringOf(said(`${name}Field`)) ?? name),
    takesRequest: takes.k === 'literal' && takes.value === true,
  } satisfies Local);
};
/** Strategies by the names that they are used under; null where one name stands for two. */
const strategies = (it: Evaluator): Map<string, Local | null> => it.stateOf('passport', () => new Map());
/** `use(strategy)`, `use('staff', strategy)` */
const use: Operation = (it, args, site) => {
  it.handToUnknown(args, [], site);
  const strategy = args.find((a) => a.k === 'native' && a.type === LOCAL);
  const name = (args[0] && stringOf(args[0])) ?? 'local';
  if (strategy?.k === 'native')
    strategies(it).set(name, strategies(it).has(name) ? null : (strategy.state as Local));
  return unknown([], { origin: { k: 'external', package: 'passport', path: ['use', '()'] } });
};

/**
 * `passport.authenticate(strategy, callback)`: with a callback of its own the caller decides what to do with somebody
 * who is not known; without one it answers 401 by itself. Whom a strategy that is written in the program finds, and what it asks
 * on the way there, is seen where it calls `done`.
 */
const authenticate: Operation = (it, args, site) => {
  const callback = args.find((a): a is Value => a.k === 'function');
  if (!callback)
    return unknown([], { origin: { k: 'external', package: 'passport', path: ['authenticate', '()'] } });
  const decide = (problem: Value, user: Value): void =>
    void it.awaiting(it.call(callback, [problem, user, unknown(['error'])], UNDEFINED, site));
  const local = args[0] && strategies(it).get(stringOf(args[0]) ?? '');
  return builtin('authenticate', ([request]) => {
    it.aside(() => {
      let isDone = false;
      const done = builtin('done', ([problem, user]) => {
        isDone = true;
        decide(problem ?? literal(null), user ?? UNDEFINED);
        return UNDEFINED;
      });
      if (local) {
        const sent = local.fields.map((name) => unknown([`body.${name}`]));
        const given = [...(local.takesRequest ? [request ?? UNDEFINED] : []), ...sent, done];
        it.awaiting(it.call(local.verify, given, UNDEFINED, site));
      }
      if (!isDone) decide(unknown(['error']), unknown(['identity']));
    });
    return UNDEFINED;
  });
};
/** The one that the package brings, and further ones. */
const of = (name: string, operation: Operation): Record<string, Operation> =>
  Object.fromEntries(
    ['', 'Authenticator.().', 'Passport.().', 'KoaPassport.().'].map((by) => [`${by}${name}`, operation]),
  );
export const passport: LibraryModel = {
  name: 'passport',
  packages: ['passport', 'koa-passport'],
  about: {
    title: 'Passport',
    registers: 'nothing',
    guards:
      '`authenticate`, with and without a callback of its own; with one, what a strategy of passport-local asks',
    answers: 'by itself: 401',
  },
  calls: { ...of('authenticate', authenticate), ...of('use', use) },
};
export const passportLocal: LibraryModel = {
  name: 'passport-local',
  packages: ['passport-local'],
  calls: { Strategy: localStrategy },
};
