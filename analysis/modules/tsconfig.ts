import { ancestors, directoryOf, join, type Project } from './project.js';
import { isRecord } from './manifests.js';

/** Where a TypeScript configuration says that modules are. */
interface PathMapping {
  /** Directory that non-relative specifiers start from. */
  baseUrl: string | null;
  /** Patterns with the directories and files they stand for, most specific first. */
  paths: { prefix: string; suffix: string | null; targets: string[] }[];
}
const NOTHING: PathMapping = { baseUrl: null, paths: [] };
const MAX_EXTENDS = 10;

/** Reads `paths` and `baseUrl` of the configurations that apply to a directory, following `extends`. */
export class TypeScriptPaths {
  private readonly mappings = new Map<string, PathMapping>();
  private readonly configurations = new Map<string, string[]>();
  /** `tsconfig.app.json` and the like, by directory. */
  private readonly siblings = new Map<string, string[]>();

  constructor(private readonly project: Project) {
    for (const path of [...project.texts.keys()].sort()) {
      if (!/(?:^|\/)[tj]sconfig\.[^/]+\.json$/.test(path)) continue;
      const directory = directoryOf(path);
      this.siblings.set(directory, [...(this.siblings.get(directory) ?? []), path]);
    }
  }

  /** Paths that a specifier may stand for when imported from `directory`, in order of preference. */
  *candidates(directory: string, specifier: string): Generator<string> {
    for (const at of ancestors(directory)) {
      for (const configuration of this.configurationsIn(at)) {
        const mapping = this.mappingOf(configuration);
        for (const { prefix, suffix, targets } of mapping.paths) {
          const star = matchStar(specifier, prefix, suffix);
          if (star === null) continue;
          for (const target of targets) yield target.replace('*', () => star);
        }
        if (mapping.baseUrl !== null) {
          const path = join(mapping.baseUrl, specifier);
          if (path !== null) yield path;
        }
      }
    }
  }

  /** The main configuration of a directory, what it references, and its siblings (`tsconfig.app.json`). */
  private configurationsIn(directory: string): string[] {
    let found = this.configurations.get(directory);
    if (!found) {
      const at = (name: string): string => (directory === '' ? name : `${directory}/${name}`);
      const main = ['tsconfig.json', 'jsconfig.json'].map(at).filter((path) => this.project.files.has(path));
      const others = this.siblings.get(directory) ?? [];
      found = [...new Set([...main, ...main.flatMap((path) => this.referencesOf(path)), ...others])];
      this.configurations.set(directory, found);
    }
    return found;
  }

  private referencesOf(path: string): string[] {
    const references = this.project.json(path)?.['references'];
    if (!Array.isArray(references)) return [];
    return references.flatMap((reference: unknown) => {
      const target = isRecord(reference) && typeof reference['path'] === 'string' ? reference['path'] : null;
      const joined = target === null ? null : join(directoryOf(path), target);
      if (joined === null) return [];
      const file = joined.endsWith('.json') ? joined : `${joined}/tsconfig.json`;
      // Those of other directories apply to other files.
      return directoryOf(file) === directoryOf(path) && this.project.files.has(file) ? [file] : [];
    });
  }

  private mappingOf(path: string): PathMapping {
    let mapping = this.mappings.get(path);
    if (!mapping) {
      mapping = this.read(path, directoryOf(path), 0) ?? NOTHING;
      this.mappings.set(path, mapping);
    }
    return mapping;
  }

  /** `configDirectory` is what `${configDir}` stands for: where the configuration lies that all others extend to. */
  private read(path: string, configDirectory: string, depth: number): PathMapping | null {
    const json = this.project.json(path);
    if (!json || depth > MAX_EXTENDS) return null;
    const directory = directoryOf(path);
    let mapping = NOTHING;
    const bases = Array.isArray(json['extends']) ? json['extends'] : [json['extends']];
    for (const base of bases) {
      if (typeof base !== 'string') continue;
      const file = this.findBase(directory, base);
      const inherited =
        file === null ? generatedMapping(directory, base) : this.read(file, configDirectory, depth + 1);
      if (!inherited) continue;
      mapping = {
        baseUrl: inherited.baseUrl ?? mapping.baseUrl,
        paths: inherited.paths.length > 0 ? inherited.paths : mapping.paths,
      };
    }
    const options = isRecord(json['compilerOptions']) ? json['compilerOptions'] : {};
    const place = (text: string, base: string): string | null =>
      text.startsWith('${configDir}')
        ? join(configDirectory, text.slice('${configDir}'.length + 1))
        : join(base, text);
    const baseUrl =
      typeof options['baseUrl'] === 'string' ? place(options['baseUrl'], directory) : mapping.baseUrl;
    const paths = isRecord(options['paths'])
      ? readPaths(options['paths'], (target) => place(target, baseUrl ?? directory))
      : mapping.paths;
    return { baseUrl, paths };
  }

  private findBase(directory: string, base: string): string | null {
    const isRelative = base.startsWith('.');
    let path = isRelative ? join(directory, base) : null;
    if (!isRelative) {
      const name = base.split('/', base.startsWith('@') ? 2 : 1).join('/');
      const member = this.project.members.get(name);
      path = member ? join(member.directory, base.slice(name.length + 1) || 'tsconfig.json') : null;
    }
    if (path === null) return null;
    return (
      [path, `${path}.json`, `${path}/tsconfig.json`].find((file) => this.project.files.has(file)) ?? null
    );
  }
}

function readPaths(
  paths: Record<string, unknown>,
  place: (target: string) => string | null,
): PathMapping['paths'] {
  return Object.entries(paths)
    .map(([pattern, targets]) => {
      const [prefix, suffix] = splitStar(pattern);
      const strings = Array.isArray(targets)
        ? targets.filter((target): target is string => typeof target === 'string')
        : [];
      return { prefix, suffix, targets: strings.flatMap((target) => place(target) ?? []) };
    })
    .sort(
      (a, b) => Number(a.suffix !== null) - Number(b.suffix !== null) || b.prefix.length - a.prefix.length,
    );
}

function splitStar(pattern: string): [string, string | null] {
  const star = pattern.indexOf('*');
  return star < 0 ? [pattern, null] : [pattern.slice(0, star), pattern.slice(star + 1)];
}

/** What `*` stands for; null where the pattern does not match. */
function matchStar(specifier: string, prefix: string, suffix: string | null): string | null {
  if (suffix === null) return specifier === prefix ? '' : null;
  const matches =
    specifier.length >= prefix.length + suffix.length &&
    specifier.startsWith(prefix) &&
    specifier.endsWith(suffix);
  return matches ? specifier.slice(prefix.length, specifier.length - suffix.length) : null;
}

/** What frameworks write into configurations that they generate and that are not checked in. */
function generatedMapping(directory: string, base: string): PathMapping | null {
  const paths: Record<string, string[]> | null = base.includes('.svelte-kit/')
    ? { $lib: ['src/lib'], '$lib/*': ['src/lib/*'] }
    : base.includes('.nuxt/')
      ? {
          '~~/*': ['*'],
          '@@/*': ['*'],
          '~/*': ['*', 'app/*'],
          '@/*': ['*', 'app/*'],
          '#shared/*': ['shared/*'],
          // https://github.com/nuxt/nuxt/pull/33870
          '#server/*': ['server/*'],
        }
      : null;
  return paths && { baseUrl: null, paths: readPaths(paths, (target) => join(directory, target)) };
}
