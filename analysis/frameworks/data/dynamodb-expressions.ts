import {
  list,
  optionsOf,
  record,
  sourcesOf,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  type Value,
} from '../../wiring/value.js';

/** Types of attributes, as they are written where nothing marshals values: `{ id: { S: '1' } }`. */
const DESCRIPTOR = /^(?:S|N|B|BOOL|NULL|SS|NS|BS|L|M)$/;
/** An item, a key, or values, without the types that may be written around them. */
export function plain(item: Value | undefined): Value {
  if (item?.k === 'choice')
    return { k: 'choice', options: item.options.map((o) => ({ value: plain(o.value), facts: o.facts })) };
  if (item?.k !== 'record') return item ?? UNDEFINED;
  return record(
    [...item.members].map(([name, v]): [string, Value] => [name, withoutType(v)]),
    item.open && withoutType(item.open),
  );
}
function withoutType(value: Value): Value {
  if (value.k !== 'record' || value.members.size !== 1 || value.open) return value;
  const [[name, inner]] = [...value.members] as [[string, Value]];
  return DESCRIPTOR.test(name) ? withoutType(inner) : value;
}

/** What is asked and set with, of one operation: `:me` and `#owner` stand for those. */
interface Placeholders {
  values: Value;
  names: Value | undefined;
}
export const placeholdersOf = (input: (name: string) => Value | undefined): Placeholders => ({
  values: plain(input('ExpressionAttributeValues')),
  names: input('ExpressionAttributeNames'),
});
const named = (name: string, { names }: Placeholders): string => {
  const last = name.split('.').at(-1)!;
  const meant = names?.k === 'record' ? names.members.get(last) : undefined;
  return (meant && textOf(meant)) ?? last.replace(/^#/, '');
};
const valued = (name: string, { values }: Placeholders): Value =>
  (values.k === 'record' ? (values.members.get(name) ?? values.open) : null) ?? unknown(sourcesOf(values));

const ASKS =
  /([#\w.]+)\s*(=|<>|<=?|>=?|\bBETWEEN\b|\bIN\b)\s*\(?\s*(:\w+)|\b(begins_with|contains)\s*\(\s*([#\w.]+)\s*,\s*(:\w+)/gi;
/**
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html: what an expression asks
 * for, as a filter. Where there is an `OR` in it, each of what it asks is one of several.
 */
export function asked(expression: Value | undefined, placeholders: Placeholders): Value[] {
  return optionsOf(expression ?? UNDEFINED).flatMap(({ value }): Value[] => {
    const text = stringOf(value) ?? textOf(value, ' ');
    // What it is put together from is not known, nor is which of the values it asks for.
    if (text === null) return sourcesOf(value).length > 0 ? [unknown(sourcesOf(value))] : [];
    const parts = [...text.matchAll(ASKS)].map(([, name, operator, to, , of, part]) => {
      const held = valued(to ?? part!, placeholders);
      const isAsked = operator === undefined || operator === '=' || operator.toUpperCase() === 'IN';
      return record([[named(name ?? of!, placeholders), isAsked ? held : record([['$ne', held]])]]);
    });
    if (/\bNOT\b/i.test(text)) return [];
    return /\bOR\b/i.test(text) ? [record([['$or', list(parts)]])] : parts;
  });
}
const SETS = /([#\w.]+)\s*=\s*(?:if_not_exists\s*\([^,]*,\s*)?(:\w+)/gi;
/** What an update writes; what is set by an expression that is put together is any of the values. */
export function setBy(expression: Value | undefined, placeholders: Placeholders): Value {
  const text = expression && stringOf(expression);
  if (!text) return record([], unknown(sourcesOf(placeholders.values)));
  return record(
    [...text.matchAll(SETS)].map(([, name, to]): [string, Value] => [
      named(name!, placeholders),
      valued(to!, placeholders),
    ]),
  );
}
