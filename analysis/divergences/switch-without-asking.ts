import type { Effect, EntryPoint, Model } from '../model/model.js';
import { PUBLIC } from '../model/public.js';
import { fingerprint, nameOf, placesOf, sentence } from './describe.js';
import type { Finding } from './finding.js';

interface Change {
  entryPoint: EntryPoint;
  effect: Effect;
}

/**
 * Changes of how somebody signs in that go by the session alone, where others of their own account ask for a password or a code
 * again: whoever finds the device open, or has taken over the session, takes over the account (OWASP ASVS 4.0.3, 2.5.5 and
 * 3.7.1; 5.0, 6.3 and 7.5). A second factor is set up in many ways; that it is turned off is what is held to the rule.
 */
export function switchesWithoutAsking(model: Model): Finding[] {
  return [...new Set(model.entryPoints.map((e) => e.program))].flatMap((program) => {
    const entryPoints = model.entryPoints.filter((e) => e.program === program);
    const accounts = new Set(
      entryPoints
        .filter((e) => e.public === PUBLIC.exchanges)
        .flatMap((e) => e.effects.filter((x) => x.class === 'read').map((x) => x.target)),
    );
    const changes = entryPoints.flatMap((entryPoint) =>
      entryPoint.public === null
        ? entryPoint.effects.flatMap((effect) =>
            accounts.has(effect.target) && isOfOwnAccount(effect) ? [{ entryPoint, effect }] : [],
          )
        : [],
    );
    const careful = changes.filter((c) => c.effect.asksAgain);
    const found = changes.filter((c) => isHeldToIt(c.effect) && !asksAnywhere(c.entryPoint));
    return found.flatMap((c) => {
      const having = careful.filter(
        (o) => o.entryPoint.id !== c.entryPoint.id && o.effect.target === c.effect.target,
      );
      return having.length > 0 ? [findingOf(c, having)] : [];
    });
  });
}
/** It changes, by who calls and nothing else, how they sign in, or that they can. */
const isOfOwnAccount = (x: Effect): boolean =>
  x.class === 'write' &&
  x.own &&
  (x.switches !== undefined || x.replacesPassword === true || x.operation === 'delete') &&
  x.subjects.length > 0 &&
  x.subjects.every((s) => s === 'identity' || s.startsWith('identity.') || s.startsWith('row:'));
const isHeldToIt = (x: Effect): boolean =>
  x.switches === 'factor-off' || x.switches === 'address' || x.operation === 'delete';
const asksAnywhere = (e: EntryPoint): boolean => e.effects.some((x) => x.asksAgain);

const isOfFactor = (x: Effect): boolean => x.switches === 'factor' || x.switches === 'factor-off';
const doing = (x: Effect): string =>
  x.operation === 'delete'
    ? `deletes the ${x.target} of who calls`
    : x.switches === 'address'
      ? `changes the address of who calls`
      : `turns off the second factor of who calls`;

function findingOf({ entryPoint: e, effect }: Change, having: readonly Change[]): Finding {
  // Turned on with it, and off without: the counterpart says so itself.
  const counterpart = having.filter((h) => isOfFactor(h.effect) && isOfFactor(effect));
  const others = counterpart.length > 0 ? counterpart : having;
  const precedents = others.slice(0, 3).map((h) => ({
    entryPoint: h.entryPoint.id,
    file: (h.entryPoint.handler ?? h.entryPoint.registration).file,
    line: (h.entryPoint.handler ?? h.entryPoint.registration).line,
    guard: 'asks again',
  }));
  const [first] = others;
  const at = first!.entryPoint.handler ?? first!.entryPoint.registration;
  const isKnown = counterpart.length > 0 || others.length > 1;
  return {
    id: fingerprint('missing-protection', 'asked-again', e.id),
    rule: 'missing-protection',
    level: isKnown ? 'error' : 'warning',
    confidence: counterpart.length > 0 ? 'high' : 'medium',
    status: 'new',
    blocking: isKnown,
    missing: 'weakened',
    ...placesOf(e),
    place: e.handler ?? e.registration,
    message: `${sentence(nameOf(e))} ${doing(effect)} without asking for a password or a code again; ${nameOf(first!.entryPoint)} asks for one.`,
    remedy: `Compare the password, or a code, before it, as ${at.file}:${at.line} does.`,
    precedents,
    affects: [],
  };
}
