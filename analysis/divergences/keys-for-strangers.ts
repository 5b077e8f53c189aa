import { CALLER } from '../model/caller.js';
import type { Effect, EntryPoint } from '../model/model.js';
import { isEntityEffect, isInput, isReading } from '../precedents/acting.js';
import { hasCaller } from '../precedents/precedents.js';
import { fingerprint, guardNear, nameOf, placesOf, precedentsOf, sentence } from './describe.js';
import type { Finding } from './finding.js';
import { remedyOf, type AgainstPeers } from './missing-protection.js';
import { byProgram } from './programs.js';

/** What opens other doors: keys and secrets that a program keeps for its users, and not what strangers are mailed or signed in by. */
const KEY = /(?:api|access|private|secret)_?keys?$|secrets?$/i;

/**
 * Whoever asks makes, changes or takes away a record that holds a key, and nobody is asked who they are, in a program that asks elsewhere (OWASP API2:2023).
 * It takes no peers to say so: those that do the like may all have been forgotten. A warning.
 */
export function keysForStrangers({ index, all }: AgainstPeers): Finding[] {
  const told = new Set(
    all.flatMap(({ entryPoint, evidence }) =>
      evidence.some((x) => x.protection === 'authentication' && x.confidence !== 'low') ? [entryPoint] : [],
    ),
  );
  return byProgram(index.entryPoints).flatMap((entryPoints) => {
    const asking = entryPoints.filter((p) => p.protections.includes('authentication'));
    if (asking.length < SEVERAL) return [];
    return entryPoints.flatMap((e) => {
      const key =
        told.has(e) || index.isToldApart(e) || !isForStrangers(e) ? undefined : e.effects.find(isKeyChanged);
      return key ? [findingOf(e, key, asking)] : [];
    });
  });
}
/** So many show that a program knows its callers by itself, and not by what stands in front of all of it. */
const SEVERAL = 3;
const isForStrangers = (e: EntryPoint): boolean =>
  e.public === null &&
  hasCaller(e) &&
  !isReading(e) &&
  !e.unknown.includes('authentication') &&
  !e.protections.some((p) => CALLER.has(p));
/** The request says which, or whose. */
const isKeyChanged = (x: Effect): boolean =>
  isEntityEffect(x) &&
  x.class === 'write' &&
  KEY.test(x.target) &&
  !x.check &&
  !x.notes &&
  x.subjects.length > 0 &&
  x.subjects.every(isInput);
const DOES = { create: 'creates', update: 'changes', delete: 'deletes' } as Readonly<Record<string, string>>;
function findingOf(e: EntryPoint, { operation, target }: Effect, asking: readonly EntryPoint[]): Finding {
  return {
    id: fingerprint('missing-protection', 'authentication', e.id),
    rule: 'missing-protection',
    level: 'warning',
    confidence: 'medium',
    status: 'new',
    blocking: false,
    missing: 'authentication',
    ...placesOf(e),
    place: e.registration,
    message: `${sentence(nameOf(e))} ${DOES[operation] ?? operation} ${target} for whoever asks; ${asking.length} other entry points of the program ask who calls.`,
    remedy: remedyOf(
      guardNear(e, asking, 'authentication'),
      'authentication',
      e.trigger.kind === 'websocket',
    ),
    precedents: precedentsOf(asking, 'authentication', e),
    affects: [],
  };
}
