import type { Evaluator } from '../wiring/evaluator.js';
import type { Atom, Fact, Refusal } from '../wiring/fact.js';
import { isolated } from '../wiring/isolation.js';
import type { Dispatch } from '../wiring/observe.js';
import { Recorder } from '../wiring/recorder.js';
import type { Site } from '../wiring/value.js';

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
  it.attempt(it.place(site), () => {
    isolated(it, new Recorder(null, note), STEPS, () => void it.quietly(work));
  });
  return [...found].sort();
}
const STEPS = 60_000;

/**
 * Does a handler serve a method for which it gave these answers? One that it does not name is served where it is
 * answered well, or something is done for it.
 */
export function isServed(answers: readonly Refusal[], acts: boolean, isNamed: boolean): boolean {
  if (acts) return true;
  if (!isNamed) return answers.some((a) => (a.status ?? 200) < 300);
  return answers.length === 0 || answers.some((a) => a.status !== 405 && a.status !== 404);
}

const choosesPath = (atom: Atom): boolean =>
  atom.test === 'equal' &&
  atom.arguments.length > 0 &&
  atom.sources.length > 0 &&
  atom.sources.every((s) => s === 'request.path' || s === 'request.method');
/** A handler for everything chooses by path and method what to do. */
export const BY_PATH: Dispatch = {
  chooses: choosesPath,
  triggerOf: (facts) => {
    const of = (source: string): string | undefined =>
      facts.find((f): f is Atom => f.k === 'atom' && choosesPath(f) && f.sources.includes(source))
        ?.arguments[0];
    const at = of('request.path');
    return at === undefined
      ? null
      : { kind: 'http', method: of('request.method')?.toUpperCase() ?? 'ALL', path: at };
  },
};
