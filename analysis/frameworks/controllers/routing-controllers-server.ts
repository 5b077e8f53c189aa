import type { Evaluator } from '../../wiring/evaluator.js';
import type { Operation } from '../../wiring/library.js';
import { isNullish, optionIn, record, UNKNOWN, type Value } from '../../wiring/value.js';
import { spotOn, type Spot } from './controller-routes.js';
import { NAME } from './routing-controllers-decorators.js';

/** One call of `useExpressServer`, with what it was given. */
interface Server {
  spot: Spot;
  options: Value;
}
/** The servers that code has made or handed over. */
export const servers = (it: Evaluator): Server[] => it.stateOf<Server[]>(NAME, () => []);
/** `createExpressServer(options)`, or `useExpressServer(app, options)` where a server is given; the same for Koa. */
export const serve =
  (isKoa: boolean, isGiven: boolean): Operation =>
  (it, args, site) => {
    const spot = spotOn(it, isGiven ? (args[0] ?? UNKNOWN) : null, isKoa, 'express', site);
    servers(it).push({ spot, options: args[isGiven ? 1 : 0] ?? record() });
    return isGiven ? (args[0] ?? UNKNOWN) : spot.server;
  };

/** May an option be there that was not seen? */
export const isOpen = (options: Value): boolean => options.k !== 'record' || options.open !== null;
/** Is an option on? `fallback` says it where the option is left out. */
export const isSet = (options: Value, name: string, fallback: boolean): boolean => {
  const value = optionIn(options, name);
  return value === undefined || isNullish(value) ? fallback : !(value.k === 'literal' && !value.value);
};
/** An option that lists classes; nothing where it is left out or empty, which stands for all of them. */
export function listedIn(options: Value, name: string): Value | undefined {
  const given = optionIn(options, name);
  return given?.k === 'list' && given.elements.length === 0 && !given.open ? undefined : given;
}
