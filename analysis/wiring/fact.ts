import type { Place } from '../model/model.js';

/**
 * Something that is known to hold where control has arrived: the outcome of a test that was passed on the way.
 * "What refuses" is read off facts: work that happens only while a fact holds is guarded by it.
 */
export type Fact = Atom | Disjunction;

/** One test, with what decided it. */
export interface Atom {
  k: 'atom';
  test: Test;
  /** Where the tested values come from; see `Source`. Sorted, without repetition. */
  sources: readonly Source[];
  /** Constants they were compared with. */
  arguments: readonly string[];
  /** Of a text, only this part was compared. */
  part?: 'start' | 'end' | 'inside';
  /** Subjects that this test vouches for: keys of the rows it looked at, and the rows themselves. */
  subjects: readonly Source[];
  place: Place;
  /** Calls through which control went from the entry point to the test, outermost first. */
  via: readonly Call[];
  /** What happens when the test fails; filled in by the branch that leaves. */
  refusal: Refusal | null;
  /** Set when a library that is known to protect made the test. */
  known: KnownProtection | null;
  /** Each element of a list has passed it: it vouches for those, and says nothing where there are none. */
  ofEach?: true;
  /** Of a comparison with constants: the column of a record that was compared. */
  column?: string;
  /** Of one with what is in no record: that column. */
  by?: string;
  /** Of a test whether a record is marked, as by `album.isOpen`: the column that marks it. */
  mark?: string;
  /** Of a test of a list, as by `user.roles`, or of what another program answers: that there is one, which may say nothing. */
  isThere?: true;
  /** What was signed is compared with what was sent as texts are: where they begin to differ, it ends. */
  isPlain?: true;
  /** Of one of the two things that are compared nothing is known. */
  isHalfSeen?: true;
  /** Of a comparison of two things neither of which is written out: that it has come out the other way. */
  fails?: boolean;
}
/** At least one alternative holds. Each alternative is a conjunction. */
export interface Disjunction {
  k: 'any';
  alternatives: readonly (readonly Fact[])[];
}

export type Test =
  | 'truthy'
  | 'falsy'
  | 'equal'
  | 'unequal'
  | 'member'
  | 'compare'
  | 'verified'
  | 'exists'
  | 'absent';
export interface Call {
  name: string;
  place: Place;
  arguments: readonly string[];
  /** Of a decorated method, or of what a decorator put in its place, which calls it. */
  isDecorated?: true;
  /** Of a closure: the function that made it, and where its code stands. */
  made?: { name: string; definition: Place };
}
/** How the failing side leaves: an answer with this status, a throw, or a plain return. */
export interface Refusal {
  how: 'answer' | 'throw' | 'return' | 'close';
  status: number | null;
  /** It left a function that the handler calls, or a turn of a loop: what comes after that is done all the same. */
  isInner?: true;
  /** A redirect to another server: where the name of that comes from. */
  host?: readonly Source[];
}
export interface KnownProtection {
  protection: string;
  library: string;
  arguments: readonly string[];
}

/**
 * Where a value comes from. Plain text, so that sets of them are cheap:
 * `params.x`, `query.x`, `body.x`, `message.x`, `header.x` (the request's data) · `request.path`, `request.method` ·
 * `credential` (what a caller presents as proof, unverified) · `identity` (who the caller is, verified), `identity.role` ·
 * `config:NAME` · `row#N` (a loaded record, see Evaluator.rows) · `secret-match` (a password or code compared) ·
 * `challenge` (made up for somebody who is to sign in) · `redeemed` (what another service says that somebody has done there) ·
 * `made-here` (see `digests.ts`) · `signature`, `signature.rewritten` (of a body that was read and written anew) · `rate` · `error` · `setter`, `unfilled`.
 */
export type Source = string;
/** What a credential says, as long as nobody has checked it: like all else in a request, it is what its sender wants it to be. */
export const UNCHECKED: Source = 'header.unchecked';
/** Of one that is part of the form, it is kept which it is: it may be checked later. */
export const uncheckedOf = (token: readonly Source[]): Source =>
  token.length === 1 && token[0]!.startsWith('body.') ? `${UNCHECKED}(${token[0]})` : UNCHECKED;
export const isUnchecked = (s: Source): boolean => s.startsWith(UNCHECKED);
export const REWRITTEN: Source = 'signature.rewritten';
/** One of its tests is such, on one way at least. */
export const someAtom = (fact: Fact, isSuch: (atom: Atom) => boolean): boolean =>
  fact.k === 'atom' ? isSuch(fact) : fact.alternatives.some((a) => a.some((f) => someAtom(f, isSuch)));
/** On every way one of its tests is such. */
export const onEachWay = (fact: Fact, isSuch: (atom: Atom) => boolean): boolean =>
  fact.k === 'atom' ? isSuch(fact) : fact.alternatives.every((a) => a.some((f) => onEachWay(f, isSuch)));
/** A test that it says something of this origin, on one way at least. */
export const mentions = (fact: Fact, source: Source): boolean =>
  someAtom(fact, ({ sources }) => sources.includes(source));
/** Who calls, or something of them. */
export const isIdentity = (source: Source): boolean =>
  source === 'identity' || source.startsWith('identity.');

export function mergeSources(...lists: readonly (readonly Source[])[]): readonly Source[] {
  const filled = lists.filter((l) => l.length > 0);
  if (filled.length === 0) return NO_SOURCES;
  if (filled.length === 1) return filled[0]!;
  const all = new Set<Source>();
  for (const list of filled) for (const s of list) all.add(s);
  const sorted = [...all].sort();
  if (sorted.length <= MAX_SOURCES) return sorted;
  // A table of all settings brings so many origins that it would push out who calls and what they ask for.
  const isSetting = (s: Source): boolean => s.startsWith('config:');
  return [...sorted.filter((s) => !isSetting(s)), ...sorted.filter(isSetting)].slice(0, MAX_SOURCES).sort();
}
export const NO_SOURCES: readonly Source[] = Object.freeze([]);
/** More origins than this say nothing any more. */
const MAX_SOURCES = 24;

/** A fact remembers its key: a copy that says how a failure is answered has the same one. */
type Keyed = Fact & { key?: number };
const numbers = new Map<string, number>();
/** Facts with equal keys say the same thing; how a failure is answered and what led there is no part of it. */
export function factKey(fact: Keyed): number {
  let { key } = fact;
  if (key === undefined) {
    const text =
      fact.k === 'atom'
        ? `${fact.test}|${fact.place.file}:${fact.place.line}|${fact.sources.join(',')}|${fact.arguments.join(',')}|${fact.subjects.join(',')}|${fact.known?.protection ?? ''}${fact.ofEach ? '*' : ''}${fact.fails ? '!' : ''}`
        : `any(${fact.alternatives.map((a) => a.map(factKey).join('&')).join('|')})`;
    key = numbers.get(text);
    if (key === undefined) numbers.set(text, (key = numbers.size));
    fact.key = key;
  }
  return key;
}
/** Tests of plain input say nothing of who may do what; only these origins can make a protection, a bypass or a dispatch. */
export const MATTERS =
  /^(identity|credential|row#|secret-match|made-here|signature|session|config:|memory|stored|rate|redeemed|error|message|unsent\.|unfilled|request\.(path|method))/;
/** A test of nothing but configuration. */
export const isConfigured = (fact: Fact): boolean =>
  fact.k === 'atom' && fact.sources.length > 0 && fact.sources.every((s) => s.startsWith('config:'));
/** What of a fact can matter; null where nothing does. Of alternatives one of which cannot, none says anything. */
export function relevantPart(fact: Fact): Fact | null {
  if (fact.k === 'atom')
    return fact.known !== null ||
      fact.test === 'compare' ||
      fact.sources.some((s) => MATTERS.test(s)) ||
      isForMarked(fact)
      ? fact
      : null;
  let part = relevant.get(fact);
  if (part === undefined) {
    const parts = fact.alternatives.map((a) => a.map(relevantPart));
    const isWhole = parts.every((p, i) => p.every((f, j) => f === fact.alternatives[i]![j]));
    part = isWhole ? fact : disjunction(parts.map((p) => p.filter((f) => f !== null)));
    relevant.set(fact, part);
  }
  return part;
}
const relevant = new WeakMap<Disjunction, Disjunction | null>();

/** Facts that hold on both of two paths, and what can be said of the rest: one side's extras or the other's. */
export function joinFacts(a: readonly Fact[], b: readonly Fact[]): readonly Fact[] {
  if (a === b) return a;
  if (isNever(a) !== isNever(b)) return isNever(a) ? b : a;
  // Paths that part and meet share a beginning, mostly by identity.
  let shared = 0;
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared++;
  const [restA, restB] = [a.slice(shared), b.slice(shared)];
  if (restA.length === 0 || restB.length === 0) {
    const limits = restA.length === 0 ? limitsDespite(restB, restA) : limitsDespite(restA, restB);
    return limits.length > 0 || shared < a.length ? [...a.slice(0, shared), ...limits] : a;
  }
  const inB = new Set(restB.map(factKey));
  const inA = new Set(restA.map(factKey));
  const common = [...a.slice(0, shared), ...restA.filter((f) => inB.has(factKey(f)))];
  const onlyA = restA.filter((f) => !inB.has(factKey(f)));
  const onlyB = restB.filter((f) => !inA.has(factKey(f)));
  const limits = [...limitsDespite(onlyA, onlyB), ...limitsDespite(onlyB, onlyA)];
  const any = disjunction([withoutIdle(onlyA, onlyB), withoutIdle(onlyB, onlyA)]);
  return [...common, ...limits, ...(any ? [any] : [])];
}
/** Nobody comes this way: it is for requests with a mark that nothing in front has put on them. */
const isNever = (path: readonly Fact[]): boolean => path.some(isForMarked);
const isForMarked = (f: Fact): boolean =>
  f.k === 'atom' &&
  (f.test === 'truthy' || f.test === 'equal') &&
  f.sources.length > 0 &&
  f.sources.every((s) => s.startsWith(UNSET_MARK));
/** What the program itself puts on other requests, where nothing has put it on this one. */
export const UNSET_MARK = 'request.unset.';
/**
 * A limit lets through what it has not counted yet, what it cannot tell apart, and everybody while its store is away. It
 * stays a limit, unless it is the request that says whether it is counted.
 */
function limitsDespite(counted: readonly Fact[], other: readonly Fact[]): readonly Fact[] {
  const limits = counted.filter(isLimit);
  // What configuration says is told with the limit: that is left to the alternatives.
  const isSetting = other.length > 0 && other.every(isConfigured);
  return limits.length > 0 && !isSetting && !other.some(isChosen) ? limits : NO_FACTS;
}
/** Stands, while paths are apart, for tests of what whoever sends a request chooses freely: they protect nothing. */
export const CHOSEN: Atom = {
  k: 'atom',
  test: 'truthy',
  sources: ['request'],
  arguments: [],
  subjects: [],
  place: { file: '', line: 0 },
  via: [],
  refusal: null,
  known: null,
};
/** What the request does not say, or says as one of what the program names: of `body.id`, that no record is chosen by it. */
const UNSENT = 'unsent.';
/** Notes, while paths are apart, what whoever sends a request has chosen to say and to leave out. */
export function chosenIn(facts: readonly Fact[]): readonly Fact[] {
  const chosen = facts.filter(isOfRequest);
  const unsent = new Set(chosen.flatMap(unsentIn));
  return chosen.length === 0
    ? NO_FACTS
    : [CHOSEN, ...[...unsent].map((s): Atom => ({ ...CHOSEN, test: 'falsy', sources: [UNSENT + s] }))];
}
function unsentIn(fact: Fact): readonly Source[] {
  if (fact.k === 'any') {
    const [first = [], ...rest] = fact.alternatives.map((a) => a.flatMap(unsentIn));
    return first.filter((s) => rest.every((r) => r.includes(s)));
  }
  const { test, sources, arguments: constants, part } = fact;
  const isNamed = (test === 'equal' || test === 'member') && constants.length > 0 && !part;
  return sources.length === 1 && (test === 'falsy' || test === 'absent' || isNamed) ? sources : [];
}
/** The key that was not sent. */
export const keyUnsent = (f: Fact): Source | null =>
  isUnsent(f) ? f.sources[0]!.slice(UNSENT.length) : null;
const isUnsent = (f: Fact): f is Atom =>
  f.k === 'atom' && f.sources.length === 1 && f.sources[0]!.startsWith(UNSENT);
const isChosen = (f: Fact): boolean => f === CHOSEN || isUnsent(f);
/** That a key was not sent is kept beside what was asked of what is found by it: `if (id) await mustOwn(id)`. */
function withoutIdle(only: readonly Fact[], other: readonly Fact[]): readonly Fact[] {
  const isAbout = (key: Source, f: Fact): boolean => someAtom(f, ({ subjects }) => subjects.includes(key));
  return only.some(isChosen)
    ? only.filter((f) => !isChosen(f) || (isUnsent(f) && other.some((o) => isAbout(keyUnsent(f)!, o))))
    : only;
}
/** Where paths have met, it is forgotten what the request chose, and which mark it would have needed. */
export function withoutChosen(before: readonly Fact[], facts: readonly Fact[]): readonly Fact[] {
  const isPassing = (f: Fact): boolean => (isChosen(f) || isForMarked(f)) && !before.includes(f);
  return facts.some(isPassing) ? facts.filter((f) => !isPassing(f)) : facts;
}
const NO_FACTS: readonly Fact[] = Object.freeze([]);
/** Refuses by how often something was done. */
export const isLimit = (fact: Fact): boolean =>
  fact.k === 'atom' && (fact.known?.protection === 'rate-limit' || fact.refusal?.status === 429);
export const isOfRequest = (fact: Fact): boolean =>
  someAtom(fact, ({ sources }) => sources.length > 0 && sources.every((s) => isInput(s) && !ADDRESS.test(s)));
/** What whoever sends a request says in it. */
export const isInput = (s: Source): boolean =>
  /^(?:params|query|body|message|header|request(?!\.unset\.)|file|cookies|parent)(?:\.|$)/.test(s);
/** The same, and what a caller presents as proof. */
export const isSent = (s: Source): boolean => s === 'credential' || isInput(s);
/** Where a request comes from is not chosen freely. */
const ADDRESS =
  /^(?:header|request)\..*(?:\bip\b|ips?$|forwarded|remote-?addr|connecting-ip|client-ip|real-ip)/i;

/** Null when it says nothing: an alternative without any condition always holds. */
export function disjunction(alternatives: readonly (readonly Fact[])[]): Disjunction | null {
  if (alternatives.some((a) => a.length === 0)) return null;
  if (alternatives.length === 2 && isTautology(alternatives[0]!, alternatives[1]!)) return null;
  if (alternatives.length > MAX_ALTERNATIVES) return null;
  if (alternatives.some((a) => a.length > MAX_CONJUNCTS))
    alternatives = alternatives.map((a) => a.slice(-MAX_CONJUNCTS));
  const all = alternatives.flatMap((a) => (a.length === 1 && a[0]!.k === 'any' ? a[0]!.alternatives : [a]));
  // Too many to look at side by side: they stay as they came.
  const flat = all.length > MAX_ALTERNATIVES ? alternatives : all;
  if (flat.length > 2 && (coversAll(flat) || namesAllAndNone(flat))) return null;
  // What is nested too deep is forgotten; of an alternative that is nothing else, nothing is known.
  let shallow = flat.map((a) => (a.some((f) => depth(f) >= MAX_DEPTH) ? pruned(a, MAX_DEPTH - 1) : a));
  for (let levels = MAX_DEPTH - 2; levels >= 0 && sizeOf(shallow) > MAX_SIZE; levels--)
    shallow = shallow.map((a) => pruned(a, levels));
  return shallow.some((a) => a.length === 0) ? null : { k: 'any', alternatives: shallow };
}
/** `x or not x`: both arms of a branch went on, and nothing else was asked in either. */
function isTautology(a: readonly Fact[], b: readonly Fact[]): boolean {
  const contradicts = (x: Fact, other: readonly Fact[]): boolean =>
    x.k === 'atom' && other.some((y) => y.k === 'atom' && areOpposite(x, y));
  return a.every((x) => contradicts(x, b)) && b.every((y) => contradicts(y, a));
}
/** `x and y, or x and not y, or not x`: every way on, one by one. Two that differ in one opposite say what they share. */
function coversAll(alternatives: readonly (readonly Fact[])[]): boolean {
  // Whatever else there is: some of them may be all that can be.
  let all = alternatives.filter((a) => a.length <= MAX_COMPARED);
  for (let round = 0; round < MAX_COMPARED; round++) {
    const shared = all
      .flatMap((a, i) => all.slice(i + 1).flatMap((b) => sharedBy(a, b)))
      .flatMap((s) => (s.length === 1 && s[0]!.k === 'any' ? s[0]!.alternatives : [s]));
    if (shared.some((s) => s.length === 0)) return true;
    if (shared.length === 0) return false;
    all = [...all, ...shared].slice(0, MAX_ALTERNATIVES * 2);
  }
  return false;
}
/** One of several by name, or none of them: whatever it is. */
function namesAllAndNone(alternatives: readonly (readonly Fact[])[]): boolean {
  const alone = alternatives.flatMap((a) => (a.length === 1 && a[0]!.k === 'atom' ? [a[0]!] : []));
  const isNamed = (c: string, of: Atom): boolean =>
    alone.some(
      (a) => a.test === 'equal' && a.arguments.join() === c && a.sources.join() === of.sources.join(),
    );
  return alone.some(
    (a) => a.test === 'unequal' && a.arguments.length > 0 && a.arguments.every((c) => isNamed(c, a)),
  );
}
function sharedBy(a: readonly Fact[], b: readonly Fact[]): Fact[][] {
  // `x, or not x and y`: x or y.
  if (a.length === 1) return withoutOpposite(a[0]!, b);
  if (b.length === 1) return withoutOpposite(b[0]!, a);
  if (a.length !== b.length) return [];
  const onlyA = a.filter((x) => !b.some((y) => factKey(x) === factKey(y)));
  const onlyB = b.filter((y) => !a.some((x) => factKey(x) === factKey(y)));
  const [[x, ...othersA], [y, ...othersB]] = [onlyA, onlyB];
  if (othersA.length > 0 || othersB.length > 0 || x?.k !== 'atom' || y?.k !== 'atom') return [];
  return areOpposite(x, y) ? [a.filter((f) => f !== x)] : [];
}
function withoutOpposite(x: Fact, other: readonly Fact[]): Fact[][] {
  const left = other.filter((y) => !(x.k === 'atom' && y.k === 'atom' && areOpposite(x, y)));
  return left.length < other.length ? [left] : [];
}
const MAX_COMPARED = 6;
const OPPOSITE: Partial<Record<Test, Test>> = {
  truthy: 'falsy',
  falsy: 'truthy',
  exists: 'absent',
  absent: 'exists',
  equal: 'unequal',
  unequal: 'equal',
  member: 'unequal',
};
const INVERSE: Readonly<Record<string, string>> = { '<': '>=', '>=': '<', '>': '<=', '<=': '>' };
export function areOpposite(a: Atom, b: Atom): boolean {
  if (a.known || b.known || a.place.line !== b.place.line || a.place.file !== b.place.file) return false;
  if (a.sources.join() !== b.sources.join()) return false;
  const [x, y] = [a.arguments.join(), b.arguments.join()];
  if (a.test !== 'compare' || b.test !== 'compare')
    return x === y && (OPPOSITE[a.test] === b.test || OPPOSITE[b.test] === a.test);
  if (x === '' && y === '') return a.fails !== b.fails;
  const [operator = '', ...constant] = x.split(' ');
  return y === [INVERSE[operator], ...constant].join(' ');
}
const MAX_ALTERNATIVES = 8;
const MAX_CONJUNCTS = 12;
const MAX_DEPTH = 3;
/** What these say down to so many levels of alternatives: less than was known, and still true. */
const pruned = (facts: readonly Fact[], levels: number): readonly Fact[] =>
  facts.flatMap((f) => (f.k === 'atom' ? f : (prunedTo(f, levels) ?? [])));
/** The same few are put into many others, where loops and calls repeat them. */
const prunings = new WeakMap<Disjunction, (Disjunction | null)[]>();
function prunedTo(fact: Disjunction, levels: number): Disjunction | null {
  if (depth(fact) <= levels) return fact;
  if (levels <= 0) return null;
  let known = prunings.get(fact);
  if (!known) prunings.set(fact, (known = []));
  if (known[levels] === undefined) {
    const alternatives = fact.alternatives.map((a) => pruned(a, levels - 1));
    known[levels] = alternatives.some((a) => a.length === 0) ? null : { k: 'any', alternatives };
  }
  return known[levels]!;
}
/** Tests in alternatives inside of alternatives: so many of them multiply, and say little of any way. */
const MAX_SIZE = 1200;
const sizes = new WeakMap<Disjunction, number>();
const sizeOf = (alternatives: readonly (readonly Fact[])[]): number =>
  alternatives.reduce((sum, a) => a.reduce((n, f) => n + (f.k === 'atom' ? 1 : sizeIn(f)), sum), 0);
function sizeIn(fact: Disjunction): number {
  let known = sizes.get(fact);
  if (known === undefined) sizes.set(fact, (known = sizeOf(fact.alternatives)));
  return known;
}
const depths = new WeakMap<Disjunction, number>();
function depth(fact: Fact): number {
  if (fact.k === 'atom') return 0;
  let known = depths.get(fact);
  if (known === undefined) {
    known = 1 + Math.max(0, ...fact.alternatives.flatMap((a) => a.map(depth)));
    depths.set(fact, known);
  }
  return known;
}

/** What was asked of one element of a list that comes from `of`, where every other has been asked the same. */
export function ofEach(facts: readonly Fact[], of: readonly Source[]): readonly Fact[] {
  const isAbout = (f: Fact): boolean => someAtom(f, ({ subjects }) => subjects.some((s) => of.includes(s)));
  const marked = (f: Keyed): Fact => {
    if (f.k === 'any') return { k: 'any', alternatives: f.alternatives.map((a) => a.map(marked)) };
    const each: Keyed = { ...f, ofEach: true, key: undefined };
    return isAbout(f) ? each : f;
  };
  return facts.filter(isAbout).map(marked);
}

/** Facts in `after` that `before` does not have. */
export function newFacts(before: readonly Fact[], after: readonly Fact[]): readonly Fact[] {
  if (before === after) return [];
  const had = new Set(before.map(factKey));
  return after.filter((f) => !had.has(factKey(f)));
}

/** A helper that returned `false` left it to its caller to say that this is about access. */
const isVague = (known: Refusal, now: Refusal): boolean =>
  known.how === 'return' && known.status === null && (now.status === 401 || now.status === 403);
/** Notes how the failing side of these tests leaves, where that is not known yet. */
export function withRefusal(facts: readonly Fact[], refusal: Refusal): readonly Fact[] {
  return facts.map((f): Fact => {
    // A helper that returned has not answered: what its caller then does says how it refuses.
    const isOpen = f.k === 'atom' && f.refusal?.how === 'return' && f.refusal.status === null;
    if (f.k === 'atom' && f.refusal && !isOpen && !isVague(f.refusal, refusal)) return f;
    const noted: Fact =
      f.k === 'any'
        ? { ...f, alternatives: f.alternatives.map((a) => withRefusal(a, refusal)) }
        : { ...f, refusal };
    return noted;
  });
}
/** What another program answers was not signed by whoever calls, nor with what signed the question. */
export const answered = (sources: readonly Source[]): readonly Source[] =>
  sources.filter((s) => s !== 'signature' && s !== REWRITTEN && !s.startsWith('config:'));
/** What it answers of an id that the request brings; one that the program has kept leads to what it was kept for. */
export const redeemed = (id: readonly Source[], sources: readonly Source[]): readonly Source[] =>
  id.length > 0 && id.every(isInput) ? ['redeemed'] : answered(sources);
