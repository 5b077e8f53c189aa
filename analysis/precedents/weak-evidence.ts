import type { ChainLink, Effect, EntryPoint, Protection } from '../model/model.js';
import { isEntityEffect, isInput } from './acting.js';
import type { ByProducts } from './by-products.js';
import { NEARLY_ALL } from './doors.js';
import type { Evidence } from './evidence.js';
import { parameterOf, recordsAbove } from './same-record.js';
import {
  areFewReaders,
  areManyOpen,
  isAnotherStep,
  isElsewhere,
  listsAll,
  needsFirmRule,
  reachesWide,
} from './another-kind.js';
import { guards, isHeldToOwn, limitsToOwn } from './whose.js';

/** What of an index is looked at here. */
interface Known {
  entryPoints: readonly EntryPoint[];
  arrived: ReadonlySet<string>;
  isByProduct: ByProducts;
  byTarget: ReadonlyMap<string, readonly EntryPoint[]>;
  /** How many entry points reach the line of an effect. */
  reaching(effect: Effect): number;
}
/** This part of those that do the like makes a rule; half of them make two kinds of them. */
const RULE = 0.75;

/**
 * That others have what this one lacks, and something about it says that it is no exception to their rule but of another kind.
 * Whoever looks through a program wants to see it; nobody should be kept from merging by it.
 */
export function isWeak(e: EntryPoint, evidence: Evidence, index: Known): boolean {
  const { protection, effect } = evidence;
  if (!effect) return false;
  const isWrite = effect.class === 'write';
  if (protection === 'authorization')
    return (
      !isWrite ||
      (asksWhose(e) && (isHalf(evidence) || needsFirmRule(e, evidence, index.entryPoints))) ||
      isElsewhere(e, evidence, index.entryPoints)
    );
  if (protection === 'authentication' && (asksWhose(e) || isAnotherStep(e, evidence, index.entryPoints)))
    return true;
  if (
    !isWrite &&
    (areFewReaders(e, evidence, index.entryPoints) ||
      areManyOpen(evidence) ||
      listsAll(e, evidence, index.entryPoints) ||
      (protection === 'ownership' && asksPermission(e)))
  )
    return true;
  if (isWrite && isAboutThePath(e, evidence)) return false;
  if (reachesWide(e, evidence, index.entryPoints)) return true;
  if (protection === 'ownership' && isForARole(e, effect, index)) return true;
  if (!isWrite)
    return protection === 'authentication'
      ? !SECRET.test(effect.target) && isInPublicPart(e, evidence, index)
      : isLeftToOthers(e, effect, index);
  const besides = writtenBesides(e, effect, index);
  return (
    (isHalf(evidence) && (protection === 'authentication' || besides.length > 0)) ||
    besides.some((x) => !guards(e, x, protection) && isNoRule(x.target, protection, index)) ||
    (besides.length > 0 && isConsequence(e, effect, protection)) ||
    (protection === 'ownership' && isLeftToOthers(e, effect, index))
  );
}
/**
 * It changes the very record below which its path stands, of whoever is known, and nothing is asked of whose anything is: that it does
 * more besides makes it no other step. Two in three of those that change such records ask.
 */
const isAboutThePath = (e: EntryPoint, { protection, effect, having, peers }: Evidence): boolean =>
  protection === 'ownership' &&
  effect !== null &&
  having.length >= 3 &&
  having.length * 3 >= peers * 2 &&
  guards(e, effect, 'authentication') &&
  !guards(e, effect, 'authorization') &&
  !e.protections.includes('ownership') &&
  effect.subjects.length > 0 &&
  recordsAbove(e).some((r) => effect.subjects.every((s) => s === `params.${r.parameter}`));
/** About as many do without, and it is not the only one. */
const isHalf = ({ having, peers }: Evidence): boolean =>
  having.length < peers * RULE && peers - having.length > 1;
const asksWhose = (e: EntryPoint): boolean => e.protections.includes('ownership');
const asksPermission = (e: EntryPoint): boolean => e.protections.includes('authorization');
/**
 * Not nearly all others that read these records ask who calls, and nothing does of what stands with it: in the file that registers
 * it, or that handles it, or below the same path.
 */
function isInPublicPart(e: EntryPoint, { having, peers }: Evidence, index: Known): boolean {
  if (having.length >= peers * NEARLY_ALL) return false;
  const others = index.entryPoints.filter(
    (p) =>
      p !== e && p.program === e.program && p.trigger.kind === e.trigger.kind && !index.arrived.has(p.id),
  );
  const path = fixedPart(e);
  const beside = others.filter((p) => p.registration.file === e.registration.file);
  const handled = others.filter((p) => e.handler !== null && p.handler?.file === e.handler.file);
  // What shows itself why it is open says nothing of what stands below the same path.
  const below = others.filter((p) => p.public === null && path !== '' && fixedPart(p).startsWith(path));
  return (
    [beside, handled].some((part) => part.length > 0 && part.every(asksNobody)) ||
    (below.length > 1 && below.every(asksNobody))
  );
}
/** What such records hold is for no public part of a program: whoever left that out forgot the guard of a whole file. */
export const SECRET = /secret|credential|password|(?:api|access|private)_?key/i;
const asksNobody = (p: EntryPoint): boolean =>
  !p.protections.includes('authentication') && !p.unknown.includes('authentication');
/** What of a path comes before its first parameter, or its last part. */
export function fixedPart({ trigger }: EntryPoint): string {
  if (!('path' in trigger) || trigger.path === null) return '';
  const segments = trigger.path.split('/').filter(Boolean);
  const parameter = segments.findIndex((s) => parameterOf(s) !== null);
  const fixed = segments.slice(0, parameter < 0 ? -1 : parameter);
  return fixed.map((s) => `${s}/`).join('');
}
/** Records of other kinds that it changes. */
const writtenBesides = (e: EntryPoint, effect: Effect, { isByProduct }: Known): Effect[] =>
  e.effects.filter(
    (x) => isEntityEffect(x) && x.class === 'write' && x.target !== effect.target && !isByProduct(e, x),
  );
/** Of the others that change these, not three in four ask for it: what is done here is more than what the rule is about. */
function isNoRule(target: string, protection: Protection, index: Known): boolean {
  const writers = (index.byTarget.get(target) ?? []).flatMap((p) => {
    if (p.public !== null) return [];
    const written = p.effects.filter((x) => isEntityEffect(x) && x.target === target && x.class === 'write');
    return written.length > 0 ? [written.every((x) => guards(p, x, protection))] : [];
  });
  const others = writers.length - 1;
  return others > 0 && writers.filter(Boolean).length < others * RULE;
}
/** The request names none of these records: they are found by others that it came upon, and change along with what it is about. */
function isConsequence(e: EntryPoint, effect: Effect, protection: Protection): boolean {
  const alike = e.effects.filter(
    (x) => x.target === effect.target && x.class === effect.class && !guards(e, x, protection),
  );
  const isNamed = (x: Effect): boolean =>
    x.subjects.some(isInput) ||
    (x.subjects.includes(`row:${x.target}`) &&
      e.effects.some((y) => y.target === x.target && y.class === 'read' && y.subjects.some(isInput)));
  return alike.every((x) => x.subjects.some((s) => s.startsWith('row:')) && !isNamed(x));
}
/**
 * It asks whose something is, and what is acted on besides is so by code that others reach as well, or is found by what it came
 * upon: that the question covers it too is likelier not to be seen than not to be so. A second record that the request names
 * is another matter.
 */
function isLeftToOthers(e: EntryPoint, effect: Effect, index: Known): boolean {
  if (!asksWhose(e)) return false;
  const isReached = index.reaching(effect) > 1 && limitsToOwn(e, index.isByProduct);
  const asked = new Set(e.effects.flatMap((x) => (x.protections.includes('ownership') ? x.subjects : [])));
  const isFoundByName = (target: string): boolean =>
    e.effects.some((x) => x.target === target && x.class === 'read' && x.subjects.some((s) => NAMED.test(s)));
  const isNamed =
    isNamedBy(effect.subjects) ||
    (isFoundByName(effect.target) && effect.subjects.every((s) => s === `row:${effect.target}`));
  if (!isNamed) return isReached || e.chain.some(asksWhoseAlone);
  return isReached && !effect.subjects.every((s) => s.startsWith('params.') && !asked.has(s));
}
/** Values of the request, by names of their own: `data` is what a schema made of all of them. */
const NAMED = /^(?:params|query|body|message)\.(?!data$)/;
const isNamedBy = (subjects: readonly string[]): boolean =>
  subjects.length > 0 && subjects.every((s) => NAMED.test(s));
/** Whose something is, and not who calls. */
const asksWhoseAlone = ({ protections }: ChainLink): boolean =>
  protections.includes('ownership') && !protections.includes('authentication');
/** A permission is asked for that opens everybody's, and whose anything is by nothing but what says who calls. */
const isForARole = (e: EntryPoint, effect: Effect, index: Known): boolean =>
  guards(e, effect, 'authorization') &&
  !e.chain.some(asksWhoseAlone) &&
  !e.effects.some((x) => isEntityEffect(x) && !x.check && !x.own && x.protections.includes('ownership')) &&
  !isHeldToOwn(e, effect, index.byTarget.get(effect.target) ?? []);
