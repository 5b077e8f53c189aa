import type { SharedRoute } from '../model/model.js';
import type { Evaluator } from './evaluator.js';
import type { Fact } from './fact.js';
import type { AppliedLink } from './recorder.js';
import { UNDEFINED, type Site, type Value } from './value.js';

/** A way by which requests arrive at what answers many entry points by one address: what stood in front of it. */
export interface Door {
  facts: readonly Fact[];
  links: readonly AppliedLink[];
  route: SharedRoute | null;
}

/**
 * Takes down by which door a request has come, which is handed on to what is behind. Null where nothing is recorded, and in front
 * of other routes: there it answers what it serves, and is not in the way of the rest.
 */
export function doorHere(it: Evaluator): Door | null {
  const { recorder } = it;
  if (!recorder || recorder.inChain) return null;
  recorder.handOn();
  return { facts: it.facts, links: [...recorder.links], route: recorder.route() };
}
/** What it does not answer goes on. */
export function goOn(it: Evaluator, args: readonly Value[], site: Site): Value {
  const next = args.find((a) => a.k === 'builtin' && a.name === 'next');
  return next ? it.call(next, [], UNDEFINED, site) : UNDEFINED;
}
/** What has been passed by whoever comes in by a door. */
export function* comingBy(it: Evaluator, door: Door | null): Generator<AppliedLink, void> {
  if (!door) return;
  if (it.recorder) it.recorder.door = door.route;
  it.facts = door.facts;
  yield* door.links;
}
