import type { Trigger } from '../model/model.js';
import { dispatched } from '../wiring/dispatch.js';
import type { Evaluator } from '../wiring/evaluator.js';
import type { Atom, Fact } from '../wiring/fact.js';
import { passedError, runLink, type Installed } from '../wiring/middleware.js';
import { Recorder, type AppliedLink } from '../wiring/recorder.js';
import {
  builtin,
  isNullish,
  list,
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
export function observeEvent(it: Evaluator, { socket, name, listener, site }: Event): void {
  const { path, links, packets, unmounted } = socket.state as Socket;
  const outer = it.recorder;
  // What one event does is no part of the event or connection in which it is registered.
  const recorder = new Recorder(null, name === null ? byName : () => false);
  const { answered } = it;
  let reached: readonly Fact[] = it.facts;
  const applied: AppliedLink[] = [...links];
  it.recorder = recorder;
  it.aside(() => {
    it.answered = null;
    recorder.inChain = true;
    for (const installed of packets)
      applied.push(
        runLink(it, installed, {
          args: (next) => [list([name ?? unknown(['message.name'])], unknown(['message'])), next],
          carries: [socket],
          onNext: ([error]) => passedError(error),
        }),
      );
    recorder.inChain = false;
    it.quietly(() => void it.runHandler(listener, argumentsFor(it, listener, name), site));
    reached = it.facts;
  });
  it.recorder = outer;
  it.answered = answered;
  if (recorder.endings.length > 0)
    reached = recorder.endings.reduce((a, b) => a.filter((f) => b.includes(f)));
  const place = it.place(site);
  const trigger = (of: string | null): Trigger => ({ kind: 'websocket', path, name: of });
  const common = {
    framework: 'socket.io',
    handler: listener,
    links: applied,
    released: recorder.released,
    neglected: recorder.neglected,
    unmounted,
  };
  const { arms, rest } = dispatched(recorder, (facts) => {
    const names = facts.flatMap((f) => (f.k === 'atom' && byName(f) ? [f.arguments[0]!] : []));
    return name === null && names.length > 0 ? [...new Set(names)].join('.') : null;
  });
  // `name.startsWith('admin.')` tests for what several have in common.
  const isPrefix = (key: string): boolean =>
    [...arms.keys()].some(
      (k) => k !== key && (/\W$/.test(key) ? k.startsWith(key) : k.startsWith(`${key}.`)),
    );
  for (const [key, arm] of arms)
    if (!isPrefix(key))
      it.observations.push({
        ...common,
        trigger: trigger(key),
        registration: arm.at,
        at: arm.at,
        effects: arm.effects,
        reached: arm.facts,
      });
  if (name !== null || arms.size === 0)
    it.observations.push({
      ...common,
      trigger: trigger(name === null ? '*' : (textOf(name) ?? '?')),
      registration: place,
      at: null,
      effects: rest,
      reached,
    });
}
function argumentsFor(it: Evaluator, listener: Value, name: Value | null): Value[] {
  const message = unknown(['message']);
  const head = name === null ? [unknown(['message.name'])] : [];
  if (listener.k !== 'function') return [...head, message, acknowledgement(it)];
  const params = listener.fn.params.slice(listener.bound.length + head.length);
  const given = params.map((p) =>
    p.pattern.k === 'identifier' && CALLBACK.test(p.pattern.name) ? acknowledgement(it) : message,
  );
  return [...head, ...given];
}
