import type { Effect, EntryPoint, Model } from '../model/model.js';
import { PUBLIC } from '../model/public.js';
import { lineText } from '../model/place.js';
import { AS_NOTE, fingerprint, nameOf, placesOf, sentence, weighed } from './describe.js';
import { oneOfEach } from './distinct.js';
import { STANDS_AS_NOTE } from './standing.js';
import type { Finding } from './finding.js';
import { byProgram } from './programs.js';

interface Issue {
  entryPoint: EntryPoint;
  effect: Effect;
}

/**
 * Tokens that say nowhere when they end, where others of the program do: whoever finds one may use it for ever (RFC 7519, 4.1.4;
 * OWASP ASVS 4.0.3, 3.5.3). An error where it is what a sign-in hands out, or where it ended before the change; tokens
 * for other ends may be meant to last. Where none of the program ends, a note on the first that a sign-in hands out (OWASP Session
 * Management Cheat Sheet, "Session Expiration").
 */
export function endlessTokens(model: Model, base?: Model): Finding[] {
  const before = new Map(base?.entryPoints.map((e) => [e.id, e]));
  return byProgram(model.entryPoints).flatMap((entryPoints) => {
    const issues = entryPoints.flatMap((entryPoint) =>
      entryPoint.effects.flatMap((effect): Issue[] => (effect.lifetime ? [{ entryPoint, effect }] : [])),
    );
    const ending = distinct(issues.filter(ends));
    // Beside one that ends it is what that is renewed by, and may be kept, and end, as a record.
    const endless = issues.filter((i) => !ends(i) && !hasEnding(i.entryPoint));
    const all = distinct(endless);
    const habit =
      ending.length > 0 ? undefined : all.findLast((i) => signsIn(i.entryPoint) && !isKept(i.entryPoint));
    return all.flatMap((issue) => {
      const old = before.get(issue.entryPoint.id);
      const ended = old !== undefined && hasEnding(old);
      if (ending.length > 0 || ended)
        return [findingOf(issue, ending, weighed(ended || signsIn(issue.entryPoint)))];
      return issue === habit ? [findingOf(issue, [], AS_NOTE)] : [];
    });
  });
}
const ends = ({ effect }: Issue): boolean => effect.lifetime === 'ends';
const hasEnding = (e: EntryPoint): boolean => e.effects.some((x) => x.lifetime === 'ends');
/** It asks for a password, or for another token, and hands one out for it. */
const signsIn = (e: EntryPoint): boolean =>
  (e.public === PUBLIC.exchanges || e.public === PUBLIC.renews) && e.protections.includes('authentication');
/** What is made along with it may be the session that it stands for, and end as a record. */
const isKept = (e: EntryPoint): boolean => e.effects.some((x) => x.operation === 'create');
type Weight = ReturnType<typeof weighed>;
/** A helper issues them for many entry points, and is one way of doing so. */
const distinct = (issues: readonly Issue[]): Issue[] => oneOfEach(issues, (i) => lineText(i.effect.place));

function findingOf({ entryPoint: e, effect }: Issue, ending: readonly Issue[], weight: Weight): Finding {
  const [first] = ending;
  const instead = first
    ? `, as ${lineText(first.effect.place)} does`
    : weight === AS_NOTE
      ? ': whoever finds it can use it for ever (OWASP Session Management Cheat Sheet, session expiration)'
      : ', as before this change';
  return {
    id: fingerprint('inconsistent-token', 'endless', e.id),
    rule: 'inconsistent-token',
    ...weight,
    ...STANDS_AS_NOTE,
    missing: 'weakened',
    ...placesOf(e),
    place: effect.place,
    message: `${sentence(nameOf(e))} issues a token that says nowhere when it ends${first ? `; that of ${nameOf(first.entryPoint)} does` : ''}.`,
    remedy: `Give it an end (\`expiresIn\`, or \`exp\` among its claims)${instead}.`,
    precedents: ending.slice(0, 3).map((i) => ({
      entryPoint: i.entryPoint.id,
      file: i.effect.place.file,
      line: i.effect.place.line,
      guard: 'ends',
    })),
    affects: [],
  };
}
