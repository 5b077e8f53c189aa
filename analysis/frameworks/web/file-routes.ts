import type { ModuleInstance } from '../../wiring/instance.js';
import type { Site, Value } from '../../wiring/value.js';

/** A file as its framework sees it: the path below the folder in which routes lie, without extension; null outside. */
export function below(path: string, root: string, folders: RegExp): string | null {
  const inside = root !== '' && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
  const match = folders.exec(`/${inside}`);
  return match ? `/${inside}`.slice(match.index + match[0].length).replace(/\.[cm]?[jt]sx?$/, '') : null;
}
/** A segment in brackets as the parameter that it is: `[id]`, `[...rest]`, `[[...rest]]`. */
export function bracketed(segment: string): string {
  const rest = /^\[{1,2}\.\.\.([^\]]+)\]{1,2}$/.exec(segment);
  if (rest) return `*${named(rest[1]!)}`;
  return segment.replace(/\[([^\]]+)\]/g, (_, name: string) => `:${named(name)}`);
}
const named = (name: string): string => name.replace(/[^\w$]/g, '_');

/** Where an export stands: its function, else the export itself. */
export function siteOf(value: Value, instance: ModuleInstance, name: string): Site {
  if (value.k === 'function' && value.module === instance) return { module: instance, line: value.fn.line };
  return {
    module: instance,
    line: instance.module.exports.find((e) => e.k !== 'all' && e.exported === name)?.line ?? 1,
  };
}
