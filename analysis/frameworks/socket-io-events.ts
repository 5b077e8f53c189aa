import type { Place } from '../model/model.js';
import { dispatched } from '../wiring/dispatch.js';
import type { Evaluator } from '../wiring/evaluator.js';
import type { Atom, Fact } from '../wiring/fact.js';
import { passedError, runLink, type Installed } from '../wiring/middleware.js';
import { Recorder, type AppliedLink, type RecordedEffect } from '../wiring/recorder.js';
import {
  builtin,
  isNullish,
  list,
  literal,
  sourcesOf,
  textOf,
  UNDEFINED,
  unknown,
  type Native,
  type Site,
  type Value,
} from '../wiring/value.js';

export interface Socket {
  path: string | null;
  /** What stands in front of its connection, and of each of its packets. */
  links: readonly AppliedLink[];
  packets: Installed[];
  unmounted: boolean;
}
/** A listener as it is put on a socket; `name` is null where it hears everything. */
export interface Event {
  socket: Native;
  name: Value | null;
  listener: Value;
  site: Site;
}
const byName = (atom: Atom): boolean =>
  (atom.test === 'equal' || atom.test === 'member') &&
  atom.arguments.length === 1 &&
  atom.sources.length > 0 &&
  atom.sources.every((s) => s === 'message.name');
const CALLBACK = /^(?:cb|callback|ack|acknowledge|done|fn|respond|reply|next|call_?back\w*)$/i;

/** An acknowledgement: what it says of failure is a refusal, the rest is where the work has been done. */
function acknowledgement(it: Evaluator): Value {
  return builtin('ack', (args) => {
    it.recorder?.gives(args);
    if (args.some(saysFailure)) it.answer({ how: 'close', status: null });
    else it.recorder?.endings.push(it.facts);
    return UNDEFINED;
  });
}
function saysFailure(value: Value): boolean {
  if (value.k === 'choice') return value.options.every((o) => saysFailure(o.value));
  if (value.k !== 'record') return sourcesOf(value).includes('error');
  return [...value.members].some(
    ([name, member]) =>
      (/^(?:ok|success|status)$/i.test(name) &&
        member.k === 'literal' &&
        (member.value === false || member.value === 'error')) ||
      (/^(?:err|errors?)$/i.test(name) &&
        !isNullish(member) &&
        !(member.k === 'literal' && member.value === false)),
  );
}

/** Runs a listener for one event, where it is registered: what holds there holds in front of it. */
export function observeEvent(it: Evaluator, event: Event): void {
  const { socket, name, listener, site } = event;
  const { path, unmounted } = socket.state as Socket;
  const any =
    name === null ? followed(it, event, [unknown(['message.name'])], TABLE_STEPS) : followed(it, event, []);
  const { arms, rest } = dispatched(any.recorder, (facts) => (name === null ? chosenBy(facts) : null));
  const observe = (of: string | null, did: Did, at: Place | null): void => {
    const { recorder, links, effects, reached } = did;
    const { released, neglected } = recorder;
    it.observations.push({
      framework: 'socket.io',
      trigger: { kind: 'websocket', path, name: of },
      registration: at ?? it.place(site),
      at,
      handler: listener,
      links,
      effects,
      released,
      neglected,
      reached,
      unmounted,
    });
  };
  const isCommon = (effect: RecordedEffect): boolean => rest.some((e) => isSamePlace(e.place, effect.place));
  const isOnTheWay = (key: string): boolean => [...arms.keys()].some((k) => k.startsWith(`${key}.`));
  const isLonger = (key: string): boolean =>
    [...arms].some(([k, arm]) => key.endsWith(`.${k}`) && isSamePlace(arm.at, arms.get(key)!.at));
  const keys = [...arms.keys()].filter((key) => !isOnTheWay(key) && !isLonger(key));
  // What is asked of all that begins with `admin.`, or that lies in one part of a table, shows once the name is known.
  let left = DISPATCH_STEPS;
  const byItsName = (key: string): Followed => {
    const own = followed(it, { ...event, name: literal(key) }, [literal(key)], Math.min(left, EVENT_STEPS));
    left -= own.steps;
    return own;
  };
  const own = new Map<string, Followed>();
  const idle = new Set<string>();
  const most = (key: string): number => -arms.get(key)!.effects.length;
  for (const [tried, key] of keys.toSorted((a, b) => most(a) - most(b)).entries()) {
    // Where a name says nothing of what is done, it is put together in a way that is not followed.
    if (left <= 0 || (own.size === 0 && tried >= TRIED)) break;
    const does = byItsName(key);
    if (!does.isWhole) continue;
    // Tables in tables make names that nothing has: no more is done for them than for one that surely has nothing.
    if (does.steps > byItsName(`${key}\0`).steps) own.set(key, does);
    else idle.add(key);
  }
  for (const key of own.size > 0 ? keys.filter((k) => !idle.has(k)) : keys) {
    const { at, facts, effects } = arms.get(key)!;
    const run = own.get(key);
    const does = run?.recorder.effects.filter((e) => !isCommon(e)) ?? [];
    const isSame = run && effects.every((e) => does.some((d) => isSamePlace(d.place, e.place)));
    observe(key, isSame ? { ...run, effects: does } : { ...any, effects, reached: facts }, at);
  }
  if (keys.length === 0)
    observe(name === null ? '*' : (textOf(name) ?? '?'), { ...any, effects: rest }, null);
}
interface Followed {
  /** False where it took more steps than it is given. */
  isWhole: boolean;
  steps: number;
  recorder: Recorder;
  links: readonly AppliedLink[];
  reached: readonly Fact[];
}
type Did = Followed & { effects: readonly RecordedEffect[] };
const isSamePlace = (a: Place, b: Place): boolean => a.file === b.file && a.line === b.line;
/** Steps for finding the events of one table, for running each by its name, and for all of them. */
const TABLE_STEPS = 300_000;
const EVENT_STEPS = 20_000;
const DISPATCH_STEPS = 600_000;
/** So many are tried before it is given up. */
const TRIED = 8;

/** What a listener did, and what is in front of it. */
function followed(
  it: Evaluator,
  event: Event,
  head: readonly Value[],
  steps: number | null = null,
): Followed {
  const { socket, name, listener, site } = event;
  const { links: inFront, packets } = socket.state as Socket;
  const { recorder: outer, answered, steps: from } = it;
  // What one event does is no part of the event or connection in which it is registered.
  const recorder = new Recorder(null, name === null ? byName : () => false);
  let reached: readonly Fact[] = it.facts;
  const links: AppliedLink[] = [...inFront];
  const run = (): void => {
    it.answered = null;
    recorder.inChain = true;
    for (const installed of packets)
      links.push(
        runLink(it, installed, {
          args: (next) => [list([name ?? unknown(['message.name'])], unknown(['message'])), next],
          carries: [socket],
          onNext: ([error]) => passedError(error),
        }),
      );
    recorder.inChain = false;
    it.quietly(() => void it.runHandler(listener, argumentsFor(it, listener, head), site));
    reached = it.facts;
  };
  it.recorder = recorder;
  let isWhole = true;
  it.aside(() => {
    if (steps === null) run();
    else isWhole = it.withBudget(steps, run, true);
  });
  it.recorder = outer;
  it.answered = answered;
  if (recorder.endings.length > 0)
    reached = recorder.endings.reduce((a, b) => a.filter((f) => b.includes(f)));
  return { isWhole, steps: it.steps - from, recorder, links, reached };
}
/** The name for which the tests on the way hold; that it begins so is true of several. */
function chosenBy(facts: readonly Fact[]): string | null {
  const names = facts.flatMap((f) => (f.k === 'atom' && byName(f) && !f.part ? [f.arguments[0]!] : []));
  return names.length > 0 ? [...new Set(names)].join('.') : null;
}
function argumentsFor(it: Evaluator, listener: Value, head: readonly Value[]): Value[] {
  const message = unknown(['message']);
  if (listener.k !== 'function') return [...head, message, acknowledgement(it)];
  const params = listener.fn.params.slice(listener.bound.length + head.length);
  const given = params.map((p) =>
    p.pattern.k === 'identifier' && CALLBACK.test(p.pattern.name) ? acknowledgement(it) : message,
  );
  return [...head, ...given];
}
