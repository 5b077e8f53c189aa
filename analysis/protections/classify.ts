import { CALLER } from '../model/caller.js';
import type { Protection } from '../model/model.js';
import type { Row } from '../wiring/rows.js';
import { ROLE_NAME } from '../wiring/members.js';
import { isIdentity, isInput, type Atom, type Disjunction, type Fact, type Source } from '../wiring/fact.js';
import { isEverything, withoutOpposites, withoutWhole } from './alternatives.js';
import { testOfOtherRole } from './other-role.js';
import { IN_USE, ME, saysWho, MAY, SECRET_INPUT, NOTHING_ELSE, ROUND_TRIP, SENT_FROM } from './names.js';

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
}
export interface Context {
  rows: ReadonlyMap<Source, Row>;
  /** Closed sets of constants: being a member of a whole one is no restriction. */
  enumerations: readonly (readonly string[])[];
}

/** What a caller is, or presents. */
const isOfCaller = (s: Source): boolean =>
  isIdentity(s) || isConfiguration(s) || s === 'credential' || s === 'hashed';
const isConfiguration = (s: Source): boolean => s.startsWith('config:');
/** The protections that hold where a fact holds; empty for tests of records, input and configuration. */
export function classify(fact: Fact, context: Context): readonly Classified[] {
  let ofContext = known.get(context);
  if (!ofContext) known.set(context, (ofContext = new WeakMap()));
  let classified = ofContext.get(fact);
  if (!classified) ofContext.set(fact, (classified = classifyOne(fact, context)));
  return classified;
}
/** One fact holds for many effects of many entry points, and amounts to the same wherever it does. */
const known = new WeakMap<Context, WeakMap<Fact, readonly Classified[]>>();
function classifyOne(fact: Fact, context: Context): readonly Classified[] {
  const found = fact.k === 'atom' ? classifyAtom(fact, context) : classifyAny(fact, context);
  return isOfEach(fact) ? found.filter((c) => isRestriction(c.protection)).flatMap(ofThose) : found;
}
/** Who sends no element at all has been asked nothing: it is only said of the elements whose they are, or who may act on them. */
const isOfEach = (fact: Fact): boolean =>
  fact.k === 'atom' ? fact.ofEach === true : fact.alternatives.some((a) => a.some(isOfEach));
const ofThose = (c: Classified): Classified[] =>
  c.subjects.length > 0 ? [{ ...c, protection: 'ownership', arguments: [] }] : [];
function classifyAny(fact: Disjunction, context: Context): Classified[] {
  // Every alternative has to protect; those that only look at configuration are bypasses.
  let bypass: string | null = null;
  const sides: Classified[][] = [];
  const excused = new Set<Classified[]>();
  const alternatives = withoutWhole(withoutOpposites(fact.alternatives), context.enumerations);
  const each = alternatives.map((a) => ({
    of: a,
    found: withConfirmed(
      a,
      a.flatMap((f) => classify(f, context)),
      context,
    ),
  }));
  const owned = each.flatMap((a) => a.found.filter((c) => c.protection === 'ownership'));
  const asking = owned.length > 0 ? [...owned.map((c) => c.atom), ...askingWhose(alternatives, context)] : [];
  const isRole = (s: Source): boolean => (isIdentity(s) ? !saysWho(s) : context.rows.get(s)?.scoped === true);
  let spared: Atom | null = null;
  for (const { of: alternative, found } of each) {
    const otherRole = owned.length > 0 ? testOfOtherRole(alternative, isRole) : null;
    spared ??= otherRole;
    const isExcused = otherRole !== null || isOfNoGroup(alternative, asking, context);
    if (found.length > 0) {
      sides.push(found);
      if (isExcused) excused.add(found);
    } else if (isExcused) {
      // Of whoever passes here, nothing else was asked.
      sides.push(found);
      excused.add(found);
    } else {
      const configuration = configurationOf(alternative, context);
      if (configuration === null) return [];
      bypass = bypass ?? configuration;
    }
  }
  if (sides.every((s) => s.length === 0)) return [];
  const shared = (sides.find((s) => !excused.has(s)) ?? sides[0]!).filter(
    (c) =>
      !c.either &&
      sides.every(
        (s) =>
          s.some((o) => o.protection === c.protection && !o.either) ||
          (c.protection === 'ownership' && excused.has(s)),
      ),
  );
  // `owner or admin`: each side is an authorization in the wider sense; both establish that the caller is known.
  const ground = shared.some((c) => isRestriction(c.protection)) ? null : commonGround(sides);
  const either = ground === 'authorization' ? ownedUnlessMay(sides.filter((s) => !excused.has(s))) : [];
  const common: Classified[] =
    ground === null || shared.some((c) => c.protection === ground)
      ? []
      : [{ ...pick(sides), protection: ground, ...(either.length > 0 ? { either: true } : {}) }];
  const weakest = [...shared, ...common, ...either];
  const asked = sides.filter((s) => !excused.has(s)).flat();
  return weakest.map((c) => ({
    ...c,
    turnsAway: asked.every((o) => o.turnsAway),
    // Others by their role are held to nothing: that is no record of the caller's own.
    atom: spared && c.protection === 'ownership' ? spared : c.atom,
    unless: c.unless ?? bypass,
    arguments: [
      ...new Set(
        sides.flatMap((s) =>
          s.filter((o) => o.protection === c.protection || c.either).flatMap((o) => [...o.arguments]),
        ),
      ),
    ].sort(),
  }));
}
/**
 * `group && record.group !== group`: whoever belongs to no group is held to none, and a record that belongs to none is
 * everybody's, whatever else was asked on the way. Not so for who calls: a stranger is no caller without a group.
 */
function isOfNoGroup(alternative: readonly Fact[], asking: readonly Atom[], context: Context): boolean {
  const isGroup = (s: Source): boolean => isIdentity(s) && !saysWho(s);
  const isExcuse = (f: Atom, among: readonly Fact[]): boolean =>
    (f.test === 'falsy' || f.test === 'absent') &&
    f.sources.length > 0 &&
    asking.some((a) => f.sources.every((s) => a.sources.includes(s))) &&
    (f.sources.every((s) => context.rows.has(s))
      ? // Where the caller's own record is what is not there, something else has to say that there is a caller.
        f.sources.every((s) => !isOfCallerAlone(context.rows.get(s)!)) ||
        among.some((o) => o !== f && classify(o, context).some((c) => c.protection === 'authentication'))
      : f.sources.some(isGroup) && f.sources.every((s) => isGroup(s) || !isIdentity(s)));
  // Whoever calls may be known in several ways: in each of them they have to belong to none.
  const isExcused = (among: readonly Fact[]): boolean =>
    among.some((f) => (f.k === 'atom' ? isExcuse(f, among) : f.alternatives.every(isExcused)));
  return isExcused(alternative);
}
/** All tests of whose something is, however deep: a group may be the caller's in several ways, each with a test of its own. */
const askingWhose = (alternatives: Disjunction['alternatives'], context: Context): Atom[] =>
  alternatives.flat().flatMap((f): Atom[] => {
    if (f.k === 'any') return askingWhose(f.alternatives, context);
    return classify(f, context).some((c) => c.protection === 'ownership') ? [f] : [];
  });
/** A record that nothing but who calls leads to: what stands in it is theirs. */
const isOfCallerAlone = (r: Row): boolean => r.scoped && !r.isNew && r.keys.every(isOfCaller);
/**
 * A group that the request chooses is the caller's once they were found to be in it: a record that is equal to it is theirs,
 * as it is where the group was theirs from the start. Without that it is what anybody may send.
 */
function withConfirmed(
  alternative: readonly Fact[],
  found: readonly Classified[],
  { rows }: Context,
): Classified[] {
  const confirmed = new Set(
    found.flatMap((c) =>
      c.protection === 'ownership' && c.atom.sources.every((s) => rows.get(s)?.scoped) ? c.subjects : [],
    ),
  );
  const isTheirs = ({ sources, test, arguments: constants }: Atom): boolean =>
    test === 'equal' &&
    constants.length === 0 &&
    sources.some((s) => rows.has(s) && !confirmed.has(s)) &&
    sources.some((s) => isInput(s)) &&
    sources.every((s) => (rows.has(s) ? !rows.get(s)!.isNew : isInput(s) && confirmed.has(s)));
  const theirs = alternative.flatMap((f): Classified[] =>
    f.k === 'atom' && !found.some((c) => c.atom === f) && isTheirs(f) ? [makerOf(f)('ownership')] : [],
  );
  return [...found, ...theirs];
}
const pick = (sides: readonly Classified[][]): Classified =>
  sides.flat().find((c) => c.protection === 'authorization') ??
  sides.flat().find((c) => c.protection === 'ownership') ??
  sides[0]![0]!;
/** What every side amounts to, in the wider sense: that the caller may, or at least that it is known who calls. */
function commonGround(sides: readonly Classified[][]): Protection | null {
  const all = (test: (p: Protection) => boolean): boolean =>
    sides.every((s) => s.some((c) => test(c.protection)));
  if (all(isRestriction)) return 'authorization';
  return all((p) => CALLER.has(p)) ? 'authentication' : null;
}
/**
 * `record.owner === me || me.roles.includes('admin')`: whose it is was asked of all but those who may anyway. Where several
 * say whose it is, of what all of them say it.
 */
function ownedUnlessMay(sides: readonly Classified[][]): Classified[] {
  const owned = sides.flatMap((s) => s.find((c) => c.protection === 'ownership') ?? []);
  const [first] = owned;
  if (!first) return [];
  const subjects = first.subjects.filter((s) => owned.every((c) => c.subjects.includes(s)));
  return subjects.length > 0 ? [{ ...first, subjects, either: true }] : [];
}
const isRestriction = (p: Protection): boolean => p === 'authorization' || p === 'ownership';
function configurationOf(facts: readonly Fact[], { rows }: Context): string | null {
  // Settings may be stored: a record that nothing of the request selects is the same for everybody.
  const setting = (s: Source): string | null => {
    const row = rows.get(s);
    return isConfiguration(s)
      ? s.replace('config:', '')
      : row && row.keys.length === 0 && !row.scoped
        ? row.entity
        : null;
  };
  // What type a value has says nothing of who calls; that nobody is known is why the configuration was asked.
  const isStranger = (a: Atom): boolean =>
    (a.test === 'falsy' || a.test === 'absent') && a.sources.length > 0 && a.sources.every(isIdentity);
  // `process.env.KEY || ''`: an empty one passes only where the setting is empty too.
  const isEmpty = (a: Atom): boolean =>
    a.test === 'equal' && a.arguments.length === 1 && a.arguments[0] === '';
  const atoms = facts.flatMap((f) =>
    f.k === 'atom' && !f.sources.every((s) => s === 'type') && !isStranger(f) && !isEmpty(f) ? [f] : [],
  );
  const configured = atoms.find((a) => a.sources.length > 0 && a.sources.every((s) => setting(s) !== null));
  return configured && atoms.every((a) => a.sources.every((s) => setting(s) !== null))
    ? configured.sources.map((s) => setting(s)).join(', ')
    : null;
}

const makerOf =
  (atom: Atom) =>
  (protection: Protection, args: readonly string[] = []): Classified => ({
    protection,
    arguments: args,
    unless: null,
    subjects: atom.subjects,
    atom,
    turnsAway: atom.known !== null || (atom.refusal !== null && !atom.refusal.isInner),
  });
function classifyAtom(atom: Atom, context: Context): Classified[] {
  const { rows } = context;
  const make = makerOf(atom);
  if (atom.known) {
    const known = make(atom.known.protection as Protection, atom.known.arguments);
    return known.protection === 'authentication' && atom.subjects.length > 0
      ? [known, make('ownership')]
      : [known];
  }
  // The failing side goes on to answer normally: a choice between two kinds of answer, not a refusal. Only to whoever delivers a
  // message of which the signature is wrong the same is answered as ever: anything else would have it sent again.
  const status = atom.refusal?.status ?? null;
  if (atom.refusal && status !== null && status < 300 && !atom.sources.includes('signature')) return [];
  if (status === 429) return [make('rate-limit')];
  if (isOfWhatItIs(atom)) return [];
  // Whoever is not known gets no further, whatever number that is answered with.
  const isOnlyWho = atom.sources.length === 1 && atom.sources[0] === 'identity';
  if (isOnlyWho && (atom.test === 'truthy' || atom.test === 'exists')) return [make('authentication')];
  const isOfForm = status !== null && OF_FORM.has(status) && !atom.sources.includes('signature');
  const isWhose = isOfForm && status === 400 && atom.sources.some((s) => rows.has(s));
  // What one member of theirs says they may is asked of them, however that is answered.
  const isMay = atom.sources.length === 1 && isIdentity(atom.sources[0]!) && MAY.test(atom.sources[0]!);
  if (isOfForm && !(status === 400 && isMay))
    return isWhose ? asksWhose(atom, context).filter((c) => c.protection === 'ownership') : [];
  return asksWhose(atom, context);
}
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
/** Answers that are about the form of a request. What is answered with 400 may be anything, also whose a record is. */
const OF_FORM: ReadonlySet<number> = new Set([400, 409, 413, 415, 422]);
/** Of several signatures that a header brings, one has to be right: while a secret is replaced there are two. */
const SIGNED: ReadonlySet<Atom['test']> = new Set(['equal', 'member', 'truthy', 'verified']);
function asksWhose(atom: Atom, { rows, enumerations }: Context): Classified[] {
  const make = makerOf(atom);
  const status = atom.refusal?.status ?? null;
  const { sources, test } = atom;
  if (sources.includes('signature')) {
    // What a cookie or a key carries is signed to be known again; of what is sent beside it, nothing is said.
    const isOfCaller = sources.includes('credential') && !sources.some(isInput);
    return SIGNED.has(test) ? [make(isOfCaller ? 'authentication' : 'signature')] : [];
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
    if (constants.length === 0 || scopedRows.length > 0 || isFoundAtAll(atom)) return [make('ownership')];
    // What is compared with constants is what the caller may: everywhere, as it may stand in the record of a guest, or
    // in what was looked up.
    const may = [make('authentication'), make('authorization', constants)];
    return found.some((r) => r.keys.length > 0) ? [make('ownership'), ...may] : may;
  }
  // What stands in the caller's own record is theirs, and so is what another record has in common with it.
  const isAmongTheirs =
    (test === 'member' || test === 'equal' || test === 'truthy') &&
    found.some((r) => r.isList === true && isOfCallerAlone(r));
  if (
    (test === 'equal' || isAmongTheirs) &&
    constants.length === 0 &&
    found.some(isOfCallerAlone) &&
    found.some((r) => !r.scoped && !r.isNew && r.keys.some((k) => !isOfCaller(k)))
  )
    return [make('ownership')];
  // `mine.includes(body.group)`, `mine.group === body.group`: what the request names is one of theirs.
  const named = sources.filter((s) => isInput(s) && !SECRET_INPUT.test(s));
  if (
    (isAmongTheirs || ((test === 'equal' || test === 'member') && found.some(isOfCallerAlone))) &&
    constants.length === 0 &&
    named.length > 0 &&
    !sources.includes('secret-match')
  )
    return [
      make('authentication'),
      { ...make('ownership'), subjects: [...new Set([...atom.subjects, ...named])] },
    ];
  // A record that is found by nothing but who calls says who they are, and what they may; not whose anything is.
  if (scopedRows.length > 0 && scopedRows.every((r) => r.keys.every(isOfCaller))) {
    // A secret that matches the one in it says so once more.
    if (sources.includes('secret-match')) return negative ? [] : [make('authentication')];
    const roles = [...constants, ...scopedRows.flatMap((r) => [...r.roles])];
    const isPassed = sources.includes('count')
      ? isAnyCounted(atom) && scopedRows.length === found.length
      : test === 'exists' ||
        ((test === 'truthy' || test === 'member' || test === 'equal') && sources.every((s) => rows.has(s)));
    if (!isPassed && !(constants.length > 0 && test === 'unequal' && status === 403)) return [];
    const restricts = roles.length > 0 && !isEverything(roles, enumerations);
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
      const restricts = roles.length > 0 && !isEverything(roles, enumerations);
      return restricts ? [make('ownership'), make('authorization', roles)] : [make('ownership')];
    }
    // Whose role in it is right is a member of it. What one of their own is like is no role, where it is not called one.
    if (constants.length > 0 && (test === 'member' || test === 'equal' || test === 'compare'))
      return scopedRows.every((r) => r.isChosen) && !ROLE_NAME.test(atom.column ?? '')
        ? [make('ownership')]
        : [make('ownership'), make('authorization', constants)];
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
    const attributes = identity.filter((s) => !saysWho(s) && !(negative && MAY.test(s)));
    // `me.id > 0`: there is one.
    if (constants.length === 1 && constants[0] === '> 0' && identity.every(saysWho))
      return [make('authentication')];
    // Whoever is asked what they may do is known.
    if (constants.length > 0 && test !== 'unequal')
      return [make('authentication'), make('authorization', constants)];
    if (constants.length > 0 && test === 'unequal')
      return status === 403 || status === 401 ? [make('authentication'), make('authorization')] : [];
    // That something came of what was done for the caller, or else the server has failed. What one member of theirs says is asked
    // of them, however that is answered.
    const isFailure = status !== null && status >= 500 && sources.length > 1;
    if (isFailure && (test === 'truthy' || test === 'exists') && !identity.some((s) => MAY.test(s)))
      return [make('authentication')];
    if (sources.some((s) => isInput(s)) && (test === 'equal' || test === 'member' || test === 'truthy'))
      // Whoever is asked what they may do with what they ask for is known.
      return test === 'equal'
        ? [{ ...make('ownership'), subjects: sources.filter(isInput) }]
        : [make('authentication'), make('authorization')];
    // Whoever the configuration names is somebody in particular, as if a constant named them.
    const isNamed =
      identity.some((s) => ME.test(s)) && sources.every((s) => isIdentity(s) || isConfiguration(s));
    if (isNamed && sources.some(isConfiguration) && (test === 'equal' || test === 'member'))
      return [make('authentication'), make('authorization')];
    if (attributes.length > 0)
      return !negative || status === 401 || status === 403
        ? [
            make('authentication'),
            ...((status === 401 && !attributes.some((a) => MAY.test(a))) ||
            attributes.every((a) => IN_USE.test(a)) ||
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
    test === 'equal' &&
    constants.length === 0 &&
    (found.length > 0 || sources.includes('memory')) &&
    sources.some(
      (s) =>
        isInput(s) &&
        (status === 401 || status === 403 ? SECRET_INPUT.test(s) : found.length > 0 && NOTHING_ELSE.test(s)),
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
