import { PERSON } from '../wiring/people.js';
import { isSignIn } from '../model/effects.js';
import type { CodeExchange } from '../model/model.js';
import type { Expression, FunctionNode, Module } from '../syntax/ast.js';
import type { Evaluator } from '../wiring/evaluator.js';
import type { ModuleInstance } from '../wiring/instance.js';
import { innermostHandler } from '../wiring/middleware.js';
import type { Observation } from '../wiring/recorder.js';
import { declarationOf, functionAround, functionOf, requiredBy, textOf, visit, type Node } from './code.js';

/** `"key":"state"`, `"name":"savedState"`, `"value":"oauth_state"`: something that is kept and compared. */
const KEEPS = /"(?:key|name|value|imported)":"(?:\w*[sS]tate|\w*[vV]erifier|\w*[nN]once|\w*csrf\w*)"/;
/**
 * `email_verified` of OpenID Connect, `verified_email`, `verified` beside an address: what providers say of it, where it is
 * read. That it is written down (`{ emailVerified: true }`) asks nobody.
 */
const READS_VERIFIED = /"name":"\w*[vV]erified\w*"/;
/** `findByEmail(profile.email)`, `users.findFirst({ where: { email } })`, `…prepare('… WHERE email = ?').get(email)` */
const LOOKS_UP = /^(?:find|get|load|fetch|select|where|first|one|query|execute|lookup|eq|by)/i;
const ADDRESS = /"(?:key|name)":"(?:primary)?e_?mails?(?:_?address)?"/i;
const MAX_FUNCTIONS = 60;

/** What client libraries of providers call the exchange of a code that they are given. */
const EXCHANGES = ['getToken', 'validateAuthorizationCode'];

/**
 * Where an entry point exchanges the code that another provider redirected back with (RFC 6749, section 4.1.3), and
 * whether anything on the way there mentions a `state` (section 10.12) or a verifier (RFC 7636); and where somebody is then
 * looked up by an address. Read off the code: of the handler, what is in front of it, what they call by name, and what looks
 * somebody up.
 */
export function codeExchangeOf(it: Evaluator, o: Observation): CodeExchange | null {
  if (o.trigger.kind !== 'http' || o.trigger.method !== 'GET') return null;
  let place: CodeExchange['place'] | null = null;
  const seen = readFrom(it, o, (instance) => {
    const sentAt = sendingCodes();
    return (node) => {
      const line = sentAt(node);
      if (line !== null) place ??= { file: instance.path, line };
    };
  });
  // Most handlers exchange nothing: what else is written there is read only where one does.
  if (!place) return null;
  for (const e of o.effects) {
    const found = e.class === 'read' && PERSON.test(e.target) ? functionAround(it, e.place) : null;
    if (found && !seen.has(found.fn)) seen.set(found.fn, found.instance);
  }
  const address = addressAskedFor(o, seen);
  return { place, state: mentions(seen, KEEPS), ...(address ? { address } : {}) };
}
/**
 * Somebody is signed in for what another service has issued to them, and checks itself or has signed: a code, a token of OpenID Connect
 * (Core 1.0, 5.3) or a SAML assertion. None of these is short enough to be guessed, however often somebody tries.
 */
export function isVouchedElsewhere(it: Evaluator, o: Observation): boolean {
  if (o.trigger.kind !== 'http' || o.trigger.method === 'GET') return false;
  if (!o.effects.some(isSignIn) && (o.cookies ?? []).length === 0) return false;
  let isVouched = false;
  readFrom(it, o, () => {
    const sentAt = sendingCodes();
    return (node) => {
      isVouched ||= sentAt(node) !== null || asksWhose(node) || opensAssertion(node);
    };
  });
  return isVouched;
}
/** `https://provider.example/oauth2/v3/userinfo`, written out: it answers who a token was issued to, and nobody else's is. */
const asksWhose = (node: Node): boolean =>
  (node.k === 'literal' && typeof node.value === 'string' && WHOSE.test(node.value)) ||
  (node.k === 'template' && WHOSE.test(node.quasis[0] ?? ''));
const WHOSE = /^https:\/\/[^/]+\/(?:[\w.-]+\/)*(?:userinfo|tokeninfo)(?:[?]|$)/i;
/** What libraries of SAML call it to verify what a provider has posted, of which they take nothing that is not signed. */
const ASSERTIONS = ['parseLoginResponse', 'validatePostResponse', 'validatePostResponseAsync', 'post_assert'];
const opensAssertion = (node: Node): boolean =>
  node.k === 'call' && node.callee.k === 'member' && ASSERTIONS.includes(node.callee.name);
/**
 * Reads the code of a handler, what is in front of it, and what they call by name, in that order.
 *
 * @param reading made for each function anew
 */
function readFrom(
  it: Evaluator,
  o: Observation,
  reading: (instance: ModuleInstance) => (node: Node) => void,
): Map<FunctionNode, ModuleInstance> {
  const seen = new Map<FunctionNode, ModuleInstance>();
  const handler = o.handler && innermostHandler(o.handler, o.registration.file);
  if (handler?.k !== 'function') return seen;
  seen.set(handler.fn, handler.module);
  for (const { definition } of o.links) {
    const instance = definition && it.modules.at(definition.file);
    const fn = instance && functionAt(instance, definition.line);
    if (fn) seen.set(fn, instance);
  }
  for (const [fn, instance] of seen) {
    const read = reading(instance);
    visit(fn.body, (node) => {
      read(node);
      if (node.k !== 'call' || seen.size >= MAX_FUNCTIONS) return;
      const called =
        node.callee.k === 'identifier'
          ? functionOf(node.callee.name, { it, instance, depth: 0 })
          : node.callee.k === 'member'
            ? (exchanging(it).get(node.callee.name) ??
              ofModule(it, instance, node.callee.object, node.callee.name))
            : null;
      if (called && !seen.has(called.fn)) seen.set(called.fn, called.instance);
    });
  }
  return seen;
}
/** The line at which a code is sent to be exchanged; what has been given before is remembered: `params.set('client_secret', …)`. */
function sendingCodes(): (node: Node) => number | null {
  const given = new Set<string>();
  return (node) => {
    if (node.k === 'object') return exchangeIn(node);
    if (node.k !== 'call') return null;
    const [name, value] = node.args;
    if (name?.k === 'literal' && typeof name.value === 'string' && value) given.add(name.value);
    const isSent =
      (name?.k === 'literal' && name.value === 'grant_type' && value && isCode(value)) ||
      (given.has('client_secret') && given.has('code')) ||
      (node.callee.k === 'member' &&
        EXCHANGES.includes(node.callee.name) &&
        name &&
        NAMES_CODE.test(JSON.stringify(name)));
    return isSent ? node.line : null;
  };
}
/**
 * The line at which an object is what is sent for a token: `{ grant_type: 'authorization_code' }`, or a code beside the secret of
 * the client, which providers take for the same without being told.
 */
function exchangeIn({ properties }: Expression & { k: 'object' }): number | null {
  const named = properties.flatMap((p) => (p.k === 'property' ? [p] : []));
  const grant = named.find((p) => p.key === 'grant_type');
  if (grant) return isCode(grant.value) ? grant.line : null;
  const code = named.find((p) => p.key === 'code');
  return code && named.some((p) => p.key === 'client_secret') ? code.line : null;
}
const NAMES_CODE = /"(?:key|name)":"(?:\w+[cC]|c)ode"/;
const mentions = (read: ReadonlyMap<FunctionNode, ModuleInstance>, pattern: RegExp): boolean =>
  [...read.keys()].some((fn) => pattern.test(textOf(fn)));
function addressAskedFor(
  o: Observation,
  read: ReadonlyMap<FunctionNode, ModuleInstance>,
): CodeExchange['address'] | null {
  if (!o.effects.some((e) => e.class === 'read' && PERSON.test(e.target))) return null;
  let place: CodeExchange['place'] | null = null;
  for (const [fn, instance] of read)
    visit(fn.body, (node) => {
      if (node.k === 'call' && isByAddress(node)) place ??= { file: instance.path, line: node.line };
    });
  return place && { place, verified: mentions(read, READS_VERIFIED) };
}
function isByAddress({ callee, args }: Node & { k: 'call' }): boolean {
  const name = callee.k === 'member' || callee.k === 'identifier' ? callee.name : null;
  return name !== null && LOOKS_UP.test(name) && ADDRESS.test(JSON.stringify(args));
}
const EXCHANGING = new RegExp(`"(?:${['authorization_code', 'client_secret', ...EXCHANGES].join('|')})"`);
interface Found {
  fn: FunctionNode;
  instance: ModuleInstance;
}
/** Methods of the classes that exchange codes, by name; of two that are called alike, neither is known to be meant. */
const methods = new WeakMap<Evaluator, Map<string, Found | null>>();
function exchanging(it: Evaluator): Map<string, Found | null> {
  let known = methods.get(it);
  if (known) return known;
  methods.set(it, (known = new Map()));
  for (const instance of it.modules.loaded)
    for (const s of instance.module.body) {
      if (s.k !== 'classDeclaration' || !EXCHANGING.test(JSON.stringify(s.cls))) continue;
      for (const m of s.cls.members)
        if (m.k === 'method' && m.kind === 'method' && typeof m.name === 'string')
          known.set(m.name, known.has(m.name) ? null : { fn: m.fn, instance });
    }
  return known;
}
/** `provider.exchange(code)`, where `provider` is a module, or an object that one hands out or has. */
function ofModule(it: Evaluator, instance: ModuleInstance, object: Expression, name: string): Found | null {
  if (object.k !== 'identifier') return null;
  const declared = declarationOf(instance.module, object.name);
  const source = instance.imports.get(object.name)?.source ?? requiredBy(declared);
  const target = source === null ? null : it.loader.resolve(instance.path, source);
  const home =
    target?.kind === 'file' ? it.modules.at(target.path) : declared?.k === 'object' ? instance : null;
  const fn = home && handedOut(home.module).get(name);
  return fn ? { fn, instance: home } : null;
}
/** Functions of a module by the name under which they are called from elsewhere; of two that are called alike, neither. */
const handing = new WeakMap<Module, Map<string, FunctionNode | null>>();
function handedOut(module: Module): Map<string, FunctionNode | null> {
  let known = handing.get(module);
  if (known) return known;
  const found = (known = new Map<string, FunctionNode | null>());
  handing.set(module, found);
  const add = (name: string, fn: FunctionNode): void => void found.set(name, found.has(name) ? null : fn);
  visit(module.body, (node) => {
    if (node.k === 'functionDeclaration' && node.fn.name) add(node.fn.name, node.fn);
    if (node.k === 'object')
      for (const p of node.properties)
        if (p.k === 'property' && typeof p.key === 'string' && p.value.k === 'function')
          add(p.key, p.value.fn);
    // `exports.exchange = async (code) => …`
    if (node.k !== 'assign' || node.target.k !== 'memberPattern' || node.value.k !== 'function') return;
    if (node.target.target.k === 'member') add(node.target.target.name, node.value.fn);
  });
  return found;
}
const isCode = (e: { k: string; value?: unknown }): boolean =>
  e.k === 'literal' && e.value === 'authorization_code';
/** Functions by the line that they begin at, the outermost of each. */
const functions = new WeakMap<Module, ReadonlyMap<number, FunctionNode>>();
function functionAt({ module }: ModuleInstance, line: number): FunctionNode | null {
  let known = functions.get(module);
  if (!known) {
    const found = new Map<number, FunctionNode>();
    visit(module.body, (node) => {
      if ((node.k === 'functionDeclaration' || node.k === 'function') && !found.has(node.fn.line))
        found.set(node.fn.line, node.fn);
    });
    functions.set(module, (known = found));
  }
  return known.get(line) ?? null;
}
