import type {
  AddressTest,
  CookieSet,
  FilesTaken,
  Place,
  SharedRoute,
  Switch,
  Trigger,
  UnexplainedTest,
  UnfollowedCall,
} from '../model/model.js';
import { lineText } from '../model/place.js';
import type { Evaluator } from './evaluator.js';
import { newFacts, type Atom, type Call, type Fact, type Refusal, type Source } from './fact.js';
import type { Neglected } from './neglect.js';
import { toldBy, type Site, type Value } from './value.js';

/** A change of a record that is there. */
export interface RecordChange {
  /** Columns that are written, but for those that only say when. */
  columns: readonly string[];
  /** It is given another password, and nothing else happens to it. */
  replacesPassword: boolean;
  /** Columns are emptied along with it. */
  empties?: true;
  /** What of how somebody signs in it changes. */
  switches?: Switch | undefined;
  /** Columns that are set to `true`; left out where there are none. */
  affirms?: readonly string[];
}

/** Columns that a record is given, by where what they hold comes from. */
export interface WrittenColumns {
  /** The request says it. */
  said: readonly string[];
  /** The program calculates it from what it keeps. */
  workedOut: readonly string[];
  /** All that a request has sent is written, but for these columns; left out where it is chosen what is. */
  allBut?: readonly string[] | undefined;
  /** Nothing else is written than numbers that are moved by a step which the program knows. */
  isTally?: true;
  /** Of what the request says nothing is written. */
  isSettled?: true;
  /** Nothing else is written than numbers that something is added to. */
  isRaise?: true;
  /** A challenge for somebody who is to sign in is written: and nothing else but when, or beside other columns. */
  challenge?: 'alone' | 'beside';
  /** It is given an id of its own that is drawn as secrets are, and not merely one that differs from others. */
  idDrawn?: true;
}

/** Something a handler reaches, with what holds when it does. */
export interface RecordedEffect {
  operation: string;
  class: 'read' | 'write';
  target: string;
  /** Sources of the keys that select what is acted on. */
  keys: readonly Source[];
  /** Limited to what belongs to the caller. */
  scoped: boolean;
  /** Constants that the limit also demands of the caller's membership. */
  roles: readonly string[];
  /** Only named columns are read. */
  projected: boolean;
  /** Keyed by something that only its holder knows. */
  bySecret: boolean;
  /** Records that all that is acted on hangs on, whatever else selects it; left out where that is not known. */
  heldTo?: readonly Source[];
  /** Whether it is asked until when the record may be used; left out where that is not known. */
  age?: 'asked' | 'never';
  /** Acts on what is the caller's own by its key, not by a membership. */
  own: boolean;
  /** Belongs to nobody in particular, as the schema shows it. */
  global: boolean;
  /** Loaded or written along with another entity. */
  nested: boolean;
  /** What it is limited by could not be read: all that it was given counts. */
  isGuessed?: boolean;
  /** Happens in front of the handler. */
  inChain: boolean;
  /** Stores the digest of a new secret: it sets up a credential. */
  storesSecret: boolean;
  /** Makes up a secret, and keeps it in a record. */
  makesSecret?: boolean;
  /** What becomes of a record that is there. */
  change?: RecordChange | undefined;
  /** Whether what is issued says when it ends, where that is known. */
  lifetime?: 'ends' | 'endless' | undefined;
  /** What a record is given, where that is known of some columns. */
  written?: WrittenColumns | undefined;
  /** What the filter asks of the state of records, whoever calls: constants that columns hold. */
  states?: { demanded: readonly string[]; alternative: readonly string[] };
  /** Columns that are given what the request says. */
  gives?: readonly string[];
  /** The record that it yields, as a source. */
  row: Source | null;
  place: Place;
  /** Calls through which control went from the entry point to it, outermost first. */
  via: readonly Call[];
  facts: readonly Fact[];
  /** Of what is read: what was passed between there and the end of the arms in which it was read. */
  later?: readonly Fact[];
}
export type NewEffect = Omit<
  RecordedEffect,
  | 'projected'
  | 'bySecret'
  | 'own'
  | 'global'
  | 'nested'
  | 'inChain'
  | 'storesSecret'
  | 'row'
  | 'place'
  | 'via'
  | 'facts'
  | 'later'
> & {
  projected?: boolean;
  bySecret?: boolean;
  own?: boolean;
  global?: boolean;
  nested?: boolean;
  storesSecret?: boolean;
  row?: Source;
  site: Site;
};

/** A guard or middleware in front of a handler, as it was run for one entry point. */
export interface AppliedLink {
  name: string;
  arguments: readonly string[];
  place: Place;
  definition: Place | null;
  /** What it establishes on the way to the next one. */
  facts: readonly Fact[];
  /** Constants that what makes such guards was told for this one: `require('none')`; left out where there are none. */
  madeWith?: readonly string[];
  /** It leaves who calls, where it finds that out, for what comes behind it. */
  notesCaller?: boolean;
  /** It answers some with 400 to 499, `denies` with 401 or 403, and goes on for others, whether or not it is understood which. */
  turnsAway?: { denies: boolean };
  /** What it asks of the address as it was asked for; left out where there is nothing. */
  addressTests?: readonly AddressTest[];
  /** It could not be followed; it may refuse or not. */
  opaque: boolean;
  /** Configuration without which it is not installed. */
  onlyWith?: readonly Source[];
  /** Nobody put it there as a guard: it counts where it turns out to be one. */
  isIncidental?: boolean;
}
/** A link of which it is not known whether it guards. */
export const opaqueLink = (name: string, place: Place): AppliedLink => ({
  name,
  arguments: [],
  place,
  definition: null,
  facts: [],
  opaque: true,
});
/** Something that is written at an entry point to guard it, and that nothing runs or reads. */
export interface IdleCheck {
  /** The guard that would stand there. */
  guard: string;
  /** `unread`: what it is to ask for is noted, and it is not installed; `misplaced`: it stands where nothing looks. */
  why: 'unread' | 'misplaced';
  /** Where it stands: a key of metadata, an option. */
  written: string;
  /** What it would establish. */
  facts: readonly Fact[];
  /** What it would establish as well if nothing were written there, and which says nothing of what is. */
  anyway?: readonly Fact[];
  place: Place;
}

/** One member of a dispatch over request data: `case 'join':`. */
export interface DispatchArm {
  atom: Atom;
  place: Place;
  /** What holds at its end. */
  facts: readonly Fact[];
  /** In how many arms it is. */
  depth: number;
}

/** Takes down what one entry point's chain and handler do. */
export class Recorder {
  readonly effects: RecordedEffect[] = [];
  readonly links: AppliedLink[] = [];
  /** What held where the handler's work ended well. */
  endings: (readonly Fact[])[] = [];
  /** What held each time something was sent back over a connection. */
  readonly handed: (readonly Fact[])[] = [];
  readonly arms: DispatchArm[] = [];
  /** What held each time the answer was declared a stream of server-sent events. */
  readonly streams: (readonly Fact[])[] = [];
  /** Sources of what was given away: answered, sent. */
  readonly released = new Set<Source>();
  /** Cookies that answers set. */
  readonly cookies: CookieSet[] = [];
  /** Where files are taken. */
  readonly uploads: FilesTaken[] = [];
  /** Tests by which some go no further, and of which nothing is known. */
  readonly unexplained: UnexplainedTest[] = [];
  /** What was handed the request, or what proves who calls, and could not be followed. */
  readonly unfollowed: UnfollowedCall[] = [];
  /** Tests of the address as it was asked for that a query may change. */
  readonly addressTests: AddressTest[] = [];
  /** Statements that it runs, by where and how it comes there, and of which it is not seen what they do. */
  readonly unread = new Set<string>();
  /** Promises of checks that nobody waited for. */
  readonly neglected: Neglected[] = [];
  /** Where handlers answer with plain values: the answer that one is. */
  answerOf: ((value: Value) => Refusal | null) | null = null;
  /** The request went on to what has entry points of its own. */
  isHandedOn = false;
  /** Only to see what it compares: nothing is taken down for good. */
  isTrial = false;
  /** What is in front of the handler is being run. */
  inChain = false;
  /** The route over which requests for it arrive, where many share one. */
  door: SharedRoute | null = null;
  /** This entry point, as what it hands its requests on to is reached by it. */
  route(): SharedRoute | null {
    const { trigger, registration } = this;
    if (trigger?.kind !== 'http' || trigger.path === null || registration === null) return null;
    return { method: trigger.method, path: trigger.path, place: registration };
  }
  /** Where what is recorded is registered. */
  registration: Place | null = null;
  /** All that was sent has been given to something that is not seen, which may have held it against a schema. */
  private isSentHeld = false;

  constructor(
    readonly parent: Recorder | null = null,
    /** Which tests choose between entry points, rather than guard one. */
    readonly isDispatch: (atom: Atom) => boolean = () => false,
    /** What sets off the entry point; null where something is run on its own. */
    readonly trigger: Trigger | null = null,
  ) {}

  /** Whether something was done that was not taken down any more. */
  isOverfull = false;
  effect(it: Evaluator, effect: NewEffect): void {
    const { site, written, ...rest } = effect;
    if (this.hasRoom()) {
      this.effects.push({
        ...rest,
        written: written?.allBut && this.isSentHeld ? { ...written, allBut: undefined } : written,
        projected: effect.projected ?? false,
        bySecret: effect.bySecret ?? false,
        own: effect.own ?? false,
        global: effect.global ?? false,
        nested: effect.nested ?? false,
        inChain: this.inChain,
        storesSecret: effect.storesSecret ?? false,
        row: effect.row ?? null,
        place: it.place(site),
        via: it.calls,
        facts: it.facts,
      });
    }
    this.parent?.effect(it, effect);
  }
  holdsSent(): void {
    this.isSentHeld = true;
    this.parent?.holdsSent();
  }
  /** Something done to no entity in particular: a session is set, a token issued. */
  act(it: Evaluator, operation: string, target: string, site: Site): void {
    this.effect(it, { operation, class: 'write', target, keys: [], scoped: false, roles: [], site });
  }
  /** An effect that has been recorded before, once more under other facts; nothing where less held when it was last done. */
  again(effect: RecordedEffect): void {
    const isWeaker = (e: RecordedEffect): boolean =>
      sameDeed(e, effect) && newFacts(effect.facts, e.facts).length === 0;
    if (!this.effects.some(isWeaker) && this.hasRoom()) this.effects.push(effect);
    this.parent?.again(effect);
  }
  private hasRoom(): boolean {
    if (this.effects.length < MAX_EFFECTS) return true;
    this.isOverfull = true;
    return false;
  }
  /** The answer was declared a stream of events. */
  streaming(facts: readonly Fact[]): void {
    this.streams.push(facts);
    this.parent?.streaming(facts);
  }
  cookie(cookie: CookieSet): void {
    this.cookies.push(cookie);
    this.parent?.cookie(cookie);
  }
  upload(taken: FilesTaken): void {
    this.uploads.push(taken);
    this.parent?.upload(taken);
  }
  /** Some go no further by a test of which nothing is known. */
  decidesBy(test: UnexplainedTest): void {
    if (this.unexplained.length < MAX_TESTS) this.unexplained.push(test);
    this.parent?.decidesBy(test);
  }
  handsOut(call: UnfollowedCall): void {
    if (this.unfollowed.length < MAX_TESTS) this.unfollowed.push(call);
    this.parent?.handsOut(call);
  }
  /** Whether a text stands anywhere in the address as it was asked for, query and all, decides what is done. */
  asksAddress(test: AddressTest): void {
    if (this.addressTests.length < MAX_TESTS) this.addressTests.push(test);
    this.parent?.asksAddress(test);
  }
  /** A statement is run of which it is not seen what it does. */
  runs(it: Evaluator, text: string, site: Site): void {
    this.runsUnread(`${text}|${[it.place(site), ...it.calls.map((c) => c.place)].map(lineText).join('|')}`);
  }
  runsUnread(key: string): void {
    this.unread.add(key);
    this.parent?.runsUnread(key);
  }
  neglect(neglected: Omit<Neglected, 'effects' | 'after' | 'inChain'>): void {
    const { effects, inChain } = this;
    this.neglected.push({ ...neglected, effects, after: effects.length, inChain });
    this.parent?.neglect(neglected);
  }
  /** Values are answered, or sent. */
  gives(values: readonly Value[]): void {
    this.release(values.flatMap((v) => toldBy(v)));
  }
  release(sources: readonly Source[]): void {
    for (const source of sources) this.released.add(source);
    this.parent?.release(sources);
  }
  handOn(): void {
    this.isHandedOn = true;
    this.parent?.handOn();
  }
  /** How much has been taken down so far, here and by whoever else takes it down. */
  mark(): Mark {
    return { effects: this.effects.length, parent: this.parent?.mark() ?? null };
  }
  /**
   * An arm has come to a good end under these facts: `if (id) { const row = await find(id); if (row.owner !== me) throw … }`.
   * What was read in it had to pass them, though nothing of that holds behind the arm.
   */
  armEnded(since: Mark, facts: readonly Fact[]): void {
    for (const effect of this.effects.slice(since.effects)) {
      if (effect.class !== 'read') continue;
      const passed = newFacts(effect.facts, facts);
      if (passed.length > 0) effect.later = [...new Set([...(effect.later ?? []), ...passed])];
    }
    if (since.parent) this.parent?.armEnded(since.parent, facts);
  }
  /** Called for every arm that is entered under facts; the answer is called when the arm ends. */
  entersArm(
    facts: readonly Fact[],
    depth: number,
  ): ((atEnd: readonly Fact[], through: boolean) => void) | undefined {
    // Of a table in a table, the inner one says what is chosen.
    const atom = facts.map((f) => this.choosing(f)).findLast((a) => a !== null);
    if (!atom) return undefined;
    return (atEnd) => void this.arms.push({ atom, place: atom.place, facts: atEnd, depth });
  }
  /** The test that chooses; of several constants that are asked for at once, the first. */
  private choosing(fact: Fact): Atom | null {
    if (fact.k === 'atom') return this.isDispatch(fact) ? fact : null;
    const each = fact.alternatives.map((a) => a.map((f) => this.choosing(f)).findLast((c) => c !== null));
    return each.includes(undefined) ? null : (each[0] ?? null);
  }
}
const sameDeed = (a: RecordedEffect, b: RecordedEffect): boolean =>
  a.place.line === b.place.line &&
  a.place.file === b.place.file &&
  a.operation === b.operation &&
  a.target === b.target &&
  a.row === b.row &&
  a.scoped === b.scoped &&
  a.keys.join() === b.keys.join();
const MAX_EFFECTS = 400;
const MAX_TESTS = 100;
interface Mark {
  effects: number;
  parent: Mark | null;
}

/** An entry point as the evaluator saw it, before anything is concluded from it. */
export interface Observation {
  framework: string;
  trigger: Trigger;
  registration: Place;
  /** Calls of the project's functions by which it was registered, the outermost first. */
  calls?: readonly Place[];
  handler: Value | null;
  /** Where the work is, when it is not the whole handler (a `case`). */
  at: Place | null;
  links: readonly AppliedLink[];
  effects: readonly RecordedEffect[];
  /** Sources of what it gives away. */
  released: ReadonlySet<Source>;
  cookies?: readonly CookieSet[];
  uploads?: readonly FilesTaken[];
  unexplained?: readonly UnexplainedTest[];
  unfollowed?: readonly UnfollowedCall[];
  /** How many statements it runs of which it is not seen what they do. */
  unread?: number;
  neglected?: readonly Neglected[];
  door?: SharedRoute | null;
  application?: Place;
  idle?: readonly IdleCheck[];
  /** What holds where the work ends. */
  reached: readonly Fact[];
  unmounted: boolean;
  /** The program has nothing that would serve it. */
  unserved?: true;
}
/** What was passed on the way to its work, and in it. */
export const passedIn = ({ reached, links }: Observation): Fact[] => [
  ...reached,
  ...links.flatMap((l) => l.facts),
];
