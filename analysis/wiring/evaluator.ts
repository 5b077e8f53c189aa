import { ModuleSpace } from './module-space.js';
import { calledAt, callablesIn, callOf, nameOf, signed, statusOf } from './naming.js';
import { REGEX } from './patterns.js';
import { callChoice, recursionOf } from './functions.js';
import { RepeatedCalls } from './repeated-calls.js';
import type { Gap, Place } from '../model/model.js';
import type { FunctionNode, Statement } from '../syntax/ast.js';
import { bindParameters, hoist, typed } from './binding.js';
import { constructInto, makeClassInstance } from './classes.js';
import { leftByOthers } from './counters.js';
import { decoration } from './decorators.js';
import { Economy } from './economy.js';
import { asItIs, answerIn, endsWell, loudest, pastThrow, returned, worthwhile } from './exits.js';
import type { Arm, Catcher, Frame } from './exits.js';
import type { Row } from './rows.js';
import { behaviourOfExternal, noteHeld } from './externals.js';
import {
  chosenIn,
  factKey,
  isConfigured,
  joinFacts,
  mergeSources,
  newFacts,
  relevantPart,
  withoutChosen,
  withRefusal,
  type Call,
  type Fact,
  type Refusal,
  type Source,
} from './fact.js';
import { onceUsed } from './unfilled-sources.js';
import { joinAll, joinUnder } from './joining.js';
import { globalValue } from './globals.js';
import type { ModuleInstance, ModuleLoader } from './instance.js';
import type { Leavable } from './loops.js';
import type { LibraryKnowledge, LibraryType } from './library.js';
import { assignMember } from './members.js';
import { allAsWritten, nothingOverwritten } from './overwritten.js';
import type { Observation, Recorder } from './recorder.js';
import { born, fromTheStart, Journal, now, Scope, type Written } from './scope.js';
import { awaited, settled } from './promises.js';
import { runStatements } from './statements.js';
import { throttled } from './tests.js';
import { noteUnfollowed } from './unfollowed.js';
import {
  choice,
  isCallable,
  promise,
  record,
  sourcesOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type ClassValue,
  type FunctionValue,
  type Native,
  type Option,
  type Record_,
  type Site,
  type Value,
} from './value.js';

/** Control cannot continue on this path: it returned, threw or left a loop. Never escapes the evaluator. */
export class PathEnd extends Error {
  constructor() {
    super('path end');
  }
}
const PATH_END = new PathEnd();
/** The root has used up its steps; the rest of it is a gap. */
export class BudgetExceeded extends Error {}

/** Parts of a budget after which it is spent sparingly, and strictly so. */
const SAVING_FROM = 0.2;
const STRICT_FROM = 0.5;
const MAX_DEPTH = 48;
/** Facts in force at one place; the oldest are forgotten first, which can only lose protections, never invent them. */
const MAX_FACTS = 160;

/** Runs lowered modules with abstract values, in order. One instance a program. */
export class Evaluator {
  readonly journal = new Journal();
  readonly modules: ModuleSpace;
  /** What holds where control is now. */
  facts: readonly Fact[] = [];
  /** Calls from the entry point to where control is, outermost first. */
  calls: readonly Call[] = [];
  /** What has been answered on this path. */
  answered: Refusal | null = null;
  readonly rows = new Map<Source, Row>();
  readonly overwritten = nothingOverwritten();
  readonly gaps: Gap[] = [];
  /** Closed sets of constants that a schema declares: a test for membership in all of one refuses nobody. */
  readonly enumerations: (readonly string[])[] = [];
  recorder: Recorder | null = null;
  readonly frames: Frame[] = [];
  private readonly catchers: Catcher[] = [];
  private readonly callStack: FunctionNode[] = [];
  /** How often a turn of a loop was cut short. */
  skips = 0;
  /** Loops, turns of them and `switch`es that are being run, outermost first. */
  readonly leavable: Leavable[] = [];
  private forkDepth = 0;
  /** Steps taken so far. */
  steps = 0;
  private limit = 0;
  private economy: Economy | null = null;
  private readonly libraryState = new Map<string, unknown>();
  private readonly gapKeys = new Set<string>();
  /** Classes that carry decorators, or whose members do, in the order in which they were made. */
  readonly decorated: ClassValue[] = [];
  /** Decorators are being evaluated: calls of packages yield what they were called with. */
  decorating = false;
  /** Functions whose body begins with a directive, as they were last made. */
  readonly directed = new Map<FunctionNode, FunctionValue>();
  /** Told of calls by name: of functions, and of what is not known and its members (`callee` is null). */
  readonly watched = new Map<
    string,
    (callee: FunctionValue | null, args: readonly Value[], site: Site) => void
  >();
  /** Tells who watches calls by this name. */
  tell(name: string, callee: FunctionValue | null, args: readonly Value[], site: Site): void {
    const watcher = this.watched.get(name);
    if (!watcher) return;
    this.touched++;
    watcher(callee, args, site);
  }
  /** How often a library's value, or who watches, was asked or told something: what they keep is not seen here. */
  touched = 0;
  /** How often something was not run to its end, or not all of it kept: what else it does is not known. */
  abridged = 0;
  abridge(): void {
    this.touched++;
    this.abridged++;
  }
  touch(value: Native): Native {
    if (!value.type.isConstant) this.touched++;
    return value;
  }
  /**
   * The first of the facts that held when it was established once more: it told of nothing that followed from it here,
   * and would have elsewhere.
   */
  leantOn = Infinity;
  private readonly repeated = new RepeatedCalls(this);
  /** Functions that were run without a caller. */
  readonly uncalled = new Set<FunctionNode>();
  /** Functions that have been run. */
  readonly entered = new Set<FunctionNode>();
  /** Identifies functions in reports of what has been applied. */
  readonly applied = new Map<FunctionNode | Value, number>();

  constructor(
    readonly loader: ModuleLoader,
    readonly knowledge: LibraryKnowledge,
  ) {
    this.modules = new ModuleSpace(this, loader);
  }

  // ── budgets, gaps, places ───────────────────────────────────────────────────────────────────────────────────────
  step(): void {
    if (++this.steps > this.limit) throw new BudgetExceeded();
  }
  /** Runs with a budget of its own, or with a part of what is left, from `modest` steps sparingly; false when it ran out, as if not run. */
  withBudget(steps: number, work: () => void, isPart = false, modest = steps): boolean {
    const { steps: from, limit, economy } = this;
    this.limit = isPart ? Math.min(limit, from + steps) : from + steps;
    this.economy = new Economy(from + modest * SAVING_FROM, from + modest * STRICT_FROM);
    const error = this.undone(work);
    const taken = isPart ? 0 : this.steps - from;
    economy?.postpone(taken);
    Object.assign(this, { limit: limit + taken, economy });
    if (error !== null && !(error instanceof BudgetExceeded)) throw error;
    return error === null;
  }
  get stepsLeft(): number {
    return this.limit - this.steps;
  }
  gap(reason: string, place: Place): void {
    const key = `${reason}|${place.file}|${place.line}`;
    if (this.gapKeys.has(key)) return;
    this.gapKeys.add(key);
    this.gaps.push({ reason, ...place, affects: [] });
  }
  /**
   * Runs a piece of work that may not take the rest down with it: whatever is thrown becomes a gap at `place`, and the
   * state that the evaluator keeps on stacks is put back.
   */
  attempt(place: Place, work: () => void): void {
    const { steps, limit } = this;
    const error = this.undone(work);
    if (error === null) return;
    this.gap(
      error instanceof BudgetExceeded
        ? 'following this took more steps than are given'
        : `following this failed inside the analysis (${String((error as Error)?.message ?? error).slice(0, 120)})`,
      place,
    );
    this.failures.push(error);
    Object.assign(this, { steps, limit });
  }
  /** What was thrown, where it was no end of a path; whatever was, the state of the evaluator is then as it was before. */
  private undone(work: () => void): unknown {
    const fork = this.journal.begin();
    const { facts, calls, answered, answers, recorder, forkDepth } = this;
    const [frames, catchers, callStack] = [this.frames.length, this.catchers.length, this.callStack.length];
    this.journal.restore(fork);
    try {
      work();
    } catch (error) {
      this.journal.end(fork);
      Object.assign(this, { facts, calls, answered, answers, recorder, forkDepth });
      this.frames.length = frames;
      this.catchers.length = catchers;
      this.callStack.length = callStack;
      return error instanceof PathEnd ? null : error;
    }
    return null;
  }
  /** Errors of the analysis itself, for tests and debugging. */
  readonly failures: unknown[] = [];
  place(site: Site): Place {
    return { file: site.module.path, line: site.line };
  }
  /** State that a library model keeps for this program. */
  stateOf<T>(library: string, make: () => T): T {
    let state = this.libraryState.get(library) as T | undefined;
    if (state === undefined) this.libraryState.set(library, (state = make()));
    return state;
  }

  /** Runs and stops quietly where the path ends. True when control came through. */
  quietly(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (error instanceof PathEnd) return false;
      throw error;
    }
  }
  /** Runs a module's code away from the path that led to it; what it writes stays. */
  apart(scope: Scope, work: () => void): void {
    const { facts, forkDepth, recorder, answered, calls, decorating } = this;
    const [frames, catchers] = [this.frames.splice(0), this.catchers.splice(0)];
    const [isAside, mark] = [forkDepth > 0 || recorder !== null, this.journal.mark()];
    Object.assign(this, { facts: [], calls: [], forkDepth: 0, recorder: null, decorating: false });
    this.frames.push({ fn: null, scope, returns: [], mark, since: now() });
    try {
      if (isAside) fromTheStart(work);
      else work();
    } finally {
      if (isAside) this.journal.commit(mark);
      this.frames.splice(0, this.frames.length, ...frames);
      this.catchers.splice(0, this.catchers.length, ...catchers);
      Object.assign(this, { facts, forkDepth, recorder, answered, calls, decorating });
    }
  }

  // ── variables ───────────────────────────────────────────────────────────────────────────────────────────────────
  lookup(name: string, scope: Scope, instance: ModuleInstance, line: number): Value {
    const owner = scope.find(name);
    if (owner) return owner.variables.get(name)!;
    const binding = instance.imports.get(name);
    if (binding) return this.modules.importValue(instance, binding.source, binding.imported);
    return globalValue(this, name, { module: instance, line });
  }
  assign(name: string, value: Value, scope: Scope): void {
    const owner = scope.find(name) ?? scope.functionScope();
    this.journal.write(owner.variables, name, value);
  }

  // ── branches ────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Runs one arm with extra facts and takes its writes back. */
  arm(extra: readonly Fact[], work: () => void): Arm {
    const outer = { facts: this.facts, answered: this.answered };
    const fork = this.journal.begin();
    this.learn(extra);
    const note = extra.length > 0 ? this.recorder?.entersArm(extra, this.forkDepth) : undefined;
    const mark = extra.length > 0 ? this.recorder?.mark() : undefined;
    this.forkDepth++;
    this.lastExit = null;
    let through: boolean;
    try {
      through = this.quietly(work);
    } finally {
      this.forkDepth--;
    }
    if (note) note(this.facts, through);
    if (mark && (through || endsWell(this.lastExit))) this.recorder?.armEnded(mark, this.facts);
    const result: Arm = {
      facts: through ? this.facts : null,
      writes: this.journal.since(fork.mark),
      since: fork.since,
      refusal: through ? null : (this.lastExit ?? { how: 'return', status: null }),
      answered: this.answered,
      because: extra,
    };
    if (!through && this.answered && this.answered !== outer.answered && result.refusal!.status === null)
      result.refusal = this.answered;
    this.journal.end(fork);
    this.facts = outer.facts;
    this.answered = outer.answered;
    return result;
  }
  /** From here on these hold too. Only what can matter to an entry point is kept, and only while one is run. */
  learn(extra: readonly Fact[]): void {
    if (extra.length === 0) return;
    // While wiring, only the configuration under which something is installed matters.
    const relevant = this.recorder
      ? [...extra.map(relevantPart).filter((f) => f !== null), ...chosenIn(extra)]
      : extra.filter(isConfigured);
    if (relevant.length === 0) return;
    const had = this.facts.map(factKey);
    const fresh = relevant.filter((f) => {
      const at = had.indexOf(factKey(f));
      if (at >= 0) this.leantOn = Math.min(this.leantOn, at);
      return at < 0;
    });
    if (this.facts.length + fresh.length > MAX_FACTS) this.abridge();
    if (fresh.length > 0) this.facts = [...this.facts, ...fresh].slice(-MAX_FACTS);
  }
  /** How the arm that just ended left; set by return, throw and answers. */
  lastExit: Refusal | null = null;

  /** Continues after the arms: with what they share, and with the tests that the surviving ones passed. */
  merge(arms: readonly Arm[]): void {
    const alive = arms.filter((a) => a.facts !== null);
    const left = arms.filter((a) => a.facts === null);
    if (alive.length === 0) {
      this.lastExit = loudest(left);
      throw PATH_END;
    }
    let facts = withoutChosen(this.facts, alive.map((a) => a.facts!).reduce(joinFacts));
    if (left.length > 0) {
      const refusal = loudest(left)!;
      const fresh = newFacts(this.facts, facts);
      // Who answers 429 counts, even where what is counted could not be followed.
      if (refusal.status === 429 && !fresh.some((f) => f.k === 'atom'))
        facts = [...facts, throttled(this, refusal)];
      if (fresh.length > 0)
        facts = [...this.facts.filter((f) => facts.includes(f)), ...withRefusal(fresh, refusal)];
    }
    this.facts = facts;
    this.answered = alive.some((a) => a.answered === null) ? null : alive[0]!.answered;
    this.journal.apply(
      alive.map((a) => a.writes),
      joinUnder((path) => newFacts(facts, alive[path]!.facts!)),
      UNDEFINED,
      Math.min(...arms.map((a) => a.since)),
    );
  }
  /** Runs something whose facts and writes must not last: a callback that may or may not be called. */
  aside(work: () => void): void {
    const arm = this.arm([], work);
    this.journal.apply([arm.writes, new Map()], joinAll, UNDEFINED, arm.since);
  }

  // ── leaving ─────────────────────────────────────────────────────────────────────────────────────────────────────
  endPath(refusal: Refusal | null): never {
    this.lastExit = refusal;
    throw PATH_END;
  }
  return(value: Value): never {
    const frame = this.frames.at(-1);
    const plain = returned(this.callStack.length === this.handlerAt + 1);
    const refusal = answerIn(value, this.recorder) ?? this.answered ?? plain;
    if (frame)
      frame.returns.push({
        value: this.recorder ? asItIs(value, frame, this.journal) : value,
        facts: this.facts,
        writes: this.journal.since(frame.mark),
        at: now(),
        refusal,
      });
    return this.endPath(refusal);
  }
  throw(value: Value): never {
    this.catchers.at(-1)?.throws.push({ value, facts: this.facts });
    this.thrownUnder = this.facts;
    return this.endPath({ how: 'throw', status: statusOf(value) });
  }
  /** What held where something was thrown last. */
  private thrownUnder: readonly Fact[] = [];
  answer(refusal: Refusal): void {
    this.answered = refusal;
    this.answers?.push(refusal);
    if (this.answerEnds && refusal.status !== null && refusal.status >= 400) this.endPath(refusal);
  }
  /** What answers with a refusal goes no further, whether it returns or not: the hooks of some frameworks. */
  answerEnds = false;
  /** Collects every answer given while a middleware runs. */
  answers: Refusal[] | null = null;
  /** What has been seen, for the model. */
  readonly observations: Observation[] = [];
  catching<T>(work: () => T): { result: T; throws: Catcher['throws'] } {
    const catcher: Catcher = { throws: [] };
    this.catchers.push(catcher);
    try {
      return { result: work(), throws: catcher.throws };
    } finally {
      this.catchers.pop();
    }
  }

  // ── calls ───────────────────────────────────────────────────────────────────────────────────────────────────────
  call(callee: Value, args: readonly Value[], self: Value, site: Site): Value {
    this.step();
    switch (callee.k) {
      case 'function':
        return this.callFunction(callee, [...callee.bound, ...args], callee.self ?? self, site);
      case 'builtin':
        return callee.call(args, self, site);
      case 'native':
        this.touch(callee);
        if (callee.type.call) return callee.type.call(this, callee, allAsWritten(this, args), site);
        this.handToUnknown(args, sourcesOf(callee), site);
        return unknown(mergeSources(sourcesOf(callee), ...args.map((a) => sourcesOf(a))));
      case 'class':
        return makeClassInstance(this, callee, args, site);
      case 'choice':
        return callChoice(this, callee.options, args, self, site);
      case 'external':
        return behaviourOfExternal(this, callee, args, self, site);
      case 'unknown':
        if (callee.name) this.tell(callee.name, null, args, site);
        if (this.decorating && callee.origin) return decoration(this, callee, callee.origin, args, site);
        if (callee.wraps) {
          for (const wrapped of callee.wraps)
            if (isCallable(wrapped)) return this.call(wrapped, args, self, site);
        }
        if (callee.origin) return behaviourOfExternal(this, callee.origin, args, self, site, callee.sources);
        noteUnfollowed(this, callee.name ?? null, args, site);
        this.handToUnknown(args, callee.sources, site);
        return unknown(
          mergeSources(onceUsed(callee.sources), onceUsed(sourcesOf(self)), ...args.map((a) => sourcesOf(a))),
          { wraps: callablesIn(args) },
        );
      case 'promise':
        return this.call(callee.value, args, self, site);
      default:
        this.handToUnknown(args, [], site);
        return unknown(mergeSources(...args.map((a) => sourcesOf(a))));
    }
  }
  /** Functions given to something that is not understood run once, in place; what they establish does not last. */
  handToUnknown(args: readonly Value[], sources: readonly Source[], site: Site): void {
    noteHeld(this, args);
    for (const arg of args) {
      if (arg.k === 'function' && arg.fn.body.length > 0) {
        const given = unknown(
          mergeSources(sources, ...args.filter((a) => a !== arg).map((a) => sourcesOf(a))),
        );
        this.aside(
          () =>
            void this.call(
              arg,
              arg.fn.params.map(() => given),
              UNKNOWN,
              site,
            ),
        );
      }
    }
  }
  callFunction(callee: FunctionValue, args: readonly Value[], self: Value, site: Site): Value {
    if (callee.fn.name !== null) this.tell(callee.fn.name, callee, args, site);
    // What the handler itself does is told apart from what it calls.
    if (!this.recorder || this.callStack.length === this.handlerAt)
      return this.callOnce(callee, args, self, site);
    return this.repeated.call(callee, self, args, () => this.callOnce(callee, args, self, site));
  }
  private callOnce(callee: FunctionValue, args: readonly Value[], self: Value, site: Site): Value {
    const { economy } = this;
    if (!economy || this.steps < economy.from || this.callStack.length === this.handlerAt)
      return this.enter(callee, args, self, site);
    return economy.call(this, callee, args, self, this.steps >= economy.strictFrom, () =>
      this.enter(callee, args, self, site),
    );
  }
  private enter(callee: FunctionValue, args: readonly Value[], self: Value, site: Site): Value {
    const { fn } = callee;
    const recursion = this.callStack.filter((f) => f === fn).length;
    if (this.callStack.length >= MAX_DEPTH || recursion >= recursionOf(this, args)) {
      // How deep it was called decides, not what it is called with.
      this.abridge();
      return unknown(mergeSources(...args.map((a) => sourcesOf(a))));
    }
    const since = now();
    const scope = new Scope(callee.scope, true);
    const frame: Frame = { fn, call: { args, site }, scope, returns: [], mark: this.journal.mark(), since };
    this.frames.push(frame);
    this.entered.add(fn);
    this.callStack.push(fn);
    const [factsBefore, callsBefore, answeredBefore] = [this.facts, this.calls, this.answered];
    this.calls = [...callsBefore, callOf(callee, args, this.place(site))];
    const thrown: Catcher = { throws: [] };
    // A rejected promise is not a throw here, unless it is awaited: see `awaiting`.
    if (fn.isAsync) this.catchers.push(thrown);
    if (!fn.isArrow) scope.variables.set('this', self);
    if (callee.home) scope.variables.set('*home*', callee.home);
    let through = false;
    let left: readonly Written[] = [];
    try {
      left = this.journal.written(fn.isAsync && this.recorder !== null, () => {
        through = this.quietly(() => {
          bindParameters(this, fn, args, scope, callee.module);
          hoist(this, fn.body, scope, callee.module);
          runStatements(this, fn.body, scope, callee.module);
        });
      });
    } finally {
      if (fn.isAsync) this.catchers.pop();
      this.callStack.pop();
      this.frames.pop();
      this.calls = callsBefore;
    }
    let exits = frame.returns;
    if (through)
      exits.push({
        value: UNDEFINED,
        facts: this.facts,
        writes: this.journal.since(frame.mark),
        at: now(),
        refusal: this.answered,
      });
    if (fn.isAsync) exits = settled(exits);
    // A handler that refuses and returns has not done its work: only the other exits say what holds where it has.
    if (this.callStack.length === this.handlerAt) exits = worthwhile(exits);
    if (exits.length === 0) {
      const exit = this.lastExit;
      if (fn.isAsync) {
        this.facts = factsBefore;
        return { ...promise(unknown()), rejects: exit ?? { how: 'throw', status: null } };
      }
      return this.endPath(exit);
    }
    const joined = withoutChosen(factsBefore, exits.map((e) => e.facts).reduce(joinFacts));
    if (exits.length > 1 || !through) {
      this.journal.undo(frame.mark);
      this.journal.apply(
        exits.map((e) => e.writes),
        joinUnder((path) => newFacts(joined, exits[path]!.facts)),
        UNDEFINED,
        exits.map((e) => e.at),
      );
      this.answered = exits.some((e) => (e.refusal?.how === 'answer' ? e.refusal : null) === null)
        ? answeredBefore
        : exits[0]!.refusal;
    }
    const noted = (facts: readonly Fact[]): readonly Fact[] =>
      through ? facts : pastThrow(facts, this.lastExit, this.thrownUnder);
    const gained = noted(newFacts(factsBefore, joined));
    const kept = factsBefore.filter((f) => joined.includes(f));
    const options = exits.map((exit) => ({
      value: exit.value,
      facts: exits.length === 1 ? [] : noted(newFacts(joined, newFacts(factsBefore, exit.facts))),
    }));
    const maker = nameOf(callee) ?? callee.madeBy?.name ?? null;
    const value = choice(options.map((o) => ({ ...o, value: signed(o.value, maker, args) })));
    if (fn.isGenerator) {
      this.facts = factsBefore;
      return unknown(sourcesOf(value));
    }
    if (fn.isAsync) {
      this.facts = factsBefore;
      return promise(value, gained, calledAt(callee, this.place(site)), left);
    }
    this.facts = gained.length > 0 || kept.length !== this.facts.length ? [...kept, ...gained] : this.facts;
    return value;
  }
  private handlerAt = -1;
  /** What a handler does last, it does as the handler: `(socket) => this.onConnection(socket)`. */
  inTail<T>(work: () => T): T {
    if (this.callStack.length !== this.handlerAt + 1) return work();
    this.handlerAt++;
    try {
      return work();
    } finally {
      this.handlerAt--;
    }
  }
  /** Runs a handler or listener to its end, whoever called it: afterwards holds what holds where its work is done. */
  runHandler(handler: Value, args: readonly Value[], site: Site, self: Value = UNDEFINED): Value {
    const outer = this.handlerAt;
    this.handlerAt = this.callStack.length;
    try {
      return this.awaiting(this.call(leftByOthers(this, handler), args, self, site));
    } finally {
      this.handlerAt = outer;
    }
  }
  /** `await`: the value, with what the promise establishes. */
  awaiting(value: Value): Value {
    return awaited(this, value);
  }
  readonly regexType = REGEX;
  readonly globalObject: Record_ = record([], null);
  constructInto(cls: ClassValue, self: Record_, args: readonly Value[], site: Site): void {
    constructInto(this, cls, self, args, site);
  }
  assignTo(target: Value, name: string, value: Value, site: Site): void {
    assignMember(this, target, name, value, site);
  }
  /** Members added to a class's prototype by assignment. */
  classPrototype(cls: ClassValue): Value {
    let prototype = cls.members.get('*prototype*');
    if (!prototype) cls.members.set('*prototype*', (prototype = record([], UNKNOWN)));
    return prototype;
  }
  typedValue(type: string, module: ModuleInstance | null): Value {
    return typed(this, type, UNKNOWN, module);
  }
  /** A table indexed by request data: more members than a choice holds are called one by one. */
  dispatch(options: readonly Option[], sources: readonly Source[]): Value {
    const callable = options.filter((o) => isCallable(o.value));
    if (callable.length === 0)
      return unknown(mergeSources(sources, ...options.map((o) => sourcesOf(o.value))));
    return { k: 'choice', options: callable };
  }
  native(type: LibraryType, state: unknown): Native {
    return { k: 'native', type, state, members: born(new Map()) };
  }
  statements(body: readonly Statement[], scope: Scope, instance: ModuleInstance): void {
    runStatements(this, body, scope, instance);
  }
  get currentFrame(): Frame | undefined {
    return this.frames.at(-1);
  }
  get thrower(): Catcher | undefined {
    return this.catchers.at(-1);
  }
}
