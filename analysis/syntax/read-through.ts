import type { Argument, Expression, Statement } from './ast.js';
import { namesIn, nodesHere, type AnyNode } from './walk.js';

type Call = Expression & { k: 'call' };
/** A variable that holds what was asked of a store, and what asks. */
interface Kept {
  name: string;
  look: Call;
}
const LOOKS = new Set(['get', 'getItem', 'hget', 'hGet', 'peek']);
const PUTTING = ['set', 'setex', 'setEx', 'psetex', 'setItem', 'put', 'hset', 'hSet'];
const PUTS = new Set(PUTTING);
const PUTS_AWAY = new RegExp(`\\.(?:${PUTTING.join('|')})\\b`);
/** Whether a module may put anything away at all: most do not, and their functions need not be looked through. */
export const putsAway = (text: string): boolean => PUTS_AWAY.test(text);

/**
 * Marks what asks a cache in a function that fills it itself: what lies there under a key is what the rest of the function
 * has worked out for it before, so that the function says nothing else than without it.
 *
 *     const kept = await cache.get(key);
 *     if (kept) return kept;
 *     const made = await make();
 *     await cache.set(key, made);
 *     return made;
 *
 * What was counted or begun there is no such thing: what is put away has to be what a call has answered, and is given back.
 */
export function markReadThrough(body: readonly Statement[]): void {
  const nodes = [...nodesHere(body)];
  const puts = nodes.filter((n): n is Call => n.k === 'call' && isOn(n, PUTS));
  if (puts.length === 0) return;
  for (const { name, look } of nodes.flatMap(keptIn)) {
    const isFilled = puts.some((put) => isSame(put, look) && isFilledBy(nodes, name, put));
    if (isFilled) look.mayMiss = true;
  }
}

const isOn = (call: Call, names: ReadonlySet<string>): boolean =>
  call.callee.k === 'member' && names.has(call.callee.name) && call.args.length > 0;

/** What a variable is given, one by one. */
function given(node: AnyNode): { name: string; value: Expression }[] {
  const [target, value] =
    node.k === 'assign' && node.operator === '='
      ? [node.target, node.value]
      : node.k === 'variable' && node.declarations.length === 1
        ? [node.declarations[0]!.target, node.declarations[0]!.init]
        : [null, null];
  return target?.k === 'identifier' && value ? [{ name: target.name, value: waitedFor(value) }] : [];
}
function keptIn(node: AnyNode): Kept[] {
  return given(node).flatMap(({ name, value }) =>
    value.k === 'call' && isOn(value, LOOKS) ? [{ name, look: value }] : [],
  );
}
const waitedFor = (e: Expression): Expression =>
  e.k === 'await' ? waitedFor(e.argument) : e.k === 'as' ? waitedFor(e.expression) : e;

/** The same store and the same key. */
const isSame = (put: Call, look: Call): boolean =>
  textOf(storeOf(put)) === textOf(storeOf(look)) && textOf(put.args[0]!) === textOf(look.args[0]!);
const storeOf = (call: Call): Expression | null => (call.callee.k === 'member' ? call.callee.object : null);
const textOf = (e: Argument | null): string =>
  JSON.stringify(e, (key, value: unknown) => (LINES.has(key) ? undefined : value));
const LINES = new Set(['line', 'endLine', 'nameLine']);

/** What was found is given back, and so is what is put there where nothing was. */
function isFilledBy(nodes: readonly AnyNode[], kept: string, put: Call): boolean {
  const made = new Set(put.args.slice(1).flatMap((a) => [...namesIn(a)]));
  const branches = nodes.flatMap((n) =>
    n.k === 'if' ? [{ ...n, inside: [...nodesHere(n.consequent)] }] : [],
  );
  if (made.has(kept))
    return branches.some(
      ({ test, inside }) => isMissing(test, kept) && inside.includes(put) && isAnswer(inside, kept),
    );
  const isReturned = nodes.some(
    (n) =>
      n.k === 'return' &&
      n.value?.k === 'identifier' &&
      made.has(n.value.name) &&
      isAnswer(nodes, n.value.name),
  );
  return (
    isReturned &&
    branches.some(
      ({ test, inside }) =>
        isThere(test, kept) && inside.some((n) => n.k === 'return' && n.value && namesIn(n.value).has(kept)),
    )
  );
}
/** A call says what it is, and nothing that is made on the spot, as a counter is. */
const isAnswer = (nodes: readonly AnyNode[], name: string): boolean =>
  nodes.some((n) => given(n).some((g) => g.name === name && g.value.k === 'call' && !isOn(g.value, LOOKS)));

function isThere(test: Expression, kept: string): boolean {
  if (test.k === 'logical')
    return test.operator === '&&' && [test.left, test.right].some((t) => isThere(t, kept));
  return (
    isNamed(test, kept) ||
    (test.k === 'binary' &&
      test.operator.startsWith('!=') &&
      isNothing(test.right) &&
      isNamed(test.left, kept))
  );
}
function isMissing(test: Expression, kept: string): boolean {
  if (test.k === 'logical')
    return test.operator === '||' && [test.left, test.right].some((t) => isMissing(t, kept));
  if (test.k === 'unary') return test.operator === '!' && isNamed(test.argument, kept);
  return (
    test.k === 'binary' && /^===?$/.test(test.operator) && isNothing(test.right) && isNamed(test.left, kept)
  );
}
const isNamed = (e: Expression, name: string): boolean => e.k === 'identifier' && e.name === name;
const isNothing = (e: Expression): boolean =>
  isNamed(e, 'undefined') || (e.k === 'literal' && e.value === null);
