import type { Evaluator } from './evaluator.js';
import { isInput, type Source } from './fact.js';
import { memberSources } from './members.js';
import { sinceAlways } from './scope.js';
import { choice, list, record, unknown, type Unknown, type Value } from './value.js';

/**
 * What has been written into an object of which nothing is known but where it comes from, by where that would be found:
 * `request.body.ownerId = me` leaves who calls at `body.ownerId`. Whoever reads the same part of the request later, by whatever
 * name, finds it there. Kept by the journal, as other members are, and gone with the entry point.
 */
export type Overwritten = Map<Source, Value>;
/** As long as nobody has written to it, what the request brings stands there. */
export const nothingOverwritten = (): Overwritten => sinceAlways(new Map(), asSent);
export function asSent(part: Source): Value {
  const [root = '', ...names] = part.split('.');
  return unknown(names.reduce((sources, name) => memberSources(sources, name), [root] as readonly Source[]));
}

/** The one part of a request that something is; null where it is made of several, or of something else. */
const partOf = ({ sources, wraps }: Unknown): Source | null =>
  sources.length === 1 && wraps === null && isInput(sources[0]!) ? sources[0]! : null;

export function overwrite(it: Evaluator, object: Unknown, name: string, value: Value): void {
  const part = partOf(object) ?? recordOf(it, object);
  if (part !== null) it.journal.write(it.overwritten, `${part}.${name}`, value);
}
/** The one record that something was loaded as. What is written into one shows where that is stored again. */
const recordOf = (it: Evaluator, { sources: [source, ...others], wraps }: Unknown): Source | null =>
  source !== undefined &&
  others.length === 0 &&
  wraps === null &&
  (it.rows.has(source) || source === 'identity')
    ? source
    : null;
/** By this name stands what is written into an object by names that are not known. */
const REST = '*rest*';
/** All that is sent is written into an object of which nothing is known but where it comes from. */
export const overwriteAll = (it: Evaluator, object: Unknown, sent: Value): void =>
  overwrite(it, object, REST, sent);
/** What has been written into a record that was loaded; null where nothing has. */
export function changesOf(it: Evaluator, record_: Value): Value | null {
  const source = record_.k === 'unknown' ? recordOf(it, record_) : null;
  if (source === null) return null;
  const written = [...it.overwritten].filter(([key]) => key.startsWith(`${source}.`));
  const named = written.map(([key, value]): [string, Value] => [key.slice(source.length + 1), value]);
  return named.length === 0
    ? null
    : record(
        named.filter(([name]) => name !== REST && !name.includes('.')),
        named.find(([name]) => name === REST)?.[1] ?? null,
      );
}
export const overwrittenIn = (it: Evaluator, object: Unknown, name: string): Value | undefined =>
  it.overwritten.size === 0 ? undefined : it.overwritten.get(`${partOf(object) ?? ''}.${name}`);

/** An object with what has been written into it, for whoever looks at all of it: a library, a spread. */
export function asWritten(it: Evaluator, value: Value, depth = DEPTH): Value {
  if (it.overwritten.size === 0 || depth <= 0) return value;
  switch (value.k) {
    case 'unknown': {
      const part = partOf(value);
      const names = part === null ? [] : [...it.overwritten.keys()].filter((k) => k.startsWith(`${part}.`));
      const own = new Set(names.map((k) => k.slice(part!.length + 1).split('.')[0]!));
      const members = [...own].map((name): [string, Value] => {
        const written = it.overwritten.get(`${part}.${name}`);
        return [name, written ?? asWritten(it, unknown(memberSources(value.sources, name)), depth - 1)];
      });
      return members.length === 0 ? value : record(members, value);
    }
    case 'record': {
      // Only where something in it is another: what is kept has to stay the object that it is.
      const members = [...value.members].map(([name, v]): [string, Value] => [
        name,
        asWritten(it, v, depth - 1),
      ]);
      return members.some(([name, v]) => v !== value.members.get(name))
        ? { ...value, members: record(members).members }
        : value;
    }
    case 'list': {
      const elements = value.elements.map((v) => asWritten(it, v, depth - 1));
      return elements.some((v, i) => v !== value.elements[i]) ? list(elements, value.open) : value;
    }
    case 'choice':
      return choice(value.options.map((o) => ({ value: asWritten(it, o.value, depth), facts: o.facts })));
    default:
      return value;
  }
}
const DEPTH = 4;
export const allAsWritten = (it: Evaluator, values: readonly Value[]): readonly Value[] =>
  it.overwritten.size === 0 ? values : values.map((v) => asWritten(it, v));
