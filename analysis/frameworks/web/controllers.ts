import { DECORATION, decorationsOf, type Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { classNamed, injected } from '../../wiring/injection.js';
import type { Operation } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import type { Installed } from '../../wiring/middleware.js';
import { type AppliedLink, opaqueLink } from '../../wiring/recorder.js';
import { atom } from '../../wiring/tests.js';
import {
  literal,
  record,
  UNKNOWN,
  type ClassValue,
  type FunctionValue,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';

/** A method that answers something, with the decorators that say so. */
export interface Handler {
  /** The class that is asked: the listed one. */
  cls: ClassValue;
  /** The class in which the method stands, with its decorators. */
  owner: ClassValue;
  name: string;
  method: FunctionValue;
  decorations: readonly Decoration[];
  parameters: readonly (readonly Decoration[])[];
  /** What makes it a handler. */
  mark: Decoration;
}
/**
 * The marked methods of a class and of its base classes: of marks on one name the nearest counts, and the nearest
 * method is what is called. Where metadata is kept with functions, one that overrides without saying so anew `hides`.
 */
export function markedMethods(
  it: Evaluator,
  cls: ClassValue,
  isMark: (d: Decoration) => boolean,
  hides: boolean,
): Handler[] {
  const found: Handler[] = [];
  const nearest = new Map<string, FunctionValue>();
  for (let owner: Value | null = cls; owner?.k === 'class'; owner = owner.base) {
    const { members, parameters, methods } = decorationsOf(it, owner);
    for (const [name, own] of methods) {
      if (hides && nearest.has(name)) continue;
      const method = nearest.get(name) ?? own;
      nearest.set(name, method);
      const decorations = members.get(name) ?? [];
      const mark = decorations.findLast(isMark);
      if (!mark || found.some((h) => h.name === name)) continue;
      found.push({ cls, owner, name, method, decorations, parameters: parameters.get(name) ?? [], mark });
    }
  }
  return found;
}

/** A route of a controller on a router: arguments are made of the request, and what is returned is the answer. */
export interface ControllerRoute {
  framework: string;
  unmounted?: boolean;
  /** `exchange` is what the router hands to middleware: request and response, or a context. */
  chain(exchange: readonly Native[]): Iterable<AppliedLink>;
  work(exchange: readonly Native[]): Value | void;
}

/** What a package makes of a project's function, to be applied as a decorator of the package's own. */
export const madeDecoration =
  (from: string, name: string): Operation =>
  (it, args, site) =>
    it.native(DECORATION, { package: from, name, args, callee: UNKNOWN, site } satisfies Decoration);

/** Does a class that a type names have rules: members with decorators? */
export function hasRules(it: Evaluator, cls: Value | null): boolean {
  for (let current = cls; current?.k === 'class'; current = current.base)
    if (current.node.members.some((m) => m.k === 'field' && m.decorators.length > 0)) return true;
    // What a mapped type leaves of a class has that class's rules.
    else if (current.base !== null && current.base.k !== 'class') return true;
  return false;
}
export const typeOf = (it: Evaluator, type: string | null, { owner }: Handler): ClassValue | null =>
  type === null ? null : classNamed(it, type, owner.module);

/** A link that is known to check something. */
export function checked(
  it: Evaluator,
  name: string,
  protection: string,
  library: string,
  site: Site,
  more: { sources?: readonly string[]; arguments?: readonly string[] } = {},
): AppliedLink {
  const fact = atom(it, 'verified', more.sources ?? [], site, {
    known: { protection, library, arguments: more.arguments ?? [] },
  });
  it.learn([fact]);
  return {
    name,
    arguments: more.arguments ?? [],
    place: it.place(site),
    definition: null,
    facts: [fact],
    opaque: false,
  };
}
/** A link of which it is not known what it does, and why. */
export function unfollowed(it: Evaluator, name: string, site: Site, reason: string): AppliedLink {
  const place = it.place(site);
  it.gap(reason, place);
  return opaqueLink(name, place);
}
/** Middleware as a function, or as a class with a method that is called: known by the name of the class. */
export function middlewareOf(it: Evaluator, value: Value, method: string, site: Site): Installed {
  if (value.k !== 'class') return { value, site };
  const self = injected(it, value);
  return {
    value: memberOf(it, self, method, site),
    site,
    self,
    name: value.madeBy?.name ?? value.node.name ?? 'anonymous class',
  };
}
/** An error that is thrown, with the status with which it is answered. */
export const errorWith = (status: Value | undefined, message: Value | undefined): Value =>
  record([
    ['status', status ?? literal(500)],
    ['httpCode', status ?? literal(500)],
    ['message', message ?? literal('')],
  ]);

/** Do a pattern's words fit a path? Endings of code stand for each other: what is built has others than its source. */
export function globCovers(pattern: string, path: string): boolean {
  const plain = pattern
    .replace(/^\.?\/+/, '')
    .replace(
      /(?:\.(?:[cm]?[jt]s|\*|\{[^}]*\}|\[jt\]s)|\{(?:,?\.[jt]s){2,}\}|\.?[@*]?\(\.?[jt]s(?:\|\.?[jt]s)*\))$/,
      '',
    );
  const source = plain
    .split(/(\*\*\/?|\*|\?|\{[^}]*\}|\[[^\]]*\]|[@*+]?\([^)]*\))/)
    .map((part) => {
      if (part.startsWith('**')) return '(?:.*/)?';
      if (part === '*') return '[^/]*';
      if (part === '?') return '[^/]';
      if (part.startsWith('{')) return `(?:${part.slice(1, -1).split(',').map(escaped).join('|')})`;
      if (/^[@*+]?\(/.test(part))
        return `(?:${part
          .replace(/^[^(]*\(|\)$/g, '')
          .split('|')
          .map(escaped)
          .join('|')})`;
      return part.startsWith('[') ? part : escaped(part);
    })
    .join('');
  return new RegExp(`^${source}$`).test(path.replace(/\.[cm]?[jt]sx?$/, ''));
}
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/**
 * The classes that a list names: itself, or by a pattern of files. `sure` is false where some of it is not known, or a
 * pattern fits nothing that was seen: any of `all` may then be among them.
 */
export function classesIn(
  given: Value | undefined,
  all: readonly ClassValue[],
): { classes: ClassValue[]; sure: boolean } {
  const elements = given?.k === 'list' ? given.elements : given ? [given] : [];
  let sure = given !== undefined && !(given.k === 'list' && given.open !== null);
  const classes = elements.flatMap((e): ClassValue[] => {
    if (e.k === 'class') return [e];
    if (e.k === 'list') {
      const inner = classesIn(e, all);
      sure &&= inner.sure;
      return inner.classes;
    }
    const text = e.k === 'literal' && typeof e.value === 'string' ? e.value : null;
    const fitting = text === null ? [] : all.filter((cls) => globCovers(text, cls.module.path));
    if (fitting.length === 0) sure = false;
    return fitting;
  });
  return { classes: [...new Set(classes)], sure };
}
