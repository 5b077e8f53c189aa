import { parse as parseJsonc } from 'jsonc-parser';

/** A package.json, as far as it says how modules and programs are found. */
export interface Manifest {
  /** Directory, without a slash at the end; '' is the repository. */
  directory: string;
  name: string | null;
  /** The whole file, for the fields that `exports` and `imports` are resolved from. */
  fields: Record<string, unknown>;
  scripts: Record<string, string>;
  bin: string[];
  /** Every dependency, of whatever kind, with its range. */
  dependencies: Record<string, string>;
  workspaces: string[];
}

/** Reads a package.json; one that is no object is as good as none. */
export function readManifest(path: string, text: string): Manifest | null {
  const fields: unknown = parseJsonc(text, [], { allowTrailingComma: true });
  if (!isRecord(fields)) return null;
  const { name, bin, workspaces } = fields;
  const globs = isRecord(workspaces) ? workspaces['packages'] : workspaces;
  return {
    directory: path.slice(0, Math.max(0, path.length - '/package.json'.length)),
    name: typeof name === 'string' && name !== '' ? name : null,
    fields,
    scripts: stringsOf(fields['scripts']),
    bin: typeof bin === 'string' ? [bin] : Object.values(stringsOf(bin)),
    dependencies: Object.assign(
      {},
      ...['peerDependencies', 'optionalDependencies', 'devDependencies', 'dependencies'].map((kind) =>
        stringsOf(fields[kind]),
      ),
    ) as Record<string, string>,
    workspaces: Array.isArray(globs) ? globs.filter((glob) => typeof glob === 'string') : [],
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The members of an object that are strings. */
export function stringsOf(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
