import type { Place } from '../../model/model.js';
import { lineText } from '../../model/place.js';
import { dispatched, type DispatchedArm } from '../../wiring/dispatch.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { joinFacts, newFacts, type Atom, type Fact } from '../../wiring/fact.js';
import { passedError, runLink, type Installed } from '../../wiring/middleware.js';
import { Recorder, type AppliedLink, type RecordedEffect } from '../../wiring/recorder.js';
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
} from '../../wiring/value.js';

/** What `next(error)` answers to whoever connects, or sends: there are no statuses, and nothing else that an error could be about. */
export const NOT_LET_IN = 401;

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

/** A number that an enum gives is known by the name of its member, which stays when others come before it. */
const asKnown = (name: Value): string | null =>
  (name.k === 'literal' ? name.member : undefined) ?? textOf(name);

/** Runs a listener for one event, where it is registered: what holds there holds in front of it. */
export function observeEvent(it: Evaluator, event: Event): void {
  const { name } = event;
  if (name !== null) {
    const did = followed(it, event, []);
    return observe(it, event, asKnown(name) ?? '?', { did, effects: did.recorder.effects, at: null });
  }
  const did = followed(it, event, [unknown(['message.name'])], TABLE_STEPS);
  const { arms, rest } = dispatched(did.recorder, chosenBy);
  const keys = eventsOf(arms);
  if (keys.length === 0) return observe(it, event, '*', { did, effects: rest, at: null });
  const { own, idle } = byTheirNames(it, event, keys, arms);
  const common = new Set(rest.map((e) => lineText(e.place)));
  for (const key of own.size > 0 ? keys.filter((k) => !idle.has(k)) : keys) {
    const { at, facts, effects } = arms.get(key)!;
    const run = own.get(key);
    const does = run?.recorder.effects.filter((e) => !common.has(lineText(e.place))) ?? [];
    const places = new Set(does.map((e) => lineText(e.place)));
    const isSame = run && effects.every((e) => places.has(lineText(e.place)));
    observe(
      it,
      event,
      key,
      isSame ? { did: run, effects: does, at } : { did: { ...did, reached: facts }, effects, at },
    );
  }
}
interface Followed {
  /** False where it took more steps than it is given. */
  isWhole: boolean;
  steps: number;
  recorder: Recorder;
  links: readonly AppliedLink[];
  reached: readonly Fact[];
}
function observe(
  it: Evaluator,
  { socket, listener, site }: Event,
  name: string,
  { did, effects, at }: { did: Followed; effects: readonly RecordedEffect[]; at: Place | null },
): void {
  const { path, unmounted } = socket.state as Socket;
  const { recorder, links, reached } = did;
  it.observations.push({
    framework: 'socket.io',
    trigger: { kind: 'websocket', path, name },
    registration: at ?? it.place(site),
    at,
    handler: listener,
    links,
    effects,
    released: recorder.released,
    neglected: recorder.neglected,
    reached,
    unmounted,
  });
}
type Arms = ReadonlyMap<string, DispatchedArm>;
/** Names that are no step on the way to others, and lead to no place that a shorter one leads to. */
function eventsOf(arms: Arms): string[] {
  const isOnTheWay = (key: string): boolean => [...arms.keys()].some((k) => k.startsWith(`${key}.`));
  const isLonger = (key: string, to: Place): boolean =>
    [...arms].some(([k, { at }]) => key.endsWith(`.${k}`) && lineText(at) === lineText(to));
  return [...arms].flatMap(([key, { at }]) => (isOnTheWay(key) || isLonger(key, at) ? [] : [key]));
}
/**
 * What each event does once its name is known: what is asked of all that begins with `admin.`, or that lies in one part of a table,
 * shows then. And those of which nothing comes: tables in tables make names that nothing has.
 */
function byTheirNames(
  it: Evaluator,
  event: Event,
  keys: readonly string[],
  arms: Arms,
): { own: ReadonlyMap<string, Followed>; idle: ReadonlySet<string> } {
  const own = new Map<string, Followed>();
  const idle = new Set<string>();
  let left = DISPATCH_STEPS;
  const run = (name: string): Followed => {
    const did = followed(it, { ...event, name: literal(name) }, [literal(name)], Math.min(left, EVENT_STEPS));
    left -= did.steps;
    return did;
  };
  const effects = (key: string): number => arms.get(key)!.effects.length;
  for (const [tried, key] of keys.toSorted((a, b) => effects(b) - effects(a)).entries()) {
    // Where a name says nothing of what is done, it is put together in a way that is not followed.
    if (left <= 0 || (own.size === 0 && tried >= TRIED)) break;
    const did = run(key);
    if (!did.isWhole) continue;
    // No more is done for it than for one that surely has nothing.
    if (did.steps > run(`${key}\0`).steps) own.set(key, did);
    else idle.add(key);
  }
  return { own, idle };
}
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
          onNext: ([error]) => passedError(error, NOT_LET_IN),
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
  else if (recorder.effects.length === 0 && recorder.handed.length > 0) {
    // All that comes of it is what is sent: `mayWatch(socket).then(() => socket.join(room))` ends for everybody, and is for some.
    const handed = recorder.handed.reduce(joinFacts);
    reached = [...reached, ...newFacts(reached, handed)];
  }
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
