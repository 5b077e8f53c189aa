import { CALLER } from '../model/caller.js';
import type { Protection } from '../model/model.js';
import {
  isIdentity,
  isInput,
  isSent,
  keyUnsent,
  someAtom,
  type Atom,
  type Disjunction,
  type Fact,
  type Source,
} from '../wiring/fact.js';
import { withoutOpposites, withoutWhole } from './alternatives.js';
import {
  classifyAtom,
  isConfiguration,
  makerOf,
  isOfCallerAlone,
  type Classified,
  type Context,
} from './atoms.js';
import { countedIn } from './how-often.js';
import { hasNobody } from './nobody-yet.js';
import { testOfOtherRole } from './other-role.js';
import { saysWho } from './names.js';
import { settingOfStandIn } from './stand-ins.js';

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
const isOfEach = (fact: Fact): boolean => someAtom(fact, ({ ofEach }) => ofEach === true);
const ofThose = (c: Classified): Classified[] =>
  c.subjects.length > 0 ? [{ ...c, protection: 'ownership', arguments: [] }] : [];
function classifyAny(fact: Disjunction, context: Context): Classified[] {
  const counted = countedIn(fact);
  if (counted) return [makerOf(counted)('rate-limit')];
  // Every alternative has to protect; those that only look at configuration are bypasses.
  let bypass: string | null = null;
  const sides: Classified[][] = [];
  const excused = new Set<Classified[]>();
  const alternatives = withoutWhole(
    withoutOpposites(fact.alternatives, (f) => classify(f, context).length > 0),
    context.enumerations,
  );
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
  let isOfKeyed = false;
  for (const { of: alternative, found } of each) {
    const standIn = found.some((c) => isRestriction(c.protection))
      ? null
      : settingOfStandIn(alternative, fact);
    if (standIn !== null) {
      bypass ??= standIn;
      continue;
    }
    const otherRole = owned.length > 0 ? testOfOtherRole(alternative, isRole) : null;
    spared ??= otherRole;
    const isWithoutKey = found.length === 0 && isOfNoKey(alternative, owned);
    isOfKeyed ||= isWithoutKey;
    const isExcused = otherRole !== null || isWithoutKey || isOfNoGroup(alternative, asking, context);
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
    ...(isOfKeyed && c.protection === 'ownership' ? { ofKeyed: true as const } : {}),
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
    // There is none by that name yet, or it is their own: that was asked of the name.
    f.refusal?.status !== 409 &&
    asking.some((a) => f.sources.every((s) => a.sources.includes(s))) &&
    (f.sources.every((s) => context.rows.has(s))
      ? // Where the caller's own record is what is not there, something else has to say that there is a caller.
        f.sources.every((s) => !isOfCallerAlone(context.rows.get(s)!, context.rows)) ||
        among.some((o) => o !== f && classify(o, context).some((c) => c.protection === 'authentication'))
      : f.sources.some(isGroup) && f.sources.every((s) => isGroup(s) || !isIdentity(s)));
  // Whoever calls may be known in several ways: in each of them they have to belong to none.
  const isExcused = (among: readonly Fact[]): boolean =>
    among.some((f) => (f.k === 'atom' ? isExcuse(f, among) : f.alternatives.every(isExcused)));
  return isExcused(alternative);
}
/** `if (boatId) await mustOwn(boatId)`: whoever names no boat is held to none, and acts on none. */
const isOfNoKey = (alternative: readonly Fact[], owned: readonly Classified[]): boolean =>
  alternative.some((f) => {
    const key = keyUnsent(f);
    return key !== null && owned.length > 0 && owned.every((c) => c.subjects.includes(key));
  });
/** All tests of whose something is, however deep: a group may be the caller's in several ways, each with a test of its own. */
const askingWhose = (alternatives: Disjunction['alternatives'], context: Context): Atom[] =>
  alternatives.flat().flatMap((f): Atom[] => {
    if (f.k === 'any') return askingWhose(f.alternatives, context);
    return classify(f, context).some((c) => c.protection === 'ownership') ? [f] : [];
  });
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
function configurationOf(facts: readonly Fact[], context: Context): string | null {
  const { rows } = context;
  // As long as nobody has an account, all is whoever's sets the program up, as whom it acts then.
  const empty = facts.find((f): f is Atom => f.k === 'atom' && hasNobody(f, context));
  if (empty) return empty.sources.flatMap((s) => rows.get(s)?.entity ?? []).join();
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
  // `(headers.authorization ?? '') === process.env.KEY`: who sends nothing passes only where nothing is set.
  const isUnset = (f: Fact): f is Atom =>
    f.k === 'atom' &&
    f.sources.length > 0 &&
    f.sources.every(isConfiguration) &&
    (isEmpty(f) || f.test === 'absent' || f.test === 'falsy');
  const isUnsent = (a: Atom): boolean =>
    (a.test === 'falsy' || a.test === 'absent') &&
    a.sources.every((s) => isSent(s) || isConfiguration(s)) &&
    facts.some(isUnset);
  // That there is what somebody asks for says nothing of them.
  const isThere = (a: Atom): boolean =>
    (a.test === 'truthy' || a.test === 'exists') &&
    a.sources.length > 0 &&
    a.sources.every((s) => {
      const row = rows.get(s);
      return row !== undefined && row.keys.length > 0 && !row.scoped && !row.bySecret;
    });
  const atoms = facts.flatMap((f) =>
    f.k === 'atom' &&
    !f.sources.every((s) => s === 'type') &&
    !isStranger(f) &&
    !isThere(f) &&
    (isUnset(f) || (!isEmpty(f) && !isUnsent(f)))
      ? [f]
      : [],
  );
  const names = (a: Atom): readonly (string | null)[] => a.sources.map(setting);
  if (!atoms.every((a) => names(a).every((n) => n !== null))) return null;
  const configured = atoms.find((a) => a.sources.length > 0);
  if (configured) return names(configured).join(', ');
  // It is off in several ways: it was never set, or it says something else.
  const ways = facts.flatMap((f) =>
    f.k === 'any' ? [f.alternatives.map((a) => configurationOf(a, context))] : [],
  );
  return ways.find((all) => all.every((way) => way !== null))?.[0] ?? null;
}
