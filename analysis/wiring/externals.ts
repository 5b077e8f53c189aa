import { lifetimeOf } from './lifetime.js';
import type { LibraryBehaviour } from './library.js';
import { decoration } from './decorators.js';
import type { Evaluator } from './evaluator.js';
import { permissionsIn, toldBy } from './guard-options.js';
import { givenBeforehand } from './given-beforehand.js';
import { isEnvironment } from './globals.js';
import { own } from './members.js';
import { goOnWhere } from './exits.js';
import { handedOver, restOf, startsIn } from './handed-over.js';
import { calledAt, callableName, callablesIn, statusOf } from './naming.js';
import {
  answered,
  isIdentity,
  isSent,
  mergeSources,
  redeemed,
  REWRITTEN,
  uncheckedOf,
  type Fact,
  type Source,
} from './fact.js';
import { noteEventStream, streamEvents } from './event-stream.js';
import { noteMatched } from './rows.js';
import { atom, faultsUnless, madeOfOwn, subjectsOf } from './tests.js';
import { isRewritten } from './texts.js';
import { noteUnfollowed } from './unfollowed.js';
import {
  isCallable,
  optionsOf,
  promise,
  record,
  sourcesOf,
  type External,
  type Native,
  type Site,
  type Unknown,
  type Value,
  UNDEFINED,
  UNKNOWN,
  unknown,
} from './value.js';

/** Whatever is given all that a request has sent may hold it against a schema, and refuse what is not in that. */
export function noteHeld(it: Evaluator, args: readonly Value[]): void {
  if (!it.recorder || !args.some((a) => a.k === 'unknown' && a.sentBut)) return;
  it.touched++;
  it.recorder.holdsSent();
}
/** What calling a member of a package does: by its model, by the table of known behaviours, else by where data flows. */
export function behaviourOfExternal(
  it: Evaluator,
  callee: External,
  args: readonly Value[],
  self: Value,
  site: Site,
  extra: readonly Source[] = [],
): Value {
  it.tell(callee.path.at(-1) ?? '', null, args, site);
  noteEventStream(it, null, args);
  noteHeld(it, args);
  const operation = own(it.knowledge.model(callee.package)?.calls ?? {}, callee.path.join('.'));
  if (operation) {
    it.touched++;
    return operation(it, args, site);
  }
  if (it.decorating) return decoration(it, callee, callee, args, site);
  const origin = madeOf(it, callee, args);
  const sources = mergeSources(
    extra,
    self.k === 'external' ? [] : sourcesOf(self),
    ...args.map((a) => sourcesOf(a)),
  );
  /** Who is handed something gets to know what comes back as well. */
  const comesBack = (of: readonly Source[]): Unknown => {
    it.handToUnknown(args, of, site);
    return unknown(of, { origin });
  };
  const behaviour = it.knowledge.behaviour(callee);
  if (behaviour) it.touched++;
  switch (behaviour?.does) {
    case 'verify':
      return verify(it, callee, args, sources, site, behaviour.later === true);
    case 'assert':
    case 'tell':
      return declared(it, callee, behaviour, args, site);
    case 'require':
      // What a program needs to start at all says nothing of what it then serves.
      return it.recorder
        ? goOnWhere(it, args[0] ?? UNDEFINED, () => it.throw(refusedWith(args.slice(1))), site)
        : UNDEFINED;
    case 'identify': {
      const { now, unless } = behaviour;
      if (now) return unknown(['identity']);
      const known = { protection: 'authentication', library: callee.package, arguments: [] };
      const rejects = unless !== undefined && !saysSo(args, unless);
      const facts = rejects ? [atom(it, 'verified', [], site, { known })] : [];
      return promise(unknown(['identity']), facts, calledAt(callee, it.place(site)));
    }
    case 'decode':
      // What was checked before says the same when it is read again.
      return unknown(
        [it.facts.some(saysWhoCalls) ? 'identity' : uncheckedOf(sourcesOf(args[0] ?? UNDEFINED))],
        { origin },
      );
    case 'open-session':
      return promise(unknown(['session']));
    case 'verify-signature':
      return signed(it, callee, sources, site);
    case 'unseal': {
      // What the program keeps sealed for itself says nothing of who calls, whatever it is found by.
      const isKept = (s: Source): boolean => s === 'stored' || s === 'memory' || it.rows.has(s);
      const isOfRequest = sources.some(isSent) && !args.some((a) => sourcesOf(a).some(isKept));
      const protection = sources.includes('credential') ? 'authentication' : 'signature';
      const known = { protection, library: callee.package, arguments: [] };
      if (isOfRequest) it.facts = [...it.facts, atom(it, 'verified', sources, site, { known })];
      return unknown(sources, { origin });
    }
    case 'throttle':
      return promise(unknown(), [
        atom(it, 'verified', [], site, {
          known: { protection: 'rate-limit', library: callee.package, arguments: [] },
        }),
      ]);
    case 'count': {
      const known = { protection: 'rate-limit', library: callee.package, arguments: [] };
      const sources = ['rate'];
      const allowed: Value = {
        k: 'test',
        whenTrue: [atom(it, 'verified', sources, site, { known })],
        whenFalse: [atom(it, 'compare', sources, site)],
        sources,
      };
      return promise(record([[behaviour.allowed, allowed]], unknown(sources)));
    }
    case 'match':
      for (const s of sources) noteMatched(it.rows.get(s));
      return withCallback(
        it,
        args,
        unknown(mergeSources(['secret-match'], madeOfOwn(args), sources), { form: 'match' }),
        site,
      );
    case 'sign-message':
      return unknown(mergeSources(['signature'], args.some(isRewritten) ? [REWRITTEN] : [], sources), {
        origin,
      });
    case 'verify-message': {
      const told = unknown(mergeSources(['secret-match', 'signature'], sources), { origin, form: 'match' });
      return behaviour.later ? promise(told) : told;
    }
    case 'redeem':
      return promise(comesBack(redeemed(sourcesOf(args[0] ?? UNDEFINED), sources)));
    case 'challenge':
      return promise(record([['challenge', unknown(['challenge'])]], UNKNOWN));
    case 'hash':
      return unknown(mergeSources(['hashed'], sources), { origin });
    case 'effect':
      it.recorder?.effect(it, {
        operation: behaviour.operation,
        class: behaviour.class,
        target: behaviour.target,
        keys: [],
        scoped: false,
        roles: [],
        ...(behaviour.ends ? { lifetime: lifetimeOf(args, behaviour.ends) } : {}),
        site,
      });
      return comesBack(behaviour.apart ? [] : sources);
    case 'send':
      return { ...comesBack(answered(sources)), form: 'answer' };
    case 'look':
      return comesBack([]);
    case 'validate':
      return held(it, callee, behaviour, args, sources, site);
    case 'protect':
    case 'nothing': {
      // `passport.authenticate('jwt', …)(req, res, next)`: a middleware called by hand goes on through `next`, or in
      // what it is given instead of that.
      const next =
        handedOver(args).find((a) => a.k === 'builtin' && a.name === 'next') ??
        (behaviour.does === 'protect' && args.length === 3 && args[2]!.k === 'function'
          ? args[2]
          : undefined);
      if (next) {
        if (behaviour.does === 'protect') {
          it.facts = [...it.facts, ...passedGuard(it, behaviour, callee, site)];
          if (behaviour.protection === 'authentication' && args[0]?.k === 'native') keepCaller(it, args[0]);
        }
        if (next.k === 'builtin') it.call(next, [], UNDEFINED, site);
        else it.inTail(() => it.call(next, [], UNDEFINED, site));
      } else if (behaviour.does === 'nothing' && restOf(args)) {
        const rest = restOf(args)!;
        it.inTail(() => it.call(rest, [], UNDEFINED, site));
      } else
        it.handToUnknown(
          args.filter((a) => a.k === 'function' && a.fn.params.length > 1),
          sources,
          site,
        );
      return unknown(sources, { origin, wraps: null });
    }
    case 'stream-events':
      return streamEvents(it, args, site);
    case 'run': {
      const at = args.findIndex((a) => isCallable(a));
      const work = args[at];
      if (!work) return unknown(sources, { origin });
      const given = work.k === 'function' ? work.fn.params.map((_, i) => args[at + 1 + i] ?? UNKNOWN) : [];
      return it.call(work, given, UNDEFINED, site);
    }
    case 'wrap':
      return unknown(sources, { origin, wraps: callablesIn(args) });
    default:
  }
  if (behaviour === null && checksSignature(callee, sources, args)) return signed(it, callee, sources, site);
  const text = it.knowledge.textCall(it, callableName(callee), args, site);
  if (text) return text;
  // `next`, or one of what is handed over by name: `{ event, resolve: next }`.
  const onward = handedOver(args).find((a) => a.k === 'builtin' && a.name === 'next');
  if (onward) it.call(onward, [], UNDEFINED, site);
  const bound = givenBeforehand(args, (fn, all, self, at) => it.call(fn, all, self, at));
  if (bound) return record(bound, unknown(sources, { origin }));
  if (behaviour === null) noteUnfollowed(it, callableName(callee), args, site);
  // Calls that get functions from us run them once; what comes back may call them again.
  it.handToUnknown(it.recorder ? args : [...args, ...startsIn(args, it.entered)], sources, site);
  const reshapes =
    TRANSFORM.test(callableName(callee)) ||
    // What is being hashed is not said to be true.
    (callee.package === 'crypto' && callee.path[0] === 'createHash') ||
    (callee.package === 'global' && STANDARD.test(callee.path[0] ?? ''));
  const promoted =
    sources.includes('credential') && !sources.includes('signature') && !reshapes
      ? mergeSources(
          sources.filter((s) => s !== 'credential'),
          ['identity'],
        )
      : sources;
  return unknown(promoted, { origin, wraps: callablesIn(args) });
}
/**
 * Whoever asks who calls has that kept on the request, though the program writes somebody else there on another path:
 * `if (ALONE) request.user = ME`.
 */
export function keepCaller(it: Evaluator, { members }: Native): void {
  if (!members.has('user')) it.journal.write(members, 'user', unknown(['identity']));
}
/** What was signed was signed by whom it says: it throws or rejects where that is not so. */
function signed(it: Evaluator, callee: External, sources: readonly Source[], site: Site): Value {
  const passed = atom(it, 'verified', [], site, {
    known: { protection: 'signature', library: callee.package, arguments: [] },
  });
  it.facts = [...it.facts, passed];
  return promise(unknown(sources.filter((s) => s !== 'credential')), [passed]);
}
/**
 * The kit of whoever sends webhooks: a function that is called after checking is given what was sent, the headers and a secret
 * that is configured, `constructEvent(body, headers, secret)`. There is nothing else to be done with the three.
 */
const checksSignature = (callee: External, sources: readonly Source[], args: readonly Value[]): boolean =>
  callee.package !== 'global' &&
  CHECKS.test(callee.path.findLast((p) => p !== '()') ?? '') &&
  sources.some((s) => s === 'body' || s === 'request.body') &&
  (sources.some((s) => s === 'header' || s === 'header.*' || s === 'header.signature') ||
    args.some((a) => a.k === 'native' && a.type.name === 'headers')) &&
  sources.some((s) => s.startsWith('config:'));
const CHECKS = /^(?:verify|validate|construct|unwrap|unmarshal|authenticate)(?![a-z])/;
/** What a call of a package yields, by where it comes from; of a guard, with what the call asks it to ask for. */
function madeOf(it: Evaluator, callee: External, args: readonly Value[]): External {
  const { package: name, path } = callee;
  const made = it.knowledge.behaviour({ k: 'external', package: name, path: [...path, '()'] });
  if (made?.does !== 'protect') return { k: 'external', package: name, path: [...path, '()'] };
  if (isLenient(made, args)) return { k: 'external', package: name, path: [...path, '(lenient)'] };
  return { k: 'external', package: name, path: [...path, '()'], ...toldBy(args) };
}
/** `expressjwt({ credentialsRequired: false })`: made so that it lets everyone pass. */
const isLenient = (made: LibraryBehaviour & { does: 'protect' }, args: readonly Value[]): boolean =>
  made.lenientWith !== undefined && saysSo(args, made.lenientWith);
const saysSo = (args: readonly Value[], { option, value }: { option: string; value: boolean }): boolean =>
  args.some((a) => {
    const said = a.k === 'record' ? a.members.get(option) : undefined;
    return said?.k === 'literal' && said.value === value;
  });
/** What holds behind a guard of a package: its protection, with the constants that it was made to ask for. */
export function passedGuard(
  it: Evaluator,
  { protection, asking }: LibraryBehaviour & { does: 'protect' },
  { package: library, asks = [] }: External,
  site: Site,
): Fact[] {
  const passed = (of: string, args: readonly string[]): Fact =>
    atom(it, 'verified', [], site, { known: { protection: of, library, arguments: args } });
  // What signs somebody in is told how to, and not whom to let pass.
  const own = passed(protection, protection === 'authorization' ? asks : []);
  return asking !== undefined && asks.length > 0 ? [own, passed(asking, asks)] : [own];
}
/** What the language and its platforms bring and that only reshapes what it is given. */
const STANDARD =
  /^(?:atob|btoa|Text(?:De|En)coder|ArrayBuffer|DataView|Big(?:Int|Uint)\w*|(?:Uint|Int|Float)\d+\w*)$/;
/** Libraries that only reshape a credential say nothing of whether it is true. */
const TRANSFORM =
  /parse|decode|stringify|serialize|split|escape|encode|trim|format|log|info|debug|warn|error|inspect|cookie|isEmpty|isString|get|pick|merge|clone/i;

/** What an assertion throws: the error or answer that it is given, one with the number or the text that it is given, or one of its own. */
function refusedWith(given: readonly Value[]): Value {
  const made = given.find((v) => v.k !== 'literal' && statusOf(v) !== null);
  if (made) return made;
  const said = given.filter((v) => v.k === 'literal');
  const ofKind = (name: string, type: string): [string, Value][] => {
    const value = said.find((v) => typeof v.value === type);
    return value ? [[name, value]] : [];
  };
  return record([...ofKind('status', 'number'), ...ofKind('message', 'string')], UNKNOWN);
}
/** A check that is said to be one: it throws, rejects, or answers whether it is so. */
function declared(
  it: Evaluator,
  callee: External,
  behaviour: LibraryBehaviour & { does: 'assert' | 'tell' },
  args: readonly Value[],
  site: Site,
): Value {
  const { does, protection, later } = behaviour;
  const asked = protection === 'authorization' ? permissionsIn(args) : [];
  const known = { protection, library: callee.package, arguments: asked };
  const passed = atom(it, 'verified', [], site, { known });
  const identity = protection === 'authentication' ? unknown(['identity']) : UNKNOWN;
  const of = calledAt(callee, it.place(site));
  if (does === 'assert') {
    if (later) return promise(identity, [passed], of);
    it.facts = [...it.facts, passed];
    return identity;
  }
  const answer: Value =
    protection === 'authentication'
      ? identity
      : { k: 'test', whenTrue: [passed], whenFalse: [], sources: [] };
  // What else is told comes of what was asked about: whose a key is, of the key.
  const besides = unknown(mergeSources(...args.map((a) => sourcesOf(a))));
  const path = behaviour.member?.split('.') ?? [];
  const told = path.reduceRight<Value>((held, name) => record([[name, held]], besides), answer);
  return later ? promise(told, [], of) : told;
}
/** What was sent is held against a schema: it throws where it does not fit, or says so. */
function held(
  it: Evaluator,
  callee: External,
  { says, later }: LibraryBehaviour & { does: 'validate' },
  args: readonly Value[],
  sources: readonly Source[],
  site: Site,
): Value {
  const passed = atom(it, 'verified', sources, site, {
    known: { protection: 'validation', library: callee.package, arguments: [] },
  });
  const input = unknown(args.some(isEnvironment) ? mergeSources(sources, ['config:?']) : sources);
  if (!says) {
    it.facts = [...it.facts, passed];
    return input;
  }
  const fits = (isSo: boolean): Value =>
    isSo
      ? { k: 'test', whenTrue: [passed], whenFalse: [], sources: [] }
      : { k: 'test', whenTrue: [], whenFalse: [passed], sources: [] };
  let told: Value;
  if ('itself' in says) told = fits(true);
  else if ('faults' in says) told = faultsUnless(passed);
  else
    told = record(
      'fits' in says
        ? [
            [says.fits, fits(true)],
            ['error', UNKNOWN],
            ['issues', UNKNOWN],
            ['data', input],
            ['output', input],
          ]
        : [
            [says.fault, fits(false)],
            ['value', input],
          ],
      input,
    );
  return later ? promise(told, [], calledAt(callee, it.place(site))) : told;
}
/** It holds that somebody in particular calls. */
const saysWhoCalls = (f: Fact): boolean =>
  f.k === 'atom' &&
  (f.known?.protection === 'authentication' ||
    (f.test !== 'falsy' && f.test !== 'absent' && f.sources.some(isIdentity)));
/** A library's own check of a credential: it throws, rejects or calls back with an error when it is not valid. */
function verify(
  it: Evaluator,
  callee: External,
  args: readonly Value[],
  sources: readonly Source[],
  site: Site,
  isLater: boolean,
): Value {
  const identity = unknown(['identity']);
  const callback = args.at(-1);
  if (callback?.k === 'function') {
    it.aside(() => void it.call(callback, [unknown(['credential', 'error']), identity], UNDEFINED, site));
    return identity;
  }
  const passed = atom(
    it,
    'verified',
    mergeSources(
      ['credential'],
      // A token that is part of what is asked, as that of a mailed link is, says less than the one that all requests carry.
      sources.filter((s) => s === 'signature' || s.startsWith('body.')),
    ),
    site,
    {
      known: { protection: 'authentication', library: callee.package, arguments: [] },
      // With a key that is kept for one record (`jwt.verify(token, base + person.password)`) it says that it is of that one.
      subjects: subjectsOf(it, mergeSources(...args.slice(1).map((a) => sourcesOf(a)))),
    },
  );
  const facts = args.some((a) => isIssuedHere(it, a)) ? [] : [passed];
  if (isLater) return promise(identity, facts, calledAt(callee, it.place(site)));
  it.facts = [...it.facts, ...facts];
  return { ...promise(identity, facts), isKept: true };
}
/** A token that the program has just made. `token ?? guestToken()`: whoever brings none is given one, so that everybody has one that is valid. */
export const isIssuedHere = (it: Evaluator, token: Value): boolean =>
  optionsOf(token).some(({ value }) => {
    const by = value.k === 'unknown' ? value.origin : null;
    const made = by && it.knowledge.behaviour({ ...by, path: by.path.slice(0, -1) });
    return made?.does === 'effect' && made.operation === 'token-issue';
  });
function withCallback(it: Evaluator, args: readonly Value[], result: Value, site: Site): Value {
  const callback = args.at(-1);
  if (callback?.k === 'function')
    it.aside(() => void it.call(callback, [unknown(['error']), result], UNDEFINED, site));
  return result;
}
