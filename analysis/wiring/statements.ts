import type { Statement } from '../syntax/ast.js';
import { bindPattern, hoist, typed } from './binding.js';
import { classValue } from './classes.js';
import type { Evaluator } from './evaluator.js';
import { besideSent, type Arm, type Exit } from './exits.js';
import { evaluate } from './expressions.js';
import { isLimit, newFacts, someAtom, withRefusal, type Fact, type Refusal } from './fact.js';
import type { ModuleInstance } from './instance.js';
import { leavable, leaveTurn, runFor, runForEach, runWhile } from './loops.js';
import { assignMember } from './members.js';
import { namesAll, narrow, noteTrue } from './narrowing.js';
import { isEndingArm, isGivenNext, isPastReturn, runToTheEnd } from './no-return.js';
import { condition, noteDropped, noteTested, noteUnsaid } from './neglect.js';
import { Scope } from './scope.js';
import { settled } from './settled.js';
import { equality, outcomes } from './tests.js';
import { notePeople } from './kept-people.js';
import { noteUnfilled, noteUnset } from './unfilled.js';
import { alone, noteUnheard, noteUnread } from './unheard.js';
import { choice, isNullish, optionsOf, sourcesOf, UNDEFINED, unknown, type Value } from './value.js';
import { DEFAULT_BINDING } from '../syntax/ast.js';
import { mergeAt } from './unexplained.js';

export function runStatements(
  it: Evaluator,
  body: readonly Statement[],
  scope: Scope,
  module: ModuleInstance,
): void {
  const last = body.at(-1);
  const run = (statement: Statement): void => {
    if (statement === last && statement.k === 'expression' && scope.isFunction)
      it.inTail(() => runStatement(it, statement, scope, module));
    else runStatement(it, statement, scope, module);
  };
  const mayGoOn = scope.isFunction && isGivenNext(it, scope);
  for (const [i, statement] of body.entries()) {
    if (mayGoOn && isPastReturn(it, body.slice(i), scope))
      return runToTheEnd(it, statement, () => body.slice(i).forEach(run));
    run(statement);
  }
}
function runBlock(it: Evaluator, body: readonly Statement[], scope: Scope, module: ModuleInstance): void {
  const inner = new Scope(scope, false);
  hoist(it, body, inner, module);
  runStatements(it, body, inner, module);
}
export function runStatement(it: Evaluator, s: Statement, scope: Scope, module: ModuleInstance): void {
  it.step();
  switch (s.k) {
    case 'expression': {
      const effects = it.recorder?.effects.length ?? 0;
      const site = { module, line: s.expression.line };
      const { value, isPure } = alone(it, s.expression, () => evaluate(it, s.expression, scope, module));
      noteDropped(it, s.expression, value, effects);
      noteUnsaid(it, s.expression, value, site);
      noteUnheard(it, s.expression, value, isPure, site);
      return;
    }
    case 'variable':
      for (const d of s.declarations) {
        const { init } = d;
        let value: Value = UNDEFINED;
        if (init) {
          const effects = it.recorder?.effects.length ?? 0;
          const made = alone(it, init, () => evaluate(it, init, scope, module));
          value = made.value;
          noteUnread(it, d, value, made.isPure, effects, { module, line: d.line });
        }
        if (scope === module.scope) value = settled(value);
        noteUnfilled(it, value);
        if (d.target.k === 'identifier') notePeople(it, d.target.name, value);
        if (d.type && value.k === 'unknown' && value.sources.length === 0 && !value.wraps)
          value = typed(it, d.type, value, module);
        // A function that something else handed through is called like the variable that holds it.
        if (value.k === 'function' && value.fn.name === null && !value.madeBy && d.target.k === 'identifier')
          value = { ...value, madeBy: { name: d.target.name, arguments: [] } };
        const { variables } = s.kind === 'var' ? scope.functionScope() : scope;
        if (it.recorder === null) noteUnset(it, d, value, variables, module);
        if (!d.init && s.kind === 'var') continue;
        bindPattern(it, d.target, value, s.kind === 'var' ? scope.functionScope() : scope, module, true);
      }
      return;
    case 'functionDeclaration':
      return; // hoisted
    case 'classDeclaration': {
      const known = s.cls.name ? scope.variables.get(s.cls.name) : undefined;
      if (known?.k === 'class' && known.node === s.cls) return;
      const value = classValue(it, s.cls, scope, module);
      if (s.cls.name) it.journal.write(scope.variables, s.cls.name, value);
      return;
    }
    case 'exportDefault': {
      const value = evaluate(it, s.value, scope, module);
      if (s.kind === 'assign')
        assignMember(it, module.moduleObject, 'exports', value, { module, line: s.line });
      else it.journal.write(scope.variables, DEFAULT_BINDING, value);
      return;
    }
    case 'return':
      it.return(s.value ? it.inTail(() => evaluate(it, s.value!, scope, module)) : UNDEFINED);
      return;
    case 'throw':
      it.throw(evaluate(it, s.value, scope, module));
      return;
    case 'if':
      return runIf(it, s, scope, module);
    case 'block':
      return runBlock(it, s.body, scope, module);
    case 'labeled':
      return runStatement(it, s.body, scope, module);
    case 'break':
    case 'continue':
      return leaveTurn(it, s);
    case 'for':
      return runFor(it, s, scope, module);
    case 'while':
      return runWhile(it, s, scope, module);
    case 'forOf':
    case 'forIn':
      return runForEach(it, s, scope, module);
    case 'switch':
      return runSwitch(it, s, scope, module);
    case 'try':
      return runTry(it, s, scope, module);
  }
}
function runIf(it: Evaluator, s: Statement & { k: 'if' }, scope: Scope, module: ModuleInstance): void {
  const site = { module, line: s.line };
  const { result: sides, asked } = condition(it, () =>
    outcomes(it, evaluate(it, s.test, scope, module), site),
  );
  const { consequent, alternate } = s;
  if (sides.whenFalse === null) {
    noteTested(it, asked, alternate && (() => runStatement(it, alternate, scope, module)), site);
    return runStatement(it, consequent, scope, module);
  }
  if (sides.whenTrue === null) {
    noteTested(it, asked, () => runStatement(it, consequent, scope, module), site);
    if (alternate) runStatement(it, alternate, scope, module);
    return;
  }
  const run = (arm: Statement): void => {
    const work = (): void => runStatement(it, arm, scope, module);
    if (isEndingArm(it, arm, scope)) runToTheEnd(it, arm, work);
    else work();
  };
  const taken = it.arm(sides.whenTrue, () => {
    narrow(it, s.test, true, scope, module);
    run(s.consequent);
  });
  const passed = it.arm(besideSent(sides.whenFalse, taken), () => {
    narrow(it, s.test, false, scope, module);
    if (s.alternate) run(s.alternate);
  });
  mergeAt(it, [taken, passed], site);
  if ((taken.facts === null) !== (passed.facts === null))
    noteTrue(it, s.test, passed.facts === null, scope, module);
}
/** A case without the `break` at its end: reaching that is coming through. */
function untilBreak(body: readonly Statement[]): readonly Statement[] {
  const last = body.at(-1);
  if (last?.k === 'break' && last.label === null) return body.slice(0, -1);
  return last?.k === 'block' ? [...body.slice(0, -1), { ...last, body: [...untilBreak(last.body)] }] : body;
}
function runSwitch(
  it: Evaluator,
  s: Statement & { k: 'switch' },
  scope: Scope,
  module: ModuleInstance,
): void {
  const inner = new Scope(scope, false);
  const discriminant = evaluate(it, s.discriminant, scope, module);
  // Failed comparisons accumulate towards `default`; `switch (true)` tests the cases themselves.
  const truth = discriminant.k === 'literal' && discriminant.value === true;
  for (const c of s.cases) hoist(it, c.body, inner, module);
  const isWhole = namesAll(it, s, sourcesOf(discriminant), inner, module);
  const arms: Arm[] = [];
  let failed: readonly Fact[] = [];
  let pending: (readonly Fact[])[] = [];
  let exhausted = false;
  let hasDefault = false;
  const breaksOut = (work: () => void): readonly Arm[] => {
    const before = it.currentFrame?.returns.length ?? 0;
    const thrownBefore = it.thrower?.throws.length ?? 0;
    const wasAnswered = it.answered;
    const { through, left } = leavable(it, 'switch', work);
    if (through.facts === null && left.length === 0) {
      const isLeft =
        (it.currentFrame?.returns.length ?? 0) > before ||
        (it.thrower?.throws.length ?? 0) > thrownBefore ||
        through.refusal?.how !== 'return' ||
        through.answered !== wasAnswered;
      if (!isLeft) return [{ ...through, facts: it.facts }];
    }
    return [through, ...left];
  };
  for (const [index, c] of s.cases.entries()) {
    if (exhausted) break;
    const site = { module, line: c.line };
    let facts: readonly Fact[] | null;
    if (c.test === null) {
      hasDefault = true;
      if (isWhole) continue;
      facts = failed;
    } else {
      const test = truth
        ? evaluate(it, c.test, inner, module)
        : equality(it, discriminant, evaluate(it, c.test, inner, module), site, false);
      const sides = outcomes(it, test, site);
      facts = sides.whenTrue;
      if (sides.whenFalse === null) exhausted = true;
      else failed = [...failed, ...sides.whenFalse].slice(-4);
      if (facts === null) continue;
    }
    // An empty case falls through: its label also leads to the next body.
    if (c.body.length === 0 && index < s.cases.length - 1) {
      pending.push(facts);
      continue;
    }
    for (const label of [...pending, facts]) {
      arms.push(
        it.arm(label, () => {
          it.merge(breaksOut(() => runStatements(it, untilBreak(c.body), inner, module)));
        }),
      );
    }
    pending = [];
  }
  if (!hasDefault && !exhausted && !isWhole) arms.push(it.arm(failed, () => {}));
  if (arms.length > 0) it.merge(arms);
}

/**
 * An answer that says that something went wrong here, or what a function says of an error. Where nothing in front of it refuses
 * by throwing, nobody chooses to get there, and what comes after it, where a `return` is missing, is done for nobody who was asked
 * nothing.
 */
const isFailure = (answered: Refusal | null): boolean =>
  answered?.how === 'answer' && (answered.status === null || answered.status >= 500);
/**
 * `try { return setting.value === 'on' } catch { return false }`: nobody chooses to get there either, and it is no other answer than
 * the one that says what was found.
 */
const saysNo = (tried: readonly Exit[], caught: readonly Exit[]): boolean =>
  caught.every(({ value }) => isNo(value)) &&
  tried.some(({ value }) => optionsOf(value).some(({ value: v }) => v.k === 'test' || isNo(v)));
const isNo = (value: Value): boolean => isNullish(value) || (value.k === 'literal' && value.value === false);
const isThrown = (fact: Fact): boolean =>
  someAtom(fact, ({ refusal, test }) => refusal?.how === 'throw' || (!refusal && test === 'verified'));
const isAnswered = (fact: Fact): boolean => fact.k === 'atom' && fact.refusal?.how === 'answer';
function runTry(it: Evaluator, s: Statement & { k: 'try' }, scope: Scope, module: ModuleInstance): void {
  const before = it.facts;
  if (!s.handler) {
    const arm = it.arm([], () => runBlock(it, s.block, scope, module));
    if (s.finalizer) it.aside(() => runBlock(it, s.finalizer!, scope, module));
    return it.merge([arm]);
  }
  let throws: { value: Value; facts: readonly Fact[] }[] = [];
  const frame = it.currentFrame;
  const returnsBefore = frame?.returns.length;
  const tried = it.arm([], () => {
    const caught = it.catching(() => it.quietly(() => runBlock(it, s.block, scope, module)));
    throws = caught.throws;
    if (!caught.result) it.endPath(it.lastExit);
  });
  const said = { endings: it.recorder?.endings.length ?? 0, answers: it.answers?.length ?? 0 };
  const returnsTried = frame?.returns.length;
  const ways = [...(frame?.returns.slice(returnsBefore) ?? []), tried].flatMap((w) => w.facts ?? []);
  const mayRefuse = throws.length > 0 || newFacts(before, ways).some(isThrown);
  const handled = it.arm([], () => {
    const inner = new Scope(scope, false);
    const error =
      throws.length > 0
        ? choice([
            ...throws.map((t) => ({ value: t.value, facts: [] })),
            { value: unknown(['error']), facts: [] },
          ])
        : unknown(['error']);
    if (s.param) bindPattern(it, s.param, error, inner, module, true);
    const answered = it.answered;
    runBlock(it, s.handler!, inner, module);
    if (!mayRefuse && it.answered !== answered && isFailure(it.answered)) it.endPath(it.answered);
  });
  if (!mayRefuse && handled.facts === null && isFailure(handled.refusal)) {
    if (it.recorder) it.recorder.endings.length = said.endings;
    if (it.answers) it.answers.length = said.answers;
  }
  if (
    frame &&
    !mayRefuse &&
    saysNo(frame.returns.slice(returnsBefore, returnsTried), frame.returns.slice(returnsTried))
  )
    frame.returns.length = returnsTried!;
  // Whom it would have refused by throwing goes on as well: what is caught there limits nobody.
  if (tried.facts !== null && handled.facts !== null)
    tried.facts = tried.facts.filter((f) => before.includes(f) || !isLimit(f) || isAnswered(f));
  // A throw inside is not how the whole leaves, when the handler goes on.
  const endedByThrow = tried.facts === null && tried.refusal?.how === 'throw';
  if (tried.facts !== null && handled.facts === null && handled.refusal) {
    const fresh = newFacts(before, tried.facts);
    tried.facts = [...tried.facts.filter((f) => !fresh.includes(f)), ...withRefusal(fresh, handled.refusal)];
  }
  const arms = endedByThrow
    ? [handled]
    : tried.facts === null && handled.facts !== null
      ? [handled, tried]
      : [tried, handled];
  if (s.finalizer) it.aside(() => runBlock(it, s.finalizer!, scope, module));
  it.merge(arms);
}
