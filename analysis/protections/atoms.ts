import type { Protection } from '../model/model.js';
import { isIdentity, isInput, type Atom, type Source } from '../wiring/fact.js';
import { ROLE_NAME } from '../wiring/members.js';
import { isFoundBy, type Row } from '../wiring/rows.js';
import { isEverything } from './alternatives.js';
import { isOfHowOften } from './how-often.js';
import {
  CONFIGURED_SECRET,
  IN_USE,
  isMadeFor,
  KEPT_SECRET,
  MARKED_MAY,
  MAY,
  ME,
  NOTHING_ELSE,
  ROUND_TRIP,
  saysWho,
  SECRET_INPUT,
  SENT_FROM,
  PASSWORD_INPUT,
} from './names.js';

/** What a fact amounts to as a protection. */
export interface Classified {
  protection: Protection;
  /** Constants that the decision compares with. */
  arguments: readonly string[];
  /** Configuration under which it lets everyone pass. */
  unless: string | null;
  /** Subjects that an ownership check vouches for. */
  subjects: readonly Source[];
  atom: Atom;
  /** Whoever does not pass goes no further. Else it limits what is done under it, and nothing that comes later. */
  turnsAway: boolean;
  /** `owner or admin`: it holds of all but those whom the other one lets in, and so does that. */
  either?: true;
  /** Who sends no key has been asked nothing: it holds of what is found by that, and of nothing else. */
  ofKeyed?: true;
}
export interface Context {
  rows: ReadonlyMap<Source, Row>;
  /** Closed sets of constants: being a member of a whole one is no restriction. */
  enumerations: readonly (readonly string[])[];
}

/** What a caller is, or presents. */
export const isOfCaller = (s: Source): boolean =>
  isIdentity(s) || isConfiguration(s) || s === 'credential' || s === 'hashed';
export const isConfiguration = (s: Source): boolean => s.startsWith('config:');
/**
 * A record that nothing but who calls leads to: what stands in it is theirs. So is what their own records lead to, as the houses of
 * the groups that they are a member of.
 */
export const isOfCallerAlone = (row: Row, rows: Context['rows']): boolean =>
  isFoundBy(row, rows, isOfCaller, (r) => r.scoped && !r.isNew);
/** Makes protections of one test. */
export const makerOf =
  (atom: Atom) =>
  (protection: Protection, args: readonly string[] = []): Classified => ({
    protection,
    arguments: args,
    unless: null,
    subjects: atom.subjects,
    atom,
    turnsAway: atom.known !== null || (atom.refusal !== null && !atom.refusal.isInner),
  });
/** What one test that was passed amounts to: nothing, or one protection or several. */
export function classifyAtom(atom: Atom, context: Context): Classified[] {
  const { rows } = context;
  const make = makerOf(atom);
  if (atom.known) {
    const known = make(atom.known.protection as Protection, atom.known.arguments);
    return known.protection === 'authentication' && atom.subjects.length > 0
      ? [known, make('ownership')]
      : [known];
  }
  if (isServedElsewhere(atom)) return [];
  if (isOfOperator(atom)) return [make('authentication')];
  if (isMadeFor(atom) && !atom.sources.some((s) => rows.get(s)?.scoped)) {
    const subjects = [...new Set([...atom.subjects, ...atom.sources.filter(isInput)])];
    return [make('authentication'), make('ownership')].map((c) => ({ ...c, subjects }));
  }
  // The failing side goes on to answer normally: a choice between two kinds of answer, not a refusal. Only to whoever delivers a
  // message of which the signature is wrong the same is answered as ever: anything else would have it sent again.
  const status = atom.refusal?.status ?? null;
  if (atom.refusal && status !== null && status < 300 && !atom.sources.includes('signature')) return [];
  if (status === 429 || isOfHowOften(atom)) return [make('rate-limit')];
  if (isOfWhatItIs(atom)) return [];
  // Whoever is not known gets no further, whatever number that is answered with.
  const isOnlyWho = atom.sources.length === 1 && atom.sources[0] === 'identity';
  if (isOnlyWho && (atom.test === 'truthy' || atom.test === 'exists')) return [make('authentication')];
  const isOfForm = status !== null && OF_FORM.has(status) && !atom.sources.includes('signature');
  const isWhose =
    isOfForm && atom.sources.some((s) => rows.has(s)) && (status === 400 || isSameAsOfCaller(atom));
  // What one member of theirs says they may is asked of them, however that is answered.
  const isMay = atom.sources.length === 1 && isIdentity(atom.sources[0]!) && MAY.test(atom.sources[0]!);
  if (isOfForm && !(status === 400 && isMay))
    return isWhose ? asksWhose(atom, context).filter((c) => c.protection === 'ownership') : [];
  return asksWhose(atom, context);
}
/** `record.guildId === me.guildId`: it has in common with the caller what is compared, whatever is answered where it has not. */
const isSameAsOfCaller = ({ test, arguments: constants, sources }: Atom): boolean =>
  (test === 'equal' || test === 'member') && constants.length === 0 && sources.some(isIdentity);
/**
 * `if (mine.server !== HOST) redirect(`https://${mine.server}/…`)`: what is compared is the very server that whoever does not pass is
 * sent to. Nobody is refused: of several that run the program, that one serves them.
 */
const isServedElsewhere = ({ test, sources, arguments: constants, refusal }: Atom): boolean => {
  const named = sources.filter((s) => !isConfiguration(s));
  return (
    test === 'equal' &&
    constants.length === 0 &&
    named.length > 0 &&
    named.length < sources.length &&
    named.every((s) => refusal?.host?.includes(s))
  );
};
/** The request says a secret that is configured: whoever operates the program told them, whatever is answered to others. */
const isOfOperator = ({ test, sources, arguments: constants, refusal }: Atom): boolean =>
  refusal !== null &&
  (test === 'equal' || test === 'member') &&
  // What a service that is asked with the secret answers of what is sent is held against something else.
  constants.length === 0 &&
  sources.every((s) => isInput(s) || isConfiguration(s)) &&
  sources.some(isInput) &&
  sources.some((s) => isConfiguration(s) && CONFIGURED_SECRET.test(s));
/**
 * A column that says what a record is of, or how far it has come, is compared with constants: who may do anything is not
 * asked, unless the constants name those who may.
 */
const isOfWhatItIs = ({ column, arguments: constants }: Atom): boolean =>
  column !== undefined &&
  KIND.test(column) &&
  !KIND_OF_PERSON.test(column) &&
  constants.length > 0 &&
  !constants.some((c) => RANK.test(c));
const KIND_OF_PERSON = /^(?:user|account|member|person|login)_?(?:type|kind)$/i;
const KIND =
  /(?:^|_|[a-z])(?:provider|type|kind|status|state|phase|format|currency|locale|language|platform|channel|engine|version)$/i;
const RANK =
  /^(?:\w+[-_ ])?(?:owner|admin(?:istrator)?|editor|manager|moderator|member|guest|viewer|staff|host|leader|maintainer|user|root|super\w*|active|approved|accepted|verified|confirmed|enabled|banned|blocked|suspended)$/i;
/** Members by which somebody is named to others. */
const IN_TEXTS = /^identity\.(?:(?:first|last|full|given|family|display)_?)?name$/i;
/** Members that say to which of several somebody belongs, and not what they may there. */
const OF_WHICH = /^identity\.(?!\w*(?:admin|staff|moderator|super))\w*(?:_id|[a-z]Id)$/i;
/** Answers that are about the form of a request. What is answered with 400 may be anything, also whose a record is. */
const OF_FORM: ReadonlySet<number> = new Set([400, 409, 413, 415, 422]);
/** Of several signatures that a header brings, one has to be right: while a secret is replaced there are two. */
const SIGNED: ReadonlySet<Atom['test']> = new Set(['equal', 'member', 'truthy', 'verified']);
/** A password is digested with a key as well, and held against the one that is kept: no message is signed by that. */
export const isKeyedPassword = ({ sources }: Atom): boolean =>
  sources.includes('signature') && sources.some((s) => isInput(s) && PASSWORD_INPUT.test(s));
function asksWhose(atom: Atom, { rows, enumerations }: Context): Classified[] {
  const make = makerOf(atom);
  const status = atom.refusal?.status ?? null;
  const { sources, test } = atom;
  if (sources.includes('signature')) {
    // What a cookie or a key carries is signed to be known again; of what is sent beside it, nothing is said.
    const isOfCaller = sources.includes('credential') && !sources.some(isInput);
    return SIGNED.has(test)
      ? [make(isOfCaller || isKeyedPassword(atom) ? 'authentication' : 'signature')]
      : [];
  }
  const found = sources.flatMap((s) => rows.get(s) ?? []);
  const identity = sources.filter(isIdentity);
  const scopedRows = found.filter((r) => r.scoped && !r.isNew);
  const negative = test === 'falsy' || test === 'absent' || test === 'unequal';
  const constants = atom.arguments;
  if (constants.length > 1 && isEverything(constants, enumerations) && test === 'member') return [];

  // A check that a record is one of the caller's.
  if (
    found.length > 0 &&
    identity.length > 0 &&
    (test === 'equal' || test === 'member' || test === 'truthy' || isFoundAtAll(atom))
  ) {
    // How many of the caller's there are is no role of theirs.
    const isCounted = sources.includes('count') || isFoundAtAll(atom);
    if (constants.length === 0 || isCounted || (test !== 'equal' && test !== 'member'))
      return [make('ownership')];
    if (scopedRows.length > 0)
      return isRoleIn(atom, scopedRows)
        ? [make('authentication'), make('ownership'), make('authorization', constants)]
        : [make('ownership')];
    // What is compared with constants is what the caller may: everywhere, as it may stand in the record of a guest, or
    // in what was looked up.
    const may = [make('authentication'), make('authorization', constants)];
    return found.some((r) => r.keys.length > 0) ? [make('ownership'), ...may] : may;
  }
  // What stands in the caller's own record is theirs, and so is what another record has in common with it.
  const theirs = found.filter((r) => isOfCallerAlone(r, rows));
  const isAmongTheirs =
    (test === 'member' || test === 'equal' || test === 'truthy') && theirs.some((r) => r.isList === true);
  if (
    (test === 'equal' || test === 'member' || isAmongTheirs) &&
    constants.length === 0 &&
    theirs.length > 0 &&
    found.some((r) => !r.scoped && !r.isNew && r.keys.some((k) => !isOfCaller(k)))
  )
    return [make('ownership')];
  // `mine.includes(body.group)`, `mine.group === body.group`: what the request names is one of theirs.
  const named = sources.filter((s) => isInput(s) && !SECRET_INPUT.test(s));
  if (
    (isAmongTheirs || ((test === 'equal' || test === 'member') && theirs.length > 0)) &&
    constants.length === 0 &&
    named.length > 0 &&
    !sources.includes('secret-match')
  )
    return [
      make('authentication'),
      { ...make('ownership'), subjects: [...new Set([...atom.subjects, ...named])] },
    ];
  // A record that nothing but who calls leads to says who they are, and what they may; not whose anything is.
  if (scopedRows.length > 0 && scopedRows.every((r) => isOfCallerAlone(r, rows))) {
    // A secret that matches the one in it says so once more.
    if (sources.includes('secret-match')) return negative ? [] : [make('authentication')];
    const roles = [...constants, ...scopedRows.flatMap((r) => [...r.roles])];
    const isPassed = sources.includes('count')
      ? isAnyCounted(atom) && scopedRows.length === found.length
      : test === 'exists' ||
        ((test === 'truthy' || test === 'member' || test === 'equal') && sources.every((s) => rows.has(s)));
    if (!isPassed && !(constants.length > 0 && test === 'unequal' && status === 403)) return [];
    const restricts = (roles.length > 0 && !isEverything(roles, enumerations)) || saysMay(atom);
    return [
      make('authentication'),
      ...(restricts && !sources.includes('count') ? [make('authorization', [...new Set(roles)].sort())] : []),
    ];
  }
  if (scopedRows.length > 0) {
    // That there is one at all: `count === 1`, `count > 0`. Other comparisons of a number are limits; so is a number of what is
    // the caller's together with what is anybody's.
    if (sources.includes('count'))
      return isAnyCounted(atom) && scopedRows.length === found.length ? [make('ownership')] : [];
    if (
      test === 'exists' ||
      (test === 'truthy' && constants.length === 0 && sources.every((s) => rows.has(s)))
    ) {
      const roles = scopedRows.flatMap((r) => [...r.roles]);
      const restricts = (roles.length > 0 && !isEverything(roles, enumerations)) || saysMay(atom);
      return restricts ? [make('ownership'), make('authorization', roles)] : [make('ownership')];
    }
    // Whose role in it is right is a member of it.
    if (constants.length > 0 && (test === 'member' || test === 'equal' || test === 'compare'))
      return isRoleIn(atom, scopedRows)
        ? [make('ownership'), make('authorization', constants)]
        : [make('ownership')];
    if (test === 'compare') return [];
    if (constants.length > 0 && test === 'unequal' && status === 403)
      return [make('authorization', constants)];
    return [];
  }
  if (
    found.some((r) => r.bySecret) &&
    (test === 'exists' || test === 'truthy') &&
    (status === 401 || status === 403)
  )
    return [make('authentication')];
  // A secret that matches the stored one says who it is, whatever the stored one is part of.
  if (sources.includes('secret-match')) return negative ? [] : [make('authentication')];
  if (identity.length > 0) {
    // That somebody was found at all is no test of what they may.
    if (sources.includes('count')) return isAnyCounted(atom) ? [make('authentication')] : [];
    if (isOfSecretKept(atom)) return [make('authentication')];
    const attributes = identity.filter((s) => !saysWho(s) && !(negative && MAY.test(s)));
    // `me.id > 0`: there is one.
    if (constants.length === 1 && constants[0] === '> 0' && identity.every(saysWho))
      return [make('authentication')];
    // What they may there is asked: `me.roles[query.club] === 'owner'`. So it is theirs in that way.
    const there = attributes.length > 0 ? sources.filter((s) => isInput(s) && !SECRET_INPUT.test(s)) : [];
    const inThat = there.length > 0 ? [{ ...make('ownership'), subjects: there }] : [];
    // Whoever is asked what they may do is known.
    if (constants.length > 0 && test !== 'unequal')
      return [make('authentication'), ...inThat, make('authorization', constants)];
    // `if (me.role === 'reader') return failed()`: what it is called says enough, however that is answered.
    const isNotOfRole =
      atom.refusal?.how === 'return' && status === null && identity.every((s) => ROLE_NAME.test(memberOf(s)));
    if (constants.length > 0 && test === 'unequal')
      return status === 403 || status === 401 || isNotOfRole
        ? [make('authentication'), make('authorization')]
        : [];
    // That something came of what was done for the caller, or else the server has failed. What one member of theirs says is asked
    // of them, however that is answered.
    const isFailure = status !== null && status >= 500 && sources.length > 1;
    if (isFailure && (test === 'truthy' || test === 'exists') && !identity.some((s) => MAY.test(s)))
      return [make('authentication')];
    const isLeft = atom.refusal?.how === 'return' && status === null;
    // A text in which their name stands, as in a mail, was made; or they belong somewhere: `if (!me.team_id) return;`.
    const saysLittle =
      (test === 'truthy' && identity.every((s) => IN_TEXTS.test(s))) ||
      ((test === 'truthy' || test === 'exists') && sources.every((s) => OF_WHICH.test(s)));
    if (isLeft && saysLittle) return [make('authentication')];
    const asked = sources.filter((s) => isInput(s) || s === 'redeemed');
    // Whoever is asked by way of another program gets an answer, whatever it says; or else all has been said already.
    if (atom.isThere && asked.length > 0 && status === null) return [make('authentication')];
    if (asked.length > 0 && (test === 'equal' || test === 'member' || test === 'truthy'))
      // Whoever is asked what they may do with what they ask for is known.
      return test === 'equal'
        ? [{ ...make('ownership'), subjects: asked }]
        : [make('authentication'), ...inThat, make('authorization')];
    // Whoever the configuration names is somebody in particular, as if a constant named them.
    const isNamed =
      identity.some((s) => ME.test(s)) && sources.every((s) => isIdentity(s) || isConfiguration(s));
    if (isNamed && sources.some(isConfiguration) && (test === 'equal' || test === 'member'))
      return [make('authentication'), make('authorization')];
    if (attributes.length > 0)
      return !negative || status === 401 || status === 403
        ? [
            make('authentication'),
            ...(test === 'exists' ? inThat : []),
            ...((status === 401 && !attributes.some((a) => MAY.test(a))) ||
            attributes.every((a) => IN_USE.test(a)) ||
            // Whoever has no role at all has a list of them too.
            atom.isThere ||
            sources.includes('credential')
              ? []
              : [make('authorization')]),
          ]
        : [];
    if (negative) return [];
    return [make('authentication')];
  }
  if (sources.includes('credential')) {
    // Compared with a configured secret, or the failing answer says so: it was checked. Its presence alone proves nothing.
    if ((test === 'equal' || test === 'member') && sources.some(isConfiguration))
      return [make('authentication')];
    // Or with the one that is kept in what the request names.
    if ((test === 'equal' || test === 'member') && constants.length === 0 && found.some((r) => !r.isNew))
      return [make('authentication'), make('ownership')];
    if (sources.includes('error') && test === 'falsy') return [make('authentication')];
    if (test === 'verified') return [make('authentication')];
    return [];
  }
  // Which site a request was sent from, which a browser says by itself, is no proof of who sent it.
  if (sources.some((s) => SENT_FROM.test(s)))
    return status !== null && (test === 'equal' || test === 'member') ? [make('csrf')] : [];
  // A key that is part of the input, compared with the configured one: the answer says that it is about access.
  if (
    (test === 'equal' || test === 'member') &&
    (status === 401 || status === 403) &&
    sources.some(isConfiguration) &&
    sources.some(isInput)
  )
    return [make('authentication')];
  // A secret that is kept for what the request names, in a record or in memory, and that it presents as well.
  if (
    (test === 'equal' || test === 'member') &&
    constants.length === 0 &&
    (found.length > 0 || sources.includes('memory')) &&
    sources.some(
      (s) =>
        isInput(s) &&
        // By what it is called where it is sent, or where it is kept.
        [s, `.${atom.by ?? ''}`].some((name) =>
          status === 401 || status === 403
            ? SECRET_INPUT.test(name)
            : found.length > 0 && NOTHING_ELSE.test(name),
        ),
    )
  )
    return found.length > 0 ? [make('authentication'), make('ownership')] : [make('authentication')];
  // What was put into the session when it was begun here, and comes back: nobody is known by it.
  if (test === 'equal' && constants.length === 0 && repeatsSession(sources))
    return status !== null ? [make('csrf')] : [];
  if (status === 403 && found.length === 0 && sources.some((s) => s.startsWith('session.')))
    return [make('authorization')];
  if (
    sources.some((s) => s.startsWith('session.')) &&
    (status === 401 || (status !== null && status >= 300 && status < 400))
  )
    return [make('authentication')];
  return [];
}
/**
 * `digest(key) === found.digest`: what is presented is what is kept of who was found by it. That says who calls, and not what they
 * may, whatever number is answered where it is wrong.
 */
const isOfSecretKept = ({ test, arguments: constants, sources }: Atom): boolean =>
  test === 'equal' &&
  constants.length === 0 &&
  sources.every((s) => s === 'hashed' || s === 'credential' || isIdentity(s)) &&
  sources.some((s) => s === 'identity' || s === 'credential') &&
  sources.some((s) => s.startsWith('identity.') && KEPT_SECRET.test(s));
const memberOf = (s: Source): string => s.slice(s.lastIndexOf('.') + 1);
/** What one of their own is like, of which the request says which it is, is no role, where it is not called one. */
const isRoleIn = (atom: Atom, scoped: readonly Row[]): boolean =>
  !scoped.every((r) => r.isChosen) || ROLE_NAME.test(atom.column ?? '');
/** `membership.isAdmin`, `mine.canEdit`: what is marked in a record of the caller's is what they may. */
const saysMay = ({ mark }: Atom): boolean => mark !== undefined && MARKED_MAY.some((m) => m.test(mark));
/** `query.state === session.state` (RFC 6749, 10.12), and the token of a form. */
const repeatsSession = (sources: readonly Source[]): boolean =>
  sources.some((s) => s.startsWith('session.')) && sources.some((s) => isInput(s) && ROUND_TRIP.test(s));
/** `removed.count > 0`: of what the filter lets through, there was one. */
const isFoundAtAll = (atom: Atom): boolean =>
  atom.sources.includes('count') && atom.test === 'compare' && isAnyCounted(atom);
function isAnyCounted({ test, arguments: [constant = ''] }: Atom): boolean {
  if (test === 'truthy' || test === 'exists') return true;
  if (test === 'unequal') return constant === '0';
  return test === 'equal' ? Number(constant) >= 1 : test === 'compare' && /^(> 0|>= 1)$/.test(constant);
}
