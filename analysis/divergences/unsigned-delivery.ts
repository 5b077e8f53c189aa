import { CALLER } from '../model/caller.js';
import { isSignIn } from '../model/effects.js';
import type { EntryPoint, Model } from '../model/model.js';
import { isReading } from '../precedents/acting.js';
import { addressesAbove } from './addresses-above.js';
import {
  commonGuard,
  fingerprint,
  INLINE,
  nameOf,
  placesOf,
  precedentsOf,
  sentence,
  weighed,
} from './describe.js';
import type { Finding } from './finding.js';
import { byProgram } from './programs.js';

interface Family {
  /** How what belongs to it is told: "below /webhooks". */
  common: string;
  signed: EntryPoint[];
}

/**
 * What other services deliver is signed by them, and of one delivery nobody asks for that: whoever knows its address delivers what
 * they like (CWE-345). Told of what acts, asks nothing of who calls, and stands where nothing else does so: below one address, or
 * in one file, at least half ask for a signature, and the rest who calls. An error where two or more ask for one, else a warning.
 *
 * @param arrived ids of entry points that a change brings: how many of them ask for nothing is no rule
 */
export function unsignedDeliveries(model: Model, arrived: ReadonlySet<string> = new Set()): Finding[] {
  return byProgram(model.entryPoints).flatMap((all) => {
    if (!all.some(isSigned)) return [];
    return all.filter(takesAnything).flatMap((e): Finding[] => {
      const family = familyOf(e, all, arrived);
      return family ? [findingOf(e, family)] : [];
    });
  });
}
/** Whoever has to sign what they send need not sign in besides, and the other way round: one remedy, the one that more of its kind show. */
export function withoutWhatSignaturesSettle(findings: readonly Finding[]): Finding[] {
  const about = (missing: string, isTold: (f: Finding) => boolean): Set<string | null> =>
    new Set(findings.filter((f) => f.missing === missing && isTold(f)).map((f) => f.entryPoint));
  const signed = about('signature', (f) => f.rule === 'missing-protection' && f.level === 'error');
  const known = about('authentication', (f) => f.entryPoint !== null && f.level !== 'note');
  return findings.filter((f) => {
    if (f.rule !== 'missing-protection' || f.entryPoint === null) return true;
    if (f.missing === 'authentication') return !signed.has(f.entryPoint);
    return f.missing !== 'signature' || f.level === 'error' || !known.has(f.entryPoint);
  });
}
const isSigned = (e: EntryPoint): boolean => e.protections.includes('signature');
const asks = (e: EntryPoint): boolean => e.protections.some((p) => CALLER.has(p));
/** It lets whoever calls do something that lasts, for no reason that is known. */
const takesAnything = (e: EntryPoint): boolean =>
  isSent(e) &&
  e.public === null &&
  e.asks === undefined &&
  !asks(e) &&
  !e.unknown.some((p) => CALLER.has(p)) &&
  acts(e) &&
  !e.effects.some(isSignIn);
const acts = (e: EntryPoint): boolean => e.effects.some((x) => x.class === 'write');
/** Nobody delivers by taking something away. */
const isSent = (e: EntryPoint): boolean =>
  e.trigger.kind === 'http' && !isReading(e) && e.trigger.method !== 'DELETE';

function familyOf(e: EntryPoint, all: readonly EntryPoint[], arrived: ReadonlySet<string>): Family | null {
  const others = all.filter(
    (o) => o.id !== e.id && isSent(o) && (asks(o) || (acts(o) && !arrived.has(o.id))),
  );
  for (const address of addressesAbove(e)) {
    const below = others.filter((o) => addressesAbove(o).includes(address));
    const signed = below.filter(isSigned);
    if (signed.length > 0) return isRule(below, signed) ? { common: `below ${address}`, signed } : null;
  }
  const { file } = e.registration;
  const beside = others.filter((o) => o.registration.file === file);
  const signed = beside.filter(isSigned);
  return signed.length >= ESTABLISHED && isRule(beside, signed) ? { common: `in ${file}`, signed } : null;
}
const isRule = (all: readonly EntryPoint[], signed: readonly EntryPoint[]): boolean =>
  all.every(asks) && signed.length * 2 >= all.length;
/** Fewer than this may be what one of them needs. */
const ESTABLISHED = 2;
function findingOf(e: EntryPoint, { common, signed }: Family): Finding {
  const precedents = precedentsOf(signed, 'signature', e);
  const guard = commonGuard(precedents);
  const named = guard && guard.guard !== INLINE ? `\`${guard.guard}\`, ` : '';
  return {
    id: fingerprint('missing-protection', 'signature', e.id),
    rule: 'missing-protection',
    ...weighed(signed.length >= ESTABLISHED),
    missing: 'signature',
    ...placesOf(e),
    place: e.registration,
    message: `${sentence(nameOf(e))} does what anybody sends it: ${signed.length === 1 ? 'what else is' : `${signed.length} others that are`} sent ${common} ${signed.length === 1 ? 'has' : 'have'} to be signed.`,
    remedy: `Check the signature of the sender before anything is done${guard ? `, as ${named}${guard.file}:${guard.line} does` : ''}.`,
    precedents,
    affects: [],
  };
}
