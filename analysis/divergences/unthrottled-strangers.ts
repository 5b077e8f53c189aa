import { CALLER } from '../model/caller.js';
import { linksWith } from '../model/chain.js';
import { isSignIn } from '../model/effects.js';
import type { EntryPoint, Model } from '../model/model.js';
import { PUBLIC } from '../model/public.js';
import { isEntityEffect } from '../precedents/acting.js';
import { addressesAbove } from './addresses-above.js';
import { fingerprint, guardNear, nameOf, placesOf, precedentsOf, sentence, weighed } from './describe.js';
import type { Finding } from './finding.js';
import { byProgram } from './programs.js';

/**
 * What strangers may call as often as they like, where nearly all of its kind count how often they are called (OWASP API4:2023): of a program,
 * or of what is below one address, nine in ten, and ten at least, have a rate limit, and what it does reaches data. A warning.
 *
 * @param arrived ids of entry points that a change brings: without a limit they are no evidence against it
 */
export const unthrottledStrangers = (model: Model, arrived: ReadonlySet<string> = new Set()): Finding[] =>
  byProgram(model.entryPoints).flatMap((all) => {
    if (all.filter(isLimited).length < ESTABLISHED) return [];
    const families = familiesOf(all, arrived);
    return all.filter(isForStrangers).flatMap((e): Finding[] => {
      // A file that was forgotten is one thing that was forgotten, however many routes it has.
      const family = familiesAround(e)
        .map((at) => ({ ...at, others: (families.get(at.key) ?? []).filter((o) => !isBeside(o, e)) }))
        .find(({ others }) => isRule(others));
      if (!family || isExempt(e, family.others)) return [];
      return [findingOf(e, family.others, family.address)];
    });
  });
/** What counts the others stands in front of it as well, and was told not to count here. */
const isExempt = (e: EntryPoint, others: readonly EntryPoint[]): boolean => {
  const counting = new Set(others.flatMap((o) => linksWith(o, 'rate-limit').map((l) => l.name)));
  return e.chain.some((l) => l.position === 'applied' && counting.has(l.name));
};
const ESTABLISHED = 10;
const NEARLY_ALL = 0.9;
const isLimited = (e: EntryPoint): boolean => e.protections.includes('rate-limit');
const isRule = (others: readonly EntryPoint[]): boolean => {
  const having = others.filter(isLimited).length;
  return having >= ESTABLISHED && having >= others.length * NEARLY_ALL;
};
const isBeside = (o: EntryPoint, e: EntryPoint): boolean => o.registration.file === e.registration.file;
/** By kind, the nearest address first, and the whole program. */
const familiesAround = (e: EntryPoint): { key: string; address: string | null }[] =>
  [...addressesAbove(e), null].map((address) => ({ key: `${e.trigger.kind}|${address ?? ''}`, address }));
/** What answers by itself, as `OPTIONS` does, reaches nothing and is of no family. */
function familiesOf(
  all: readonly EntryPoint[],
  arrived: ReadonlySet<string>,
): ReadonlyMap<string, EntryPoint[]> {
  const families = new Map<string, EntryPoint[]>();
  for (const e of all) {
    if (e.unknown.includes('rate-limit') || UNCOUNTED.has(e.public ?? '')) continue;
    if (!isLimited(e) && (arrived.has(e.id) || !reachesData(e))) continue;
    for (const { key } of familiesAround(e)) {
      const known = families.get(key);
      if (known) known.push(e);
      else families.set(key, [e]);
    }
  }
  return families;
}
/** Nobody who could be told to wait. */
const UNCOUNTED: ReadonlySet<string> = new Set([PUBLIC.job, PUBLIC.message, PUBLIC.signed, PUBLIC.developed]);
const reachesData = (e: EntryPoint): boolean => e.effects.some(isEntityEffect);
/** What takes credentials is compared with what takes credentials. */
const isForStrangers = (e: EntryPoint): boolean =>
  !isLimited(e) &&
  reachesData(e) &&
  !UNCOUNTED.has(e.public ?? '') &&
  !e.protections.some((p) => CALLER.has(p)) &&
  !e.unknown.some((p) => p === 'rate-limit' || CALLER.has(p)) &&
  !e.effects.some(isSignIn);

function findingOf(e: EntryPoint, others: readonly EntryPoint[], address: string | null): Finding {
  const having = others.filter(isLimited);
  const guard = guardNear(e, having, 'rate-limit');
  const where = address === null ? 'of the program' : `below ${address}`;
  const which =
    having.length === others.length ? `all ${others.length}` : `${having.length} of ${others.length}`;
  return {
    id: fingerprint('missing-protection', 'rate-limit', e.id),
    rule: 'missing-protection',
    ...weighed(false),
    missing: 'rate-limit',
    ...placesOf(e),
    place: e.registration,
    message: `${sentence(nameOf(e))} may be called by anybody as often as they like; ${which} others ${where} have a rate limit.`,
    remedy: guard
      ? `Put \`${guard.guard}\` in front of it, as ${guard.file}:${guard.line} does.`
      : 'Put a rate limit in front of it.',
    precedents: precedentsOf(having, 'rate-limit', e),
    affects: [],
  };
}
