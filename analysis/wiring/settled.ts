import { mergeSources, type Fact, type Source } from './fact.js';
import { optionsOf, unknown, type Value } from './value.js';

/**
 * `const isOpen = truthy(env.OPEN) && !isHosted`: what a module makes of its settings, once, is one setting, however many ways
 * lead to it. Kept as ways, two such flags and a test multiply beyond what is looked at side by side, and all that was asked
 * behind them is forgotten.
 */
export function settled(value: Value): Value {
  const sources = isFlag(value) ? settingsOf(value) : null;
  return sources && sources.length > 0 ? unknown(sources) : value;
}
/** It is true or false, in some of the ways at least. */
const isFlag = (value: Value): boolean =>
  value.k === 'test' ||
  (value.k === 'choice' &&
    value.options.some(
      (o) => isFlag(o.value) || (o.value.k === 'literal' && typeof o.value.value === 'boolean'),
    ));
/** The settings that decide between true and false, where nothing else does; null for any other value. */
function settingsOf(value: Value): readonly Source[] | null {
  if (value.k === 'literal') return typeof value.value === 'boolean' ? [] : null;
  if (value.k === 'unknown')
    return value.sources.length > 0 && value.sources.every(isSetting) ? value.sources : null;
  if (value.k === 'test') return settingsIn([...value.whenTrue, ...value.whenFalse]);
  if (value.k !== 'choice') return null;
  const parts = optionsOf(value).map((o) => {
    const [made, asked] = [settingsOf(o.value), settingsIn(o.facts)];
    return made && asked && [...made, ...asked];
  });
  return parts.some((p) => p === null) ? null : mergeSources(...parts.map((p) => p!));
}
function settingsIn(facts: readonly Fact[]): readonly Source[] | null {
  const sources = mergeSources(...facts.map(sourcesIn));
  return sources.every((s) => isSetting(s) || s === 'type') ? sources.filter(isSetting) : null;
}
const sourcesIn = (fact: Fact): readonly Source[] =>
  fact.k === 'atom' ? fact.sources : mergeSources(...fact.alternatives.flatMap((a) => a.map(sourcesIn)));
const isSetting = (source: Source): boolean => source.startsWith('config:');
