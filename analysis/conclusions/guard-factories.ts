import type { FunctionNode, Statement } from '../syntax/ast.js';
import type { Evaluator } from '../wiring/evaluator.js';
import { isolated } from '../wiring/isolation.js';
import { Recorder } from '../wiring/recorder.js';
import { UNDEFINED, UNKNOWN, type FunctionValue } from '../wiring/value.js';

const STEPS = 2_000;

/**
 * What a function makes that nothing has called, where that is a function again: `requireRole('admin')`, whatever it would be told. Null
 * where it makes none, or was called.
 */
export function madeBy(
  it: Evaluator,
  value: FunctionValue,
  ran: ReadonlySet<FunctionNode>,
): FunctionValue | null {
  const { fn } = value;
  if (ran.has(fn) || fn.isAsync || fn.params.length === 3 || !returnsFunction(fn.body)) return null;
  const site = { module: value.module, line: fn.line };
  let made: FunctionValue | null = null;
  it.attempt(it.place(site), () => {
    isolated(it, new Recorder(), STEPS, () => {
      const result = it.call(
        value,
        fn.params.map(() => UNKNOWN),
        UNDEFINED,
        site,
      );
      if (result.k === 'function' && result.fn !== fn) made = result;
    });
  });
  return made;
}
/** It ends by handing out a function that it makes itself. */
function returnsFunction(body: readonly Statement[]): boolean {
  const last = body.at(-1);
  if (last?.k !== 'return' || !last.value) return false;
  const { value } = last;
  if (value.k === 'function') return true;
  return (
    value.k === 'identifier' &&
    body.some(
      (s) =>
        (s.k === 'functionDeclaration' && s.fn.name === value.name) ||
        (s.k === 'variable' &&
          s.declarations.some(
            (d) => d.target.k === 'identifier' && d.target.name === value.name && d.init?.k === 'function',
          )),
    )
  );
}
