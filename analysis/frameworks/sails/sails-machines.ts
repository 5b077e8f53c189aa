import type { Evaluator } from '../../wiring/evaluator.js';
import { memberOf } from '../../wiring/members.js';
import { atom } from '../../wiring/tests.js';
import {
  builtin,
  isCallable,
  literal,
  optionIn,
  record,
  UNDEFINED,
  unknown,
  type Native,
  type Value,
} from '../../wiring/value.js';
import { RESPONSE } from '../web/web-request.js';
import type { Action } from './sails-actions.js';
import { sailsOf } from './sails-globals.js';
import type { Route } from './sails-routes.js';

/** Runs an action that is a machine: its inputs are taken from the request, and its exits answer. */
export function runMachine(
  it: Evaluator,
  fn: Value,
  { value }: Action,
  { method, path, site }: Route,
  { request, response }: { request: Native; response: Native },
): Value {
  const inputs = optionIn(value, 'inputs');
  const names = inputs?.k === 'record' ? [...inputs.members.keys()] : [];
  const inPath: readonly string[] = path.match(/:\w+/g) ?? [];
  const from = (name: string): string =>
    inPath.includes(`:${name}`) ? 'params' : method === 'GET' ? 'query' : 'body';
  // What is declared of inputs is checked before the action runs.
  if (names.length > 0) {
    const known = { protection: 'validation', library: 'sails', arguments: [] };
    it.learn([atom(it, 'verified', ['body'], site, { known })]);
  }
  const given = record(names.map((name): [string, Value] => [name, unknown([`${from(name)}.${name}`])]));
  const self = record([
    ['req', request],
    ['res', response],
    ['sails', sailsOf(it)],
  ]);
  return it.runHandler(fn, [given, exitsOf(it, value, response)], site, self);
}
/** The exits of an action: which answer each one gives. https://sailsjs.com/documentation/concepts/actions-and-controllers */
function exitsOf(it: Evaluator, action: Value, response: Native): Value {
  const declared = optionIn(action, 'exits');
  return it.native(
    {
      name: 'exits',
      methods: {},
      get: (_it, _self, name) =>
        builtin(name, (args, _s, at) => {
          const exit = optionIn(declared, name);
          const type = optionIn(exit, 'responseType');
          const code = optionIn(exit, 'statusCode');
          const respond =
            type?.k === 'literal' && typeof type.value === 'string'
              ? memberOf(it, response, type.value, at)
              : null;
          if (respond && isCallable(respond)) return it.call(respond, args, UNDEFINED, at);
          RESPONSE.methods['status']!(it, response, [code ?? literal(name === 'success' ? 200 : 500)], at);
          return RESPONSE.methods['send']!(it, response, args, at);
        }),
    },
    null,
  );
}
