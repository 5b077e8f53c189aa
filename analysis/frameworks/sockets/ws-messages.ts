import type { Trigger } from '../../model/model.js';
import { dispatched } from '../../wiring/dispatch.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { Atom, Fact } from '../../wiring/fact.js';
import { Recorder, type DispatchArm, type Observation } from '../../wiring/recorder.js';
import { unknown, UNKNOWN, type Site, type Value } from '../../wiring/value.js';
import { nameOfMessage, namesMessage } from './message-dispatch.js';

/** Runs a message listener once; what it compares the message with makes the entry points. */
export function observeMessages(
  it: Evaluator,
  { path, framework = 'ws' }: { path: string | null; framework?: string },
  listener: Value,
  site: Site,
): void {
  if (!it.recorder) return;
  const outer = it.recorder;
  const recorder = new Recorder(outer, (atom) => namesMessage(atom) || presentIn(atom) !== null);
  let reached: readonly Fact[] = it.facts;
  const answered = it.answered;
  it.answered = null;
  // What an earlier message left, such as the room that somebody joined, is what this one finds.
  it.recorder = new Recorder();
  it.aside(() => void it.runHandler(listener, [unknown(['memory']), UNKNOWN], site));
  it.recorder = recorder;
  it.answered = null;
  it.aside(() => {
    const data = unknown(['message']);
    it.runHandler(listener, [data, UNKNOWN], site);
    reached = it.facts;
  });
  it.recorder = outer;
  it.answered = answered;
  // Of what is done for several names, none has its own part.
  const told = new Set(
    recorder.arms.flatMap((arm) => {
      const found = nameOfMessage(arm.facts);
      return found && !found.isOneOfSeveral ? [found.name] : [];
    }),
  );
  const compared = (facts: readonly Fact[]): string | null => {
    const found = nameOfMessage(facts);
    return found && !(found.isOneOfSeveral && told.has(found.name)) ? found.name : null;
  };
  const present = (facts: readonly Fact[]): string | null =>
    facts.map((f) => (f.k === 'atom' ? presentIn(f) : null)).find((n) => n !== null) ?? null;
  const nameOf = isToldByMembers(recorder.arms) ? present : compared;
  const { arms: messages, rest } = dispatched(recorder, nameOf);
  const common: Omit<Observation, 'trigger' | 'effects' | 'reached' | 'at'> = {
    framework,
    registration: it.place(site),
    handler: listener,
    links: [],
    released: recorder.released,
    neglected: recorder.neglected,
    unmounted: false,
  };
  const trigger = (name: string): Trigger => ({ kind: 'websocket', path, name });
  for (const [name, m] of messages)
    it.observations.push({
      ...common,
      registration: m.at,
      trigger: trigger(name),
      effects: m.effects,
      reached: m.facts,
      at: m.at,
    });
  if (messages.size === 0 && rest.length > 0)
    it.observations.push({ ...common, trigger: trigger('message'), effects: rest, reached, at: null });
}

/**
 * One member that is asked for is a check of the message; several tell messages apart, unless a name does. What is asked
 * first counts: what a message of one kind is compared with afterwards is a detail of it.
 */
function isToldByMembers(arms: readonly DispatchArm[]): boolean {
  const choices = arms.map((arm) =>
    arm.facts.filter((f): f is Atom => f.k === 'atom' && (namesMessage(f) || presentIn(f) !== null)),
  );
  const first = choices.flatMap(
    (atoms) => atoms.find((a) => !choices.every((others) => others.some((o) => isSameTest(o, a)))) ?? [],
  );
  const members = new Set(first.map(presentIn).filter((name) => name !== null));
  const names = new Set(first.filter(namesMessage).map((a) => a.arguments[0]));
  return members.size >= 2 && members.size > names.size;
}
const isSameTest = (a: Atom, b: Atom): boolean =>
  a.test === b.test && a.sources.join() === b.sources.join() && a.arguments.join() === b.arguments.join();

/** `if (message.login)`: which member a message has may say what it is. */
const presentIn = (atom: Atom): string | null =>
  atom.test === 'truthy' && atom.sources.length === 1
    ? (/^message\.(\w+)$/.exec(atom.sources[0]!)?.[1] ?? null)
    : null;
