import type { Evaluator } from './evaluator.js';
import { isEnvironment } from './globals.js';
import { assignMember } from './members.js';
import { asWritten, overwriteAll } from './overwritten.js';
import {
  choice,
  isNullish,
  joinValues,
  record,
  sourcesOf,
  UNDEFINED,
  unknown,
  type Record_,
  type Site,
  type Value,
} from './value.js';

/** `{ ...spread }` */
export function spreadInto(it: Evaluator, result: Record_, given: Value): void {
  const spread = asWritten(it, given);
  if (spread.k === 'record') {
    for (const [key, value] of spread.members) result.members.set(key, value);
    if (spread.open) opened(result, spread.open);
  } else if (spread.k === 'choice') {
    const records = spread.options.filter((o) => !isNullish(o.value));
    const inEach = (key: string): boolean =>
      spread.options.length > 1 &&
      spread.options.every((o) => o.value.k === 'record' && o.value.members.has(key));
    // Whichever it is, that stands there, and not what stood there before.
    const [one] = records;
    if (one?.value.k === 'record')
      for (const key of one.value.members.keys())
        if (inEach(key))
          result.members.set(
            key,
            choice(
              records.map(({ value, facts }) => ({ value: (value as Record_).members.get(key)!, facts })),
            ),
          );
    for (const option of records) {
      if (option.value.k === 'record') {
        for (const [key, value] of option.value.members) {
          const had = result.members.get(key);
          if (inEach(key)) continue;
          const weak =
            spread.options.length > 1
              ? choice([
                  { value: had ?? UNDEFINED, facts: [] },
                  { value, facts: option.facts },
                ])
              : value;
          result.members.set(key, weak);
        }
        if (option.value.open) opened(result, option.value.open);
      } else spreadInto(it, result, option.value);
    }
  } else if (!isNullish(spread) && spread.k !== 'literal') {
    const more = unknown(
      // `{ ...process.env }` holds settings as well.
      isEnvironment(spread) ? ['config:?'] : sourcesOf(spread),
      spread.k === 'unknown' && spread.sentBut ? { sentBut: spread.sentBut } : {},
    );
    opened(result, more);
  }
}
function opened(result: Record_, more: Value): void {
  result.open = result.open ? joinValues(result.open, more) : more;
}

/** `Object.assign(target, ...sources)` */
export function assignAll(it: Evaluator, target: Value, sources: readonly Value[], site: Site): Value {
  const before = target.k === 'record' ? target : record();
  const after = record(before.members, before.open);
  for (const source of sources) spreadInto(it, after, source);
  for (const [name, value] of after.members)
    if (value !== before.members.get(name)) assignMember(it, target, name, value, site);
  if (target.k === 'record' && after.open && after.open !== before.open)
    it.journal.open(target, after.open, joinValues);
  // What else is sent goes into an object of a library as well, by names that are not known.
  if (target.k === 'native' && after.open?.k === 'unknown' && after.open.sentBut)
    it.journal.write(target.members, '*rest*', after.open);
  if (target.k === 'unknown' && after.open?.k === 'unknown' && after.open.sentBut)
    overwriteAll(it, target, after.open);
  return target;
}
