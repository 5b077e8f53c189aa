import type { Expression, Statement } from '../syntax/ast.js';
import { bindPattern } from './binding.js';
import type { Evaluator } from './evaluator.js';
import { RETURNED_INSIDE, type Arm } from './exits.js';
import { evaluate } from './expressions.js';
import { mergeSources, newFacts, ofEach, type Fact } from './fact.js';
import type { ModuleInstance } from './instance.js';
import { Scope } from './scope.js';
import { runStatement } from './statements.js';
import { outcomes, testValue } from './tests.js';
import { isNullish, literal, sourcesOf, unknown, UNKNOWN, type Site, type Value } from './value.js';

/** Iterations of a loop over known elements; route tables in real code stay well below. */
const MAX_ITERATIONS = 6_000;

/** What `break` and `continue` leave: a loop, a turn of one, or a `switch`. */
export interface Leavable {
  leaves: 'loop' | 'turn' | 'switch';
  /** Since when what was written is its own. */
  mark: number;
  /** What had been passed and written where it was left. */
  left: Left[];
  /** Variables in which it gathers how two texts differ. */
  gathered: Gathered[];
}
interface Gathered {
  in: Map<string, Value>;
  name: string;
}
type Left = Pick<Arm, 'facts' | 'writes' | 'answered'>;

/** `break`, `continue`: the path goes on behind what it leaves. */
export function leaveTurn(it: Evaluator, s: Statement & { k: 'break' | 'continue' }): never {
  it.skips++;
  const kinds: readonly Leavable['leaves'][] = s.k === 'break' ? ['loop', 'switch'] : ['turn'];
  const target = s.label === null ? it.leavable.findLast((l) => kinds.includes(l.leaves)) : undefined;
  target?.left.push({ facts: it.facts, writes: it.journal.since(target.mark), answered: it.answered });
  return it.endPath(RETURNED_INSIDE);
}
/** Runs something that can be left, as a path of its own; yields that path, and those that left it. */
export function leavable(
  it: Evaluator,
  leaves: Leavable['leaves'],
  work: () => void,
): { through: Arm; left: readonly Arm[]; gathered: readonly Gathered[] } {
  const left: Left[] = [];
  const gathered: Gathered[] = [];
  const through = it.arm([], () => {
    it.leavable.push({ leaves, mark: it.journal.mark(), left, gathered });
    try {
      work();
    } finally {
      it.leavable.pop();
    }
  });
  return { through, left: left.map((l) => ({ ...l, since: through.since, refusal: null })), gathered };
}
/**
 * `differs |= a[i] ^ b[i]`: whether two texts are the same, worked out without an end where they begin to differ. What it is after the loop
 * is made of both, wherever they are compared at all.
 */
export function gather(
  it: Evaluator,
  { operator, target, value }: Expression & { k: 'assign' },
  scope: Scope,
): void {
  if (operator !== '|=' || target.k !== 'identifier') return;
  if (value.k !== 'binary' || value.operator !== '^') return;
  const loop = it.leavable.findLast((l) => l.leaves === 'loop');
  const found = scope.find(target.name);
  if (found) loop?.gathered.push({ in: found.variables, name: target.name });
}

/** The paths behind what can be left; where none comes through, what was written on the way goes on all the same. */
function goingOn(it: Evaluator, { through, left }: ReturnType<typeof leavable>): readonly Arm[] {
  return through.facts === null && left.length === 0 ? [{ ...through, facts: it.facts }] : [through, ...left];
}
/** A body that runs an unknown number of times: once here, and what it establishes does not last. */
function unknownLoop(it: Evaluator, body: () => void, site: Site): void {
  const loop = leavable(it, 'loop', () => {
    const turn = leavable(it, 'turn', body);
    it.merge([turn.through, ...turn.left]);
  });
  const arms = goingOn(it, loop);
  // It may have had no turn at all.
  it.merge([...arms, it.arm([], () => {})]);
  for (const { in: variables, name } of loop.gathered) {
    const written = arms.flatMap((a) => a.writes.get(variables)?.get(name) ?? []);
    const sources = mergeSources(['secret-match'], ...written.map(sourcesOf));
    if (written.length > 0)
      it.journal.write(variables, name, testValue(it, ['unequal', 'equal'], sources, site));
  }
}
/** One known iteration: leaving it early (`continue`) is not leaving the loop. Yields whether there may be another. */
function iteration(it: Evaluator, body: () => void): boolean {
  const before = it.currentFrame?.returns.length ?? 0;
  const turn = leavable(it, 'turn', body);
  const { through, left } = turn;
  const returned = (it.currentFrame?.returns.length ?? 0) > before;
  it.merge(returned ? [through, ...left] : goingOn(it, turn));
  return through.facts !== null || left.length > 0;
}
/** Known turns, one after the other; whoever breaks out of one goes on behind the last. */
function knownTurns(it: Evaluator, turns: () => void): void {
  const { through, left } = leavable(it, 'loop', turns);
  it.merge([through, ...left]);
}
export function runWhile(
  it: Evaluator,
  s: Statement & { k: 'while' },
  scope: Scope,
  module: ModuleInstance,
): void {
  const site = { module, line: s.line };
  unknownLoop(
    it,
    () => {
      const test = outcomes(it, evaluate(it, s.test, scope, module), site);
      if (test.whenTrue) runStatement(it, s.body, new Scope(scope, false), module);
    },
    site,
  );
}
export function runFor(
  it: Evaluator,
  s: Statement & { k: 'for' },
  scope: Scope,
  module: ModuleInstance,
): void {
  const inner = new Scope(scope, false);
  const turn = (): void => runStatement(it, s.body, new Scope(inner, false), module);
  if (s.init) runStatement(it, s.init, inner, module);
  knownTurns(it, () => {
    for (let i = 0; i < MAX_ITERATIONS; i++) {
      const test = s.test ? evaluate(it, s.test, inner, module) : literal(true);
      if (test.k !== 'literal' || !s.test) return unknownLoop(it, turn, { module, line: s.line });
      if (!test.value) return;
      if (!iteration(it, turn)) return;
      if (s.update) evaluate(it, s.update, inner, module);
    }
  });
}
/** Known elements of something iterated, and what further ones look like. */
export function elementsOf(
  it: Evaluator,
  value: Value,
  kind: 'of' | 'in',
): { known: readonly Value[]; open: Value | null } {
  if (value.k === 'list')
    return kind === 'of'
      ? { known: value.elements, open: value.open }
      : { known: value.elements.map((_, i) => literal(String(i))), open: null };
  if (value.k === 'record' && kind === 'in')
    return { known: [...value.members.keys()].map(literal), open: value.open ? UNKNOWN : null };
  if (value.k === 'choice') {
    const all = value.options.filter((o) => !isNullish(o.value)).map((o) => elementsOf(it, o.value, kind));
    const open = all.map((a) => a.open).find((o) => o !== null) ?? null;
    return { known: all.flatMap((a) => a.known), open };
  }
  if (value.k === 'native' && value.type.get) {
    it.touch(value);
    const elements = value.type.get(it, value, '*elements*', it.modules.somewhere);
    if (elements?.k === 'list') return { known: elements.elements, open: elements.open };
  }
  if (value.k === 'promise') return elementsOf(it, value.value, kind);
  if (isNullish(value)) return { known: [], open: null };
  return {
    known: [],
    open: unknown(sourcesOf(value), value.k === 'unknown' ? { origin: value.origin } : {}),
  };
}
export function runForEach(
  it: Evaluator,
  s: Statement & { k: 'forOf' | 'forIn' },
  scope: Scope,
  module: ModuleInstance,
): void {
  const { known, open } = elementsOf(it, evaluate(it, s.right, scope, module), s.k === 'forOf' ? 'of' : 'in');
  const turn = (element: Value): void => {
    const inner = new Scope(scope, false);
    bindPattern(it, s.left, element, inner, module, s.declares !== null);
    runStatement(it, s.body, inner, module);
  };
  if (known.length > MAX_ITERATIONS)
    it.gap(`only the first ${MAX_ITERATIONS} turns of this loop were followed`, {
      file: module.path,
      line: s.line,
    });
  if (known.length > 0)
    knownTurns(it, () => {
      for (const element of known.slice(0, MAX_ITERATIONS)) iteration(it, () => turn(element));
    });
  if (!open) return;
  const { skips } = it;
  let asked: readonly Fact[] = [];
  unknownLoop(
    it,
    () => {
      const before = it.facts;
      turn(open);
      asked = newFacts(before, it.facts);
    },
    { module, line: s.line },
  );
  // Every element has come through where none is passed over: what was asked of one, by leaving otherwise, holds for each.
  if (s.k === 'forOf' && it.skips === skips) it.learn(ofEach(asked, sourcesOf(open)));
}
