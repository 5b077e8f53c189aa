import type { Place, Trigger } from '../model/model.js';
import { triggerText } from '../model/trigger.js';
import type { Evaluator } from './evaluator.js';
import { dispatched } from './dispatch.js';
import { joinFacts, type Atom, type Fact, type Refusal } from './fact.js';
import { isolated } from './isolation.js';
import { Recorder, type AppliedLink } from './recorder.js';
import { sourcesOf, type Site, type Value } from './value.js';

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
  /** Runs what stands in front of the handler, in order, and says what each did. */
  chain?(recorder: Recorder): Iterable<AppliedLink> | void;
  /** Calls the handler, with `runHandler`. What it yields is given away: where the handler answers by returning. */
  work(): Value | void;
  /** Told of every answer given while the handler ran; false: this is no entry point after all. */
  keep?(answers: readonly Refusal[]): boolean;
  /** Where it answers with plain values: the answer that one is. */
  answerOf?(value: Value): Refusal | null;
  /** Tests inside the handler that choose what it does: each outcome is an entry point of its own. */
  dispatch?: Dispatch;
  steps?: number;
}
export interface Dispatch {
  /** Does this test choose, rather than guard? */
  chooses(atom: Atom): boolean;
  /** What sets off the work behind these tests; null where they choose nothing. */
  triggerOf(facts: readonly Fact[]): Trigger | null;
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
  const link = { name: 'not followed', arguments: [], place, definition: null, facts: [], opaque: true };
  it.observations.push({
    ...common(run, place),
    links: [link],
    effects: [],
    released: new Set(),
    reached: [],
  });
  return complete;
}
function observe(it: Evaluator, run: EntryPointRun, place: Place): boolean {
  const { dispatch } = run;
  const recorder = new Recorder(null, dispatch && ((atom) => dispatch.chooses(atom)));
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
      if (result) recorder.release(sourcesOf(result, 5));
    });
    reached = it.facts;
  });
  it.answers = null;
  if (!complete) it.gap('following this handler took more steps than one entry point is given', place);
  if (recorder.endings.length > 0) reached = recorder.endings.reduce(joinFacts);
  if (recorder.handsOver && recorder.effects.every((e) => e.inChain)) return complete;
  if (run.keep && !run.keep(answers)) return complete;
  const { links, released } = recorder;
  const shared = { ...common(run, place), links, released };
  const triggers = new Map<string, Trigger>();
  const { arms, rest } = dispatched(recorder, (facts) => {
    const trigger = dispatch?.triggerOf(facts) ?? null;
    if (trigger === null) return null;
    triggers.set(triggerText(trigger), trigger);
    return triggerText(trigger);
  });
  // `if (path === '/x') { if (method === 'POST') … }`: the outer arm is no entry point of its own.
  const isOuter = (t: Trigger): boolean =>
    t.kind === 'http' &&
    t.method === 'ALL' &&
    [...triggers.values()].some((o) => o !== t && o.kind === 'http' && o.path === t.path);
  for (const [key, { at, facts, effects }] of [...arms].filter(([k]) => !isOuter(triggers.get(k)!)))
    it.observations.push({
      ...shared,
      trigger: triggers.get(key)!,
      registration: at,
      at,
      effects,
      reached: facts,
    });
  if (arms.size === 0 || rest.some((e) => !e.inChain))
    it.observations.push({ ...shared, effects: rest, reached });
  return complete;
}
const common = (run: EntryPointRun, registration: Place) => ({
  framework: run.framework,
  trigger: run.trigger,
  registration,
  handler: run.handler,
  at: run.at ?? null,
  unmounted: run.unmounted ?? false,
});
