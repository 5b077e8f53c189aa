import type { Evaluator } from '../../wiring/evaluator.js';
import type { Fact, Refusal } from '../../wiring/fact.js';
import { isolated } from '../../wiring/isolation.js';
import { Recorder, type RecordedEffect } from '../../wiring/recorder.js';
import type { Site } from '../../wiring/value.js';

const VERB = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/;
/** Stands for a method that a handler does not name. */
export const OTHER_METHOD = '(other)';

/** The methods that a handler compares its request's with, when it is run for any method. */
export function methodsOf(it: Evaluator, site: Site, work: () => void): string[] {
  const found = new Set<string>();
  const note = (fact: Fact): boolean => {
    if (fact.k !== 'any' && fact.sources.includes('request.method'))
      for (const argument of fact.arguments)
        if (VERB.test(argument.toUpperCase())) found.add(argument.toUpperCase());
    return false;
  };
  const recorder = new Recorder(null, note);
  recorder.isTrial = true;
  it.attempt(it.place(site), () => {
    isolated(it, recorder, STEPS, () => void it.quietly(work));
  });
  return [...found].sort();
}
const STEPS = 60_000;

/**
 * Does a handler serve a method for which it gave these answers and did this? One that it does not name is served where it is
 * answered well, or something is written for it: what is read on the way to a refusal is given to nobody.
 */
export function isServed(
  answers: readonly Refusal[],
  done: readonly RecordedEffect[],
  isNamed: boolean,
): boolean {
  if (done.some((e) => isNamed || e.class === 'write')) return true;
  if (!isNamed) return answers.some((a) => (a.status ?? 200) < 300);
  return answers.length === 0 || answers.some((a) => a.status !== 405 && a.status !== 404);
}
