import type { ChainLink, EntryPoint, Model, Protection } from '../model/model.js';
import { guards, isEntityEffect } from '../precedents/precedents.js';
import { fingerprint, INLINE, linkText, linkWith, sentence, nameOf, placesOf } from './describe.js';
import type { Finding } from './finding.js';

/** Losing one of these on an entry point that stays is reported. */
const KEPT: readonly Protection[] = [
  'authentication',
  'authorization',
  'ownership',
  'rate-limit',
  'signature',
  'csrf',
];
/** When one change takes a guard from more entry points than this, it is told once. */
const TOLD_ONE_BY_ONE = 8;

/** Entry points of base that are still there and have lost a protection. */
export function guardRemoved(base: Model, head: Model): Finding[] {
  const after = new Map(head.entryPoints.map((e) => [e.id, e]));
  // A message loses what its connection loses: told there.
  const connections = new Map(
    base.entryPoints.filter(isConnection).map((e) => [connectionOf(e), e] as const),
  );
  const isToldOfConnection = (e: EntryPoint, protection: Protection): boolean => {
    const had =
      isConnection(e) || e.trigger.kind !== 'websocket' ? undefined : connections.get(connectionOf(e));
    const has = had && after.get(had.id);
    return has !== undefined && lost(had!, has).includes(protection);
  };
  const unasked = base.entryPoints.flatMap((before) => {
    const now = after.get(before.id);
    return now && asksNoMore(before, now) ? [unaskedOf(before, now)] : [];
  });
  const losses = new Map<string, { before: EntryPoint; now: EntryPoint; protection: Protection }[]>();
  for (const before of base.entryPoints) {
    const now = after.get(before.id);
    if (!now || (now.public !== null && before.public === null && now.protections.includes('signature')))
      continue;
    for (const protection of lost(before, now)) {
      if (isToldOfConnection(now, protection)) continue;
      const link = lostLink(before, now, protection);
      const key = `${protection}|${link?.definition ? `${link.definition.file}:${link.definition.line}` : (link?.name ?? '')}`;
      losses.set(key, [...(losses.get(key) ?? []), { before, now, protection }]);
    }
  }
  const removed = [...losses.values()].flatMap((group) => {
    if (group.length <= TOLD_ONE_BY_ONE)
      return group.map(({ before, now, protection }) => findingOf(before, now, protection));
    return [togetherOf(group)];
  });
  return [...removed, ...unasked];
}
/**
 * It refused callers who presented nothing, or something of the wrong form, and lets everyone in now. What it asked for
 * was not verified, so that no protection is lost; the refusal is. Nothing to tell where something else knows the caller.
 */
const asksNoMore = (before: EntryPoint, now: EntryPoint): boolean =>
  before.asks !== undefined &&
  now.asks === undefined &&
  now.public === null &&
  !now.unknown.includes('authentication') &&
  !now.protections.some(
    (p) => p === 'authentication' || p === 'authorization' || p === 'ownership' || p === 'signature',
  );
function unaskedOf(before: EntryPoint, now: EntryPoint): Finding {
  const { name } = before.asks!;
  const guard = name === INLINE ? 'the check in its handler' : `\`${name}\``;
  return {
    ...findingOf(before, now, 'authentication'),
    confidence: 'medium',
    message: `${sentence(nameOf(now))} no longer refuses callers for what they present: ${guard} did before this change, though what it asked for is not seen to be verified there.`,
    remedy: `Put ${guard} back, and let it verify what the caller presents.`,
  };
}
/** One fault, many entry points: told at the guard where it is still called, else at the first entry point. */
function togetherOf(
  group: readonly { before: EntryPoint; now: EntryPoint; protection: Protection }[],
): Finding {
  const { before, now, protection } = group[0]!;
  const first = findingOf(before, now, protection);
  const link = lostLink(before, now, protection);
  const kept = link && now.chain.find((l) => l.name === link.name);
  const affects = group.map((g) => g.now.id);
  if (!link || !kept?.definition)
    return {
      ...first,
      message: `${first.message} So do ${affects.length - 1} other entry points.`,
      affects: affects.slice(1),
    };
  return {
    ...first,
    id: fingerprint('guard-weakened', protection, link.name),
    rule: 'guard-weakened',
    entryPoint: null,
    trigger: null,
    entryPointPlace: null,
    handler: null,
    place: kept.definition,
    affects,
    message: `\`${linkText(link)}\` no longer gives ${protection} where it is called: ${affects.length} entry points relied on it, ${nameOf(now)} among them.`,
    remedy: `Let \`${link.name}\` refuse again in the cases in which it did, or give each of these entry points a check of its own.`,
  };
}
const connectionOf = (e: EntryPoint): string =>
  `${e.program}|${e.trigger.kind === 'websocket' ? e.trigger.path : ''}`;
/** What happens on a connection happens in its messages, which are entry points of their own. */
const isConnection = (e: EntryPoint): boolean => e.trigger.kind === 'websocket' && e.trigger.name === null;
function lost(before: EntryPoint, now: EntryPoint): Protection[] {
  const gone = KEPT.filter(
    (p) => before.protections.includes(p) && !now.protections.includes(p) && !now.unknown.includes(p),
  );
  for (const p of KEPT) {
    if (gone.includes(p) || now.unknown.includes(p) || isConnection(now)) continue;
    const was = before.effects.filter(
      (e) => isEntityEffect(e) && e.class === 'write' && guards(before, e, p),
    );
    if (
      was.some(
        (e) =>
          now.effects.some(
            (n) => n.target === e.target && n.operation === e.operation && !guards(now, n, p),
          ) &&
          !before.effects.some(
            (b) => b.target === e.target && b.operation === e.operation && !guards(before, b, p),
          ),
      )
    )
      gone.push(p);
  }
  for (const p of ['authorization', 'ownership'] as const) {
    if (!gone.includes(p) && now.protections.includes(p) && dropsOne(before, now, p)) gone.push(p);
  }
  // Without knowing who calls, what they may do is moot: one remedy, one finding.
  if (gone.includes('authentication')) return gone.filter((p) => p !== 'authorization' && p !== 'ownership');
  // A stronger check of the caller contains the weaker: keeping it is no loss.
  if (now.protections.includes('authorization') || now.protections.includes('signature'))
    return gone.filter((p) => p !== 'authentication');
  return gone;
}
/** The guard that brought a protection and is not there any more, before one that is. */
function lostLink(before: EntryPoint, now: EntryPoint, protection: Protection): ChainLink | null {
  const kept = new Set(now.chain.map((l) => `${l.name}|${l.definition?.file ?? ''}`));
  const chain = before.chain.filter((l) => !kept.has(`${l.name}|${l.definition?.file ?? ''}`));
  return linkWith({ ...before, chain }, protection) ?? linkWith(before, protection);
}
/**
 * One of several guards of a kind is gone, and nothing new of that kind has come: each asks something of its own, so
 * the others do not stand in for it. Guards are told by name and file, since lines move.
 */
function dropsOne(before: EntryPoint, now: EntryPoint, protection: Protection): boolean {
  const guardsOf = (e: EntryPoint): Set<string> =>
    new Set(
      e.chain
        .filter((l) => l.protections.includes(protection) && (l.position === 'applied' || isNamed(l)))
        .map((l) => `${l.name}|${l.arguments.join(',')}|${l.definition?.file ?? ''}`),
    );
  const [had, has] = [guardsOf(before), guardsOf(now)];
  const isNew = now.chain.some(
    (l) =>
      l.protections.includes(protection) &&
      !before.chain.some((b) => b.name === l.name && b.definition?.file === l.definition?.file),
  );
  return !isNew && has.size < had.size && [...has].every((key) => had.has(key));
}
/** A check in a handler that can be told from others: a function that is called there, or the constants it asks for. */
const isNamed = (l: ChainLink): boolean => l.name !== INLINE || l.arguments.length > 0;
function findingOf(before: EntryPoint, now: EntryPoint, protection: Protection): Finding {
  const link = lostLink(before, now, protection);
  const guard = !link
    ? 'the limit in its query'
    : link.name === INLINE
      ? 'the check in its handler'
      : `\`${linkText(link)}\``;
  return {
    id: fingerprint('guard-removed', protection, now.id),
    rule: 'guard-removed',
    level: 'error',
    confidence: 'high',
    status: 'new',
    blocking: true,
    missing: protection,
    ...placesOf(now),
    place:
      protection === 'authentication' || protection === 'rate-limit'
        ? now.registration
        : (now.handler ?? now.registration),
    message: `${sentence(nameOf(now))} loses its ${protection}: ${guard} gave it before this change.`,
    remedy: `Put ${guard} back, or replace it by something that refuses in the same cases.`,
    precedents: [],
    affects: [],
  };
}
