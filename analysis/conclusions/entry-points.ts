import { admittedBy, leftOutBy } from './admitted.js';
import { demandedBy } from './demanded.js';
import { beginsEnrolment } from './enrolment.js';
import { askedFor } from './asked.js';
import { keptFromOthers } from './withheld.js';
import { withBelieved } from './believed.js';
import { withOrigins } from './given-away.js';
import { isSaidByVerified } from './verified-later.js';
import { isByLink } from './by-link.js';
import { coveredInput } from './covered-input.js';
import { refusing } from './refuses.js';
import { doesWork, outermostCall, wrapperOf } from './calls-on-the-way.js';
import { signatureCheck } from './signature-checks.js';
import { openToEveryRole } from './every-role.js';
import { grantsOf, withGranted } from './granted.js';
import { isUnasked, notesUse } from './noted.js';
import {
  distinctAddressTests,
  distinctCalls,
  distinctCookies,
  distinctTests,
  distinctUploads,
} from './distinct.js';
import { deadGuardsOf } from './dead-guards.js';
import { neglectedIn } from './neglected.js';
import { fillsIn, isFixed, isForOthers, isOwnBy, isOwnByKey } from './ownership.js';
import { CALLER } from '../model/caller.js';
import { isEverything } from '../protections/alternatives.js';
import type { Classified, Context } from '../protections/atoms.js';
import { isMadeFor, isSecretOfOne } from '../protections/names.js';
import { isIdentity, type Fact, type Source } from '../wiring/fact.js';
import { definitionOf, innermostHandler } from '../wiring/middleware.js';
import type { Observation, RecordedEffect } from '../wiring/recorder.js';
import { howMany, whether } from '../wiring/value.js';
import type { ChainLink, CodeExchange, Effect, EntryPoint, LookUp, Protection } from '../model/model.js';
import { openedStates } from './opened.js';
import { withOwnAddresses } from './own-addresses.js';
import { behindKeysOfNobody } from './keys-of-nobody.js';
import { lookUpOf, lookUpsOf } from './looked-up.js';
import { isOperated } from './operated.js';
import { isUnpaid } from './redeeming.js';
import { asWrittenDown } from './registered.js';
import { limitersForStrangers, publicReason, signedInByCode, type Published } from './open-on-purpose.js';
import { isOfHolder, isOfProof, isOfMachine, isOfWhomSecretIs } from './held-secrets.js';
import { sharedEntities } from './shared-by-link.js';
import { testedIn } from './tested.js';
import { ticketsIn } from './tickets.js';
import { amountingTo, foundAt, isGuard, lettingPass, limits, mannerOf, turningAway } from './turned-away.js';
import { unique } from './unique-ids.js';
import { covers, foundOrOpen, tiesIn } from './vouching.js';
import { identityOf } from '../model/trigger.js';

/** What the code shows of sign-ins by other services. */
export interface Elsewhere {
  exchangeOf: (o: Observation) => CodeExchange | null;
  isVouched: (o: Observation) => boolean;
}
/** Turns what was observed into entry points. Pure: concludes, observes nothing. */
export function assemble(
  seen: readonly Observation[],
  context: Context,
  program: string,
  elsewhere: Elsewhere,
): EntryPoint[] {
  const observations = withOrigins(withOwnAddresses(asWrittenDown(seen)), context);
  const opened = openedStates(observations, context, (e, o) => effectOf(e, o, context).effect.protections);
  const shared = sharedEntities(observations, context);
  const tickets = ticketsIn(observations);
  const published = { opened, shared, tickets, forAll: limitersForStrangers(observations, context) };
  const keyed = behindKeysOfNobody(observations);
  const all = observations.map((o) => entryPointOf(o, context, program, elsewhere, published, keyed));
  return unique(withGranted(withBelieved(all)));
}
function entryPointOf(
  o: Observation,
  context: Context,
  program: string,
  { exchangeOf, isVouched }: Elsewhere,
  published: Published,
  keyed: ReadonlySet<Observation>,
): EntryPoint {
  const exchange = exchangeOf(o);
  // What is read in front of the handler serves the checks there, unless the handler gives it away.
  const concluded = o.effects.flatMap((e) => {
    const { effect, aside } = effectOf(e, o, context);
    return e.inChain && effect.check ? [] : [{ effect, aside, isOwn: !e.inChain }];
  });
  const effects = dedupe(concluded.map((c) => c.effect));
  const chain: ChainLink[] = o.links.flatMap((link) => {
    const found = link.facts.flatMap((f) => foundAt(o, f, context)).filter((c) => !c.ofKeyed);
    if (link.isIncidental && found.length === 0) return [];
    return {
      name: link.name,
      protections: protectionsIn(found),
      arguments: [...new Set(found.flatMap((c) => c.arguments))].sort(),
      unless:
        found.find((c) => c.unless && !found.some((o) => !o.unless && o.protection === c.protection))
          ?.unless ??
        (found.length > 0 && link.onlyWith?.length
          ? link.onlyWith.map((s) => s.replace('config:', '')).join(', ')
          : null),
      position: 'applied',
      place: link.place,
      definition: link.definition,
      ...testedIn(found, link.definition),
      ...coveredInput(found),
      ...signatureCheck(found),
      ...refusing(link, found),
      ...(found.length === 0 ? lettingPass(link, o) : {}),
      ...distinctAddressTests(link.addressTests ?? []),
      ...mannerOf(found.map(turningAway)),
    };
  });
  // A guard applied a second time establishes nothing new, and is a guard all the same.
  for (const [i, link] of chain.entries()) {
    const first =
      link.protections.length === 0 &&
      link.definition &&
      chain
        .slice(0, i)
        .find(
          (l) =>
            l.name === link.name &&
            l.definition?.file === link.definition?.file &&
            l.definition?.line === link.definition?.line,
        );
    if (first) {
      const { protections, arguments: constants, refuses } = first;
      Object.assign(link, { protections, arguments: constants, refuses });
    }
  }
  const applied = new Set(o.links.flatMap((l) => l.facts));
  // What the handler itself checks, in the order in which it is passed.
  // What a message checks is that message's, not its connection's.
  const isConnection = o.trigger.kind === 'websocket' && o.trigger.name === null;
  const all = [
    ...new Set([...(isConnection ? [] : o.effects.flatMap((e) => (e.inChain ? [] : e.facts))), ...o.reached]),
  ].filter((f) => !applied.has(f));
  const inline = new Map<string, ChainLink>();
  const wrappers = new Map<string, ChainLink>();
  const handler = o.handler ? innermostHandler(o.handler, o.registration.file) : null;
  const node =
    handler?.k === 'function'
      ? handler.fn
      : handler?.k === 'unknown' && handler.wraps?.[0]?.k === 'function'
        ? handler.wraps[0].fn
        : null;
  const definition = handler ? definitionOf(handler) : null;
  const handlerRange =
    node && definition
      ? { file: definition.file, line: node.line, endLine: node.endLine, isShared: o.at !== null }
      : null;
  const isWrapped = handler !== o.handler;
  const amounts = amountingTo(o, context);
  const amounted = new Map<ChainLink, Classified[]>();
  const lookedUp = new Map<ChainLink, (LookUp | null)[]>();
  for (const fact of all) {
    for (const c of amounts(fact)) {
      if (!isGuard(c, fact, o, context)) continue;
      const wrapper = isWrapped ? wrapperOf(c.atom, handlerRange) : null;
      if (wrapper) {
        const link = wrappers.get(wrapper.name) ?? {
          name: wrapper.name,
          protections: [],
          arguments: [],
          unless: null,
          position: o.reached.includes(fact) ? 'applied' : 'inline',
          place: o.registration,
          definition: wrapper.definition,
          refuses: { known: 'yes', place: c.atom.place },
        };
        link.protections = protectionsIn([...link.protections.map((protection) => ({ protection })), c]);
        link.arguments = [...new Set([...link.arguments, ...c.arguments])].sort();
        link.unless ??= c.unless;
        wrappers.set(wrapper.name, link);
        amounted.set(link, [...(amounted.get(link) ?? []), c]);
        continue;
      }
      const call = outermostCall(c.atom, handlerRange);
      const place = call?.place ?? c.atom.place;
      const name = call && call.name !== 'anonymous' ? call.name : 'inline check';
      // One link a test: a call that checks membership and then the role is two guards.
      const key = `${name} ${place.file}:${place.line} ${c.atom.place.file}:${c.atom.place.line}`;
      const link = inline.get(key) ?? {
        name,
        protections: [],
        arguments: [],
        unless: null,
        position: 'inline',
        place,
        definition: call ? c.atom.place : null,
        refuses: { known: 'yes', place: c.atom.place },
        ...(call && doesWork(call, c.atom, o.effects) ? { works: true as const } : {}),
      };
      link.protections = protectionsIn([...link.protections.map((protection) => ({ protection })), c]);
      link.arguments = [...new Set([...link.arguments, ...c.arguments])].sort();
      link.unless ??= c.unless;
      inline.set(key, link);
      if (c.protection === 'ownership')
        lookedUp.set(link, [...(lookedUp.get(link) ?? []), lookUpOf(fact, c, context)]);
      amounted.set(link, [...(amounted.get(link) ?? []), c]);
    }
  }
  for (const [link, found] of amounted)
    Object.assign(
      link,
      mannerOf(link.position === 'applied' ? found.map(turningAway) : found),
      coveredInput(found),
      signatureCheck(found),
    );
  for (const [link, lookUps] of lookedUp) if (lookUps.every((l) => l !== null)) link.finds = lookUps;
  chain.push(...wrappers.values(), ...inline.values());
  const opaque = o.links.some((l) => l.opaque);
  // What is read for a check counts by what the check makes of it: to look up the caller's own record limits nothing. What
  // a layer does for some callers only, such as noting that their key was used, stands in front of nobody else.
  const givesCaller = [...o.released].some(isIdentity);
  const filtered = new Set(
    (isConnection ? [] : concluded.filter((c) => c.isOwn)).flatMap(({ effect: e, aside }) =>
      e.check && !(e.own && givesCaller) ? [] : e.protections.filter((p) => !aside.includes(p)),
    ),
  );
  const reached = protectionsIn(o.reached.flatMap((f) => foundAt(o, f, context)).filter((c) => !c.ofKeyed));
  const protections = [
    ...new Set([
      ...reached,
      ...filtered,
      ...chain.filter((l) => l.position === 'applied').flatMap((l) => l.protections),
    ]),
  ].sort();
  const asked = protections.some((p) => CALLER.has(p)) ? null : askedFor(o.reached, context);
  const knownBy = [
    ...new Set(
      o.effects.flatMap((e) => (e.class === 'read' && e.keys.includes('credential') ? [e.target] : [])),
    ),
  ].sort();
  const neglected = neglectedIn(o, protections, context);
  const deadGuards = opaque ? [] : deadGuardsOf(o, protections, context);
  const unknown: Protection[] = opaque
    ? (['authentication', 'authorization', 'ownership', 'rate-limit'] as const).filter(
        (p) => !protections.includes(p),
      )
    : [];
  return {
    id: `${program}: ${identityOf(o.trigger)}`,
    program,
    trigger: o.trigger,
    framework: o.framework,
    registration: o.registration,
    handler: o.at
      ? { ...o.at, endLine: o.at.line, name: null }
      : node && definition
        ? { ...definition, endLine: node.endLine, name: node.name }
        : null,
    ...(o.door ? { door: o.door } : {}),
    ...(o.application ? { application: o.application } : {}),
    chain,
    protections,
    unknown,
    ...(asked
      ? { asks: { name: outermostCall(asked, handlerRange)?.name ?? 'inline check', place: asked.place } }
      : {}),
    ...keptFromOthers(o, context),
    effects,
    ...(isOperated(o, context) ? { operated: true as const } : {}),
    ...(keyed.has(o) ? { keyOfNobody: true as const } : {}),
    ...(isUnpaid(o, context) ? { unpaid: true as const } : {}),
    ...(knownBy.length > 0 ? { knownBy } : {}),
    ...distinctCookies(o.cookies ?? []),
    ...distinctUploads(o.uploads ?? []),
    ...distinctTests(o.unexplained ?? []),
    ...distinctCalls(o.unfollowed ?? []),
    ...(o.unread ? { unread: o.unread } : {}),
    ...(neglected.length > 0 ? { neglected } : {}),
    ...(deadGuards.length > 0 ? { deadGuards } : {}),
    ...(exchange ? { codeExchange: exchange } : {}),
    ...(isVouched(o) ? { vouchedElsewhere: true as const } : {}),
    public:
      publicReason(o, protections, context, published) ?? (exchange ? signedInByCode(o, context) : null),
    unmounted: o.unmounted,
    ...(o.unserved ? { unserved: true } : {}),
  };
}
const protectionsIn = (found: readonly { protection: Protection }[]): Protection[] =>
  [...new Set(found.map((c) => c.protection))].sort();

/**
 * Protections that hold for one effect, with ownership only where its key was vouched for. What is read matters when it
 * is given away: checks between the reading and the end of the handler count for it too.
 */
function effectOf(
  e: RecordedEffect,
  o: Observation,
  context: Context,
): { effect: Effect; aside: Protection[] } {
  const facts = e.class === 'read' ? [...new Set([...e.facts, ...o.reached])] : e.facts;
  const gives = [...o.released].some((s) => context.rows.has(s));
  // Whose it is may be asked later in the arm in which it is read.
  const later = (e.later ?? []).filter((f) => !facts.includes(f));
  const amounts = amountingTo(o, context);
  const asked = later.flatMap(amounts).filter((c) => c.protection === 'ownership');
  const found = [...facts.flatMap(amounts), ...asked].filter((c) => limits(c, e, context));
  const tied = tiesIn([...facts, ...later], e.keys, context);
  // Who was given a link to one thing is nobody elsewhere.
  const isOfOne = (c: Classified): boolean => c.protection === 'ownership' || isMadeFor(c.atom);
  const covered = found.filter((c) => !isOfOne(c) || covers(c, e, tied, context));
  const byFilter: Protection[] = [];
  // The caller's own, by the filter; or whoever holds the secret that it is looked up by.
  const secret = e.bySecret || isOfProof(e) || e.keys.some((k) => isOfHolder(k, context));
  const scoped = e.scoped && e.keys.length > 0 && !foundOrOpen(e.keys, e, context);
  const isSaid = isSaidByVerified(e, facts, context);
  if (scoped || secret || isSaid) byFilter.push('ownership');
  const roles = e.roles.length > 0 && !isEverything(e.roles, context.enumerations) ? e.roles : [];
  if (roles.length > 0) byFilter.push('authorization');
  const protections = new Set([...protectionsIn(covered), ...byFilter]);
  // What else is read for some keeps nobody from the rest.
  const isAside = (p: Protection): boolean =>
    (p === 'authorization' || p === 'ownership') &&
    !byFilter.includes(p) &&
    !covered.some((c) => c.protection === p && c.turnsAway && !asked.includes(c));
  const authorization = [
    ...new Set([
      ...roles,
      ...found.filter((c) => c.protection === 'authorization').flatMap((c) => c.arguments),
    ]),
  ].sort();
  const admits = admittedBy(
    covered.filter((c) => c.protection === 'authorization'),
    roles,
  );
  const leavesOut = admits.length === 0 && roles.length === 0 ? leftOutBy(facts, context) : null;
  const gates = facts.filter((f) =>
    amounts(f).some((c) => c.protection === 'authorization' && limits(c, e, context)),
  );
  const demands = demandedBy([...new Set(gates)], roles, context);
  const isOnesOwn = e.keys.length > 0 && e.keys.every(isIdentity);
  const isCounted =
    e.class === 'read' && e.row !== null && !o.released.has(e.row) && o.released.has(howMany(e.row));
  const effect: Effect = {
    operation: e.operation,
    class: e.class,
    target: e.target,
    place: e.place,
    protections: [...protections].sort(),
    authorization,
    ...(admits.length > 0 ? { admits } : {}),
    ...(leavesOut ? { leavesOut } : {}),
    ...(demands && demands.length > 0 ? { demands } : {}),
    ...openToEveryRole(facts, context),
    own:
      e.own ||
      secret ||
      isSaid ||
      isOwnByKey(e, context) ||
      isOfMachine(e, facts, context) ||
      (!protections.has('authorization') && covered.some((c) => isOwnBy(c, e, context))),
    ...(isFixed(e, context) || isForOthers(e, facts, context) || isOfWhomSecretIs(e, facts, context)
      ? { fixed: true }
      : {}),
    ...(e.bySecret && !e.inChain ? { bySecret: true } : {}),
    ...(e.age ? { age: e.age } : {}),
    ...(secret || covered.some((c) => isSecretOfOne(c.atom)) ? { held: true } : {}),
    ...(fillsIn(e, context) ? { fillsIn: true } : {}),
    ...(e.change?.replacesPassword ? { replacesPassword: true } : {}),
    ...(e.change?.replacesPassword && !e.change.empties ? { leavesRest: true } : {}),
    ...(e.change?.switches ? { switches: e.change.switches } : {}),
    ...(beginsEnrolment(e, facts) ? { enrols: true } : {}),
    ...(e.change && isOnesOwn ? { sets: e.change.columns.toSorted() } : {}),
    ...(e.lifetime ? { lifetime: e.lifetime } : {}),
    ...(e.written?.said.length ? { believes: e.written.said.toSorted() } : {}),
    ...grantsOf(e, facts),
    ...(e.written?.workedOut.length ? { worksOut: e.written.workedOut.toSorted() } : {}),
    ...(e.operation === 'update' && e.written?.isTally ? { tallies: true } : {}),
    ...(e.operation === 'update' && e.written?.isSettled ? { settled: true } : {}),
    ...(e.operation === 'update' && e.written?.isRaise ? { raises: true } : {}),
    ...(notesUse(e) ? { notes: true } : {}),
    ...(isUnasked(e) ? { unasked: true } : {}),
    ...(e.class === 'write' && isByLink(found) ? { byLink: true } : {}),
    ...(e.class === 'write' && facts.some(isSecretCompared) ? { asksAgain: true } : {}),
    ...(isCounted ? { counted: true } : {}),
    ...lookUpsOf(e, [...facts, ...later], amounts, context),
    global: e.global,
    nested: e.nested,
    ...(e.isGuessed ? { guessed: true } : {}),
    check:
      e.class === 'read' &&
      e.row !== null &&
      !isCounted &&
      (e.inChain || gives || o.released.has(whether(e.row)) || o.effects.some((x) => x.class === 'write')
        ? !o.released.has(e.row)
        : found.some((c) => c.atom.sources.includes(e.row!)) || o.reached.some((f) => isWithout(f, e.row!))),
    subjects: describe(e.keys, context),
  };
  return { effect, aside: e.class === 'read' ? [...protections].filter(isAside) : [] };
}
/** Whoever gets to the end was told that there is no such record: nothing of it is given away. */
const isWithout = (f: Fact, row: Source): boolean =>
  f.k === 'atom' &&
  (f.test === 'absent' || f.test === 'falsy') &&
  f.sources.length === 1 &&
  f.sources[0] === row;
/** Whoever passed has known a password, or a code; or has none, by what is kept of them. */
const isSecretCompared = (f: Fact): boolean =>
  f.k === 'any'
    ? f.alternatives.some((a) => a.some(isSecretCompared)) &&
      f.alternatives.every((a) => a.some(isSecretCompared) || a.some(isWithoutSecret))
    : f.sources.includes('secret-match') && f.test !== 'falsy' && f.test !== 'absent' && f.test !== 'unequal';
const isWithoutSecret = (f: Fact): boolean =>
  f.k === 'atom' &&
  (f.test === 'falsy' || f.test === 'absent') &&
  f.sources.length > 0 &&
  f.sources.every((s) => isIdentity(s) || s.startsWith('row#'));
function describe(keys: readonly Source[], context: Context): string[] {
  return [
    ...new Set(
      keys.map((k) =>
        isOfParent(k, context) ? 'parent' : context.rows.has(k) ? `row:${context.rows.get(k)!.entity}` : k,
      ),
    ),
  ].sort();
}
/** A record that nothing but the one led to that a field belongs to is chosen by that one. */
function isOfParent(key: Source, context: Context, depth = 3): boolean {
  const keys = depth > 0 ? (context.rows.get(key)?.keys ?? []) : [];
  return keys.length > 0 && keys.every((k) => /^parent(\.|$)/.test(k) || isOfParent(k, context, depth - 1));
}
function dedupe(effects: readonly Effect[]): Effect[] {
  const byKey = new Map<string, Effect>();
  for (const e of effects) {
    const key = [
      e.operation,
      e.target,
      e.place.file,
      e.place.line,
      e.protections.join(),
      e.authorization.join(),
    ].join('|');
    if (!byKey.has(key)) byKey.set(key, e);
  }
  return [...byKey.values()];
}
