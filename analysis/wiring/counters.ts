import type { Argument, FunctionNode } from '../syntax/ast.js';
import { nodesIn } from '../syntax/walk.js';
import type { Evaluator } from './evaluator.js';
import { unknown, type Value } from './value.js';

/**
 * What a handler counts up or down, or notes the time in, outside of itself, has been so before: `if (++messages > 20) return`. As
 * a request comes in, such a number is what earlier ones left there, and not what the program began with.
 */
export function leftByOthers(it: Evaluator, handler: Value): Value {
  if (handler.k !== 'function' || !it.recorder) return handler;
  for (const { name, member } of countedIn(handler.fn)) {
    const variables = handler.scope.find(name)?.variables;
    const held = variables?.get(name);
    if (!variables || !held) continue;
    if (member === null && isNumber(held)) it.journal.write(variables, name, KEPT);
    // What is kept beside a count goes with it, such as since when it is counted.
    if (member !== null && held.k === 'record' && isNumber(held.members.get(member)))
      for (const [beside, value] of held.members)
        if (isNumber(value)) it.journal.write(held.members, beside, KEPT);
  }
  return handler;
}
const KEPT = unknown(['memory']);
const isNumber = (value: Value | undefined): boolean =>
  value?.k === 'literal' && typeof value.value === 'number';

interface Counted {
  name: string;
  member: string | null;
}
const known = new WeakMap<FunctionNode, readonly Counted[]>();
function countedIn(fn: FunctionNode): readonly Counted[] {
  let counted = known.get(fn);
  if (!counted) known.set(fn, (counted = [...countsOf(fn)]));
  return counted;
}
function* countsOf(fn: FunctionNode): Generator<Counted> {
  for (const node of nodesIn(fn)) {
    if (node.k === 'update') yield* counted(node.target);
    // `seen += 1`, and `last = Date.now()`.
    if (node.k !== 'assign' || !(/^[+-]=$/.test(node.operator) || isNow(node.value))) continue;
    if (node.target.k === 'identifier') yield { name: node.target.name, member: null };
    if (node.target.k === 'memberPattern') yield* counted(node.target.target);
  }
}
function* counted(target: Argument): Generator<Counted> {
  if (target.k === 'identifier') yield { name: target.name, member: null };
  else if (target.k === 'member' && target.object.k === 'identifier')
    yield { name: target.object.name, member: target.name };
}
const isNow = (e: Argument): boolean =>
  e.k === 'call' && e.callee.k === 'member' && e.callee.name === 'now' && e.callee.object.k === 'identifier';
