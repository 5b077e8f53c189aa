import { optionIn, stringOf, type Value } from '../../wiring/value.js';

/** Is an option switched on, as far as it is written out? */
export const isTrue = (value: Value | undefined): boolean => value?.k === 'literal' && value.value === true;
/** What a builder says of the plugin for scopes, whichever version named it. */
export const scopeSettings = (options: Value): Value | undefined =>
  optionIn(options, 'scopeAuth') ?? optionIn(options, 'scopeAuthOptions');
/** Whether a plugin is among those of the builder; where they cannot be seen, it may be. */
export function hasPlugin(options: Value, name: RegExp): boolean {
  const plugins = optionIn(options, 'plugins');
  if (plugins?.k !== 'list') return plugins !== undefined || options.k !== 'record';
  return (
    plugins.open !== null ||
    plugins.elements.some((p) => {
      const origin = p.k === 'external' ? p : p.k === 'unknown' ? p.origin : null;
      return origin ? name.test(origin.package) : p.k === 'unknown' || name.test(stringOf(p) ?? '');
    })
  );
}
