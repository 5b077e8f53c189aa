import type { ChainLink, Effect, EntryPoint } from '../model/model.js';
import { isInput } from './acting.js';
import { ACCOUNT, standsWith } from './another-kind.js';
import type { Evidence } from './evidence.js';
import { onMachine } from './same-line.js';
import { isAskedOfNothing, isBesideTheFirst } from './second-record.js';
import { fixedPart, SECRET } from './weak-evidence.js';

/**
 * What a change brings is compared with a program that its reviewers know; what has long stood there has been passed by many who
 * knew why. In a large program that is loud only where it is hard to say what else it could be than forgotten: the request itself
 * names the record that is acted on, and what stands beside it asks.
 */
export function isFirm(e: EntryPoint, evidence: Evidence, all: readonly EntryPoint[]): boolean {
  const { protection, effect } = evidence;
  if (evidence.atLine) return true;
  if (!effect)
    return (isRule(evidence) || e.effects.some(onMachine)) && !isBesideOthersWithout(e, evidence, all);
  if (effect.subjects.length > 0 && effect.subjects.every(isOfSession)) return false;
  const write = effect.class === 'write';
  if (protection === 'authentication')
    return write
      ? !isOfStrangers(e, effect) && (isNamed(effect) || isRule(evidence))
      : SECRET.test(effect.target) || (isNamedOnly(effect) && isOpenAlone(e, evidence, all));
  if (protection === 'ownership') {
    if (evidence.first !== undefined) return true;
    if (e.effects.some((x) => x.bySecret || x.held)) return false;
    const isBeside = isBesideTheFirst(e, effect);
    if (e.chain.some(asksWhose) && !isBeside && !isAskedOfNothing(e, effect)) return false;
    if (evidence.peers === 1 && !standsWith(evidence.having[0]!, e)) return false;
    if (!write) return isNamedOnly(effect) && (isBeside || !e.protections.includes('ownership'));
    return isNamed(effect) || (shareBeside(e, evidence, all) ?? 0) >= MOST;
  }
  if (!write || !isEstablished(evidence)) return false;
  const beside = shareBeside(e, evidence, all);
  return isNamed(effect) ? beside === null || beside >= HALF : beside !== null && beside >= MOST;
}
/** Where there are few, each of them has it. */
const isEstablished = (x: Evidence): boolean =>
  x.having.length >= SEVERAL ? x.having.length >= x.peers * MOST : x.having.length >= 2 && isRule(x);
/** They are counted, they make themselves an account, and say of the token that they have that it is to be no more. */
const isOfStrangers = (e: EntryPoint, effect: Effect): boolean =>
  effect.tallies === true ||
  e.effects.some((x) => x.operation === 'create' && ACCOUNT.test(x.target)) ||
  (effect.operation === 'delete' &&
    e.effects.some((x) => x.target === effect.target && x.subjects.includes('credential')));
const SEVERAL = 3;
const MOST = 0.75;
const HALF = 0.5;
const isOfSession = (s: string): boolean => s === 'session' || s.startsWith('session.');
const asksWhose = ({ protections }: ChainLink): boolean => protections.includes('ownership');
/** The request has a say in which record it is. */
const isNamed = (x: Effect): boolean => x.subjects.some((s) => isInput(s) || s === `row:${x.target}`);
/** … and nothing else has. */
const isNamedOnly = (x: Effect): boolean => x.subjects.length > 0 && x.subjects.every(isInput);
/** It was compared with those that stand beside it, and what is public there, as a sign-in is, has it no more than this one has. */
const isBesideOthersWithout = (
  e: EntryPoint,
  { protection, having }: Evidence,
  all: readonly EntryPoint[],
): boolean =>
  having.every((p) => standsWith(p, e)) && besideIn(e, all).some((p) => !p.protections.includes(protection));
const isRule = ({ having, peers }: Evidence): boolean => having.length === peers;
const areOfOneKind = (p: EntryPoint, e: EntryPoint): boolean =>
  p !== e && p.program === e.program && p.trigger.kind === e.trigger.kind;
/** All that is registered or handled beside it, or below the same path, has it. */
function isOpenAlone(e: EntryPoint, { protection }: Evidence, all: readonly EntryPoint[]): boolean {
  const beside = [besideIn(e, all), belowSame(e, all)].filter((part) => part.length > 1);
  return beside.some((part) => part.every((p) => p.protections.includes(protection)));
}
const besideIn = (e: EntryPoint, all: readonly EntryPoint[]): EntryPoint[] =>
  all.filter((p) => areOfOneKind(p, e) && standsWith(p, e));
function belowSame(e: EntryPoint, all: readonly EntryPoint[]): EntryPoint[] {
  const path = fixedPart(e);
  return path === '' ? [] : all.filter((p) => areOfOneKind(p, e) && fixedPart(p) === path);
}
function shareBeside(e: EntryPoint, { protection }: Evidence, all: readonly EntryPoint[]): number | null {
  const beside = besideIn(e, all);
  return beside.length === 0
    ? null
    : beside.filter((p) => p.protections.includes(protection)).length / beside.length;
}
