import type { Evaluator } from '../../wiring/evaluator.js';
import type { Installed } from '../../wiring/middleware.js';
import {
  constantsOf,
  isNullish,
  listed,
  stringOf,
  UNKNOWN,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { partsNamed, validating } from '../web/input-validation.js';
import { applied } from './elysia-macros.js';

/** How far a hook reaches from the instance that it is added to: no further, its user, or every user. */
type Reach = 'local' | 'scoped' | 'global';
export interface Hook {
  installed: Installed;
  /** What it returns is put into the context, where it is no answer. */
  derives: boolean;
  reach: Reach;
  /** An option of which only a macro knows the meaning. */
  macro?: string;
}
/** A plugin that is used twice installs its hooks once. */
export function inFront(first: readonly Hook[], second: readonly Hook[]): Hook[] {
  return [...first, ...second.filter((h) => !first.some((f) => f.installed.value === h.installed.value))];
}
/** `{ as: 'global' }`, or the word alone. */
export const reachOf = (options: Value | undefined): Reach => {
  const as = options?.k === 'record' ? options.members.get('as') : options;
  const text = as ? stringOf(as) : null;
  return text === 'global' || text === 'scoped' ? text : 'local';
};
/** Functions that are given as one hook. */
export const hooksOf = (given: Value, derives: boolean, reach: Reach, site: Site): Hook[] =>
  listed(given).map((value) => ({ installed: { value, site }, derives, reach }));
/** What stands in front of a handler, as `guard` and routes are given it. */
export function hooksIn(
  it: Evaluator,
  macros: ReadonlyMap<string, Value>,
  options: Value | undefined,
  site: Site,
  within: readonly string[] = [],
): Hook[] {
  if (options?.k !== 'record') return [];
  const reach = reachOf(options);
  return [...options.members].flatMap(([name, value]): Hook[] => {
    if (KNOWN_OPTIONS.has(name) || isNullish(value)) return [];
    if (name === 'beforeHandle' || name === 'resolve' || name === 'derive')
      return hooksOf(value, name !== 'beforeHandle', reach, site);
    if (value.k === 'literal' && value.value === false) return [];
    const macro = macros.get(name);
    if (!macro || within.includes(name))
      return [{ installed: { value: UNKNOWN, site, name }, derives: false, reach, macro: name }];
    const { options: meant, collected } = applied(it, macro, value, site);
    const given = constantsOf(value);
    const asked = given === null || (value.k === 'literal' && value.value === true) ? [] : given;
    return [
      ...collected.map((v): Hook => ({ installed: { value: v, site }, derives: false, reach })),
      ...hooksIn(it, macros, meant, site, [...within, name]),
    ].map((h) => ({ ...h, installed: { ...h.installed, name, arguments: asked } }));
  });
}
const KNOWN_OPTIONS = new Set(
  (
    'as body query params headers cookie response detail tags type parse transform afterHandle mapResponse ' +
    'afterResponse error config schema standaloneValidator open message close drain ping pong upgrade ' +
    'idleTimeout maxPayloadLength perMessageDeflate backpressureLimit closeOnBackpressureLimit sendPings'
  ).split(' '),
);
/** What a route holds parts of a request against: https://elysiajs.com/essential/validation.html */
export function checkedBy(it: Evaluator, options: Value | undefined, site: Site): Hook[] {
  const parts = options?.k === 'record' ? partsNamed(options.members.keys()) : [];
  if (parts.length === 0) return [];
  const installed = { value: validating(it, 'schema', 'elysia', parts), site, name: 'schema' };
  return [{ installed, derives: false, reach: 'local' }];
}
