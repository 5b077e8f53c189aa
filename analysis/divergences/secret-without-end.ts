import type { Effect, EntryPoint, Model } from '../model/model.js';
import { fingerprint, nameOf, placesOf, sentence, weighed } from './describe.js';
import type { Finding } from './finding.js';
import { byProgram } from './programs.js';

interface Redemption {
  entryPoint: EntryPoint;
  lookup: Effect;
}

/**
 * Secrets by which a password is replaced that can be used however old they are, where the program asks how old others are: a mail
 * that is found years later still opens the account (OWASP ASVS 4.0.3, 2.5.2 and 2.7.2).
 */
export function secretsWithoutEnd(model: Model): Finding[] {
  return byProgram(model.entryPoints).flatMap((entryPoints) => {
    const all = entryPoints.flatMap(redemptionsOf);
    const ending = all.filter((r) => r.lookup.age === 'asked');
    if (ending.length === 0) return [];
    return all
      .filter((r) => r.lookup.age === 'never' && r.entryPoint.effects.some((x) => x.replacesPassword))
      .map((r) => findingOf(r, ending));
  });
}
function redemptionsOf(entryPoint: EntryPoint): Redemption[] {
  const [lookup] = entryPoint.effects.filter((x) => x.bySecret && x.class === 'read' && !x.nested);
  return lookup ? [{ entryPoint, lookup }] : [];
}
function findingOf({ entryPoint: e, lookup }: Redemption, ending: readonly Redemption[]): Finding {
  const precedents = ending.slice(0, 3).map((r) => ({
    entryPoint: r.entryPoint.id,
    file: r.lookup.place.file,
    line: r.lookup.place.line,
    guard: `asks how old its ${r.lookup.target} is`,
  }));
  const [first] = ending;
  return {
    id: fingerprint('inconsistent-token', 'secret-without-end', `${e.id} ${lookup.target}`),
    rule: 'inconsistent-token',
    ...weighed(false),
    missing: 'weakened',
    ...placesOf(e),
    place: lookup.place,
    message: `${sentence(nameOf(e))} replaces a password for the secret of a record of ${lookup.target}, however old that is; ${nameOf(first!.entryPoint)} asks how old its ${first!.lookup.target} is.`,
    remedy: `Keep with the ${lookup.target} until when it may be used, and refuse it afterwards, as ${precedents[0]!.file}:${precedents[0]!.line} does.`,
    precedents,
    affects: [],
  };
}
