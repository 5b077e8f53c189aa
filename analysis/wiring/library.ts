import type { Refusal, Source } from './fact.js';
import type { Evaluator } from './evaluator.js';
import type { AppliedLink } from './recorder.js';
import type { External, Native, Site, Value } from './value.js';

export type Method = (it: Evaluator, self: Native, args: readonly Value[], site: Site) => Value;
export type Operation = (it: Evaluator, args: readonly Value[], site: Site) => Value;
/** A method that yields what it was called on, for the next one to be called on that. */
export const yieldsItself: Method = (_it, self) => self;

/** How values of one library type behave. One object a type; instances carry their own state. */
export interface LibraryType {
  name: string;
  /** Keeps nothing, and neither registers nor reaches anything: asking it twice is asking it once. */
  isConstant?: true;
  methods: Readonly<Record<string, Method>>;
  /** A member that is not a method; null falls through to what was assigned, then to an unknown. */
  get?(it: Evaluator, self: Native, name: string, site: Site): Value | null;
  /** Told of assignments; returning true keeps them from being stored as plain members. */
  set?(it: Evaluator, self: Native, name: string, value: Value, site: Site): boolean;
  call?: Method;
  /** A member that classes which extend it have; called with their instance as `this`. */
  inherited?(it: Evaluator, base: Native, name: string): Value | null;
  sources?(self: Native): readonly Source[];
  /** Told that it is awaited, or that a class or instance is whose base it is; what it then yields. */
  awaited?(it: Evaluator, self: Native, value: Value): Value;
  /** Returned from a handler or thrown, it is an answer: how it refuses, or that it does not. */
  answer?(self: Native): Refusal | null;
  /** The project's function that calling it calls: what a person would point at. */
  wrapped?(self: Native): Value;
  /** Called with requests, it answers them all: what it serves has entry points of its own. */
  handles?: true;
  /** Names of the classes that it is an instance of, for `instanceof`. */
  instanceOf?: readonly string[];
}

/** What is known of a file before it is parsed. */
export interface ConventionalFile {
  path: string;
  /** `use server` and the like, at its top or inside a function. */
  directives: ReadonlySet<string>;
  /** Names that it exports, as far as its text shows them. */
  exports: ReadonlySet<string>;
}

/** A row of `docs/frameworks.md`. */
export interface About {
  /** As people call it. */
  title: string;
  registers: string;
  guards: string;
  answers: string;
  /** What is not followed, and whether that leaves a gap. */
  limits?: string;
}

/** What one library makes of its exports. One file in `frameworks/` a library. */
export interface LibraryModel {
  name: string;
  /** Import names, without `node:`. */
  packages: readonly string[];
  /** Calls and constructions by member path: '' is the module itself (`express()`), 'Router', 'Server.prototype.x' never. */
  calls: Readonly<Record<string, Operation>>;
  /** Members that are values of their own. */
  member?(it: Evaluator, path: readonly string[]): Value | null;
  /**
   * Types that stand for a type of this library when a value is otherwise unknown. `type` is as written, with the
   * name under which the library exports it; what is known to come from another package is not asked. `isImported`: it is known to come from this
   * one, so that names count that others may have as well.
   */
  typed?(it: Evaluator, type: string, isImported?: boolean): Value | null;
  /**
   * What a parameter conventionally called so is, where a function is run of which no caller is known. Asked of the
   * models that the module uses, then of those that the program uses.
   */
  parameter?(it: Evaluator, name: string): Value | null;
  /** What a name means that nothing in a module declares: a framework may put names into modules by itself. */
  global?(it: Evaluator, name: string, site: Site): Value | null;
  /** Functions that register without being imported, as they are called: a file that names one is run. */
  globals?: readonly string[];
  /** Where a file names one of these, texts in it may name files that something else runs. */
  namesFiles?: readonly string[];
  /** By convention the framework runs this file itself; asked only where the package depends on one of `packages`. */
  isEntry?(file: ConventionalFile): boolean;
  /** Where `isEntry` finds a file: is the project one that uses this, whatever its package depends on? */
  belongs?(path: string, texts: ReadonlyMap<string, string>): boolean;
  /** Files that configuration names for the framework to run, whatever the package depends on; as specifiers from the root. */
  named?(texts: ReadonlyMap<string, string>): readonly string[];
  /** All its entry points are files that `isEntry` finds: importing the package registers nothing. */
  onlyByConvention?: true;
  /** Files whose text the model wants before anything runs, such as a schema. */
  reads?(path: string): boolean;
  prepare?(it: Evaluator, texts: ReadonlyMap<string, string>): void;
  /** An accessor that the library's schema declares, on a value of which nothing else is known. */
  schemaMember?(it: Evaluator, name: string): Value | null;
  /** What the page of what is understood says of it. */
  about?: About;
  /** Runs when the roots have been evaluated, before what nothing has called is: what a command of the framework calls. */
  start?(it: Evaluator): void;
  /** Runs when every root of the program has been evaluated: turn what was wired into entry points. */
  finish?(it: Evaluator): void;
  /** How what a project defines would be run in front of an entry point; null for what this library runs nowhere there. */
  asGuard?(it: Evaluator, value: Value, site: Site): (() => AppliedLink) | null;
}

/** What a function of a known package does, as far as protections are concerned. */
export type LibraryBehaviour =
  /** Middleware that refuses by itself. */
  | {
      does: 'protect';
      protection: string;
      /** What else it is where it is given constants to ask for: `protect('realm:admin')`. */
      asking?: string;
      /** An option of the call that made it, by which it lets everyone pass. */ lenientWith?: {
        option: string;
        value: boolean;
      };
    }
  /** Refuses by throwing, or by a promise that rejects, where it is called. */
  | { does: 'assert'; protection: string; later?: true }
  /** Throws where what it is given first does not hold: `assert(user.isStaff, 'not allowed')`. */
  | { does: 'require' }
  /** Says by what it yields whether it is so: whoever asks has to look at the answer. */
  | {
      does: 'tell';
      protection: string;
      later?: true;
      /** A member of the answer says it, or a member of one: `data.valid`. */ member?: string;
    }
  /** Middleware or call without bearing on protections. */
  | { does: 'nothing' }
  /** Asks after something outside of the program: whether a file is there is no part of its path. */
  | { does: 'look' }
  /** Asks another program: what was signed for it says nothing of its answer. */
  | { does: 'send' }
  /** Checks the shape of its input, throws when it does not fit, and yields the input. */
  | {
      does: 'validate';
      /**
       * It does not throw. What it yields says whether it fits: itself, by a member that is true then, by one that is filled
       * in else, or by a list of what does not.
       */
      says?: { itself: true } | { fits: string } | { fault: string } | { faults: true };
      /** What it yields is waited for. */
      later?: true;
    }
  /** Checks a credential, throws or answers when it is not valid, and yields who the caller is. */
  | { does: 'verify'; /** It rejects, rather than throws. */ later?: true }
  /** Reads what a credential says, without checking it. */
  | { does: 'decode' }
  /** Says who the caller is, or nothing when that is not known: whoever asks has to look at the answer. */
  | {
      does: 'identify';
      /** At once, without a promise. */ now?: true;
      /** It rejects where that is not known, unless this option says that it need not be. */ unless?: {
        option: string;
        value: boolean;
      };
    }
  /** Opens the session that a cookie carries: what it holds is true, and may be nothing. */
  | { does: 'open-session' }
  /** Checks the signature of a message; throws when it is not valid. */
  | { does: 'verify-signature' }
  /** Says with what was sealed, by whoever has the key, that it is whole; what comes of it throws when it is not. */
  | { does: 'unseal' }
  /** Counts a call, and rejects when there are too many. */
  | { does: 'throttle' }
  /** Counts a call; a member of the answer says whether there were not too many. */
  | { does: 'count'; allowed: string }
  /** Compares a secret with its stored form; the answer says whether they match. */
  | { does: 'match' }
  /** Asks another service what an id stands for that it has given to whoever comes back from there alone. */
  | { does: 'redeem' }
  /** Makes up a challenge for somebody who is to sign in: a member of what it yields. */
  | { does: 'challenge' }
  /** Computes a message authentication code, or is given the message for one. */
  | { does: 'sign-message' }
  /** Holds a signature against a message: the answer says whether it is right. */
  | { does: 'verify-message'; later?: true }
  /** One-way function over its input. */
  | { does: 'hash' }
  /** Hands its function argument through as the handler. */
  | { does: 'wrap' }
  /** Calls its function argument at once, and yields what that yields. */
  | { does: 'run' }
  /** As `run`, with an event stream as the answer. */
  | { does: 'stream-events' }
  | {
      does: 'effect';
      operation: string;
      class: 'read' | 'write';
      target: string;
      /** Which arguments say when what is made ends. */
      ends?: { claims: number; options?: number };
      /** What comes back is of something else than what it was told: how a process ended is no part of its arguments. */
      apart?: true;
    };

/** Everything the evaluator is told about libraries. */
export interface LibraryKnowledge {
  model(packageName: string): LibraryModel | null;
  models: readonly LibraryModel[];
  behaviour(external: External): LibraryBehaviour | null;
  /** Understands calls by a text argument, such as SQL, whatever library they go to; null when it is not such a text. */
  textCall(it: Evaluator, name: string, args: readonly Value[], site: Site): Value | null;
  /** A request and a response as middleware gets them, for running one on its own. */
  exchange(it: Evaluator): { request: Native; response: Native };
  /** Accessors by schema evidence (`x.<model>.<operation>`) on a value of which nothing is known. */
  schemaMember(it: Evaluator, name: string): Value | null;
}
