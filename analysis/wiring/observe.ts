import type { Place, Trigger } from '../model/model.js';
import { triggerText } from '../model/trigger.js';
import type { Evaluator } from './evaluator.js';
import { dispatched, type DispatchedArm } from './dispatch.js';
import { joinFacts, type Atom, type Fact, type Refusal } from './fact.js';
import { isolated } from './isolation.js';
import { passedOn } from './middleware.js';
import { CUT_SHORT } from '../model/chain.js';
import { opaqueLink, Recorder, type AppliedLink, type RecordedEffect } from './recorder.js';
import type { Site, Value } from './value.js';

/** An entry point that a model is about to run. */
export interface EntryPointRun {
  framework: string;
  trigger: Trigger;
  registration: Site;
  handler: Value | null;
  /** Where it is declared, when that is not in code. */
  place?: Place;
  /** Where the work is, when it is not the whole handler. */
  at?: Place;
  unmounted?: boolean;
  /** What answers it is made there, where the program has several that answer apart from each other. */
  application?: Site;
  /** Runs what stands in front of the handler, in order, and says what each did. */
  chain?(recorder: Recorder): Iterable<AppliedLink> | void;
  /** Calls the handler, with `runHandler`. What it yields is given away: where the handler answers by returning. */
  work(): Value | void;
  /** Told of every answer given while the handler ran, and of what it did; false: this is no entry point after all. */
  keep?(answers: readonly Refusal[], done: readonly RecordedEffect[]): boolean;
  /** Where it answers with plain values: the answer that one is. */
  answerOf?(value: Value): Refusal | null;
  /** Tests inside the handler that choose what it does: each outcome is an entry point of its own. */
  dispatch?: Dispatch;
  steps?: number;
}
export interface Dispatch {
  /** Does this test choose, rather than guard? */
  chooses(atom: Atom): boolean;
  /** What sets off the work behind these tests, which may be one of several; null where they choose nothing. */
  triggerOf(facts: readonly Fact[]): Trigger | readonly Trigger[] | null;
  /** Is this one an entry point, where nothing is done for it? Left out: each is. */
  keepsIdle?(trigger: Trigger): boolean;
  /** What belongs to no choice is an entry point only where it writes: the rest is somebody else's. */
  onlyArms?: boolean;
}
/** Steps for one entry point's chain and handler. */
const ENTRY_POINT_STEPS = 60_000;

/**
 * Runs one entry point's chain and handler on their own and takes down what they did. When following them fails inside
 * the analysis, the entry point is still known to be there, with everything about it unknown. False when it took more
 * steps than it is given.
 */
export function observeEntryPoint(it: Evaluator, run: EntryPointRun): boolean {
  const place = run.place ?? it.place(run.registration);
  const failures = it.failures.length;
  let complete = true;
  it.attempt(place, () => {
    complete = observe(it, run, place);
  });
  if (it.failures.length === failures) return complete;
  const link = opaqueLink(CUT_SHORT, place);
  it.observations.push({
    ...common(it, run, place),
    links: [link],
    effects: [],
    released: new Set(),
    reached: [],
  });
  return complete;
}
function observe(it: Evaluator, run: EntryPointRun, place: Place): boolean {
  const { dispatch } = run;
  const handler = run.handler && passedOn(it, run.handler);
  const recorder = new Recorder(null, dispatch && ((atom) => dispatch.chooses(atom)), run.trigger);
  recorder.registration = place;
  recorder.answerOf = run.answerOf ? (value) => run.answerOf!(value) : null;
  const answers: Refusal[] = [];
  let reached: readonly Fact[] = [];
  const complete = isolated(it, recorder, run.steps ?? ENTRY_POINT_STEPS, () => {
    recorder.inChain = true;
    for (const link of run.chain?.(recorder) ?? []) recorder.links.push(link);
    recorder.inChain = false;
    it.calls = [];
    it.answered = null;
    it.answers = answers;
    it.quietly(() => {
      const result = run.work();
      if (result) recorder.gives([result]);
    });
    reached = it.facts;
  });
  it.answers = null;
  if (!complete) {
    it.gap('following this handler took more steps than one entry point is given', place);
    // What was done without a guard has been seen; what is asked besides, further on, has not.
    if (recorder.inChain || !recorder.effects.some((e) => !e.inChain && e.class === 'write'))
      recorder.links.push(opaqueLink(CUT_SHORT, place));
  }
  if (recorder.isOverfull) it.gap('this handler does more than is taken down of one entry point', place);
  if (recorder.endings.length > 0) reached = recorder.endings.reduce(joinFacts);
  if (
    run.keep &&
    !run.keep(
      answers,
      recorder.effects.filter((e) => !e.inChain),
    )
  )
    return complete;
  const { links, released, cookies, uploads, unexplained, unfollowed, neglected, door } = recorder;
  const unread = recorder.unread.size;
  const shared = {
    ...common(it, run, place),
    handler,
    links,
    released,
    cookies,
    uploads,
    unexplained,
    unfollowed,
    unread,
    neglected,
    door,
  };
  const triggers = new Map<string, readonly Trigger[]>();
  const keyOf = (facts: readonly Fact[]): string | null => {
    const found = dispatch?.triggerOf(facts) ?? null;
    const several = found === null ? [] : 'kind' in found ? [found] : found;
    if (several.length === 0) return null;
    const key = several.map(triggerText).join(' | ');
    triggers.set(key, several);
    return key;
  };
  const { arms, rest } = dispatched(recorder, keyOf);
  // `path === '/' || path === '/index'`: one of them is asked for on the way, and both where it leads.
  const byTrigger = new Map<string, DispatchedArm & { trigger: Trigger }>();
  for (const [key, arm] of arms)
    for (const trigger of triggers.get(key)!) {
      const before = byTrigger.get(triggerText(trigger))?.effects ?? [];
      byTrigger.set(triggerText(trigger), { ...arm, effects: [...before, ...arm.effects], trigger });
    }
  const streams = new Set(
    recorder.streams.flatMap(
      (s): (string | null)[] => triggers.get(keyOf(s) ?? '')?.map(triggerText) ?? [null],
    ),
  );
  const all = [...byTrigger.values()].map((a) => a.trigger);
  for (const { trigger, at, facts, effects } of byTrigger.values()) {
    if (effects.length === 0 && dispatch?.keepsIdle?.(trigger) === false) continue;
    if (!isOuter(trigger, all) || effects.some((e) => !e.inChain && e.class === 'write'))
      it.observations.push({
        ...shared,
        trigger: answering(trigger, streams.has(triggerText(trigger))),
        registration: at,
        calls: [],
        at,
        effects,
        // `if (method !== 'POST') return`: all that follows is done in the arm that goes on.
        reached: facts.every((f) => reached.includes(f)) ? reached : facts,
      });
  }
  const own = rest.filter((e) => !e.inChain && (!dispatch?.onlyArms || e.class === 'write'));
  // What the request went on to has entry points of its own.
  if ((arms.size === 0 && !dispatch?.onlyArms && !recorder.isHandedOn) || own.length > 0)
    it.observations.push({
      ...shared,
      trigger: answering(run.trigger, streams.has(null)),
      effects: rest,
      reached,
    });
  return complete;
}
/** A request that is answered with a stream of server-sent events is one of those. */
const answering = (trigger: Trigger, streams: boolean): Trigger =>
  streams && trigger.kind === 'http' ? { ...trigger, kind: 'sse' } : trigger;
/** `if (path === '/x') { if (method === 'POST') … }`: the outer arm is no entry point of its own. */
function isOuter(t: Trigger, all: readonly Trigger[]): boolean {
  if (t.kind !== 'http' || t.path === null) return false;
  const { path } = t;
  const isBelow = (other: string | null): boolean =>
    path.endsWith('/*') && other !== null && other !== path && other.startsWith(path.slice(0, -1));
  return all.some(
    (o) =>
      o !== t &&
      o.kind === 'http' &&
      ((t.method === 'ALL' && o.method !== 'ALL' && o.path === path) || isBelow(o.path)),
  );
}
const common = (it: Evaluator, run: EntryPointRun, registration: Place) => ({
  framework: run.framework,
  trigger: run.trigger,
  registration,
  calls: run.place ? [] : (run.registration.calls ?? []).map((c) => c.place),
  handler: run.handler,
  at: run.at ?? null,
  unmounted: run.unmounted ?? false,
  ...(run.application ? { application: it.place(run.application) } : {}),
});
