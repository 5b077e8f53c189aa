import type { AddressTest } from '../model/model.js';
import type { Evaluator } from './evaluator.js';
import type { Site, Value } from './value.js';

/** An address as it was asked for: behind the path that a route is known by, whoever asks may put a query. */
export const withQuery = (address: Value): Value =>
  address.k === 'literal' || address.k === 'text' ? { ...address, andQuery: true } : address;

/**
 * Takes down a test that a query may change: whether a text stands anywhere in such an address, or at its end. What is found at the
 * beginning is the path's.
 *
 * @param answer what came of it for the path alone; of `indexOf`, where it was found
 */
export function noteAddressTest(
  it: Evaluator,
  address: Value,
  how: string,
  text: Pick<AddressTest, 'text' | 'isPattern'>,
  answer: Value,
  site: Site,
): void {
  if ((address.k !== 'literal' && address.k !== 'text') || !address.andQuery || answer.k !== 'literal')
    return;
  const at = answer.value;
  const isKnown = how === 'indexOf' ? typeof at === 'number' && at !== 0 : typeof at === 'boolean';
  if (!isKnown || !LOOSE.has(how)) return;
  const test: AddressTest = {
    ...it.place(site),
    ...text,
    fits: how === 'indexOf' ? Number(at) > 0 : at === true,
  };
  it.recorder?.asksAddress(test);
}
const LOOSE: ReadonlySet<string> = new Set(['includes', 'endsWith', 'indexOf', 'test']);
