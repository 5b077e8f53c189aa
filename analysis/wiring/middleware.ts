import type { Expression, FunctionNode } from '../syntax/ast.js';
import type { Evaluator } from './evaluator.js';
import { evaluate } from './expressions.js';
import { callableName, statusOf } from './naming.js';
import {
  isIdentity,
  joinFacts,
  newFacts,
  withoutChosen,
  withRefusal,
  type Fact,
  type Refusal,
} from './fact.js';
import { leansOnUnfilled } from './unfilled-sources.js';
import { isolated } from './isolation.js';
import { isSkipped } from './guard-options.js';
import { joinUnder } from './joining.js';
import { passedGuard } from './externals.js';
import { goingOnBy } from './no-return.js';
import { asSent, type Overwritten } from './overwritten.js';
import { Recorder, type AppliedLink } from './recorder.js';
import type { Arrival } from './scope.js';
import { atom } from './tests.js';
import {
  builtin,
  isNullish,
  sourcesOf,
  UNDEFINED,
  type Native,
  type Record_,
  type Site,
  type Value,
} from './value.js';
import type { Place } from '../model/model.js';

/** Something to run before a handler, as it was installed. */
export interface Installed {
  /** A route's own handler, in front of a later route: where it never goes on it is simply the end. */
  isRoute?: boolean;
  value: Value;
  site: Site;
  /** Constants it was made with: `requireRole('admin')`. */ arguments?: readonly string[];
  /** What people call it, where its function has another name: the class of a `canActivate`. */
  name?: string;
  /** `this` of the call. */
  self?: Value;
}

/** What one call installs, in order: lists are flattened, as most routers do. */
export const installedAt = (given: readonly Value[], site: Site): Installed[] =>
  given.flatMap((value) => (value.k === 'list' ? installedAt(value.elements, site) : [{ value, site }]));

/** How a framework calls what stands in front of a handler, and how that goes on. */
export interface Calling {
  /** What it is called with. `next` goes on; a framework without one leaves it out and says `goesOn`. */
  args(next: Value): readonly Value[];
  /** Values whose members are, after it, as they were where it went on: the request, a context. */
  carries: readonly (Native | Record_)[];
  /** Looks at what `next` is given: the refusal that it stands for, or null when it simply goes on. */
  onNext?(args: readonly Value[], site: Site): Refusal | null;
  /** What `await next()` yields. */
  yields?: Value;
  /**
   * Whether it goes on when it returns without having called `next`: the facts that then hold, or null when it does
   * not. Left out: it never does.
   */
  goesOn?(result: Value): readonly Fact[] | null;
  /** What not going on means where it returns; left out: nothing is answered. */
  refusal?: Refusal;
}
interface Continued {
  facts: readonly Fact[];
  members: readonly Map<string, Value>[];
  overwritten: Overwritten;
}

/**
 * Runs what stands in front of a handler: what holds where it goes on, joined over all the places where it does, holds
 * from there on. One that always goes on establishes nothing; one that never does is opaque.
 */
export function runLink(it: Evaluator, installed: Installed, calling: Calling): AppliedLink {
  const { value, site } = installed;
  const before = it.facts;
  const link = {
    name: installed.name ?? callableName(value),
    arguments: installed.arguments ?? [],
    place: it.place(site),
    definition: definitionOf(value),
    ...(value.k === 'function' && value.maker?.arguments.length ? { madeWith: value.maker.arguments } : {}),
  };
  const known = knownLink(it, installed, link, calling);
  if (known) return known;
  const continued: Continued[] = [];
  const { recorder } = it;
  const goOn = (facts: readonly Fact[]): void => {
    // What is only tried out goes nowhere.
    if (it.recorder?.isTrial && it.recorder !== recorder) return;
    const members = calling.carries.map((c) => new Map(c.members));
    continued.push({ facts, members, overwritten: new Map(it.overwritten) });
  };
  const refusals: Refusal[] = [];
  const next = builtin('next', (args, _self, at) => {
    const refusal = calling.onNext?.(args, at) ?? null;
    if (refusal) {
      // `next(may ? undefined : new Forbidden())`: it goes on where that is what came of it.
      if (args[0]?.k === 'choice')
        for (const o of args[0].options) if (isNullish(o.value)) goOn([...it.facts, ...o.facts]);
      refusals.push(refusal);
      it.answer(refusal);
    } else goOn(it.facts);
    return calling.yields ?? UNDEFINED;
  });
  const calls = it.calls;
  it.calls = [];
  it.answers = refusals;
  const { answered, answerEnds } = it;
  const endings = it.recorder?.endings.length ?? 0;
  const unexplained = it.recorder?.unexplained.length ?? 0;
  const asked = it.recorder?.addressTests.length ?? 0;
  const run = (): void => {
    if (!calling.goesOn) {
      goingOnBy(it, next, () => {
        it.awaiting(it.call(value, calling.args(next), installed.self ?? UNDEFINED, site));
      });
      return;
    }
    it.answered = null;
    it.answerEnds = true;
    const result = it.runHandler(value, calling.args(next), site, installed.self);
    // Refused on every way to its end, or it has gone on by itself.
    if (
      it.answered !== null &&
      (it.answered as Refusal).status !== null &&
      (it.answered as Refusal).status! >= 300
    )
      return;
    const facts = continued.length > 0 ? null : calling.goesOn(result);
    if (facts) goOn([...it.facts, ...facts]);
  };
  const isFollowed = it.withBudget(LINK_STEPS, () => it.aside(run), true, MODEST_STEPS);
  Object.assign(it, { answered, answerEnds, answers: null });
  // What a middleware answers by itself is no end of the handler's work.
  if (it.recorder) it.recorder.endings.length = endings;
  const tests = it.recorder?.unexplained.splice(unexplained) ?? [];
  const addressTests = it.recorder?.addressTests.splice(asked) ?? [];
  if (addressTests.length > 0) Object.assign(link, { addressTests });
  it.calls = calls;
  countApplication(it, value);
  if (!isFollowed || continued.length === 0) {
    it.facts = before;
    return installed.isRoute ? { ...link, facts: [], opaque: false } : opaque(it, link, site);
  }
  const reached = withoutChosen(before, continued.map((c) => c.facts).reduce(joinFacts));
  const refusal =
    refusals.find((r) => r.status !== null && r.status >= 400) ??
    calling.refusal ??
    (calling.goesOn ? { how: 'return' as const, status: null } : null);
  const gained = newFacts(before, reached);
  const facts = refusal ? withRefusal(gained, refusal) : gained;
  it.facts = [...before, ...facts];
  // What it notes where it goes on stands for what was passed there: whoever asks for it later has asked for that.
  // Whoever it was found to be is somebody, however that was found out.
  const somebody = atom(it, 'truthy', ['identity'], site);
  const join = (noted: readonly Arrival[]): Value =>
    joinUnder((path) => [
      ...newFacts(reached, continued[path]!.facts),
      ...(sourcesOf(noted[path]!.value).some(isIdentity) ? [somebody] : []),
    ])(noted);
  let notesCaller = false;
  calling.carries.forEach((carrier, i) => {
    const names = new Set(continued.flatMap((c) => [...c.members[i]!.keys()]));
    for (const name of names) {
      const values = continued.map((c) => c.members[i]!.get(name) ?? UNDEFINED);
      const had = carrier.members.get(name);
      notesCaller ||= values.some((v) => v !== had && sourcesOf(v).some(isIdentity));
      it.journal.write(carrier.members, name, join(values.map((v, path) => ({ value: v, path }))));
    }
  });
  // `request.body.ownerId = request.user.id`: what was sent is no longer there, whoever looks.
  for (const part of new Set(continued.flatMap((c) => [...c.overwritten.keys()]))) {
    const values = continued.map((c) => c.overwritten.get(part) ?? asSent(part));
    it.journal.write(it.overwritten, part, join(values.map((v, path) => ({ value: v, path }))));
  }
  if (notesCaller) Object.assign(link, { notesCaller });
  if (refusals.some(({ status }) => status !== null && status >= 400 && status < 500))
    Object.assign(link, { turnsAway: { denies: tests.some((t) => t.denies) } });
  const leans = facts.some(leansOnUnfilled);
  // Whom it lets through is said by something that nothing was seen to put there.
  if (leans && !installed.isRoute) return { ...opaque(it, link, site), facts };
  return { ...link, facts, opaque: leans };
}
/** Steps for one of those that stand in front of a handler: what takes more is not understood, and the others are. */
const LINK_STEPS = 40_000;
const MODEST_STEPS = 20_000;
const countApplication = (it: Evaluator, value: Value): void =>
  void it.applied.set(functionOf(value), (it.applied.get(functionOf(value)) ?? 0) + 1);
/** A link that is not run: a library's, or one of which nothing is known. */
function knownLink(
  it: Evaluator,
  { value, site }: Installed,
  link: Omit<AppliedLink, 'facts' | 'opaque'>,
  calling: Calling,
): AppliedLink | null {
  const origin = value.k === 'unknown' ? value.origin : value.k === 'external' ? value : null;
  if (origin && !(value.k === 'unknown' && value.wraps)) {
    countApplication(it, value);
    const behaviour = it.knowledge.behaviour(origin);
    if (behaviour?.does === 'protect') {
      if (isSkipped(it, origin, calling.args(UNDEFINED), site)) return { ...link, facts: [], opaque: false };
      const facts = passedGuard(it, behaviour, origin, site);
      it.facts = [...it.facts, ...facts];
      return { ...link, facts, opaque: false };
    }
    const doubtful =
      behaviour === null &&
      it.knowledge.model(origin.package) === null &&
      SUSPICIOUS.test(`${origin.package} ${link.name}`);
    return doubtful ? opaque(it, link, site) : { ...link, facts: [], opaque: false };
  }
  return value.k === 'unknown' && !value.wraps ? opaque(it, link, site) : null;
}

/** Runs `(request, response, next)` middleware. The state of `request` continues as it was at `next()`. */
export const runMiddleware = (
  it: Evaluator,
  installed: Installed,
  request: Native,
  response: Native,
  extra: readonly Value[] = [],
): AppliedLink =>
  runLink(it, installed, {
    args: (next) => [request, response, next, ...extra],
    carries: [request, response],
    onNext: ([error]) => passedError(error),
  });
/** The refusal that `next(error)` stands for, of which the error may not say how; null for none, and for another route. */
export function passedError(error: Value | undefined, otherwise = 500): Refusal | null {
  if (!error || isNullish(error)) return null;
  if (error.k === 'literal' && (error.value === 'route' || error.value === 'router')) return null;
  return { how: 'answer', status: statusOf(error) ?? otherwise };
}
/** A guard that could not be followed: what stands behind it may be protected or not, and that is said. */
function opaque(it: Evaluator, link: Omit<AppliedLink, 'facts' | 'opaque'>, site: Site): AppliedLink {
  it.gap(
    `what \`${link.name}\` does in front of entry points could not be followed`,
    link.definition ?? it.place(site),
  );
  return { ...link, facts: [], opaque: true };
}
/** What a function establishes when it is run as middleware, without it being applied anywhere. */
export function probeMiddleware(it: Evaluator, value: Value, site: Site): readonly Fact[] {
  let facts: readonly Fact[] = [];
  const applied = it.applied.get(functionOf(value));
  it.attempt(it.place(site), () => {
    isolated(it, new Recorder(), PROBE_STEPS, () => {
      const { request, response } = it.knowledge.exchange(it);
      facts = runMiddleware(it, { value, site, isRoute: true }, request, response).facts;
    });
  });
  if (applied === undefined) it.applied.delete(functionOf(value));
  else it.applied.set(functionOf(value), applied);
  return facts;
}
const PROBE_STEPS = 20_000;
/** Package or name that suggests access control; such a link is not understood, rather than nothing. */
const SUSPICIOUS =
  /auth|jwt|session|permission|guard|acl|role|login|protect|token|access|keycloak|oidc|saml/i;

export function definitionOf(value: Value): Place | null {
  if (value.k === 'function') return { file: value.module.path, line: value.fn.line };
  if (value.k === 'unknown' && value.wraps?.[0]) return definitionOf(value.wraps[0]);
  return null;
}
/** Identity of a guard across its applications: the code, or the value that a library made. */
export function functionOf(value: Value): Value | FunctionNode {
  return value.k === 'function' ? value.fn : value;
}
/** `(request, reply) => route.run(request, reply)`: what is called there with all that is given, where that is all it does. */
export function passedOn(it: Evaluator, handler: Value): Value {
  const call = handler.k === 'function' ? onlyCallIn(handler.fn) : null;
  if (handler.k !== 'function' || !call) return handler;
  const callee = evaluate(it, call.callee, handler.scope, handler.module);
  return callee.k === 'function' && callee.fn !== handler.fn ? callee : handler;
}
function onlyCallIn(fn: FunctionNode): (Expression & { k: 'call' }) | null {
  const [only, ...others] = fn.body;
  if (others.length > 0 || (only?.k !== 'return' && only?.k !== 'expression')) return null;
  let call = only.k === 'return' ? only.value : only.expression;
  if (call?.k === 'await') call = call.argument;
  if (call?.k !== 'call' || (call.callee.k !== 'member' && call.callee.k !== 'identifier')) return null;
  const isSame = fn.params.every(({ pattern }, i) => {
    const given = call.args[i];
    return pattern.k === 'identifier' && given?.k === 'identifier' && given.name === pattern.name;
  });
  return isSame && fn.params.length > 0 && call.args.length === fn.params.length ? call : null;
}
/**
 * The handler that a person would point at: not the wrapper that a helper made around it, but what it wraps.
 * Looks through closures whose own variables hold functions from the file in which the handler was registered.
 */
export function innermostHandler(value: Value, file: string, depth = 0): Value {
  if (depth > 4) return value;
  if (value.k === 'choice') return innermostHandler(value.options[0]!.value, file, depth + 1);
  if (value.k === 'native' && value.type.wrapped)
    return innermostHandler(value.type.wrapped(value), file, depth + 1);
  if (value.k === 'unknown' && value.wraps?.[0])
    return innermostHandler(value.wraps.at(-1)!, file, depth + 1);
  if (value.k !== 'function' || value.scope === null) return value;
  if (value.scope.parent === null) return value;
  for (let scope: typeof value.scope | null = value.scope; scope?.parent; scope = scope.parent) {
    const inner = [...scope.variables].flatMap(([name, v]) =>
      name !== 'this' && name !== 'arguments' && v.k === 'function' && v.fn !== value.fn ? [v] : [],
    );
    const here = inner.filter((v) => v.module.path === file && value.module.path !== file);
    const only =
      here.at(-1) ?? (inner.length === 1 && inner[0]!.module !== value.module ? inner[0] : undefined);
    if (only) return innermostHandler(only, file, depth + 1);
  }
  return value;
}
