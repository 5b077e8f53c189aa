import { builtinModules } from 'node:module';
import { mappedImport, packageOfAddress } from './deno.js';
import { findFile, findInDirectory, sourceOf } from './files.js';
import { isRecord, type Manifest, stringsOf } from './manifests.js';
import { findExport, findImport, splitPackage } from './packages.js';
import { type Program, Programs } from './programs.js';
import { ancestors, directoryOf, join, Project } from './project.js';
import { TypeScriptPaths } from './tsconfig.js';

export type { Program } from './programs.js';

/** What an import specifier stands for. */
export type Resolution =
  | { kind: 'file'; path: string }
  | { kind: 'package'; name: string; subpath: string | null }
  | { kind: 'builtin'; name: string }
  | { kind: 'unresolved' };

const UNRESOLVED: Resolution = { kind: 'unresolved' };
const BUILTINS = new Set(builtinModules.filter((name) => !name.startsWith('_')));
/** Modules that a framework's bundler makes: no package has them, and no file. */
const VIRTUAL = /^(#imports|~encore|[$](?:app|env)|(?:astro|virtual):[\w-]+|@ioc:\w+\/\w+)(?:\/(.+))?$/;
/** Depth to which `#name` may stand for another `#name`. */
const MAX_HOPS = 5;

/**
 * How the modules of a tree find each other, and which programs they make up. Deterministic, and remembers its
 * answers: it is asked tens of thousands of times.
 */
export class ModuleGraph {
  private readonly project: Project;
  private readonly typeScriptPaths: TypeScriptPaths;
  private readonly resolutions = new Map<string, Resolution>();
  private readonly programsFound: Programs;

  /**
   * `paths` are all files of the tree, `texts` the contents at least of its `configurationFiles`; one that is
   * missing or broken is as good as empty.
   */
  constructor(paths: Iterable<string>, texts: ReadonlyMap<string, string>) {
    this.project = new Project(paths, texts);
    this.typeScriptPaths = new TypeScriptPaths(this.project);
    this.programsFound = new Programs(this.project);
  }

  /** What `specifier` stands for in the file `from`. Never throws. */
  resolve(from: string, specifier: string): Resolution {
    const directory = directoryOf(from);
    const key = `${directory}\0${specifier}`;
    let resolution = this.resolutions.get(key);
    if (!resolution) {
      resolution = this.find(directory, specifier, 0);
      this.resolutions.set(key, resolution);
    }
    return resolution;
  }

  /** Deployable roots, by directory. */
  programs(): readonly Program[] {
    return this.programsFound.all;
  }

  /** The program that a file belongs to; libraries, tests and examples have one of their own. */
  programOf(path: string): Program {
    return this.programsFound.of(path);
  }

  /** Does the package of a file, or one around it, depend on one of these? */
  dependsOn(path: string, packages: readonly string[]): boolean {
    for (const directory of ancestors(directoryOf(path))) {
      const manifest = this.project.manifests.get(directory);
      if (manifest && packages.some((name) => name in manifest.dependencies)) return true;
    }
    return false;
  }

  private find(directory: string, specifier: string, hops: number): Resolution {
    const plain = specifier.replace(/\?[^?]*$/, '');
    if (/^\.{1,2}(?:\/|$)/.test(plain)) return this.relative(directory, plain);
    const builtin = /^(?:node|bun|cloudflare):(.+)$/.exec(plain);
    if (builtin) return { kind: 'builtin', name: plain.startsWith('node:') ? builtin[1]! : plain };
    const manifest = this.project.nearestManifest(directory);
    const mapped = hops < MAX_HOPS ? mappedImport(this.project, directory, plain) : null;
    if (mapped)
      return 'path' in mapped
        ? file(findFile(this.project, mapped.path))
        : this.find(directory, mapped.specifier, hops + 1);
    const loaded = packageOfAddress(plain);
    if (loaded !== null) return this.bare(manifest, loaded);
    if (plain.startsWith('#') && manifest && hops < MAX_HOPS) {
      const found = findImport(this.project, manifest, plain);
      if (found)
        return 'path' in found ? file(found.path) : this.find(manifest.directory, found.specifier, hops + 1);
    }
    for (const candidate of this.typeScriptPaths.candidates(directory, plain)) {
      const found = findFile(this.project, candidate) ?? sourceOf(this.project, candidate);
      // Data is imported with its ending: with a `baseUrl`, `tsoa` is the package and not `tsoa.json` beside it.
      if (found !== null && found !== `${candidate}.json`) return file(found);
    }
    if (BUILTINS.has(plain)) return { kind: 'builtin', name: plain };
    return this.bare(manifest, plain);
  }

  private relative(directory: string, specifier: string): Resolution {
    const path = join(directory, specifier);
    if (path === null) return UNRESOLVED;
    const isDirectory = /(?:^|\/)\.{0,2}\/?$/.test(specifier) && !/[^./]$/.test(specifier);
    const found = isDirectory ? findInDirectory(this.project, path) : findFile(this.project, path);
    return file(
      found ?? sourceOf(this.project, path) ?? sourceOf(this.project, join(path, 'index.js') ?? path),
    );
  }

  private bare(manifest: Manifest | null, specifier: string): Resolution {
    const root = manifest?.directory ?? '';
    const aliased = manifest && this.alias(manifest, specifier);
    if (aliased) return file(aliased);
    const split = splitPackage(
      specifier.replace(/^(?:npm:|jsr:)\/?/, '').replace(/^((?:@[^/]+\/)?[^/@]+)@[^/]*/, '$1'),
    );
    const virtual = VIRTUAL.exec(specifier);
    if (virtual) return { kind: 'package', name: virtual[1]!, subpath: virtual[2] ?? null };
    // `@/x` and `~/x` are no packages: bundlers are told what they are, in files that are not read.
    if (!split || specifier.startsWith('/')) {
      const rest = /^(?:[@~]?\/|~)(.+)$/.exec(specifier)?.[1];
      return rest === undefined ? UNRESOLVED : this.inside(root, rest);
    }
    const { name, subpath } = split;
    const local = this.localPackage(manifest, name);
    if (local) return file(findExport(this.project, local, subpath));
    if (manifest && !(name in manifest.dependencies)) {
      // A folder of the package itself, where the loader was told to start there (NODE_PATH, `modules`).
      const found = subpath === null ? UNRESOLVED : this.inside(root, specifier);
      if (found.kind === 'file') return found;
    }
    return { kind: 'package', name, subpath };
  }

  /** A package of this repository: itself, a member of the workspace, or one depended on by its path. */
  private localPackage(manifest: Manifest | null, name: string): Manifest | null {
    if (manifest?.name === name) return manifest;
    const member = this.project.members.get(name);
    if (member) return member;
    const path = /^(?:file|link|portal):(.+)$/.exec(manifest?.dependencies[name] ?? '')?.[1];
    const directory = path === undefined ? null : join(manifest!.directory, path);
    return directory === null ? null : (this.project.manifests.get(directory) ?? null);
  }

  /** The `_moduleAliases` of the module-alias package. */
  private alias(manifest: Manifest, specifier: string): string | null {
    const aliases = manifest.fields['_moduleAliases'];
    if (!isRecord(aliases)) return null;
    for (const [name, target] of Object.entries(stringsOf(aliases))) {
      if (specifier !== name && !specifier.startsWith(`${name}/`)) continue;
      const path = join(manifest.directory, target, specifier.slice(name.length + 1));
      const found = path === null ? null : (findFile(this.project, path) ?? sourceOf(this.project, path));
      if (found !== null) return found;
    }
    return null;
  }

  private inside(root: string, path: string): Resolution {
    for (const folder of ['src', '', 'app']) {
      const candidate = join(root, folder, path);
      const found = candidate === null ? null : findFile(this.project, candidate);
      if (found !== null) return file(found);
    }
    return UNRESOLVED;
  }
}

function file(path: string | null): Resolution {
  return path === null ? UNRESOLVED : { kind: 'file', path };
}
