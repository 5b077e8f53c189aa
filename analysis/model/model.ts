import type { EnvironmentSetting } from './environment.js';
import type { Place } from './place.js';

export type { Place };

/** The architecture model of one tree: entry points, the guards in front of them, what they reach, and what is not known. */

export interface Model {
  /** Version of the extractor that made it; models of different versions are never compared. */
  extractor: string;
  /** `TreeSource.id` */
  tree: string;
  entryPoints: EntryPoint[];
  /** Guards that the project builds or defines, applied or not. */
  guards: DefinedGuard[];
  /** Secrets that tokens and cookies rest on; left out where there are none. */
  secrets?: SecretInUse[];
  /** With which algorithms tokens may be signed; left out where nothing signs or verifies any. */
  algorithms?: AlgorithmsAllowed[];
  /** Which other sites may read what programs answer to somebody's cookies; left out where nothing says so. */
  origins?: OriginsAllowed[];
  /** What files of the tree make editors, agents and package managers do; left out where there is nothing. */
  environment?: EnvironmentSetting[];
  gaps: Gap[];
  notLookedAt: NotLookedAt[];
}

export const ENTRY_POINT_KINDS = [
  'http',
  'websocket',
  'sse',
  'graphql',
  'rpc',
  'server-action',
  'webhook',
  'job',
  'message',
  'mcp-tool',
] as const;
export type EntryPointKind = (typeof ENTRY_POINT_KINDS)[number];

/** What sets a handler off. `method` is upper case, `ALL` for any. Unknown parts are null. */
export type Trigger =
  | { kind: 'http' | 'sse' | 'webhook'; method: string; path: string | null }
  /** `name` null is the connection itself; else the message's name. */
  | { kind: 'websocket'; path: string | null; name: string | null }
  | { kind: 'graphql' | 'rpc' | 'server-action' | 'job' | 'message' | 'mcp-tool'; name: string };

/** A route that many entry points share, as the fields of a schema do. */
export interface SharedRoute {
  method: string;
  path: string;
  place: Place;
}

export interface EntryPoint {
  /** `<program>: <trigger>`, unique in the model, free of lines; unmounted ones carry file and ordinal. */
  id: string;
  program: string;
  trigger: Trigger;
  framework: string;
  /** Where it is registered. */
  registration: Place;
  handler: (Place & { endLine: number; name: string | null }) | null;
  /** The route over which requests for it arrive, where it shares one and it is known. */
  door?: SharedRoute;
  /** The application that answers it, where the program serves several apart from each other; left out elsewhere. */
  application?: Place;
  chain: ChainLink[];
  /** What every path to the handler's work passes, from the chain and from inside the handler; sorted. */
  protections: Protection[];
  /** Protections about which nothing can be said, because an unknown stands in front of the handler. */
  unknown: Protection[];
  /** What the policy says to be enforced outside of the code, and the code does not show; left out where there is nothing. */
  assumed?: AssumedProtection[];
  /** Where it refuses callers for what they present as proof, without verifying that: no protection. Only where there is such. */
  asks?: { name: string; place: Place };
  /** Where records of an entity are kept from others than the caller's, unless they say themselves that they are for everybody. Only where there is such. */
  withheld?: { protection: Protection; entity: string; place: Place };
  /** Entities of which a column of the record decides whether it is given, whoever calls; sorted; left out where there are none. */
  decided?: string[];
  effects: Effect[];
  /** Only the program's own operator gets in, with a secret of its configuration: nobody of whom something is anyone's. */
  operated?: true;
  /** Who calls is known by a key of the whole installation: of none behind it is asked whose it is, or done anything as them. */
  keyOfNobody?: true;
  /** What it acts on is named by a service where somebody pays, and nobody looks what has become of that there. */
  unpaid?: true;
  /** Entities in which the caller is looked up by what they present; left out where there are none. */
  knownBy?: string[];
  /** Cookies that its answer sets; left out where there are none. */
  cookies?: CookieSet[];
  /** Where it takes files, as far as that is seen; left out where it takes none. */
  uploads?: FilesTaken[];
  /** Tests in it by which some go no further, and of which it is not seen what they ask; sorted; left out where there are none. */
  unexplained?: UnexplainedTest[];
  /** Calls by which it hands on the request, or what proves who calls, and that could not be followed; sorted; left out where there are none. */
  unfollowed?: UnfollowedCall[];
  /** How many statements it runs of which it is not seen what they do; left out where there are none. */
  unread?: number;
  /** Checks whose promise nobody waits for, so that they refuse nobody; left out where there are none. */
  neglected?: NeglectedCheck[];
  /** Guards that are written at it and never run; left out where there are none. */
  deadGuards?: DeadGuard[];
  /** It exchanges the code of another provider for a sign-in. */
  codeExchange?: CodeExchange;
  /** Who is signed in there is said by another service, which issued or signed what is sent; left out where that is not seen. */
  vouchedElsewhere?: true;
  /** Why it is public on purpose, as far as its behaviour shows it, else null. */
  public: string | null;
  /** Registered under a mount that could not be determined. */
  unmounted: boolean;
  /** Nothing that would serve it is in the program in which it was read: it may be another one's; left out where something is. */
  unserved?: true;
}

/** What is called there may ask who calls: nothing is known of it. */
export interface UnfollowedCall extends Place {
  /** Null where it has none of its own. */
  name: string | null;
}
/** Whether a text stands in the address as it was asked for, at its end or anywhere in it. */
export interface AddressTest extends Place {
  text: string;
  /** It is the source of a regular expression. */
  isPattern?: true;
  /** It does, by the path alone. */
  fits: boolean;
}
/** A test that decides what happens, by what nothing is known of. */
export interface UnexplainedTest extends Place {
  /** Some are answered 401 or 403. */
  denies?: true;
}
/** A protection that nobody has seen: a project says that something in front of the program enforces it. */
export interface AssumedProtection {
  protection: Protection;
  /** What enforces it. */
  by: string;
  /** Where the project says so. */
  place: Place;
}
/** Something that is written at an entry point to guard it, and that nothing runs. */
export interface DeadGuard {
  name: string;
  /** What it would protect, and nothing else does. */
  protections: Protection[];
  /** Constants that it would ask for. */
  arguments: string[];
  /** `unread`: what it is to ask for is noted, and it is not installed; `misplaced`: it stands where nothing looks. */
  why: 'unread' | 'misplaced';
  /** Where it stands: a key of metadata, an option. */
  written: string;
  place: Place;
}
/** A check that an asynchronous function makes, and for which its caller does not wait. */
export interface NeglectedCheck {
  name: string;
  /** What it would protect, had it been waited for. */
  protections: Protection[];
  /**
   * `tested`: its promise is asked for its truth; `dropped`: nothing is done with it; `unsaid`: of a refusal that is only made;
   * `unheard`: it answers whether it is so, and nobody looks at that.
   */
  how: 'tested' | 'dropped' | 'unsaid' | 'unheard';
  /** It is seen how it would refuse: with 401, 403 or 429. */
  refuses: boolean;
  /** Where it is called. */
  place: Place;
  /** Where the test is made, as `ChainLink.definition` says of the guards that make it; null where that is not followed. */
  check: Place | null;
}
export type CookieAttribute = 'HttpOnly' | 'Secure' | 'SameSite';
/** A cookie that an answer sets, with the attributes that it is set with; sorted. */
export interface CookieSet {
  name: string;
  attributes: CookieAttribute[];
  /** It holds what says who calls: its name says so, or it is a token that was signed for it; left out elsewhere. */
  proves?: true;
  place: Place;
}

/** Files of a request are taken, by which package, and whether something bounds how large they are. */
export interface FilesTaken {
  by: string;
  limited: boolean;
  place: Place;
}

export const PROTECTIONS = [
  'authentication',
  'authorization',
  'ownership',
  'rate-limit',
  'validation',
  'csrf',
  'signature',
  'upload-limit',
] as const;
export type Protection = (typeof PROTECTIONS)[number];
/** What guards access: one that is lost, or that nobody waits for, is a hole. */
export const GUARDING: readonly Protection[] = [
  'authentication',
  'authorization',
  'ownership',
  'rate-limit',
  'signature',
  'csrf',
];

/** Parts of what is sent that are held against a schema: a route's parameters, a query, a body, headers, cookies, files, a message. */
export const INPUT_PARTS = ['body', 'cookies', 'files', 'headers', 'message', 'params', 'query'] as const;
export type InputPart = (typeof INPUT_PARTS)[number];

/** A guard or middleware as applied to one entry point. */
export interface ChainLink {
  name: string;
  protections: Protection[];
  /** Constants that the guard's decision compares with: roles, permissions, scopes. */
  arguments: string[];
  /** Configuration under which it lets everyone pass, as source text. */
  unless: string | null;
  /** `inline`: inside the handler or something it calls; `applied`: in front of it. */
  position: 'applied' | 'inline';
  /** Where it is applied (installation or call). */
  place: Place;
  /** Where it is defined, when that is in the repository. */
  definition: Place | null;
  /** Where what may be done is tested, in another file than the guard is in; left out where that is the same. */
  test?: Place;
  /** Of validation: what it looks at; sorted; left out where that is not known, and elsewhere. */
  covers?: InputPart[];
  /** Whether it refuses anybody, whatever for, and the line that shows it. */
  refuses: Refuses;
  /** Of a signature that the project checks itself; left out elsewhere. */
  signed?: SignatureCheck;
  /** It answers some 401 or 403 by a test of which it is not seen what it asks. */
  deniesUnseen?: true;
  /** What it asks of the address, to which whoever asks may add a query; left out where there is nothing. */
  addressTests?: AddressTest[];
  /** It asks nothing, and was made to: what makes such guards was told something written in the code; left out elsewhere. */
  told?: true;
  /** It finds out who calls, and lets those pass whom it does not know; only where it was put for this entry point alone. */
  lenient?: true;
  /** Nobody is turned away by it: it limits what is done under it, and what comes after is done for everybody. */
  aside?: true;
  /** The call that it is named for changes records as well: it can't be put in front of anything; left out elsewhere. */
  works?: true;
  /** Records that have to be found, by nothing but which it is known whose something is; left out where more is asked, or it is not seen. */
  finds?: LookUp[];
  /** Whose it is or what the caller may, one of which suffices: `owner or admin`. Its arguments are of those who may. */
  either?: true;
}

/** A record that is looked up, and what is asked of its columns: of two look-ups, the one that asks for all that the other does implies it. */
export interface LookUp {
  entity: string;
  asked: string[];
}
/**
 * `yes`: a test that it makes turns somebody away, at `place`, with 401 or 403 where it `denies`; `no`: it was followed, and lets everybody pass, as its code at `place` shows;
 * `unknown`: it was not followed, or is code of a package of which nothing is known.
 */
export type Refuses =
  | { known: 'yes'; place: Place; denies?: true }
  | { known: 'no'; place: Place }
  | { known: 'unknown' };

/** How what was signed is held against what was sent; each left out where it is not seen. */
export interface SignatureCheck {
  /** `text`: it ends where they begin to differ, so that how long it takes says how much was right. */
  compared?: 'constant-time' | 'text';
  /** `rewritten`: the body as it was read and written anew, and not the bytes that were signed. */
  over?: 'rewritten';
}

export type OperationClass = 'read' | 'write';
/** What of how somebody signs in is changed: the second factor, that there is none any more, the address for a reset. */
export type Switch = 'factor' | 'factor-off' | 'address';
export interface Effect {
  /** create, update, delete, read, list, … or a security effect such as token-issue, credential-verify, broadcast. */
  operation: string;
  class: OperationClass;
  /** Entity name, or the thing acted on. */
  target: string;
  place: Place;
  /** Guards that hold whenever this effect happens; subset of the entry point's protections. */
  protections: Protection[];
  /** Constants of the authorization that holds here, e.g. `['OWNER', 'CAREGIVER']`; empty when there is none. */
  authorization: string[];
  /** Constants one of which has to be the caller's, where nothing else is asked of what they may; sorted; left out else. */
  admits?: string[];
  /** What is asked of what callers may; left out where something is asked that constants do not say. */
  demands?: Demands;
  /** Tests of roles that every role there is passes, and others do not; left out where there are none. */
  everyRole?: Place[];
  /** Everybody but some may, whatever else they are; left out where more is asked of what callers may. */
  leavesOut?: LeftOut;
  /** The caller's own by its key (`where: { userId: me }`) or by a check, or held by a secret: nobody else's rights are at stake. */
  own: boolean;
  /** Found by what only its holder knows; left out where it is not. */
  bySecret?: true;
  /** Whether it is asked until when the record of a secret may be used; left out where that is not known. */
  age?: 'asked' | 'never';
  /** Whoever says the secret may, whoever they are; left out where who calls decides. */
  held?: true;
  /** Nothing of the request has a say in which records it acts on; left out where something has. */
  fixed?: true;
  /** Makes the one record that the program keeps of its kind, where there was none yet, and of nothing that was sent; left out else. */
  fillsIn?: true;
  /** Of what it reads only how many there are is given away; left out where more is. */
  counted?: true;
  /** Gives a record that is there another password, and does nothing else to it; left out where it does not. */
  replacesPassword?: true;
  /** Of a record that is given another password: nothing else of it is emptied, as the code that led to it would be. */
  leavesRest?: true;
  /** Changes how somebody signs in; left out where it does not. */
  switches?: Switch;
  /** Keeps the secret of a second factor for somebody who has none yet; left out where it does not. */
  enrols?: true;
  /** Columns that are written, of what is found by nothing but who calls; sorted; left out elsewhere. */
  sets?: string[];
  /** Whether a token that is issued says when it ends; left out where that is not known. */
  lifetime?: 'ends' | 'endless';
  /** Columns that hold what the request says, where elsewhere they are worked out; sorted; left out where there are none. */
  believes?: string[];
  /**
   * Columns that say what somebody may, and hold what the request says, where elsewhere a permission is asked of whoever
   * writes them; sorted; left out where there are none.
   */
  grants?: string[];
  /** Columns that are calculated from what is kept; sorted; left out where there are none. */
  worksOut?: string[];
  /** It changes what is there into what the program says, and of what the request says writes nothing; left out else. */
  settled?: true;
  /** It adds to numbers of what is there, and changes nothing else; left out where it does not. */
  raises?: true;
  /** It counts one more of something, and changes nothing else; left out where it does not. */
  tallies?: true;
  /** It changes what the code names, and the request has no say in what becomes of it either; left out where it has. */
  unasked?: true;
  /** It notes when something was last used or seen, and changes nothing else; left out where it does not. */
  notes?: true;
  /** Who calls is known by nothing but a token that is part of what they ask, as that of a mailed link is; left out else. */
  byLink?: true;
  /** A password or a code was compared on the way there; left out where none was. */
  asksAgain?: true;
  /** The caller's records that had to be found on the way, and what it is limited to itself by its columns; left out where there are none. */
  finds?: LookUp[];
  /** The schema shows no owner: neither a user's nor a tenant's. */
  global: boolean;
  /** Loaded or written along with another entity, by a relation. */
  nested: boolean;
  /** What it is limited by could not be read, so that all that it was given counts; left out where it was. */
  guessed?: true;
  /** What it reads is not given away: it serves a check, or the work itself. */
  check: boolean;
  /** Where the key comes from: `params.childId`, `body.id`, `identity`, `row:Child`, …; sorted. */
  subjects: string[];
}

export interface DefinedGuard {
  name: string;
  /** Empty: called like a guard, and lets everyone pass. Only kept where nothing uses it. */
  protections: Protection[];
  place: Place;
  exported: boolean;
  /** It makes guards, `requireRole('admin')`, and is none itself; left out else. */
  makes?: true;
  /** How many entry points it stands in front of. */
  applications: number;
  /** Files other than its own (tests excluded) that refer to it. */
  referencedFrom: number;
  /** Where it is installed for what comes after, where nothing else is done with it; left out else. */
  installed?: Installation;
}

/** `app.use(path, guard)` */
export interface Installation extends Place {
  /** The path that it is limited to; null for none. */
  path: string | null;
  /** Routes that the same application is given before it, and after it, in the same file. */
  routesBefore: number;
  routesAfter: number;
}
/** Constants of which the caller's must be none, the others that there are, where that is known, and the test. */
export interface LeftOut {
  names: string[];
  others: string[];
  place: Place;
}
/** Where a code is exchanged, and whether anything before it mentions a `state` or a verifier. */
export interface CodeExchange {
  place: Place;
  state: boolean;
  /** Where somebody on record is looked up by an e-mail address, and whether anything asks if that was verified. */
  address?: { place: Place; verified: boolean };
}
/** A secret that is given to what signs, seals or verifies. Its text is nowhere in a model. */
export interface SecretInUse {
  /** The setting that it is read from; null where a constant stands alone, '' where only a schema names it. */
  configuration: string | null;
  /** A text in the code is used where the setting is missing, or always. */
  constant: boolean;
  /** Where it is read, or written down. */
  origin: Place;
  does: string;
  /** Where it is used. */
  place: Place;
}
/** Of each list one constant has to be the caller's. */
export type Demands = readonly (readonly string[])[];
/** Where tokens are signed or verified, and with which algorithms; `allowed` is left out where nothing is said of them. */
export interface AlgorithmsAllowed {
  does: 'signs' | 'verifies';
  allowed?: string[];
  /** `unsigned`: none is needed; `confusable`: the public key of one is a secret to another; left out where it is neither. */
  weak?: 'unsigned' | 'confusable';
  place: Place;
}
/** Where a program lets other sites send somebody's cookies along and read the answer. */
export interface OriginsAllowed {
  program: string;
  /** Whichever site asks may; else it is chosen. */
  any: boolean;
  place: Place;
}
export interface Gap {
  reason: string;
  file: string;
  line: number;
  /** entry points whose answer it may change; empty: unknown which */ affects: string[];
}
export interface NotLookedAt {
  what: string;
  files: number;
}
