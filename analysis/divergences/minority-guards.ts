import type { EntryPoint, Protection } from '../model/model.js';
import { isEntityEffect } from '../precedents/acting.js';
import { COMPARED, type Evidence } from '../precedents/evidence.js';
import { guards } from '../precedents/whose.js';
import {
  AS_NOTE,
  commonGuard,
  fingerprint,
  listed,
  nameOf,
  OF_NO_ENTRY_POINT,
  precedentsOf,
} from './describe.js';
import type { Finding } from './finding.js';
import type { AgainstPeers } from './missing-protection.js';

/** An entry point that changes an entity without what a few of the others have. */
interface Open {
  entryPoint: EntryPoint;
  evidence: Evidence & { effect: NonNullable<Evidence['effect']> };
}

/**
 * Fewer than half of those that change an entity ask for something. That is no rule, so that nothing is missing by it; but whoever
 * wrote the guard thought that it was needed, and it keeps nobody out who takes another door. One note for an entity and a program.
 */
export function minorityGuards({ index, all }: AgainstPeers): Finding[] {
  // What is told of some of them need not be said of all.
  const told = new Set(
    all.flatMap(({ evidence }) => evidence.flatMap((x) => (isFew(x) || !x.effect ? [] : [keyOf(x)]))),
  );
  const groups = new Map<string, Open[]>();
  for (const { entryPoint, evidence } of all) {
    // Who was told apart by a marker or a list was not forgotten.
    if (index.isToldApart(entryPoint)) continue;
    for (const x of evidence) {
      if (!isFew(x) || told.has(keyOf(x)) || !isLike(entryPoint, x)) continue;
      const key = `${entryPoint.program}: ${x.effect.target}`;
      groups.set(key, [...(groups.get(key) ?? []), { entryPoint, evidence: x }]);
    }
  }
  return [...groups].flatMap(([key, group]) => {
    for (const protection of COMPARED) {
      const open = group.filter((o) => o.evidence.protection === protection);
      const found = findingOf(key, protection, open);
      if (found) return [found];
    }
    return [];
  });
}
const keyOf = ({ effect, protection }: Evidence): string => `${effect!.target}|${protection}`;
/** Too few have it for a rule, of those that change the same. */
const isFew = (x: Evidence): x is Open['evidence'] =>
  x.confidence === 'low' && x.effect !== null && x.effect.class === 'write' && x.apart === undefined;
/**
 * It could be asked what they ask. Where nobody has to be known there is nobody to be asked more, and who was asked whose it is
 * needs no permission; what only counts is done to everybody's.
 */
function isLike(e: EntryPoint, { protection, effect }: Open['evidence']): boolean {
  if (effect.raises || effect.tallies || effect.notes) return false;
  if (protection === 'authentication') return true;
  // What is just made belongs to whoever makes it; and who was asked whose something is acts on the rest along with that.
  if (protection === 'ownership' && (isMaking(effect) || e.protections.includes('ownership'))) return false;
  return (
    guards(e, effect, 'authentication') &&
    !(protection === 'authorization' && e.protections.includes('ownership'))
  );
}

function findingOf(key: string, protection: Protection, all: readonly Open[]): Finding | null {
  const program = all[0]?.entryPoint.program;
  const target = all[0]?.evidence.effect.target;
  const having = [...new Set(all.flatMap((o) => o.evidence.having))].filter(
    (p) => p.program === program && writes(p, target).length > 0,
  );
  const makes = having.some((p) => writes(p, target).some(isMaking));
  const changes = having.some((p) => !writes(p, target).every(isMaking));
  // Who makes something and who changes what is there are asked differently; that strangers may make it is common.
  const isAlike = ({ evidence: { effect } }: Open): boolean => (isMaking(effect) ? makes : changes);
  const open =
    protection === 'authentication'
      ? all.some((o) => !isMaking(o.evidence.effect) || makes)
        ? all
        : []
      : all.filter(isAlike);
  const [first] = open;
  if (!first || having.length === 0 || having.length >= open.length) return null;
  const precedents = precedentsOf(having, protection);
  const model = commonGuard(precedents)!;
  const number = having.length + open.length;
  const names = open.map((o) => nameOf(o.entryPoint));
  const shown =
    names.length > SHOWN ? [...names.slice(0, SHOWN - 1), `${names.length - SHOWN + 1} more`] : names;
  return {
    id: fingerprint('missing-protection', protection, `few: ${key}`),
    rule: 'missing-protection',
    ...AS_NOTE,
    missing: protection,
    ...OF_NO_ENTRY_POINT,
    place: first.entryPoint.registration,
    message: `Only ${having.length} of the ${number} entry points that change ${target} ${having.length === 1 ? 'asks' : 'ask'} ${ASKS[protection]}; ${listed(shown)} ${names.length === 1 ? 'does' : 'do'} not.`,
    remedy: `If they are for the same callers, ask the same there as ${model.file}:${model.line} does; else that check keeps nobody out.`,
    precedents,
    affects: open.map((o) => o.entryPoint.id),
  };
}
const SHOWN = 4;
const writes = (e: EntryPoint, target: string | undefined): EntryPoint['effects'] =>
  e.effects.filter((x) => isEntityEffect(x) && x.class === 'write' && x.target === target);
const isMaking = ({ operation }: { operation: string }): boolean => operation === 'create';
const ASKS = {
  authentication: 'who calls',
  authorization: 'for a role or permission',
  ownership: 'whether it belongs to the caller',
} as Readonly<Record<string, string>>;
