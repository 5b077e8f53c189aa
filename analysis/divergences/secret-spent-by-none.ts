import type { Effect, EntryPoint, Model } from '../model/model.js';
import { PUBLIC } from '../model/public.js';
import { byProducts, type ByProducts } from '../precedents/by-products.js';
import { isSignIn, isSpending } from '../model/effects.js';
import { fingerprint, nameOf, placesOf, sentence, weighed } from './describe.js';
import { STANDS_AS_NOTE } from './standing.js';
import type { Finding } from './finding.js';
import { byProgram } from './programs.js';

/** An entry point at which a secret that is kept in a record is exchanged for something. */
interface Redemption {
  entryPoint: EntryPoint;
  /** How the record is found by its secret. */
  lookup: Effect;
  /** What becomes of the record; null where it stays as it is. */
  spent: Effect | null;
  /** What whoever presents the secret gets for it. */
  gains: ReadonlySet<string>;
}

/**
 * Secrets that can be redeemed again and again: a refresh token that is exchanged, an invitation that is accepted, a code by
 * which a password is replaced, whose record stays as it was found (OWASP ASVS 4.0.3, 2.7.3; RFC 9700, 4.14.2). Told where
 * others spend records of the kind for the same gain, or this entry point did before the change. A password that was
 * replaced is gain enough to be told without, and so is a sign-in by what was mailed for it.
 */
export function secretsSpentByNone(model: Model, base?: Model): Finding[] {
  const before = new Map(base?.entryPoints.map((e) => [e.id, e]));
  return byProgram(model.entryPoints).flatMap((entryPoints) => {
    const known = sessionsAmong(entryPoints);
    const mailed = mailedAmong(entryPoints);
    const isByProduct = byProducts(entryPoints);
    const all = entryPoints
      .flatMap((e) => redemptionsOf(e, isByProduct))
      .filter((r) => !known.has(r.lookup.target));
    const spending = all.filter((r) => r.spent);
    return all.flatMap((r) => {
      if (r.spent) return [];
      const alike = all.filter((o) => o !== r && o.lookup.target === r.lookup.target && isSameGain(o, r));
      const careful = alike.filter((o) => o.spent);
      if (careful.length > 0 && careful.length * 2 >= alike.length) return [findingOf(r, careful, true)];
      const old = before.get(r.entryPoint.id);
      if (old && redemptionsOf(old, isByProduct).some((o) => o.spent && o.lookup.target === r.lookup.target))
        return [findingOf(r, [], true)];
      const isMailed = r.gains.has('sign-in') && mailed.has(r.lookup.target);
      return isMailed || r.entryPoint.effects.some((x) => x.replacesPassword)
        ? [findingOf(r, spending, spending.length > 0)]
        : [];
    });
  });
}

function redemptionsOf(e: EntryPoint, isByProduct: ByProducts): Redemption[] {
  const gains = gainsOf(e, isByProduct);
  if (gains.size === 0) return [];
  const lookups = new Map(e.effects.flatMap((x) => (isPresented(x, gains) ? [[x.target, x]] : [])));
  return [...lookups.values()].flatMap((lookup) => {
    const gained = gainsOf(e, isByProduct, e.effects.indexOf(lookup));
    const spent = e.effects.find((x) => isSpending(x, lookup.target)) ?? null;
    return gained.size > 0 ? [{ entryPoint: e, lookup, spent, gains: gained }] : [];
  });
}
/**
 * The request says the secret; what such a record leads to is found by it as well, and is nobody's to spend. What callers
 * are known by, a cookie or a header, is redeemed where they are given another.
 */
const isPresented = (x: Effect, gains: ReadonlySet<string>): boolean =>
  x.bySecret === true &&
  !x.nested &&
  // A password is said again whenever somebody signs in.
  !x.subjects.some((s) => PASSWORD.test(s)) &&
  x.subjects.some((s) => (s === 'credential' ? gains.has('sign-in') : SAID.test(s)));
const PASSWORD = /[._](?:password|passwd|passphrase)$/i;
const SAID = /^(?:body|params|query|message|cookies|header)\b/;

/**
 * A line of a log, or a visit that is counted for whatever is asked for, is no gain; nor is that the session of whoever calls was
 * renewed before the secret was looked at.
 */
const gainsOf = (e: EntryPoint, isByProduct: ByProducts, from = 0): ReadonlySet<string> =>
  new Set(
    e.effects.flatMap((x, at) => {
      if (isSignIn(x)) return at < from ? [] : ['sign-in'];
      if (x.replacesPassword) return ['password'];
      return x.operation === 'create' && !x.nested && !isByProduct(e, x) ? [x.target] : [];
    }),
  );
const isSameGain = (a: Redemption, b: Redemption): boolean => [...a.gains].some((gain) => b.gains.has(gain));
/** Records that are made with a secret which is mailed to somebody on record. */
const mailedAmong = (entryPoints: readonly EntryPoint[]): ReadonlySet<string> =>
  new Set(
    entryPoints
      .filter((e) => e.public === PUBLIC.mails || e.public === PUBLIC.setsUp)
      .filter((e) => e.effects.some((x) => x.operation === 'mail-send'))
      .flatMap((e) => e.effects.flatMap((x) => (x.operation === 'create' ? [x.target] : []))),
  );
/** Records by which callers are known while they do something else: they are there to be presented again. */
function sessionsAmong(entryPoints: readonly EntryPoint[]): ReadonlySet<string> {
  const isWritten = (e: EntryPoint, name: string): boolean =>
    e.effects.some((x) => x.target === name && x.class === 'write');
  return new Set(
    entryPoints.flatMap((e) =>
      (e.knownBy ?? []).filter((name) => !isWritten(e, name) && !e.effects.some(isSignIn)),
    ),
  );
}

function findingOf(r: Redemption, others: readonly Redemption[], isKnown: boolean): Finding {
  const { entryPoint: e, lookup } = r;
  const precedents = others.slice(0, 3).map(({ entryPoint, lookup: of, spent }) => ({
    entryPoint: entryPoint.id,
    file: spent!.place.file,
    line: spent!.place.line,
    guard: `spends ${of.target}`,
  }));
  const [first] = precedents;
  const contrast = others[0]
    ? ` ${sentence(nameOf(others[0].entryPoint))} spends its ${others[0].lookup.target}.`
    : isKnown
      ? ' Before this change it was spent.'
      : '';
  return {
    id: fingerprint('inconsistent-token', 'secret-spent-by-none', `${e.id} ${lookup.target}`),
    rule: 'inconsistent-token',
    ...weighed(isKnown),
    ...STANDS_AS_NOTE,
    missing: 'weakened',
    ...placesOf(e),
    place: lookup.place,
    message: `${sentence(nameOf(e))} takes the secret of a record of ${lookup.target}, and leaves that as it is: whoever has the secret can use it again.${contrast}`,
    remedy: first
      ? `Delete or mark the ${lookup.target} in the same step, as ${first.file}:${first.line} does, and refuse one that is spent.`
      : `Delete or mark the ${lookup.target} in the same step, and refuse one that is spent.`,
    precedents,
    affects: [],
  };
}
